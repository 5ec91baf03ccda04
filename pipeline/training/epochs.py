"""The loop over the epochs of a training run, the same on one device and on several.

What an epoch computes is left to an `EpochProgram`: `DeviceProgram` in compiled_epoch.py for one device,
`ReplicaProgram` in distributed/compiled_epoch.py for several devices or machines.
"""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.records import EpochResult
from pipeline.system.tensorflow import native_noise_captured

Array = NDArray[Any]
Score = tuple[float, float]  # mean loss and accuracy (0..1) over some images


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The images and labels of a training run, with those held out for validation.

    Inputs have shape (N, …) and any dtype, in memory or mapped from a file; labels are int64 (N,). `to_input` converts
    a batch of inputs, as a tensor, to what the model takes. It runs inside the training step, so uint8 images stay
    uint8 until then.
    """

    inputs: Array
    labels: Array
    validation_inputs: Array
    validation_labels: Array
    to_input: Callable[[Any], Any] = lambda batch: batch


class EpochProgram(ABC):
    """What one epoch of training computes, for a built and compiled model with a metric named "accuracy"."""

    def __init__(self, model: Any, data: TrainingData) -> None:
        """The model is trained in place."""
        import tensorflow as tf

        self.tf, self.model, self.data = tf, model, data

    @abstractmethod
    def run_epoch(self, order: NDArray[np.int64]) -> Score:
        """Train on all images in this order; the score during training."""

    @abstractmethod
    def validate(self) -> Score:
        """The score on the held-out images, of which there is at least one."""

    def guard(self, epoch: int) -> AbstractContextManager[None]:  # noqa: ARG002 (for subclasses)
        """Wraps everything that an epoch computes."""
        return contextlib.nullcontext()


def epoch_order(seed: int, epoch: int, images: int) -> NDArray[np.int64]:
    """The order in which an epoch visits the images, from seed and epoch alone, so that a run can be resumed."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def train_epochs(
    program: EpochProgram,
    *,
    epochs: int,
    seed: int,
    first_epoch: int = 0,
    on_epoch: Callable[[EpochResult], None],
) -> None:
    """Train `program.model` from `first_epoch` to the epoch number `epochs`, in the `epoch_order` of the seed.

    Epoch 0 measures the held-out images before any training; a resumed run starts with a later one.
    """
    for epoch in range(first_epoch, epochs + 1):
        on_epoch(_run_epoch(program, epoch, seed))


def _run_epoch(program: EpochProgram, epoch: int, seed: int) -> EpochResult:
    """Train for an epoch and measure the held-out images; epoch 0 only measures them."""
    started = time.perf_counter()
    loss, accuracy, held_out_loss, held_out_accuracy = None, None, None, None
    # XLA prints a greeting on stderr at the first compilation, whichever call causes it.
    with program.guard(epoch), native_noise_captured():
        if epoch:
            loss, accuracy = program.run_epoch(epoch_order(seed, epoch, len(program.data.inputs)))
        if len(program.data.validation_inputs):
            held_out_loss, held_out_accuracy = program.validate()
    return EpochResult(
        epoch=epoch,
        loss=loss,
        accuracy=accuracy,
        validation_loss=held_out_loss,
        validation_accuracy=held_out_accuracy,
        learning_rate=float(program.model.optimizer.learning_rate),
        seconds=time.perf_counter() - started,
    )
