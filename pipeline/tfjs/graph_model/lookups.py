"""Lookups as comparisons: TensorFlow.js reads hash tables only in asynchronous runs."""

from typing import Any

import numpy as np

from pipeline.errors import ConversionError

EXACT_INTEGERS = 2**24  # up to here, float32 has all of them, in which WebGL computes


class ComparedTable:
    """The table of an IntegerLookup, whose `lookup` compares with every key.

    A key that is equal adds its value.
    """

    def __init__(self, layer: Any) -> None:
        """Read the table of `layer`; ConversionError for one with numbers that float32
        does not have.
        """
        table = layer.lookup_table
        self._default = int(np.asarray(table._default_value))
        keys, values = (np.asarray(one) for one in table.export())
        if max(np.abs(one).max(initial=0) for one in (keys, values)) >= EXACT_INTEGERS:
            raise ConversionError(
                f"The vocabulary of layer '{layer.name}' ({type(layer).__name__}) must"
                " be whole numbers below 2^24, which float32 has exactly. Received:"
                f" {np.abs(keys).max(initial=0)}. Next step: lookup ="
                f" model.get_layer('{layer.name}');"
                " export_model(keras.Model(lookup.output, model.output), out), and"
                " give it positions in lookup.get_vocabulary()."
            )
        self._keys, self._values = keys, values

    def lookup(self, inputs: Any) -> Any:
        """The values of the keys that `inputs` are, or the default."""
        import tensorflow as tf

        same = tf.equal(tf.expand_dims(inputs, -1), tf.cast(self._keys, inputs.dtype))
        found = tf.cast(same, tf.int32) * tf.constant(
            self._values - self._default, tf.int32
        )
        return tf.cast(tf.reduce_sum(found, -1) + self._default, self._values.dtype)
