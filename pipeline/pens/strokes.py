"""The digits of `digits.npz`, split by writer: nobody who wrote for one part wrote for another."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.pens.pack import DIGITS_FILE, Points, unpack

Part = Literal["training", "development", "test"]
# Rows in the file's order. UJIpenchars2's own split is 40 writers to train and 20 to test; NumberPad is writer 60.
WRITERS: dict[Part, Sequence[int]] = {
    "training": (*range(32), 60),
    "development": range(32, 40),  # for the numbers that are fitted to drawings
    "test": range(40, 60),  # to report, and for nothing else
}


@dataclass(frozen=True)
class Digits:
    """Digits as people wrote them."""

    strokes: list[list[Points]]  # N digits; the longer side of each is 1, and y goes downwards
    labels: npt.NDArray[np.int64]  # (N,)
    writers: npt.NDArray[np.int64]  # (N,)


@functools.cache
def digits(part: Part) -> Digits:
    """The digits by the writers of this part."""
    with np.load(DIGITS_FILE, allow_pickle=False) as arrays:
        stored = dict(arrays)
    labels, writers = stored.pop("labels").astype(np.int64), stored.pop("writers").astype(np.int64)
    chosen = np.flatnonzero(np.isin(writers, WRITERS[part]))
    strokes = list(unpack(**stored))
    return Digits([strokes[row] for row in chosen], labels[chosen], writers[chosen])
