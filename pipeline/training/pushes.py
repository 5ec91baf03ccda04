"""What each training image added to the weights of a softmax that SGD trains, and what follows from it.

A step of SGD adds to the weights, for each image x of its batch, the product of x and its *push*: learning rate / batch
size × (truth − probabilities), a number for each class. The bias gets the push itself, as if x had one more pixel that
is always 1. So the weights after any number of steps are those at the start plus a sum over the images that were
visited; of a model that starts from zero they are nothing but that sum.

The compiled epoch notes the push of every visit (`DeviceProgram`); the sum for each image is kept.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches, drop_cached_pages
from pipeline.recipes.reading import Recipe
from pipeline.records import StepResult
from pipeline.system.files import replacing
from pipeline.training.epochs import TrainingData

FIRST_STEPS = tuple(2**exponent for exponent in range(11))  # 1, 2, 4, … 1,024: most is learnt in the first epoch
MOST_PUSHES = 2**24  # images × classes: 64 MB in memory, and in the checkpoint
MOST_INPUTS = 2048  # of a model whose images are kept: `without_rounding` squares them
STRONGEST = 300  # images that are kept with their pushes
ROUNDED = 2048  # images, about, over which the rounding of the weights is spread
MOST_ROUNDING = 1e-3  # of the largest weight; MNIST's 34,380 steps round away 3e-5. More is another model than the sum
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
    if not steps:  # all images are in one batch
        return [], []
    added = np.zeros((len(steps), len(start)))
    visits = np.split(order, [step * batch_size for step in steps])[: len(steps)]
    for place, rows in enumerate(map(np.sort, visits)):
        for part in np.split(rows, range(CHUNK, len(rows), CHUNK)):
            added[place] += (_with_one(data, data.inputs[part]).T @ pushes[part].astype(np.float64)).ravel()
            drop_cached_pages(data.inputs)
    found = start + added.cumsum(axis=0)
    scores = _held_out_scores(data, found, pushes.shape[1])
    return [
        StepResult(step=step, validation_loss=loss, validation_accuracy=accuracy)
        for step, (loss, accuracy) in zip(steps, scores, strict=True)
    ], list(found.astype(np.float32))


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
    lengths, whole, rows, inputs = _survey(data, pushes)
    places = strongest(pushes, lengths)
    others = ~np.isin(rows, places)
    flat = np.concatenate([each.ravel() for each in weights])
    # Of a model that a callback changed, the sum stays as it is: the export then sees that it is another one.
    if others.any() and np.abs(flat - whole).max() <= MOST_ROUNDING * np.abs(flat).max():
        pushes, whole = without_rounding(pushes, whole, rows[others], inputs[others], flat)
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
    pushes: Sums, whole: Weights, rows: NDArray[np.int64], inputs: NDArray[np.float64], weights: NDArray[np.float32]
) -> tuple[Sums, Weights]:
    """Pushes whose sum is the model, and that sum, from pushes with the sum `whole`.

    Each step rounds the weights to 32 bits, and loses what is too small to change them: after MNIST's 34,380 steps the
    scores of the model and of the sum differ by up to 0.0003. This is spread over the images of these `rows`, none of
    which is shown, as the smallest pushes that make up for it (a ridge regression, since what lies across all images
    changes no score): 0.00001 at most.
    """
    products = inputs.T @ inputs
    ridge = RIDGE * products.trace() / len(products) * np.eye(len(products))
    missing = (weights - whole).reshape(-1, pushes.shape[1])
    pushes = pushes.copy()
    before = pushes[rows]
    pushes[rows] += inputs @ np.linalg.solve(products + ridge, missing)
    return pushes, whole + (inputs.T @ (pushes[rows].astype(np.float64) - before)).ravel()


def strongest(pushes: Sums, lengths: NDArray[np.float64]) -> NDArray[np.int64]:
    """The places of the STRONGEST images: those with the largest summands in the weights.

    An image's summand in the weights of a class is as large as its push times its own length. The strongest for and
    against each class are chosen in turn, so that none of the classes is left out.
    """
    count = min(STRONGEST, len(pushes))
    rank = np.full(len(pushes), len(pushes))
    for sign in (1, -1):
        for strength in sign * (pushes * lengths[:, np.newaxis]).T:
            best = np.argsort(-strength, kind="stable")[:count]
            rank[best] = np.minimum(rank[best], np.arange(count))
    return np.argsort(rank, kind="stable")[:count]


def _survey(
    data: TrainingData, pushes: Sums
) -> tuple[NDArray[np.float64], Weights, NDArray[np.int64], NDArray[np.float64]]:
    """The lengths of all training images, their sum, and of about ROUNDED of them the rows and what the model takes."""
    import tensorflow as tf

    every = max(1, len(pushes) // ROUNDED)
    lengths, some = [], []
    whole: Weights = np.zeros((math.prod(data.inputs.shape[1:]) + 1, pushes.shape[1]))
    for rows, images in _images(data):
        # TensorFlow's products need a third of the time of NumPy's, which need the pixels in 64 bits in other arrays.
        inputs = tf.cast(data.to_input(tf.constant(images)), tf.float64)
        lengths.append(np.sqrt(tf.reduce_sum(inputs * inputs, axis=1).numpy() + 1))
        part = pushes[rows].astype(np.float64)
        whole[:-1] += tf.linalg.matmul(inputs, tf.constant(part), transpose_a=True).numpy()
        whole[-1] += part.sum(axis=0)
        some.append(_with_one(data, images[-rows.start % every :: every]))
    return np.concatenate(lengths), whole.ravel(), np.arange(0, len(pushes), every), np.concatenate(some)


def _images(data: TrainingData) -> Iterator[tuple[slice, NDArray[Any]]]:
    """The training images, some at a time, and which rows these are."""
    for rows, images in batches(data.inputs):
        for start in range(0, len(images), CHUNK):
            part = images[start : start + CHUNK]
            first = rows.start + start
            yield slice(first, first + len(part)), part


def _with_one(data: TrainingData, images: NDArray[Any]) -> NDArray[np.float64]:
    import tensorflow as tf

    inputs = data.to_input(tf.constant(images)).numpy()
    return np.concatenate([inputs, np.ones((len(inputs), 1))], axis=1, dtype=np.float64)


def _held_out_scores(
    data: TrainingData, weights: NDArray[np.float64], classes: int
) -> Iterable[tuple[float | None, float | None]]:
    """The loss and the accuracy on the held-out images with each of these weights; None if there are no such images."""
    images = len(data.validation_inputs)
    if not images:
        return [(None, None)] * len(weights)
    each = weights.reshape(len(weights), -1, classes)  # (weights, inputs + 1, classes)
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
