"""The digits of `digits.npz` and the letters of `letters.npz`, split by who wrote them: nobody is in two parts."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.pens.pack import DIGITS_FILE, LETTERS_FILE, Points, unpack

Part = Literal["training", "development", "test"]
# Rows in the file's order. UJIpenchars2's own split is 40 writers to train and 20 to test; NumberPad is writer 60.
WRITERS: dict[Part, Sequence[int]] = {
    "training": (*range(32), 60),
    "development": range(32, 40),  # for the numbers that are fitted to drawings
    "test": range(40, 60),  # to report, and for nothing else
}
FONTS = 33
FONTS_OF: dict[Part, Sequence[int]] = {"training": range(22), "test": range(22, FONTS)}  # by other designers


@dataclass(frozen=True)
class Written:
    """Digits as people wrote them, or letters of fonts."""

    strokes: list[list[Points]]  # of each of N; the longer side of each is 1, and y goes downwards
    labels: npt.NDArray[np.int64]  # (N,): the digit, or the letter's code point
    writers: npt.NDArray[np.int64]  # (N,): who wrote it, or the font


@functools.cache
def digits(part: Part) -> Written:
    """The digits by the writers of this part."""
    return _read(DIGITS_FILE, WRITERS[part])


def letters(part: Part) -> Written:
    """The letters of the fonts of this part; none of them looks like a digit."""
    return _read(LETTERS_FILE, FONTS_OF[part])


def _read(path: Path, rows: Sequence[int]) -> Written:
    with np.load(path, allow_pickle=False) as arrays:
        stored = dict(arrays)
    labels, writers = stored.pop("labels").astype(np.int64), stored.pop("writers").astype(np.int64)
    chosen = np.flatnonzero(np.isin(writers, rows))
    strokes = list(unpack(**stored))
    return Written([strokes[row] for row in chosen], labels[chosen], writers[chosen])
