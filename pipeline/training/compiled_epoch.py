"""The compiled epoch: what `model.fit` computes, without returning to Python after every batch.

`model.fit` calls one compiled step per batch; for a small model nearly all of its time is the call. Here one compiled
program runs many steps: the whole epoch with the data resident on the device, or, where the data is too large for that,
one part of the epoch while the next part is read. Each step is Keras' own `train_step`, so any model, loss, metric and
optimizer that `fit` trains gives the same weights for the same batches.
"""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches, drop_cached_pages
from pipeline.records import EpochResult
from pipeline.system.tensorflow import native_noise_captured

Array = NDArray[Any]
VALIDATION_CHUNK = 1000  # images per forward pass; bounds the memory of a convolution's outputs
RESIDENT_BYTES = 2**28  # of training images: more than this is streamed
# Of images in one part of a streamed epoch; two are in memory at a time. Well above 32 MiB, up to which glibc keeps
# freed memory in heaps that fragment: with parts of just that size the process grew by 60 MB an epoch.
PART_BYTES = 2**26
WORD = 8  # bytes of an int64


@dataclass(frozen=True, kw_only=True)
class TrainingData:
    """Arrays that the trainer reads: `inputs` (N, …) of any type, in memory or mapped from a file, `labels` (N,) int64.

    `to_input` makes the model's input of a batch, as a tensor, in the step that trains on it: so bytes stay bytes.
    """

    inputs: Array
    labels: Array
    validation_inputs: Array
    validation_labels: Array
    to_input: Callable[[Any], Any] = lambda batch: batch


def epoch_order(seed: int, epoch: int, images: int) -> NDArray[np.int64]:
    """The order in which an epoch visits the images: a function of seed and epoch alone, so that a run can resume."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def choose_strategy(model: Any, device: str, data: TrainingData) -> str:
    """How the epoch is run, by rule: "xla-" or "graph-", and then "epoch" or "streamed".

    XLA compiles it, unless the model convolves on a CPU, where XLA's convolutions are ten times slower, or pools by the
    maximum, whose gradient XLA refuses as long as the same run must give the same bits (`enable_op_determinism`). The
    data is resident on the device up to RESIDENT_BYTES, and streamed beyond.
    """
    kinds = [type(layer).__name__ for layer in model._flatten_layers()]
    convolves, pools = (any(word in kind for kind in kinds) for word in ("Conv", "MaxPooling"))
    compiler = "graph" if pools or (convolves and device == "CPU") else "xla"
    return f"{compiler}-{'epoch' if data.inputs.nbytes <= RESIDENT_BYTES else 'streamed'}"


def parts_of(order: NDArray[np.int64], batch_size: int, image_bytes: int) -> list[NDArray[np.int64]]:
    """A streamed epoch's order in parts of whole batches, of PART_BYTES of images or a little less."""
    size = max(1, PART_BYTES // (image_bytes * batch_size)) * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


def pack(images: Array) -> Array:
    """Images of whole numbers as rows of int64, (N, words): what `unpack` turns back.

    TensorFlow gathers no bytes on a GPU, and keeps what a function is given as int32 in the host's memory. Without XLA,
    which does neither, all images would go to the GPU or back from it for every batch.
    """
    if images.dtype.kind not in "iu" or images.dtype.itemsize == WORD:
        return images
    rows = images.reshape(len(images), math.prod(images.shape[1:]))
    spare = -rows.shape[1] % (WORD // rows.itemsize)
    return (np.pad(rows, ((0, 0), (0, spare))) if spare else rows).view(np.int64)


def unpack(batch: Any, images: Array) -> Any:
    """A tensor of some rows of `pack(images)` as a tensor of those images, of their shape and type."""
    import tensorflow as tf

    if batch.dtype == images.dtype:
        return batch
    numbers = tf.reshape(tf.bitcast(batch, images.dtype), (batch.shape[0], -1))
    size = math.prod(images.shape[1:])
    return tf.reshape(numbers if numbers.shape[1] == size else numbers[:, :size], (-1, *images.shape[1:]))


def train_epochs(
    model: Any,
    data: TrainingData,
    *,
    batch_size: int,
    epochs: int,
    seed: int,
    strategy: str,
    first_epoch: int = 0,
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
        first_epoch: 0 measures the held out images before any training; a run that resumes goes on with a later one.
        on_epoch: called after each epoch.
    """
    import tensorflow as tf

    model.optimizer.build(model.trainable_variables)  # variables must exist before a compiled function uses them
    compiler, _, extent = strategy.partition("-")
    streamed, xla = extent == "streamed", compiler == "xla"
    packed = (lambda images: images) if xla else pack
    resident = None if streamed else (tf.constant(packed(data.inputs)), tf.constant(data.labels))
    drop_cached_pages(data.inputs)  # of what was read from disk TensorFlow has a copy now

    # Without AutoGraph, as Keras compiles its own steps: the loop is spelt out instead.
    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def run_steps(inputs: Any, labels: Any, order: Any) -> None:
        full_steps, rest = divmod(order.shape[0], batch_size)

        def train(indices: Any) -> None:
            images = unpack(tf.gather(inputs, indices), data.inputs)
            model.train_step((data.to_input(images), tf.gather(labels, indices)))

        if full_steps:  # XLA compiles no loop over nothing
            batches = tf.reshape(order[: full_steps * batch_size], (full_steps, batch_size))

            def train_batch(step: Any) -> Any:
                train(batches[step])
                return step + 1

            tf.while_loop(lambda step: step < full_steps, train_batch, [tf.constant(0)])
        if rest:
            train(order[full_steps * batch_size :])

    def run_epoch(order: NDArray[np.int64]) -> None:
        if resident:
            run_steps(*resident, tf.constant(order))
            return
        for inputs, labels in _read_ahead(data, parts_of(order, batch_size, data.inputs[0].nbytes)):
            run_steps(tf.constant(packed(inputs)), tf.constant(labels), tf.range(len(labels), dtype=tf.int64))

    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def evaluate_chunk(inputs: Any, labels: Any) -> tuple[Any, Any]:
        scores = model(data.to_input(inputs), training=False)
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
            inputs, labels = tf.constant(data.validation_inputs[chunk]), tf.constant(data.validation_labels[chunk])
            with native_noise_captured():
                chunk_loss, chunk_correct = evaluate_chunk(inputs, labels)
            loss += float(chunk_loss) * len(data.validation_labels[chunk])
            correct += int(chunk_correct)
        return loss / count, correct / count

    if first_epoch == 0:
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
    for epoch in range(max(first_epoch, 1), epochs + 1):
        started = time.perf_counter()
        model.reset_metrics()
        with native_noise_captured():
            run_epoch(epoch_order(seed, epoch, len(data.inputs)))
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


def _read_ahead(data: TrainingData, parts: list[NDArray[np.int64]]) -> Iterator[tuple[Array, Array]]:
    """Images and labels of each part; the next part is read while one is trained on."""

    def read(part: NDArray[np.int64]) -> tuple[Array, Array]:
        images = np.empty((len(part), *data.inputs.shape[1:]), data.inputs.dtype)
        # As they lie in the file: five times as fast as here and there, and neighbours take memory once.
        places = np.argsort(part)
        for rows, block in batches(data.inputs, part[places]):
            images[places[rows]] = block
        return images, data.labels[part]

    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(read, parts[0])
        for following in [*parts[1:], None]:
            ready = coming.result()
            if following is not None:
                coming = pool.submit(read, following)
            yield ready
