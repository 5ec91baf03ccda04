"""A Keras model as a TensorFlow Lite file, written by TensorFlow's own converter."""

import contextlib
import io
from typing import Any

from pipeline.system.tensorflow import native_noise_captured


def tensorflow_lite(model: Any) -> bytes:
    """The bytes of a .tflite file with float32 weights and a batch of one, otherwise
    with the converter's defaults.

    LiteRT.js refuses models with an unknown batch size.
    """
    import keras
    import tensorflow as tf

    inputs = keras.Input(
        batch_shape=(1, *model.input_shape[1:]), name=model.inputs[0].name
    )
    converter = tf.lite.TFLiteConverter.from_keras_model(
        keras.Model(inputs, model(inputs))
    )
    # It prints where it puts its temporary SavedModel.
    with native_noise_captured(), contextlib.redirect_stdout(io.StringIO()):
        content: bytes = converter.convert()
    return content
