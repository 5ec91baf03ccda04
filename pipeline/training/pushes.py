"""What each training image added to the weights of a softmax that SGD trains, and what follows from it.

A step of SGD adds to the weights, for each image x of its batch, the product of x and its *push*: learning rate / batch
size × (truth − probabilities), a number for each class. The bias gets the push itself, as if x had one more pixel that
is always 1. So the weights after any number of steps are those at the start plus a sum over the images that were
visited; of a model that starts from zero they are nothing but that sum.

The compiled epoch notes the push of every visit (`DeviceProgram`); the sum for each image is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches
from pipeline.recipes.reading import Recipe
from pipeline.records import StepResult
from pipeline.system.files import replacing
from pipeline.training.epochs import TrainingData

FIRST_STEPS = tuple(2**exponent for exponent in range(11))  # 1, 2, 4, … 1,024: most is learnt in the first epoch
MOST_PUSHES = 2**24  # images × classes: 64 MB in memory, and in the checkpoint
MOST_INPUTS = 2048  # of a model whose images are kept: `without_rounding` squares them
STRONGEST = 300  # images that are kept with their pushes
ROUNDED = 4096  # images, about, over which the rounding of the weights is spread
RIDGE = 1e-4  # of the mean square of a pixel
CHUNK = 1000  # images in memory at a time, as float64: 6 MB of MNIST's

Sums = NDArray[np.float32]  # of each image's pushes, (images, classes)
Weights = NDArray[np.float64]  # flat: those of each pixel for all classes, then the biases, as `get_weights` has them


def new_sums(recipe: Recipe, images: int, classes: int) -> Sums | None:
    """Room for the pushes of this many images; None if the weights are no sum of them, or if there are too many."""
    is_sum = recipe.model.kind == "softmax" and recipe.training.optimizer == "sgd"
    return np.zeros((images, classes), np.float32) if is_sum and images * classes <= MOST_PUSHES else None


def first_steps(
    data: TrainingData, order: NDArray[np.int64], pushes: Sums, start: NDArray[np.float32], batch_size: int
) -> tuple[list[StepResult], list[NDArray[np.float32]]]:
    """How the held-out images fared after each of FIRST_STEPS, and the weights then, from the first epoch's pushes.

    `order` is that of the first epoch, `start` the flat weights before it.
    """
    steps = [step for step in FIRST_STEPS if step * batch_size < len(order)]
    weights, taken, found = start.astype(np.float64), 0, []
    for step in steps:
        weights = weights + _sum(data, pushes, order[taken : step * batch_size])
        taken = step * batch_size
        found.append(weights)
    scores = _held_out_scores(data, found, pushes.shape[1])
    return [
        StepResult(step=step, validation_loss=loss, validation_accuracy=accuracy)
        for step, (loss, accuracy) in zip(steps, scores, strict=True)
    ], [each.astype(np.float32) for each in found]


def save_influences(
    recipe: Recipe,
    data: TrainingData,
    order: NDArray[np.int64] | None,
    pushes: Sums | None,
    weights: Sequence[NDArray[np.float32]],
    folder: Path,
) -> str | None:
    """Write what a model that started from zero owes to which images; the name of the file in the folder, or None.

    It has the pushes of all images, their whole sum, to be compared with the model, and of the strongest images the
    places in the training data, the pixels as they were trained on, the rows in the data set (where the training has
    another `order`) and the labels. `weights` are the model's.
    """
    if pushes is None or recipe.model.kernel_initializer != "zeros" or len(weights[0]) > MOST_INPUTS:
        return None
    places = strongest(data, pushes)
    others = np.delete(np.arange(len(pushes)), places)
    pushes, whole = without_rounding(data, pushes, others, np.concatenate([each.ravel() for each in weights]))
    with replacing(folder / "influences.npz") as path:
        np.savez(
            path,
            allow_pickle=False,
            pushes=pushes,
            weights=whole,
            places=places,
            images=data.inputs[places],
            rows=places if order is None else order[places],
            labels=data.labels[places],
        )
    return "influences.npz"


def without_rounding(
    data: TrainingData, pushes: Sums, others: NDArray[np.int64], weights: NDArray[np.float32]
) -> tuple[Sums, Weights]:
    """Pushes whose sum is the model, and that sum.

    Each step rounds the weights to 32 bits, and loses what is too small to change them: after MNIST's 34,380 steps the
    scores of the model and of the sum differ by up to 0.0003. This is spread over some of the `others`, which are not
    shown, as the smallest pushes that make up for it (a ridge regression, since what lies across all images changes no
    score): 0.000005 at most.
    """
    whole = _sum(data, pushes)
    rows = others[:: max(1, len(others) // ROUNDED)]
    if not len(rows):
        return pushes, whole
    inputs = np.concatenate([some for _, some in _inputs(data, rows)])
    products = inputs.T @ inputs
    ridge = RIDGE * products.trace() / len(products) * np.eye(len(products))
    missing = (weights - whole).reshape(-1, pushes.shape[1])
    pushes = pushes.copy()
    before = pushes[rows]
    pushes[rows] += inputs @ np.linalg.solve(products + ridge, missing)
    return pushes, whole + (inputs.T @ (pushes[rows].astype(np.float64) - before)).ravel()


def strongest(data: TrainingData, pushes: Sums) -> NDArray[np.int64]:
    """The places of the STRONGEST images: those with the largest summands in the weights.

    An image's summand in the weights of a class is as large as its push times its own length. The strongest for and
    against each class are chosen in turn, so that none of the classes is left out.
    """
    lengths = np.concatenate([np.linalg.norm(inputs, axis=1) for _, inputs in _inputs(data)])
    count = min(STRONGEST, len(pushes))
    rank = np.full(len(pushes), len(pushes))
    for sign in (1, -1):
        for strength in sign * (pushes * lengths[:, np.newaxis]).T:
            best = np.argsort(-strength, kind="stable")[:count]
            rank[best] = np.minimum(rank[best], np.arange(count))
    return np.argsort(rank, kind="stable")[:count]


def _sum(data: TrainingData, pushes: Sums, rows: NDArray[np.int64] | None = None) -> Weights:
    """What these images, or all, added to the weights."""
    total: Weights = np.zeros(0)
    for taken, inputs in _inputs(data, rows):
        added = (inputs.T @ pushes[taken].astype(np.float64)).ravel()
        total = total + added if len(total) else added
    return total


def _inputs(
    data: TrainingData, rows: NDArray[np.int64] | None = None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """What the model takes of these training images or all, with a 1 for the bias, some at a time; and their rows."""
    order = np.arange(len(data.inputs)) if rows is None else np.sort(rows)
    for place, images in batches(data.inputs, None if rows is None else order):
        taken = order[place]
        for start in range(0, len(images), CHUNK):
            part = slice(start, start + CHUNK)
            yield taken[part], _with_one(data, images[part])


def _with_one(data: TrainingData, images: NDArray[Any]) -> NDArray[np.float64]:
    import tensorflow as tf

    inputs = data.to_input(tf.constant(images)).numpy()
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1, dtype=np.float64)


def _held_out_scores(
    data: TrainingData, weights: Sequence[Weights], classes: int
) -> Iterable[tuple[float | None, float | None]]:
    """The loss and the accuracy on the held-out images with each of these weights; None if there are no such images."""
    images = len(data.validation_inputs)
    if not images:
        return [(None, None)] * len(weights)
    each = np.stack([flat.reshape(-1, classes) for flat in weights])  # (weights, inputs + 1, classes)
    losses, right = np.zeros(len(weights)), np.zeros(len(weights))
    for start in range(0, images, CHUNK):
        part = slice(start, start + CHUNK)
        labels = data.validation_labels[part]
        scores = _with_one(data, data.validation_inputs[part]) @ each  # (weights, images, classes)
        of_label = np.take_along_axis(scores, labels[np.newaxis, :, np.newaxis], axis=2)[..., 0]
        most = scores.max(axis=2)
        losses += (most + np.log(np.exp(scores - most[..., np.newaxis]).sum(axis=2)) - of_label).sum(axis=1)
        right += (scores.argmax(axis=2) == labels).sum(axis=1)
    return zip((losses / images).tolist(), (right / images).tolist(), strict=True)
