"""A training run, epoch by epoch, whatever computes an epoch:

one device (`DeviceRun`) or several (`ReplicaRun`).
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
# (N,): the rows of the training images, as an epoch visits them
Order = NDArray[np.int64]
Score = tuple[float, float]  # mean loss and accuracy (0..1) over some images


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """The images and labels of a training run, with those held out for validation.

    Inputs have shape (N, …) and any dtype, in memory or mapped from a file; labels are
    int64 (N,). `to_input` converts a batch of inputs, as a tensor, to what the model
    takes. It runs inside the training step, so uint8 images stay uint8 until then.
    """

    inputs: Array
    labels: Array
    validation_inputs: Array
    validation_labels: Array
    to_input: Callable[[Any], Any] = lambda batch: batch


class TrainingRun(ABC):
    """Trains a built and compiled model with a metric named "accuracy", in place."""

    def __init__(self, model: Any, data: TrainingData, *, batch_size: int) -> None:
        """`batch_size` is the images per step; a smaller last batch is trained on as
        well, as `fit` does.
        """
        import tensorflow as tf

        self.tf, self.model, self.data, self.batch_size = tf, model, data, batch_size

    @abstractmethod
    def run_epoch(self, order: Order, following: Order | None) -> Score:
        """Train on all images in this order; the score during training.

        The next epoch's order is `following`.
        """

    @abstractmethod
    def validate(self) -> Score:
        """The score on the held-out images, of which there is at least one."""

    def guard(self, epoch: int) -> AbstractContextManager[None]:  # noqa: ARG002 (for subclasses)
        """Wraps everything that an epoch computes."""
        return contextlib.nullcontext()

    def train(
        self,
        *,
        epochs: int,
        seed: int,
        first_epoch: int = 0,
        on_epoch: Callable[[EpochResult], None],
    ) -> None:
        """Train from `first_epoch` to the epoch number `epochs`, in the `epoch_order`
        of the seed.

        Epoch 0 measures the held-out images before any training; a resumed run starts
        with a later one.
        """
        images = len(self.data.inputs)
        for epoch in range(first_epoch, epochs + 1):
            started = time.perf_counter()
            loss, accuracy, held_out_loss, held_out_accuracy = None, None, None, None
            # XLA prints a greeting on stderr at the first compilation, whichever call
            # causes it.
            with self.guard(epoch), native_noise_captured():
                if epoch:
                    following = (
                        epoch_order(seed, epoch + 1, images) if epoch < epochs else None
                    )
                    loss, accuracy = self.run_epoch(
                        epoch_order(seed, epoch, images), following
                    )
                if len(self.data.validation_inputs):
                    held_out_loss, held_out_accuracy = self.validate()
            on_epoch(
                EpochResult(
                    epoch=epoch,
                    loss=loss,
                    accuracy=accuracy,
                    validation_loss=held_out_loss,
                    validation_accuracy=held_out_accuracy,
                    learning_rate=float(self.model.optimizer.learning_rate),
                    seconds=time.perf_counter() - started,
                )
            )


def epoch_order(seed: int, epoch: int, images: int) -> Order:
    """The order in which an epoch visits the images, from seed and epoch alone, so that
    a run can be resumed.
    """
    return np.random.default_rng([seed, epoch]).permutation(images)
