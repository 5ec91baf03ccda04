"""Small models whose layers have names, for tests that ask which of them differs, and a
planted mistake.
"""

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
            layers.Dense(
                6, activation="relu", name="hidden", bias_initializer="normal"
            ),
            layers.Dense(3, name="scores", bias_initializer="normal"),
        ]
    )


def forked(keras: Any) -> Any:
    """Two inputs and two outputs of the same shape, which only their names tell apart,
    where a file has them.
    """
    layers = keras.layers
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    minus = layers.Subtract(name="minus")(
        [layers.Dense(4, name="a")(left), layers.Dense(4, name="b")(right)]
    )
    return keras.Model(
        [left, right],
        [layers.Dense(2, name="one")(minus), layers.Dense(2, name="two")(minus)],
    )


def write_wrong(kind: Any, model: Any, path: Path, **options: Any) -> None:
    """`write_file` with a mistake of 1 % in the kernel of the first dense layer."""
    layer = next(one for one in model.layers if type(one).__name__ == "Dense")
    right = layer.get_weights()
    layer.set_weights([right[0] * 1.01, right[1]])
    write_file(kind, model, path, **options)
    layer.set_weights(right)
