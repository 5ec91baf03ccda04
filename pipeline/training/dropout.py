"""Dropout drawn before the steps that use it, because XLA draws random numbers ten times as slowly on a CPU."""

import math
from typing import Any


def dropouts_of(model: Any) -> list[Any]:
    """The layers of a Sequential model that can be drawn ahead: plain dropout of float32 numbers."""
    import keras

    if not isinstance(model, keras.Sequential):
        return []
    plain = (layer for layer in model.layers if type(layer) is keras.layers.Dropout and layer.rate > 0)
    return [layer for layer in plain if layer.noise_shape is None and layer.compute_dtype == "float32"]


def bytes_drawn(layers: list[Any]) -> int:
    """Of the factors of one image."""
    return sum(4 * math.prod(layer.input.shape[1:]) for layer in layers)


def factors_of(layer: Any, count: int, batch_size: int) -> Any:
    """What the layer multiplies its inputs by in steps on `count` images, (count, *shape): 0 or 1 / (1 - rate).

    The same numbers, batch by batch, as the layer itself would draw in these steps. A tensor; not for XLA.
    """
    import tensorflow as tf

    full, rest = divmod(count, batch_size)
    shape = layer.input.shape[1:]

    def draw(rows: int) -> Any:
        return layer(tf.ones((rows, *shape)), training=True)

    batches = tf.map_fn(lambda _: draw(batch_size), tf.range(full), fn_output_signature=tf.float32)
    factors = tf.reshape(batches, (full * batch_size, *shape))
    return tf.concat([factors, draw(rest)], 0) if rest else factors
