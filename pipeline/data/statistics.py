"""Describe a checked data set:

its labels, its pixels, and test images that are also training images.
"""

import functools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import Array
from pipeline.data.arrays import GATHER_BATCH, batches
from pipeline.records import SplitStatistics

LEVELS, BINS = 256, 16
PIECE = 2**20  # pixels that are counted at a time, as int64
LISTED = 200  # repeated images that are listed
SMALL = 14  # images are compared as small copies, of at most so many rows and columns
# Images are the same if the root mean square of the difference of their small copies is
# at most this share of the standard deviation of the training pixels. On MNIST that is
# 4.7 grey levels of 255: a pixel that turns from black to white makes 4.55, one level
# on every pixel 1, and no digits of the training and the test set are nearer than 4.95.
NEAR = 0.06
# Brightness and two differences of colors, of which JPEG keeps less: a photo of 64
# pixels may be saved in quality 75.
COLORS = (
    np.array(
        [[0.299, 0.587, 0.114], [-0.042, -0.083, 0.125], [0.125, -0.105, -0.02]],
        np.float32,
    )
    * 3**0.5
)
# A copy that was moved or brightened is the same, too. So the middle of each training
# image is compared with each part of a test image that lies at most MOVED pixels from
# its middle, in small images an eighth of a side, with its mean taken off and divided
# by its own standard deviation: NEAR is a share of that. On MNIST, the nearest two
# digits, 1s, differ by 8.3 %. A contrast that differs by a fifth, or a mean by a fifth
# of the range, is as much as NEAR.
MOVED = 2
BRIGHTER = 0.2
# share of the training pixels' standard deviation below which a part shows too little
# to be compared
FAINT = 0.1
# along which images are told apart before their small copies are compared
DIRECTIONS = 32
LEAF = 2**17  # pairs of images that are compared at once
SLACK = 1e-3  # rounding of squared distances in float32, with pixels in 0..1

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Copies = Callable[[Array, bool], Iterator[Floats]]


def describe(images: Array, labels: Array, classes: int) -> SplitStatistics:
    """The statistics of training or test images (N, height, width); float pixels are
    rounded to one of 256 levels.
    """
    counts = np.zeros(LEVELS, np.int64)
    for _, batch in batches(images):
        pixels = batch.reshape(-1)
        for start in range(0, len(pixels), PIECE):
            piece = pixels[start : start + PIECE]
            counts += np.bincount(
                (
                    piece
                    if piece.dtype == np.uint8
                    else np.rint(piece * 255).astype(np.uint8)
                ),
                None,
                LEVELS,
            )
    shares, values = counts / counts.sum(), np.arange(LEVELS) / (LEVELS - 1)
    mean = float(shares @ values)
    return SplitStatistics(
        labels=tuple(np.bincount(labels.astype(np.int64), minlength=classes).tolist()),
        pixels=tuple(shares.reshape(BINS, -1).sum(axis=1).tolist()),
        mean=mean,
        deviation=float(np.sqrt(shares @ (values - mean) ** 2)),
    )


