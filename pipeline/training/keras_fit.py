"""Train by Keras' own `fit`, for its callbacks."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.records import EpochResult
from pipeline.system.progress import Progress
from pipeline.system.tensorflow import native_noise_captured
from pipeline.training.checkpoint import TrainingState
from pipeline.training.epochs import TrainingData, epoch_order
from pipeline.training.model import weights_digest


def require_usable_callbacks(config: Config) -> None:
    """Refuse callbacks where they cannot work, before anything is computed;
    ConfigError.
    """
    if config.by_fit and config.distribute != "none":
        raise ConfigError(
            "Callbacks need training on one device, by Keras' fit. "
            f"Received: --distribute {config.distribute}. Leave one of them out."
        )
    for callback in config.callbacks:
        import keras

        if not isinstance(callback, keras.callbacks.Callback):
            raise ConfigError(
                "callbacks must be objects of keras.callbacks.Callback. Received:"
                f" {callback!r}. Derive it from that."
            )


def fit_epochs(
    config: Config,
    model: Any,
    data: TrainingData,
    state: TrainingState,
    *,
    on_epoch: Callable[[EpochResult], None],
    progress: Progress,
) -> None:
    """Train the model by `fit`, in the orders of the compiled epochs, and let the
    history end with what it leaves.

    `on_epoch` adds each epoch to `state`, before the config's callbacks learn of it.
    Epoch 0 measures the held-out images; callbacks count from 0 the epochs that train,
    as Keras does. EarlyStopping may put back the weights of its best epoch: the history
    ends with that epoch. Any other weights that a callback leaves are measured.
    """
    import keras
    import tensorflow as tf

    recipe = config.recipe.training
    digests: list[str] = []  # of the weights after each epoch

    class Batches(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self, inputs: Any, labels: Any) -> None:
            super().__init__()
            self.inputs, self.labels, self.order = (
                inputs,
                labels,
                np.arange(len(inputs)),
            )

        def __len__(self) -> int:
            return -(-len(self.order) // recipe.batch_size)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            rows = self.order[index * recipe.batch_size :][: recipe.batch_size]
            return (
                data.to_input(tf.constant(self.inputs[rows])).numpy(),
                self.labels[rows],
            )

    training = Batches(data.inputs, data.labels)
    held_out = (
        Batches(data.validation_inputs, data.validation_labels)
        if len(data.validation_inputs)
        else None
    )

    def validate() -> dict[str, float]:
        with native_noise_captured():
            found = (
                model.evaluate(held_out, verbose=0, return_dict=True)
                if held_out
                else {}
            )
        return {f"val_{name}": value for name, value in found.items()}

    def add(epoch: int, logs: dict[str, float], started: float) -> None:
        result = EpochResult(
            epoch=epoch,
            loss=logs.get("loss"),
            accuracy=logs.get("accuracy"),
            validation_loss=logs.get("val_loss"),
            validation_accuracy=logs.get("val_accuracy"),
            learning_rate=float(model.optimizer.learning_rate),
            seconds=time.perf_counter() - started,
        )
        on_epoch(result)
        digests.append(weights_digest(model.get_weights()))

    class Record(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
            self.started = time.perf_counter()
            training.order = epoch_order(recipe.seed, epoch + 1, len(data.inputs))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            add(epoch + 1, logs, self.started)

    started = time.perf_counter()
    add(0, validate(), started)
    callbacks = [Record(), *config.callbacks]
    model.fit(
        training,
        epochs=recipe.epochs,
        shuffle=False,
        verbose=0,
        validation_data=held_out,
        callbacks=callbacks,
    )

    if state.history[-1].epoch < recipe.epochs:
        progress(
            f"a callback stopped the training after epoch {state.history[-1].epoch} of"
            f" {recipe.epochs}"
        )
    digest = weights_digest(model.get_weights())
    if digest in digests:
        kept = len(digests) - digests[::-1].index(digest)
        if kept < len(digests):
            progress(f"a callback put back the weights of epoch {kept - 1}")
        state.keep(kept)
    else:
        last, found = state.history[-1], validate()
        state.keep(len(state.history) - 1)
        loss, accuracy = found.get("val_loss"), found.get("val_accuracy")
        state.add(
            dataclasses.replace(
                last, validation_loss=loss, validation_accuracy=accuracy
            )
        )
        progress("a callback left weights of its own")
