"""A Keras model as a TensorFlow Lite file, by TensorFlow's own converter."""

import contextlib
import io
from typing import Any

from pipeline.system.tensorflow import native_noise_captured


def tensorflow_lite(model: Any) -> bytes:
    """Content of a .tflite file with float32 weights for one example a call, as the converter writes it by default.

    LiteRT.js refuses models that leave the size of the batch open.
    """
    import keras
    import tensorflow as tf

    inputs = keras.Input(batch_shape=(1, *model.input_shape[1:]), name=model.inputs[0].name)
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, model(inputs)))
    # It announces the temporary SavedModel that it makes.
    with native_noise_captured(), contextlib.redirect_stdout(io.StringIO()):
        content: bytes = converter.convert()
    return content
