"""A model's computation in forms that compile to faster programs, with the same variables and the same results.

The model itself stays as Keras made it, for its file and for everything after training.
"""

from collections.abc import Mapping
from typing import Any

# Most units of a dense layer for `multiply_narrow`. Measured on batches of 8 to 512 images, 128 and 784 inputs: the
# gradient takes 0.3 to 0.6 of the time for 2 and 10 units, 0.6 to 0.8 for 26, as long for 64, and longer for 128.
NARROW = 32


def compiled_form(model: Any, *, narrow: bool, factors: Mapping[str, Any]) -> Any:
    """A model that computes what `model` does, on its variables and with its optimizer, for training.

    Its loss is the sparse categorical cross-entropy, its metrics are "loss" and "accuracy", of integer labels. With
    `narrow`, narrow dense layers of a Sequential model are computed by `multiply_narrow`. While it is trained, layers
    that are named in `factors` multiply by the tensor there (`factors_of`).
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
                elif isinstance(layer, keras.layers.Dense) and layer.units <= min(NARROW, inputs.shape[-1]):
                    scores = multiply_narrow(inputs, tf.convert_to_tensor(layer.kernel))
                    inputs = layer.activation(scores + layer.bias)
                else:
                    inputs = layer(inputs)
            return inputs

    form = CompiledForm()
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    form.compile(optimizer=model.optimizer, loss=one_hot_cross_entropy, metrics=[accuracy])
    return form


def one_hot_cross_entropy(labels: Any, probabilities: Any) -> Any:
    """Keras' sparse categorical cross-entropy, (N,), of labels (N,) and probabilities (N, classes).

    Keras gathers each label's probability by its index. The gradient of that is a scatter, which XLA computes one image
    after the other while runs must be reproducible. A product with one-hot labels gives the same numbers.
    """
    from keras import losses, ops

    labels = ops.reshape(ops.cast(labels, "int32"), (-1,))
    return losses.categorical_crossentropy(ops.one_hot(labels, probabilities.shape[-1]), probabilities)


def multiply_narrow(inputs: Any, kernel: Any) -> Any:
    """The product of float32 (N, inputs) and (inputs, units), whose gradient is computed with few units first.

    As its inner dimension, ten units fill no vector of a CPU: XLA takes twice as long for the gradient (inputs, units)
    as for its transpose, whose numbers are the same bits. A column of zeros keeps XLA from undoing the transposition.
    """
    import tensorflow as tf

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def multiply(inputs: Any, kernel: Any) -> Any:
        def gradient(upstream: Any) -> tuple[Any, Any]:
            transposed = tf.matmul(tf.pad(upstream, [[0, 0], [0, 1]]), inputs, transpose_a=True)
            return tf.matmul(upstream, kernel, transpose_b=True), tf.transpose(transposed[:-1])

        return tf.matmul(inputs, kernel), gradient

    return multiply(inputs, kernel)


def dropouts_of(model: Any) -> list[Any]:
    """The dropout layers of a Sequential model, which are drawn before the steps.

    In the steps, XLA would draw their random numbers ten times as slowly on a CPU.
    """
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]


def factors_of(dropout: Any, count: int, batch_size: int) -> Any:
    """Factors of a layer's inputs in steps on `count` images, float32 (count, …): 0 or 1 / (1 - rate).

    The same numbers, batch by batch, as the layer itself would draw in these steps. Not for XLA.
    """
    import tensorflow as tf

    full, rest = divmod(count, batch_size)
    shape = dropout.input.shape[1:]

    def draw(rows: int) -> Any:
        return dropout(tf.ones((rows, *shape)), training=True)

    drawn = tf.map_fn(lambda _: draw(batch_size), tf.range(full), fn_output_signature=tf.float32)
    factors = tf.reshape(drawn, (full * batch_size, *shape))
    return tf.concat([factors, draw(rest)], 0) if rest else factors
