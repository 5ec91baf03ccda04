"""The digits of `digits.npz` and the letters of `letters.npz`, split by who wrote them: nobody is in two parts.

`bench/pack_pens.py` and `bench/font_letters.py` pack them: points on a grid of GRID steps along the longer side, as the
ways from point to point, a byte for each coordinate.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

DIGITS_FILE, LETTERS_FILE = (Path(__file__).with_name(name) for name in ("digits.npz", "letters.npz"))
GRID = 100  # at most 127, so that a way fits into a signed byte
Points = npt.NDArray[np.float64]  # (N, 2), x and y
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
    strokes = list(_unpack(**stored))
    return Written([strokes[row] for row in chosen], labels[chosen], writers[chosen])


def _unpack(
    ways: npt.NDArray[np.int8], lengths: npt.NDArray[np.uint8], counts: npt.NDArray[np.uint8]
) -> Iterator[list[Points]]:
    """The strokes of each; its longer side is 1, and its corner at the top and the left (0, 0)."""
    ends = np.cumsum(lengths.astype(int))
    first = 0
    for last in np.cumsum(counts.astype(int)):
        start = ends[first - 1] if first else 0
        points = np.cumsum(ways[start : ends[last - 1]], axis=0, dtype=np.float64) / GRID
        yield np.split(points, ends[first : last - 1] - start)
        first = last
