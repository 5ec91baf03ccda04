"""Subclassed models, and what they are called on."""

from typing import Any

import keras
import numpy as np

X = np.ones((2, 3), np.float32)


class _Parts(keras.Model):  # type: ignore[misc]
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.first, self.second = keras.layers.Dense(4), keras.layers.Dense(4)


class Net(_Parts):
    def call(self, x: Any) -> Any:
        return self.second(keras.ops.relu(self.first(x)))


class Named(_Parts):
    def call(self, parts: Any) -> Any:
        return self.first(parts["left"]) - self.second(parts["right"])


class Two(_Parts):
    def call(self, a: Any, b: Any) -> Any:
        return self.first(a) - self.second(b)


class Pair(Two):
    def build(self, a_shape: Any, b_shape: Any) -> None:
        self.first.build(a_shape)
        self.second.build(b_shape)


CUSTOM = {one.__name__: one for one in (Net, Named, Two, Pair)}
INPUTS: dict[str, list[Any]] = {
    "Net": [X],
    "Named": [{"left": X, "right": X}],
    "Two": [X, X],
    "Pair": [X, X],
}
