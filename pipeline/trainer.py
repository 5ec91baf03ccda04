"""The compiled epoch: what `model.fit` computes, without returning to Python after every batch.

`model.fit` calls one compiled step per batch; for a small model nearly all of its time is the call. Here one compiled
program runs the whole epoch with the data resident on the device. Each step is Keras' own `train_step`, so any model,
loss, metric and optimizer that `fit` trains gives the same weights for the same batches.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.records import EpochResult
from pipeline.runtime import native_noise_captured

Array = NDArray[Any]
VALIDATION_CHUNK = 1000  # images per forward pass; bounds the memory of a convolution's outputs


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Arrays that the trainer reads; `inputs` (N, …) float32, `labels` (N,) int64."""

    inputs: Array
    labels: Array
    validation_inputs: Array
    validation_labels: Array


def epoch_order(seed: int, epoch: int, images: int) -> NDArray[np.int64]:
    """The order in which an epoch visits the images: a function of seed and epoch alone, so that a run can resume."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def choose_strategy(model: Any, device: str) -> str:
    """How the epoch is compiled: with XLA, unless the model convolves on a CPU, where XLA is ten times slower."""
    convolves = any("Conv" in type(layer).__name__ for layer in model._flatten_layers())
    return "graph-epoch" if convolves and device == "CPU" else "xla-epoch"


def train_epochs(
    model: Any,
    data: TrainingData,
    *,
    batch_size: int,
    epochs: int,
    seed: int,
    strategy: str,
    first_epoch: int = 1,
    on_epoch: Callable[[EpochResult], None],
) -> None:
    """Train a compiled `keras.Model` in place.

    Args:
        model: built and compiled with a loss and a metric named "accuracy".
        data: what to learn from and what to watch.
        batch_size: images per step; a smaller last batch is trained as `fit` does.
        epochs: the last epoch's number.
        seed: gives every epoch its order, see `epoch_order`.
        strategy: from `choose_strategy`.
        first_epoch: above 1 when a run resumes.
        on_epoch: called after each epoch.
    """
    import tensorflow as tf

    images = len(data.inputs)
    full_steps, rest = divmod(images, batch_size)
    model.optimizer.build(model.trainable_variables)  # variables must exist before a compiled function uses them
    inputs, labels = tf.constant(data.inputs), tf.constant(data.labels)
    held_inputs, held_labels = tf.constant(data.validation_inputs), tf.constant(data.validation_labels)

    # Without AutoGraph, as Keras compiles its own steps: the loop is spelt out instead.
    @tf.function(autograph=False, jit_compile=strategy == "xla-epoch")  # type: ignore[untyped-decorator]
    def run_epoch(inputs: Any, labels: Any, order: Any) -> None:
        batches = tf.reshape(order[: full_steps * batch_size], (full_steps, batch_size))

        def train_batch(step: Any) -> Any:
            model.train_step((tf.gather(inputs, batches[step]), tf.gather(labels, batches[step])))
            return step + 1

        tf.while_loop(lambda step: step < full_steps, train_batch, [tf.constant(0)])
        if rest:
            last = order[full_steps * batch_size :]
            model.train_step((tf.gather(inputs, last), tf.gather(labels, last)))

    @tf.function(autograph=False, jit_compile=strategy == "xla-epoch")  # type: ignore[untyped-decorator]
    def evaluate_chunk(inputs: Any, labels: Any) -> tuple[Any, Any]:
        scores = model(inputs, training=False)
        loss = model.compute_loss(y=labels, y_pred=scores, training=False)
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), labels)
        return loss, tf.reduce_sum(tf.cast(correct, tf.int32))

    # XLA greets on stderr at the first compilation, whichever call that is.

    def validate() -> tuple[float | None, float | None]:
        count = len(data.validation_inputs)
        if not count:
            return None, None
        loss, correct = 0.0, 0
        for start in range(0, count, VALIDATION_CHUNK):
            chunk = slice(start, start + VALIDATION_CHUNK)
            with native_noise_captured():
                chunk_loss, chunk_correct = evaluate_chunk(held_inputs[chunk], held_labels[chunk])
            loss += float(chunk_loss) * len(data.validation_labels[chunk])
            correct += int(chunk_correct)
        return loss / count, correct / count

    if first_epoch == 1:
        started = time.perf_counter()
        validation_loss, validation_accuracy = validate()
        on_epoch(
            EpochResult(
                epoch=0,
                loss=None,
                accuracy=None,
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                learning_rate=float(model.optimizer.learning_rate),
                seconds=time.perf_counter() - started,
            )
        )
    for epoch in range(first_epoch, epochs + 1):
        started = time.perf_counter()
        model.reset_metrics()
        order = tf.constant(epoch_order(seed, epoch, images))
        with native_noise_captured():
            run_epoch(inputs, labels, order)
        results = {name: float(value) for name, value in model.get_metrics_result().items()}
        validation_loss, validation_accuracy = validate()
        on_epoch(
            EpochResult(
                epoch=epoch,
                loss=results["loss"],
                accuracy=results["accuracy"],
                validation_loss=validation_loss,
                validation_accuracy=validation_accuracy,
                learning_rate=float(model.optimizer.learning_rate),
                seconds=time.perf_counter() - started,
            )
        )
