"""What is recorded of a data set once it is checked: its labels, its pixels, and images in both training and test."""

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.datasets.array_files import Array
from pipeline.datasets.arrays import batches
from pipeline.records import SplitStatistics

LEVELS, BINS = 256, 16
PIECE = 2**20  # pixels that are counted at a time, as int64
LISTED = 200  # repeated images that are listed


def describe(images: Array, labels: Array, classes: int) -> SplitStatistics:
    """The statistics of training or test images (N, height, width); float pixels are rounded to one of 256 levels."""
    counts = np.zeros(LEVELS, np.int64)
    for _, batch in batches(images):
        pixels = batch.reshape(-1)
        for start in range(0, len(pixels), PIECE):
            piece = pixels[start : start + PIECE]
            counts += np.bincount(
                piece if piece.dtype == np.uint8 else np.rint(piece * 255).astype(np.uint8), None, LEVELS
            )
    shares, values = counts / counts.sum(), np.arange(LEVELS) / (LEVELS - 1)
    mean = float(shares @ values)
    return SplitStatistics(
        labels=tuple(np.bincount(labels.astype(np.int64), minlength=classes).tolist()),
        pixels=tuple(shares.reshape(BINS, -1).sum(axis=1).tolist()),
        mean=mean,
        deviation=float(np.sqrt(shares @ (values - mean) ** 2)),
    )


def find_repeated(train: Array, test: Array) -> tuple[int, tuple[tuple[int, int], ...]]:
    """How many test images equal a training image, pixel by pixel; the rows of the first, in test and training set."""
    known, places_in_known = np.unique(np.concatenate(list(_keys(test))), return_inverse=True)
    first = np.full(len(known), len(train))  # row of the first training image with this key
    start = 0
    for some in _keys(train):
        places = np.searchsorted(known, some).clip(max=len(known) - 1)
        found = np.flatnonzero(known[places] == some)
        np.minimum.at(first, places[found], start + found)
        start += len(some)
    rows = first[places_in_known]
    repeated = np.flatnonzero(rows < len(train))
    return len(repeated), tuple((int(row), int(rows[row])) for row in repeated[:LISTED])


def _keys(images: Array) -> Iterator[npt.NDArray[np.uint64]]:
    # 64 bits: that any of 10^13 pairs of different images have the same key has a chance of one in a million.
    for _, batch in batches(images):
        rows = np.ascontiguousarray(batch).reshape(len(batch), -1)
        yield np.frombuffer(b"".join(hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in rows), np.uint64)
