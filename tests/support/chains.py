"""A small chain of layers with names, for tests that ask which of them differs, and a planted mistake."""

from pathlib import Path
from typing import Any

from pipeline.tfjs.formats.writing import write_file


def chain(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            layers.Conv2D(4, 3, activation="relu", name="strokes"),
            layers.Flatten(name="flat"),
            layers.Dense(6, activation="relu", name="hidden", bias_initializer="normal"),
            layers.Dense(3, name="scores", bias_initializer="normal"),
        ]
    )


def write_wrong(kind: Any, model: Any, path: Path, **options: Any) -> None:
    """`write_file` with a mistake of 1 % in the kernel of the first dense layer."""
    layer = next(one for one in model.layers if type(one).__name__ == "Dense")
    right = layer.get_weights()
    layer.set_weights([right[0] * 1.01, right[1]])
    write_file(kind, model, path, **options)
    layer.set_weights(right)
