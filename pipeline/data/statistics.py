"""Describe a checked data set: its labels, its pixels, and test images that are also training images."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import Array
from pipeline.data.arrays import GATHER_BATCH, batches
from pipeline.records import SplitStatistics

LEVELS, BINS = 256, 16
PIECE = 2**20  # pixels that are counted at a time, as int64
LISTED = 200  # repeated images that are listed
SMALL = 14  # images are compared as small copies, of at most so many rows and columns
# Images are the same if the root mean square of the difference of their small copies is at most this share of the
# standard deviation of the training pixels. On MNIST that is 4.7 grey levels of 255: a pixel that turns from black to
# white makes 4.55, one level on every pixel 1, and no digits of the training and the test set are nearer than 4.95.
NEAR = 0.06
# Brightness and two differences of colors, of which JPEG keeps less: a photo of 64 pixels may be saved in quality 75.
COLORS = np.array([[0.299, 0.587, 0.114], [-0.042, -0.083, 0.125], [0.125, -0.105, -0.02]], np.float32) * 3**0.5
DIRECTIONS = 32  # along which images are told apart before their small copies are compared
LEAF = 2**19  # pairs of images that are compared at once
SLACK = 1e-3  # rounding of squared distances in float32, with pixels in 0..1

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


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


def find_repeated(train: Array, test: Array, *, deviation: float) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Count the test images that are training images, or nearly: see NEAR. `deviation` is of the training pixels.

    Returns also the first of them: the rows in the test set, and there of the first training image that is the same.
    No pair is missed, because along any orthogonal directions images are as near as their small copies, or nearer.
    """
    sample = np.concatenate(list(_small_copies(train[:: len(train) // 2000 + 1])))
    center = sample.mean(axis=0)
    directions = np.linalg.eigh((sample - center).T @ (sample - center))[1][:, -DIRECTIONS:]  # of the largest variance
    known, asked = (
        np.concatenate([(some - center) @ directions for some in _small_copies(images)]) for images in (train, test)
    )
    limit = NEAR * deviation + 1e-6
    found: dict[int, int] = {}
    reach = limit * np.sqrt(sample.shape[1])
    for row, candidates in _candidates(known, asked, np.arange(len(known)), np.arange(len(asked)), reach):
        [image] = _small_copies(test[row : row + 1])
        for start in range(0, len(candidates), GATHER_BATCH):
            some = candidates[start : start + GATHER_BATCH]
            differences = np.concatenate(list(_small_copies(train[some]))) - image
            same = some[np.sqrt((differences**2).mean(axis=1)) <= limit]
            if len(same):
                found[row] = int(same[0])
                break
    return len(found), tuple(sorted(found.items())[:LISTED])


def _small_copies(images: Array) -> Iterator[Floats]:
    """Some images at a time, each as a row of the means of its parts, in 0..1."""
    height, width = images.shape[1:3]
    rows, columns = _means(height), _means(width).T
    if images.ndim == 4:
        columns = np.kron(columns, COLORS.T)
    size, white = max(1, PIECE // images[0].size), np.float32(255 if images.dtype == np.uint8 else 1)
    for _, batch in batches(images):
        for start in range(0, len(batch), size):
            some = batch[start : start + size].astype(np.float32).reshape(-1, height, columns.shape[0])
            yield (rows @ some @ columns / white).astype(np.float32, copy=False).reshape(len(some), -1)


def _means(side: int) -> Floats:
    """The matrix that takes the means of at most SMALL parts of `side` pixels."""
    part = np.arange(side) * min(side, SMALL) // side
    members = part == np.unique(part)[:, None]
    means: Floats = (members / members.sum(axis=1, keepdims=True)).astype(np.float32)
    return means


def _candidates(known: Floats, asked: Floats, old: Rows, new: Rows, reach: float) -> Iterator[tuple[int, Rows]]:
    """Yield each row in `new` that has rows in `old` within `reach`, with these.

    Halves `new` along the direction in which it is spread most; each half needs only those of `old` that are near it.
    """
    mine, theirs = asked[new], known[old]
    if len(new) <= 1 or len(new) * len(old) <= LEAF:
        squares = (mine**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1) - 2 * mine @ theirs.T
        near = squares <= reach**2 + SLACK
        yield from ((int(new[row]), old[near[row]]) for row in np.flatnonzero(near.any(axis=1)))
        return
    direction = mine.std(axis=0).argmax()
    order = mine[:, direction].argsort()
    middle, margin = mine[order[len(order) // 2], direction], reach + SLACK
    along = theirs[:, direction]
    yield from _candidates(known, asked, old[along <= middle + margin], new[order[: len(order) // 2]], reach)
    yield from _candidates(known, asked, old[along >= middle - margin], new[order[len(order) // 2 :]], reach)
