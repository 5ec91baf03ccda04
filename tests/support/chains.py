"""A small chain of layers with names, for tests that ask which of them differs."""

from typing import Any


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
