"""Random small models of the supported layers convert, and compute in TensorFlow.js what they compute in Keras."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tfjs_cases.harness import Case, run

Step = Callable[[Any, Any], Any]  # (keras.layers, tensor) -> tensor
MODELS_PER_PROCESS = 8
_numbers = itertools.count()

_activation = st.sampled_from(["relu", "tanh", "gelu", "hard_silu", "softplus", "silu", "hard_sigmoid", "leaky_relu"])
_size = st.integers(1, 5)
_padding = st.sampled_from(["same", "valid"])


def _layer(name: str, **options: Any) -> Step:
    return lambda kl, x: getattr(kl, name)(**options)(x)


def _branches(first: Step, second: Step, merge: str) -> Step:
    """Two ways through, of the same width, and together again."""
    return lambda kl, x: getattr(kl, merge)()([first(kl, x), second(kl, x)])


_same_shape = st.one_of(
    st.builds(_layer, st.sampled_from(["BatchNormalization", "LayerNormalization", "RMSNormalization"])),
    st.builds(_layer, st.just("ReLU"), negative_slope=st.floats(0, 1), max_value=st.floats(0.5, 3)),
    st.builds(_layer, st.just("Dropout"), rate=st.floats(0, 0.9)),
    st.builds(_layer, st.just("Activation"), activation=_activation),
    st.builds(_layer, st.just("Rescaling"), scale=st.floats(0.2, 3), offset=st.floats(-1, 1)),
)
_merge = st.sampled_from(["Add", "Multiply", "Concatenate", "Subtract", "Maximum", "Average"])
_vector = st.one_of(
    _same_shape,
    st.builds(_layer, st.just("Dense"), units=_size, activation=_activation, use_bias=st.booleans()),
    st.builds(_branches, _same_shape, _same_shape, _merge),
)
_sequence = st.one_of(
    _vector,
    st.builds(
        _layer, st.just("Conv1D"), filters=_size, kernel_size=st.integers(1, 3), dilation_rate=st.integers(1, 2),
        padding=st.sampled_from(["same", "causal"]), activation=_activation,
    ),
    st.builds(_layer, st.sampled_from(["LSTM", "SimpleRNN"]), units=_size, return_sequences=st.just(True)),
    st.builds(_layer, st.just("Permute"), dims=st.just((2, 1))),
    st.builds(_layer, st.just("ZeroPadding1D"), padding=st.integers(0, 2)),
)  # fmt: skip
_image = st.one_of(
    _same_shape,
    st.builds(_branches, _same_shape, _same_shape, _merge),
    st.builds(
        _layer, st.just("Conv2D"), filters=_size, kernel_size=st.integers(1, 2), padding=st.just("same"),
        strides=st.integers(1, 2), activation=_activation,
    ),
    st.builds(
        _layer, st.just("DepthwiseConv2D"), kernel_size=st.integers(1, 2), depth_multiplier=st.integers(1, 2),
        padding=st.just("same"), dilation_rate=st.integers(1, 2),
    ),
    st.builds(_layer, st.just("Conv2DTranspose"), filters=_size, kernel_size=st.integers(1, 3), padding=_padding),
    st.builds(
        _layer, st.sampled_from(["MaxPooling2D", "AveragePooling2D"]), pool_size=st.just(2), padding=st.just("same")
    ),
    st.builds(_layer, st.just("UpSampling2D"), interpolation=st.sampled_from(["nearest", "bilinear"])),
)  # fmt: skip


def _model(shape: tuple[int, ...], steps: list[Step], sequential: bool) -> Case:
    def build(keras: Any) -> Any:
        x = keras.Input(shape)
        y = x
        for step in steps:
            y = step(keras.layers, y)
        inner = keras.Model(x, keras.layers.Flatten()(y))
        return keras.Sequential([keras.Input(shape), inner, keras.layers.Dense(2)]) if sequential else inner

    number = next(_numbers)
    return Case("random", str(number), build, seed=number % MODELS_PER_PROCESS)


_models = st.one_of(
    st.builds(_model, st.just((4,)), st.lists(_vector, min_size=1, max_size=5), st.booleans()),
    st.builds(_model, st.just((5, 3)), st.lists(_sequence, min_size=1, max_size=4), st.booleans()),
    st.builds(_model, st.just((6, 5, 2)), st.lists(_image, min_size=1, max_size=4), st.booleans()),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(_models, min_size=MODELS_PER_PROCESS, max_size=MODELS_PER_PROCESS))
def test_random_models_compute_the_same(folder: Path, models: list[Case]) -> None:
    outcomes = run(models, folder / str(next(_numbers)))
    for case in models:
        outcome = outcomes[case.id]
        assert outcome.refusal is None
        assert outcome.error is None
        assert all(check.passed for check in outcome.checks), outcome.checks
