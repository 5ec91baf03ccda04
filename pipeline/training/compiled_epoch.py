"""The compiled epoch on one device: what `model.fit` computes, without returning to Python after every batch.

`model.fit` calls one compiled step per batch. For a small model nearly all of its time goes into that call. Here one
compiled program runs many steps: the whole epoch when the data fits on the device, otherwise one part of the epoch
while the next part is read. Each step is Keras' own `train_step`, so any model, loss, metric and optimizer that `fit`
can train gives the same weights for the same batches.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches, drop_cached_pages
from pipeline.training.epochs import Array, EpochProgram, Score, TrainingData

VALIDATION_CHUNK = 1000  # images per forward pass; bounds the memory of a convolution's outputs
RESIDENT_BYTES = 2**28  # of training images; more than this is streamed
# Bytes of images in one part of a streamed epoch; two parts are in memory at a time. Well above 32 MiB, up to which
# glibc keeps freed memory in heaps that fragment: with parts of just that size the process grew by 60 MB per epoch.
PART_BYTES = 2**26
WORD = 8  # bytes of an int64


def choose_strategy(model: Any, device: str, data: TrainingData) -> str:
    """How an epoch is run, by rule: "xla-" or "graph-", followed by "epoch" or "streamed".

    XLA compiles the steps, except where the model convolves on a CPU, where XLA's convolutions are ten times slower, or
    uses max pooling, whose gradient XLA refuses while runs must be reproducible (`enable_op_determinism`). The data is
    resident on the device (`device_name`) up to RESIDENT_BYTES, and streamed beyond.
    """
    kinds = [type(layer).__name__ for layer in model._flatten_layers()]
    convolves, pools = (any(word in kind for kind in kinds) for word in ("Conv", "MaxPooling"))
    compiler = "graph" if pools or (convolves and device == "CPU") else "xla"
    return f"{compiler}-{'epoch' if data.inputs.nbytes <= RESIDENT_BYTES else 'streamed'}"


class DeviceProgram(EpochProgram):
    """Epochs on one device."""

    def __init__(self, model: Any, data: TrainingData, *, batch_size: int, strategy: str) -> None:
        """Prepare the compiled functions and, unless `choose_strategy` streams it, put the data on the device.

        `batch_size` is the images per step; a smaller last batch is trained on as well, as `fit` does.
        """
        super().__init__(model, data)
        model.optimizer.build(model.trainable_variables)  # variables must exist before a compiled function uses them
        compiler, _, extent = strategy.partition("-")
        xla = compiler == "xla"
        self._batch_size = batch_size
        self._pack = (lambda images: images) if xla else pack
        self._run_steps, self._evaluate_chunk = _compile(self.tf, model, data, batch_size, xla=xla)
        streamed, constant = extent == "streamed", self.tf.constant
        self._resident = None if streamed else (constant(self._pack(data.inputs)), constant(data.labels))
        drop_cached_pages(data.inputs)  # TensorFlow has its own copy now

    def run_epoch(self, order: NDArray[np.int64]) -> Score:
        """Train on all images in this order; the score during training."""
        tf = self.tf
        self.model.reset_metrics()
        if self._resident:
            self._run_steps(*self._resident, tf.constant(order))
        else:
            parts = parts_of(order, self._batch_size, self.data.inputs[0].nbytes)
            for inputs, labels in _read_ahead(self.data, parts):
                as_read = tf.range(len(labels), dtype=tf.int64)
                self._run_steps(tf.constant(self._pack(inputs)), tf.constant(labels), as_read)
        results = self.model.get_metrics_result()
        return float(results["loss"]), float(results["accuracy"])

    def validate(self) -> Score:
        """The score on the held-out images."""
        inputs, labels = self.data.validation_inputs, self.data.validation_labels
        loss, correct = 0.0, 0
        for start in range(0, len(inputs), VALIDATION_CHUNK):
            chunk = slice(start, start + VALIDATION_CHUNK)
            chunk_loss, chunk_correct = self._evaluate_chunk(*map(self.tf.constant, (inputs[chunk], labels[chunk])))
            loss += float(chunk_loss) * len(labels[chunk])
            correct += int(chunk_correct)
        return loss / len(inputs), correct / len(inputs)


def _compile(tf: Any, model: Any, data: TrainingData, batch_size: int, *, xla: bool) -> tuple[Any, Any]:
    """Two programs: training on images in a given order, and the mean loss and number of correct answers of images."""

    # Without AutoGraph, as Keras compiles its own steps: the loop is written out instead.
    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def run_steps(inputs: Any, labels: Any, order: Any) -> None:
        full_steps, rest = divmod(order.shape[0], batch_size)

        def train(indices: Any) -> None:
            images = unpack(tf.gather(inputs, indices), data.inputs)
            model.train_step((data.to_input(images), tf.gather(labels, indices)))

        if full_steps:  # XLA compiles no loop over nothing
            batches_of_order = tf.reshape(order[: full_steps * batch_size], (full_steps, batch_size))

            def train_batch(step: Any) -> Any:
                train(batches_of_order[step])
                return step + 1

            tf.while_loop(lambda step: step < full_steps, train_batch, [tf.constant(0)])
        if rest:
            train(order[full_steps * batch_size :])

    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def evaluate_chunk(inputs: Any, labels: Any) -> tuple[Any, Any]:
        scores = model(data.to_input(inputs), training=False)
        loss = model.compute_loss(y=labels, y_pred=scores, training=False)
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), labels)
        return loss, tf.reduce_sum(tf.cast(correct, tf.int32))

    return run_steps, evaluate_chunk


def parts_of(order: NDArray[np.int64], batch_size: int, image_bytes: int) -> list[NDArray[np.int64]]:
    """A streamed epoch's order, split into parts of whole batches with at most PART_BYTES of images, or one batch."""
    size = max(1, PART_BYTES // (image_bytes * batch_size)) * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


def pack(images: Array) -> Array:
    """Integer images as rows of int64, (N, words); `unpack` reverses it. Other images are returned as they are.

    TensorFlow cannot gather bytes on a GPU, and keeps int32 arguments of a function in the host's memory. XLA has
    neither restriction; without XLA, all images would be moved to the GPU or back for every batch.
    """
    if images.dtype.kind not in "iu" or images.dtype.itemsize == WORD:
        return images
    rows = images.reshape(len(images), math.prod(images.shape[1:]))
    spare = -rows.shape[1] % (WORD // rows.itemsize)
    return (np.pad(rows, ((0, 0), (0, spare))) if spare else rows).view(np.int64)


def unpack(batch: Any, images: Array) -> Any:
    """Some rows of `pack(images)`, a tensor, as a tensor with the shape and dtype of `images`."""
    import tensorflow as tf

    if batch.dtype == images.dtype:
        return batch
    numbers = tf.reshape(tf.bitcast(batch, images.dtype), (batch.shape[0], -1))
    size = math.prod(images.shape[1:])
    return tf.reshape(numbers if numbers.shape[1] == size else numbers[:, :size], (-1, *images.shape[1:]))


def _read_ahead(data: TrainingData, parts: list[NDArray[np.int64]]) -> Iterator[tuple[Array, Array]]:
    """Images and labels of each part; the next part is read while one is trained on."""

    def read(part: NDArray[np.int64]) -> tuple[Array, Array]:
        images = np.empty((len(part), *data.inputs.shape[1:]), data.inputs.dtype)
        # In file order: five times as fast as in random order, and neighbouring images share the pages that are mapped.
        places = np.argsort(part)
        for rows, batch in batches(data.inputs, part[places]):
            images[places[rows]] = batch
        return images, data.labels[part]

    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(read, parts[0])
        for following in [*parts[1:], None]:
            ready = coming.result()
            if following is not None:
                coming = pool.submit(read, following)
            yield ready
