"""What is like the training images of a class: so that a page can say where an answer is not to be believed.

Softmax has no share for "none of these". The rule: a picture is unlike its answer if its squared distance to the
mean of that class, without what lies along the class' principal directions, is beyond the class' limit. The twin of
web/src/page/unlike.ts. The rule knows nothing of the model, which only says which class is meant.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.apply import prepare_images
from pipeline.preprocessing.steps import Step
from pipeline.records import Flagged, Scale

PER_CLASS = 800  # training images of a class at most for its mean and directions, and as many others for its limit
LEAST = 100  # of either: with fewer, 91 % of them would be a guess
WITHIN = 0.91  # of the images for the limit
# At half the size, three times the directions tell more in two thirds of the bytes. On MNIST with drawings, of 420
# signs 90 % are flagged and of the digits that are read rightly 4 %; with 4 directions at full size 71 % and 6 %.
DIRECTIONS, POOL = 12, 2
SMALLEST_POOLED = 16  # pixels of the shorter side
LARGEST = 2**17  # bytes of the pictures, which a page downloads: 26 classes of 28 × 28 are 66 kB
SEED = 5  # of which images decide what

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Familiar:
    """The rule, from the very bytes that a page downloads."""

    sides: tuple[int, int]  # of an input, in pixels
    pool: int  # the pixels of a side that are averaged first
    pictures: npt.NDArray[np.uint8]  # (classes, 1 + directions, pooled inputs): the mean and then the directions
    mean: Scale
    direction: Scale
    limits: tuple[float, ...]  # squared distances, one per class

    def distances(self, inputs: Array, classes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """The squared distance of each input (N, …) to its class, (N,)."""
        return self._distances(pooled(inputs, self.sides, self.pool), classes)

    def _distances(self, flat: Array, classes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Likewise of pooled inputs, (N, numbers)."""
        found = np.empty(len(flat))
        for label in np.unique(classes):
            rows, picture = classes == label, self.pictures[label].astype(np.float64)
            apart = flat[rows] - (self.mean.scale * picture[0] + self.mean.min)  # float64, of this class alone
            along = apart @ (self.direction.scale * picture[1:] + self.direction.min).T
            found[rows] = (apart**2).sum(axis=1) - (along**2).sum(axis=1)
        return found

    def unlike(self, inputs: Array, classes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the inputs, which the model takes for these classes, are unlike them, (N,)."""
        return np.asarray(self.distances(inputs, classes) > np.array(self.limits)[classes])


def flagged(unlike: npt.NDArray[np.bool_]) -> Flagged:
    """How many of these images are unlike their answers."""
    return Flagged(images=len(unlike), flagged=int(unlike.sum()))


def flagged_drawings(
    unlike: npt.NDArray[np.bool_], answers: Array, labels: npt.NDArray[np.int64]
) -> dict[str, Flagged]:
    """How many drawings of digits and signs are unlike their answers, (N,) and (N, classes), the digits first.

    Of the digits, whose `labels` (M,) are known, those that are read correctly: of a wrong answer it is right to warn.
    """
    count = len(labels)
    right = answers[:count].argmax(axis=1) == labels
    return {"drawings": flagged(unlike[:count][right]), "signs": flagged(unlike[count:])}


def learn_familiar(
    images: Array, labels: npt.NDArray[np.int64], classes: int, steps: Sequence[Step]
) -> Familiar | None:
    """The rule from training images (N, H, W); None if a class has too few, or they are too large to download."""
    sides = images.shape[1], images.shape[2]
    pool = POOL if min(sides) >= SMALLEST_POOLED and not any(side % POOL for side in sides) else 1
    random = np.random.default_rng(SEED)
    halves = [random.permutation(np.flatnonzero(labels == label))[: 2 * PER_CLASS] for label in range(classes)]
    if min(map(len, halves)) < 2 * LEAST or classes * (1 + DIRECTIONS) * images[0].size // pool**2 > LARGEST:
        return None
    means, directions, others = [], [], []
    for rows in halves:
        flat = pooled(prepare_images(images[rows], steps), sides, pool)
        means.append(flat[::2].mean(axis=0, dtype=np.float64))
        apart = flat[::2] - means[-1]
        directions.append(np.linalg.svd(apart, full_matrices=False)[2][:DIRECTIONS])
        others.append(flat[1::2])
    mean_bytes, mean_scale = _to_bytes(np.stack(means)[:, np.newaxis])
    direction_bytes, direction_scale = _to_bytes(np.stack(directions))
    familiar = Familiar(
        sides=sides,
        pool=pool,
        pictures=np.concatenate([mean_bytes, direction_bytes], axis=1),
        mean=mean_scale,
        direction=direction_scale,
        limits=(),
    )
    limits = [
        float(np.quantile(familiar._distances(flat, np.full(len(flat), label)), WITHIN))
        for label, flat in enumerate(others)
    ]
    return dataclasses.replace(familiar, limits=tuple(limits))


def pooled(inputs: Array, sides: tuple[int, int], pool: int) -> Array:
    """Inputs (N, …) of pictures with these sides, averaged over squares of `pool` × `pool` pixels; (N, numbers)."""
    count, (height, width) = len(inputs), sides
    squares = inputs.reshape(count, height // pool, pool, width // pool, pool, -1)
    return np.asarray(squares.mean(axis=(2, 4)).reshape(count, -1))


def _to_bytes(values: Array) -> tuple[npt.NDArray[np.uint8], Scale]:
    """One byte each; value = scale × byte + min."""
    low, high = float(values.min()), float(values.max())
    scale = (high - low) / 255 or 1.0
    return np.rint((values - low) / scale).astype(np.uint8), Scale(scale=scale, min=low)