def find_repeated(
    train: Array, test: Array, *, deviation: float
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Count the test images that are training images, or nearly: see NEAR and MOVED.
    `deviation`: of training pixels.

    Returns also the first of them: the rows in the test set, and there of the first
    training image that is the same. No pair is missed, because along any orthogonal
    directions images are as near as their small copies, or nearer.
    """
    found: dict[int, int] = {}
    _find(found, train, test, _copies, NEAR * deviation + 1e-6)
    _find(
        found,
        train,
        test,
        functools.partial(_copies, faint=FAINT * deviation + 1e-6),
        NEAR,
    )
    return len(found), tuple(sorted(found.items())[:LISTED])


def _find(
    found: dict[int, int], train: Array, test: Array, copies: Copies, limit: float
) -> None:
    """Add each row in `test` that is not in `found` and is near one in `train`, with
    the first such row there.
    """
    sample = np.concatenate(
        [some[:, 0] for some in copies(train[:: len(train) // 2000 + 1], False)]
    )
    center, reach = sample.mean(axis=0), limit * np.sqrt(sample.shape[1])
    # of the largest variance
    directions = np.linalg.eigh((sample - center).T @ (sample - center))[1][
        :, -DIRECTIONS:
    ]
    known = np.concatenate(
        [(some[:, 0] - center) @ directions for some in copies(train, False)]
    )
    for rows, batch in batches(test):
        asked = np.concatenate(
            [(some - center) @ directions for some in copies(batch, True)]
        )
        moves, asked = asked.shape[1], asked.reshape(-1, asked.shape[2])
        clear = np.flatnonzero(~np.isnan(asked[:, 0]))
        for place, candidates in _candidates(
            known, asked, np.arange(len(known)), clear, reach
        ):
            row = rows.start + place // moves
            if row in found:
                continue
            image = next(copies(test[row : row + 1], True))[0, place % moves]
            for start in range(0, len(candidates), GATHER_BATCH):
                some = candidates[start : start + GATHER_BATCH]
                differences = (
                    np.concatenate([copy[:, 0] for copy in copies(train[some], False)])
                    - image
                )
                same = some[np.sqrt((differences**2).mean(axis=1)) <= limit]
                if len(same):
                    found[row] = int(same[0])
                    break


def _copies(images: Array, moved: bool, *, faint: float = 0) -> Iterator[Floats]:
    """Some images at a time, each as rows of the means of its parts, in 0..1: (images,
    moves, means).

    With `faint`, a contrast, without the edges, and as MOVED says; if `moved`, all that
    may be the middle of another. Those of less contrast are NaN then.
    """
    height, width = images.shape[1:3]
    rows, columns = (
        _means(side, min(MOVED, side // 8) if faint else 0, moved)
        for side in (height, width)
    )
    right = columns.reshape(-1, width).T
    colors, moves = (3 if images.ndim == 4 else 1), len(rows) * len(columns)
    if colors == 3:
        right = np.kron(right, COLORS.T)
    size, white = (
        max(1, PIECE // (images[0].size * moves)),
        np.float32(255 if images.dtype == np.uint8 else 1),
    )
    for _, batch in batches(images):
        for start in range(0, len(batch), size):
            some = (
                batch[start : start + size]
                .astype(np.float32)
                .reshape(-1, height, width * colors)
            )
            means = (rows.reshape(-1, height) @ some @ right / white).astype(
                np.float32, copy=False
            )
            means = means.reshape(
                len(some), len(rows), rows.shape[1], len(columns), -1
            ).swapaxes(2, 3)
            means = means.reshape(len(some), moves, -1)
            yield (
                _even(means.reshape(*means.shape[:2], -1, colors), faint, moved)
                if faint
                else means
            )


def _even(means: Floats, faint: float, moved: bool) -> Floats:
    """Take off the mean and the contrast, and append them so that a difference of
    BRIGHTER is one of NEAR.
    """
    level = means.mean(axis=2)
    shape = means - level[:, :, None]
    contrast = np.sqrt((shape**2).mean(axis=(2, 3)))[:, :, None]
    shape = shape.reshape(*contrast.shape[:2], -1) / np.maximum(contrast, faint)
    scale = (
        NEAR
        * np.sqrt(shape.shape[2] + 1 + level.shape[2], dtype=np.float32)
        / np.float32(BRIGHTER)
    )
    numbers = [
        shape,
        scale * np.log(np.maximum(contrast, faint / 2)),
        scale * level / level.shape[2] ** 0.5,
    ]
    even = np.concatenate(numbers, axis=2, dtype=np.float32)
    return np.where(contrast < faint, np.float32(np.nan), even) if moved else even


def _means(side: int, margin: int, moved: bool) -> Floats:
    """The matrices that take the means of at most SMALL parts of the middle of `side`
    pixels, and of what is moved.
    """
    length = side - 2 * margin
    part = np.arange(length) * min(length, SMALL) // length
    members = part == np.unique(part)[:, None]
    means = (members / members.sum(axis=1, keepdims=True)).astype(np.float32)
    starts = range(2 * margin + 1) if moved else [margin]
    return np.stack(
        [np.pad(means, ((0, 0), (start, 2 * margin - start))) for start in starts]
    )


def _candidates(
    known: Floats, asked: Floats, old: Rows, new: Rows, reach: float
) -> Iterator[tuple[int, Rows]]:
    """Yield each row in `new` that has rows in `old` within `reach`, with these.

    Halves `new` along the direction in which it is spread most; each half needs only
    those of `old` that are near it.
    """
    mine, theirs = asked[new], known[old]
    if len(new) <= 1 or len(new) * len(old) <= LEAF:
        squares = (
            (mine**2).sum(axis=1)[:, None]
            + (theirs**2).sum(axis=1)
            - 2 * mine @ theirs.T
        )
        near = squares <= reach**2 + SLACK
        yield from (
            (int(new[row]), old[near[row]]) for row in np.flatnonzero(near.any(axis=1))
        )
        return
    direction = mine.std(axis=0).argmax()
    order = mine[:, direction].argsort()
    middle, margin = mine[order[len(order) // 2], direction], reach + SLACK
    along = theirs[:, direction]
    yield from _candidates(
        known,
        asked,
        old[along <= middle + margin],
        new[order[: len(order) // 2]],
        reach,
    )
    yield from _candidates(
        known,
        asked,
        old[along >= middle - margin],
        new[order[len(order) // 2 :]],
        reach,
    )
