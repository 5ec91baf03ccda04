"""Models that several tests of the converter export."""

from typing import Any

import pytest

from tests.tfjs_cases.harness import randomise


@pytest.fixture
def model(keras: Any) -> Any:
    layers = [
        keras.Input((6,), name="x"),
        keras.layers.Dense(5, activation="relu", name="hidden"),
    ]
    return randomise(
        keras.Sequential(
            [*layers, keras.layers.Dense(3, activation="softmax", name="scores")],
            name="small",
        )
    )


@pytest.fixture
def gru(keras: Any) -> Any:
    return randomise(
        keras.Sequential(
            [keras.Input((4, 3)), keras.layers.GRU(2, name="memory")], name="an old one"
        )
    )
