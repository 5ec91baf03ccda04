"""Training on one device: what `model.fit` computes, without returning to Python after
every batch.

`model.fit` calls one compiled step per batch. For a small model nearly all of its time
goes into that call. Here one compiled program runs the steps of a whole epoch, or of
PART_BYTES of it, while the next part's images are put in order. Each step is Keras' own
`train_step`, of the model's `compiled_form`, so any model, loss and optimizer that
`fit` can train gives the same weights for the same batches.

The `compiled_form` of a model has its variables and gives its results, in forms that
compile to faster programs. The model itself stays as Keras made it, for its file and
for everything after training.

A smaller last batch and the held-out images are computed without XLA: it would compile
longer than they take.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from pipeline.data.arrays import batches, drop_cached_pages
from pipeline.system.tensorflow import device_name
from pipeline.training.epochs import Order, Score, TrainingData, TrainingRun

# images per forward pass; bounds the memory of a convolution's outputs
VALIDATION_CHUNK = 1000
# of training images in memory; of more, each part is read from the file
RESIDENT_BYTES = 2**28
# Bytes of images in one part of an epoch; two parts are in memory at a time. Well above
# 32 MiB, up to which glibc keeps freed memory in heaps that fragment: with parts of
# just that size the process grew by 60 MB per epoch.
PART_BYTES = 2**26
# Most units of a dense layer for `multiply_narrow`. Measured on batches of 8 to 512
# images, 128 and 784 inputs: the gradient takes 0.3 to 0.6 of the time for 2 and 10
# units, 0.6 to 0.8 for 26, as long for 64, and longer for 128.
NARROW = 32


def choose_compiler(model: Any, device: str) -> str:
    """ "xla", or "graph" for TensorFlow without it, by rule, for a model on this device
    (`device_name`).

    XLA compiles the steps, except of convolutions on a CPU, for which it takes ten
    times as long there, and of max pooling, whose gradient it refuses while runs must
    be reproducible (`enable_op_determinism`).
    """
    layers = [type(layer).__name__ for layer in model._flatten_layers()]
    convolves, pools = (
        any(word in layer for layer in layers) for word in ("Conv", "MaxPooling")
    )
    return "graph" if pools or (convolves and device == "CPU") else "xla"


class DeviceRun(TrainingRun):
    """A training run on one device."""

    def __init__(
        self,
        model: Any,
        data: TrainingData,
        *,
        batch_size: int,
        compiler: str,
        stops: Sequence[int] = (),
        on_stop: Callable[[int], None] = lambda _step: None,
    ) -> None:
        """Prepare the compiled functions; `compiler` is one of `choose_compiler`'s.

        `on_stop` is called after each of the steps `stops`, which are counted over all
        epochs from 1.
        """
        super().__init__(model, data, batch_size=batch_size)
        # variables must exist before a compiled function uses them
        model.optimizer.build(model.trainable_variables)
        tf, xla, on_cpu = self.tf, compiler == "xla", device_name(self.tf) == "CPU"
        self._dropouts = dropouts_of(model) if xla and on_cpu else []
        factors: dict[str, Any] = {}
        self._form = compiled_form(model, narrow=xla and on_cpu, factors=factors)
        self._run_steps, self._run_step, self._evaluate_chunk = _compile(
            tf, self._form, data, batch_size, factors, xla=xla
        )
        self._draw = tf.function(self._draw_dropouts, autograph=False)
        self._part_size = images_in_part(data.inputs[0].nbytes, batch_size)
        self._resident: tuple[Any, ...] | None = None
        if data.inputs.nbytes <= RESIDENT_BYTES:
            with tf.device("CPU:0"):  # TensorFlow cannot gather bytes on a GPU
                self._resident = tf.constant(data.inputs), tf.constant(data.labels)
        held_out = data.validation_inputs, data.validation_labels
        starts = range(0, len(held_out[0]), VALIDATION_CHUNK)
        self._held_out = [
            tuple(
                tf.constant(one[start : start + VALIDATION_CHUNK]) for one in held_out
            )
            for start in starts
        ]
        drop_cached_pages(data.inputs)  # TensorFlow has its own copy now
        self._stops, self._on_stop, self._on_cpu = stops, on_stop, on_cpu
        self._reader = ThreadPoolExecutor(1)
        self._coming: Future[list[tuple[Any, Any]]] | None = None  # the next part

    def run_epoch(self, order: Order, following: Order | None) -> Score:
        """Train on all images in this order; the score during training.

        The next epoch's order is `following`.
        """
        self._form.reset_metrics()
        size = self._part_size
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        for part, ahead in zip(
            parts,
            [*parts[1:], None if following is None else following[:size]],
            strict=True,
        ):
            pieces = (
                self._coming or self._reader.submit(self._read_part, part)
            ).result()
            self._coming = (
                None if ahead is None else self._reader.submit(self._read_part, ahead)
            )
            for images, labels in pieces:
                drawn = self._draw(len(labels)) if self._dropouts else {}
                if len(labels) < self.batch_size:
                    self._run_step(images, labels, drawn)
                else:
                    self._run_to_stops(images, labels, drawn)
        results = self._form.get_metrics_result()
        return float(results["loss"]), float(results["accuracy"])

    def _run_to_stops(self, images: Any, labels: Any, drawn: dict[str, Any]) -> None:
        """Run the steps of whole batches."""
        before, count = (
            int(self.model.optimizer.iterations),
            len(labels) // self.batch_size,
        )
        inside = [step - before for step in self._stops if 0 < step - before < count]
        # A CPU takes one program for any number of steps. A GPU has to be asked after
        # each whether there is another, unless the program is compiled for their
        # number.
        number = self.tf.constant if inside or (self._stops and self._on_cpu) else int
        for first, last in itertools.pairwise([0, *inside, count]):
            self._run_steps(images, labels, drawn, number(first), number(last))
            if before + last in self._stops:
                self._on_stop(before + last)

    def _read_part(self, part: Order) -> list[tuple[Any, Any]]:
        """Images and labels as tensors:

        those of whole batches, and those of a smaller last one.
        """
        whole = len(part) - len(part) % self.batch_size
        return [
            self._read(order) for order in (part[:whole], part[whole:]) if len(order)
        ]

    def _read(self, order: Order) -> tuple[Any, Any]:
        tf, data = self.tf, self.data
        if self._resident:
            images, labels = self._resident
            return tf.gather(images, order), tf.gather(labels, order)
        read = np.empty((len(order), *data.inputs.shape[1:]), data.inputs.dtype)
        # In file order: five times as fast as in random order, and neighbouring images
        # share the pages that are mapped.
        places = np.argsort(order)
        for rows, batch in batches(data.inputs, order[places]):
            read[places[rows]] = batch
        return tf.constant(read), tf.constant(data.labels[order])

    def _draw_dropouts(self, count: int) -> dict[str, Any]:
        return {
            layer.name: factors_of(layer, count, self.batch_size)
            for layer in self._dropouts
        }

    def validate(self) -> Score:
        """The score on the held-out images."""
        loss, correct, count = 0.0, 0, len(self.data.validation_inputs)
        for images, labels in self._held_out:
            chunk_loss, chunk_correct = self._evaluate_chunk(images, labels)
            loss += float(chunk_loss) * len(labels)
            correct += int(chunk_correct)
        return loss / count, correct / count


def images_in_part(image_bytes: int, batch_size: int) -> int:
    """How many images a part of an epoch has:

    whole batches with at most PART_BYTES, or one batch.
    """
    return max(1, PART_BYTES // (image_bytes * batch_size)) * batch_size


def _compile(
    tf: Any,
    model: Any,
    data: TrainingData,
    batch_size: int,
    factors: dict[str, Any],
    *,
    xla: bool,
) -> tuple[Any, Any, Any]:
    """Three programs: steps on whole batches, one step on all images, and the loss and
    the correct answers of images.

    Each step finds its part of what was drawn in `factors`, as `compiled_form` was
    given it.
    """
    # TensorFlow cannot slice bytes on a GPU; half precision holds them exactly.
    halves = not xla and data.inputs.dtype == np.uint8

    def run_step(inputs: Any, labels: Any, drawn: dict[str, Any]) -> None:
        factors.update(drawn)
        model.train_step((data.to_input(tf.cast(inputs, data.inputs.dtype)), labels))

    # Without AutoGraph, as Keras compiles its own steps: the loop is written out
    # instead.
    @tf.function(autograph=False, jit_compile=xla)  # type: ignore[untyped-decorator]
    def run_steps(
        inputs: Any, labels: Any, drawn: dict[str, Any], first: Any, end: Any
    ) -> None:
        inputs = tf.cast(inputs, tf.float16) if halves else inputs

        def train_batch(step: Any) -> tuple[Any]:
            def rows(array: Any) -> Any:
                start = [step * batch_size, *[0] * (array.shape.rank - 1)]
                return tf.slice(array, start, [batch_size, *array.shape[1:]])

            run_step(
                rows(inputs),
                rows(labels),
                {name: rows(array) for name, array in drawn.items()},
            )
            return (step + 1,)

        tf.while_loop(
            lambda step: step < end, train_batch, (tf.convert_to_tensor(first),)
        )

    def evaluate_chunk(inputs: Any, labels: Any) -> tuple[Any, Any]:
        scores = model(data.to_input(inputs), training=False)
        loss = model.compute_loss(y=labels, y_pred=scores, training=False)
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), labels)
        return loss, tf.reduce_sum(tf.cast(correct, tf.int32))

    return (
        run_steps,
        tf.function(run_step, autograph=False),
        tf.function(evaluate_chunk, autograph=False),
    )


def compiled_form(model: Any, *, narrow: bool, factors: Mapping[str, Any]) -> Any:
    """A model that computes what `model` does, on its variables and with its optimizer,
    for training.

    Its loss is the sparse categorical cross-entropy, its metrics are "loss" and
    "accuracy", of integer labels. With `narrow`, narrow dense layers of a Sequential
    model are computed by `multiply_narrow`. While it is trained, layers that are named
    in `factors` multiply by the tensor there (`factors_of`).
    """
    import keras
    import tensorflow as tf

    class CompiledForm(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=f"{model.name}_compiled")
            self.original = model

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not narrow:
                return model(inputs, training=training)
            for layer in model.layers:
                if training and layer.name in factors:
                    inputs = inputs * factors[layer.name]
                elif isinstance(layer, keras.layers.Dense) and layer.units <= min(
                    NARROW, inputs.shape[-1]
                ):
                    scores = multiply_narrow(inputs, tf.convert_to_tensor(layer.kernel))
                    inputs = layer.activation(scores + layer.bias)
                else:
                    inputs = layer(inputs)
            return inputs

    form = CompiledForm()
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    form.compile(
        optimizer=model.optimizer, loss=one_hot_cross_entropy, metrics=[accuracy]
    )
    return form


def one_hot_cross_entropy(labels: Any, probabilities: Any) -> Any:
    """Keras' sparse categorical cross-entropy, (N,), of labels (N,) and probabilities
    (N, classes).

    Keras gathers each label's probability by its index. The gradient of that is a
    scatter, which XLA computes one image after the other while runs must be
    reproducible. A product with one-hot labels gives the same numbers.
    """
    from keras import losses, ops

    labels = ops.reshape(ops.cast(labels, "int32"), (-1,))
    return losses.categorical_crossentropy(
        ops.one_hot(labels, probabilities.shape[-1]), probabilities
    )


def multiply_narrow(inputs: Any, kernel: Any) -> Any:
    """The product of float32 (N, inputs) and (inputs, units), whose gradient is
    computed with few units first.

    As its inner dimension, ten units fill no vector of a CPU: XLA takes twice as long
    for the gradient (inputs, units) as for its transpose, whose numbers are the same
    bits. A column of zeros keeps XLA from undoing the transposition.
    """
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def multiply(inputs: Any, kernel: Any) -> Any:
        def gradient(upstream: Any) -> tuple[Any, Any]:
            transposed = tf.matmul(
                tf.pad(upstream, [[0, 0], [0, 1]]), inputs, transpose_a=True
            )
            return tf.matmul(upstream, kernel, transpose_b=True), tf.transpose(
                transposed[:-1]
            )

        return tf.matmul(inputs, kernel), gradient

    return multiply(inputs, kernel)


def dropouts_of(model: Any) -> list[Any]:
    """The dropout layers of a Sequential model, which are drawn before the steps.

    In the steps, XLA would draw their random numbers ten times as slowly on a CPU.
    """
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def factors_of(dropout: Any, count: int, batch_size: int) -> Any:
    """Factors of a layer's inputs in steps on `count` images, float32 (count, …): 0 or
    1 / (1 - rate).

    The same numbers, batch by batch, as the layer itself would draw in these steps. Not
    for XLA.
    """
    import tensorflow as tf

    full, rest = divmod(count, batch_size)
    shape = dropout.input.shape[1:]

    def draw(rows: int) -> Any:
        return dropout(tf.ones((rows, *shape)), training=True)

    drawn = tf.map_fn(
        lambda _: draw(batch_size), tf.range(full), fn_output_signature=tf.float32
    )
    factors = tf.reshape(drawn, (full * batch_size, *shape))
    return tf.concat([factors, draw(rest)], 0) if rest else factors
