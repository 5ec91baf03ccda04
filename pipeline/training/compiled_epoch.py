"""The compiled epoch on one device: what `model.fit` computes, without returning to Python after every batch.

`model.fit` calls one compiled step per batch. For a small model nearly all of its time goes into that call. Here one
compiled program runs many steps: the whole epoch when the data fits on the device, otherwise one part of the epoch
while the next part is read. Each step is Keras' own `train_step`, of the model's `compiled_form`, so any model, loss
and optimizer that `fit` can train gives the same weights for the same batches.
"""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches, drop_cached_pages
from pipeline.system.tensorflow import device_name
from pipeline.training.dropout import bytes_drawn, dropouts_of, factors_of
from pipeline.training.epochs import Array, EpochProgram, Score, TrainingData
from pipeline.training.forms import compiled_form

VALIDATION_CHUNK = 1000  # images per forward pass; bounds the memory of a convolution's outputs
RESIDENT_BYTES = 2**28  # of training images; more than this is streamed
# Bytes of images in one part of an epoch; of streamed ones two parts are in memory at a time. Well above 32 MiB, up to
# which glibc keeps freed memory in heaps that fragment: with parts of just that size the process grew by 60 MB per
# epoch.
PART_BYTES = 2**26
WORD = 8  # bytes of an int64


def choose_strategy(model: Any, device: str, data: TrainingData) -> str:
    """How an epoch is run, by rule: "xla-" or "graph-", followed by "resident", "epoch" or "streamed".

    XLA compiles the steps, except on a CPU where the model convolves or draws random numbers in them, for both of which
    XLA takes ten times as long there, or where it uses max pooling, whose gradient XLA refuses while runs must be
    reproducible (`enable_op_determinism`). Plain dropout is drawn before the steps (`dropouts_of`), noise is not.

    Up to RESIDENT_BYTES of images stay on the device (`device_name`); more are streamed, in parts. A GPU gathers each
    batch from them in the step ("resident"). On a CPU a step is so short that this is a quarter of its time: there the
    images of the whole epoch are put in order before it ("epoch").
    """
    layers = model._flatten_layers()
    convolves, pools = (any(word in type(layer).__name__ for layer in layers) for word in ("Conv", "MaxPooling"))
    ahead = dropouts_of(model)
    draws = any(hasattr(layer, "seed_generator") and layer not in ahead for layer in layers)
    compiler = "graph" if pools or (device == "CPU" and (convolves or draws)) else "xla"
    kept = "epoch" if device == "CPU" else "resident"
    return f"{compiler}-{kept if data.inputs.nbytes <= RESIDENT_BYTES else 'streamed'}"


class DeviceProgram(EpochProgram):
    """Epochs on one device."""

    def __init__(self, model: Any, data: TrainingData, *, batch_size: int, strategy: str) -> None:
        """Prepare the compiled functions and, if `choose_strategy` says so, put the data on the device.

        `batch_size` is the images per step; a smaller last batch is trained on as well, as `fit` does.
        """
        super().__init__(model, data)
        model.optimizer.build(model.trainable_variables)  # variables must exist before a compiled function uses them
        compiler, _, extent = strategy.partition("-")
        xla, self._gathers = compiler == "xla", extent == "resident"
        self._batch_size = batch_size
        on_cpu = xla and not self._gathers and device_name(self.tf) == "CPU"
        self._dropouts = dropouts_of(model) if on_cpu else []
        factors: dict[str, Any] = {}
        self._image_bytes = data.inputs[0].nbytes + bytes_drawn(self._dropouts)
        self._form = compiled_form(model, narrow=on_cpu, factors=factors)
        self._run_steps, self._evaluate_chunk = _compile(self.tf, self._form, data, batch_size, factors, xla=xla)
        self._draw = self.tf.function(self._draw_dropouts, autograph=False)
        self._pack = (lambda images: images) if xla or extent == "epoch" else pack
        streamed, constant = extent == "streamed", self.tf.constant
        self._resident = None if streamed else (constant(self._pack(data.inputs)), constant(data.labels))
        drop_cached_pages(data.inputs)  # TensorFlow has its own copy now

    def run_epoch(self, order: NDArray[np.int64]) -> Score:
        """Train on all images in this order; the score during training."""
        self._form.reset_metrics()
        for images, labels, *order_of_images in self._parts(order):
            drawn = self._draw(len(labels)) if self._dropouts else {}
            self._run_steps(images, labels, drawn, *order_of_images)
        results = self._form.get_metrics_result()
        return float(results["loss"]), float(results["accuracy"])

    def _draw_dropouts(self, count: int) -> dict[str, Any]:
        return {layer.name: factors_of(layer, count, self._batch_size) for layer in self._dropouts}

    def _parts(self, order: NDArray[np.int64]) -> Iterator[tuple[Any, ...]]:
        """Images and labels, one part of an epoch after the other: in this order, or in any with the order itself."""
        tf, parts = self.tf, parts_of(order, self._batch_size, self._image_bytes)
        if self._resident is None:
            for images, labels in _read_ahead(self.data, parts):
                yield tf.constant(self._pack(images)), tf.constant(labels)
        elif self._gathers:
            yield *self._resident, tf.constant(order)
        else:
            yield from (tuple(tf.gather(array, part) for array in self._resident) for part in parts)

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


