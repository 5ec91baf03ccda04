"""A trained model's answers to images."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.preprocessing.apply import prepare_images
from pipeline.preprocessing.steps import Step
from pipeline.system.tensorflow import on_cpu, start_tensorflow
from pipeline.training.model import load_trained

BATCH, OF_VALUES = 1000, 28 * 28  # images per forward pass, of MNIST's size


def load_on_cpu(path: Path, digest: str) -> Any:
    """The `keras.Model` in a .keras file, on the CPU.

    Its weights must have this `weights_digest`; else DataError.
    """
    start_tensorflow("cpu")
    with on_cpu():
        return load_trained(path, digest)


def answer(
    model: Any,
    images: NDArray[Any],
    steps: Sequence[Step],
    *,
    watch: Callable[[NDArray[np.float32], NDArray[np.float32]], None] = lambda *_: None,
) -> NDArray[np.float32]:
    """The probabilities, (N, classes), that a model of `load_on_cpu` gives to images
    (N, H, W).

    `steps` are its `image` steps. `watch` sees each batch: what the model got, (n, …),
    and what it answered.
    """
    found = []
    with on_cpu():
        # `predict` computes the same batches, but needs all inputs at once: 31 MB for
        # MNIST, and a copy.
        size = batch_size(images)
        for start in range(0, len(images), size):
            inputs = prepare_images(images[start : start + size], steps)
            found.append(model.predict_on_batch(inputs))
            watch(inputs, found[-1])
    return np.concatenate(found)


def batch_size(images: NDArray[Any]) -> int:
    """How many of these images (N, …) to answer at a time:

    of larger ones fewer, so that all layers fit into memory.
    """
    return max(1, min(BATCH, BATCH * OF_VALUES // math.prod(images.shape[1:])))