def _compile(
    tf: Any, model: Any, data: TrainingData, batch_size: int, factors: dict[str, Any], *, xla: bool
) -> tuple[Any, Any]:
    """Two programs: training on images as they lie or in a given order, and the loss and correct answers of images.

    Each step finds its part of what was drawn in `factors`, as `compiled_form` was given it.
    """

    # Without AutoGraph, as Keras compiles its own steps: the loop is written out instead.
    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def run_steps(inputs: Any, labels: Any, drawn: dict[str, Any], *orders: Any) -> None:
        order = orders[0] if orders else None
        full_steps, rest = divmod((labels if order is None else order).shape[0], batch_size)

        def train(first: Any, count: int) -> None:
            batch_inputs, batch_labels = (_rows(tf, array, first, count, order) for array in (inputs, labels))
            factors.update({name: _rows(tf, array, first, count) for name, array in drawn.items()})
            model.train_step((data.to_input(unpack(batch_inputs, data.inputs)), batch_labels))

        if full_steps:  # XLA compiles no loop over nothing

            def train_batch(step: Any) -> tuple[Any]:
                train(step * batch_size, batch_size)
                return (step + 1,)

            tf.while_loop(lambda step: step < full_steps, train_batch, (tf.constant(0),))
        if rest:
            train(full_steps * batch_size, rest)

    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def evaluate_chunk(inputs: Any, labels: Any) -> tuple[Any, Any]:
        scores = model(data.to_input(inputs), training=False)
        loss = model.compute_loss(y=labels, y_pred=scores, training=False)
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), labels)
        return loss, tf.reduce_sum(tf.cast(correct, tf.int32))

    return run_steps, evaluate_chunk


def _rows(tf: Any, array: Any, first: Any, count: int, order: Any | None = None) -> Any:
    """`count` rows of a tensor from the row `first` on, or from there on in the `order`."""
    if order is not None:
        return tf.gather(array, _rows(tf, order, first, count))
    return tf.slice(array, [first, *[0] * (array.shape.rank - 1)], [count, *array.shape[1:]])


def parts_of(order: NDArray[np.int64], batch_size: int, image_bytes: int) -> list[NDArray[np.int64]]:
    """A streamed epoch's order, split into parts of whole batches with at most PART_BYTES of images, or one batch."""
    size = max(1, PART_BYTES // (image_bytes * batch_size)) * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


def pack(images: Array) -> Array:
    """Integer images as rows of int64, (N, words); `unpack` reverses it. Other images are returned as they are.

    TensorFlow can neither gather nor slice bytes on a GPU, and keeps int32 arguments of a function in the host's
    memory. XLA has no such restriction; without XLA, all images would be moved to the GPU or back for every batch.
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
