"""Random models convert and compute what they do in Keras: of the supported layers, and wired in all ways."""

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tfjs_cases.harness import Case, run

SETTINGS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.generate],  # no smaller example: it would take minutes to find
}
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


# One step: what is made or called, on which two of the tensors so far (counted round), and how.
_step = st.tuples(
    st.sampled_from(["dense", "shared layer", "add", "sequential", "model", "model", "model again"]),
    *[st.integers(0, 9)] * 3,
)
_ends = st.sampled_from(["itself", "inner model", "its own input", "reloaded"])


def _pack(names: list[str], tensors: list[Any], way: int) -> Any:
    """The arguments of a model of these inputs, as a list, a tuple or a dictionary, or one tensor as it is."""
    if way == 0:
        return dict(zip(names, tensors, strict=True))
    return tensors[0] if way == 1 and len(tensors) == 1 else tuple(tensors) if way == 2 else tensors


def _call(model: Any, tensors: list[Any], way: int) -> Any:
    """One output of a call: a model of a dictionary takes only that, one of a list takes any."""
    made_of = model._functional._inputs_struct if type(model).__name__ == "Sequential" else model._inputs_struct
    names = [tensor.name for tensor in model.inputs]
    packed = _pack(names, tensors, 0 if isinstance(made_of, dict) else way % 4)
    answer = model(inputs=packed) if way % 3 == 0 else model(packed, training=False) if way % 3 == 1 else model(packed)
    return answer[way % len(answer)] if isinstance(answer, list) else answer


def _build(keras: Any, steps: list[tuple[str, int, int, int]], end: str) -> Any:
    inputs = [keras.Input((4,), name="x"), keras.Input((4,), name="a")]
    tensors = list(inputs)
    layers: list[Any] = []
    models: list[Any] = []
    for kind, i, j, way in steps:
        pair = [tensors[i % len(tensors)], tensors[j % len(tensors)]]
        if kind == "dense" or (kind == "shared layer" and not layers):
            layers.append(keras.layers.Dense(4, activation="tanh"))
            tensors.append(layers[-1](pair[0]))
        elif kind == "shared layer":
            tensors.append(layers[way % len(layers)](pair[0]))
        elif kind == "add":
            tensors.append(keras.layers.Add()(pair))
        else:
            if kind == "sequential":
                models.append(keras.Sequential([keras.Input((4,), name="x"), keras.layers.Dense(4, activation="tanh")]))
            elif kind == "model" or not models:  # of tensors that the outer model has, too
                outputs = pair if way % 2 else keras.layers.Dense(4)(pair[0])
                models.append(keras.Model(_pack(["x", "a"], inputs, way % 3), outputs))
            model = models[-1 if kind in ("sequential", "model") else way % len(models)]
            tensors.append(_call(model, pair[: len(model.inputs)], way))
    whole = keras.Model(inputs, [tensors[-1], keras.layers.Dense(3)(tensors[-1])])
    if end == "inner model" and models:
        return models[0]
    if end == "its own input":
        return keras.Model(whole.input, whole(whole.input)[1])
    if end == "reloaded":
        with tempfile.TemporaryDirectory() as folder:
            whole.save(Path(folder) / "whole.keras")
            return keras.models.load_model(Path(folder) / "whole.keras")
    return whole


def _wiring(steps: list[tuple[str, int, int, int]], end: str) -> Case:
    return Case("random wiring", str(next(_numbers)), lambda keras: _build(keras, steps, end))


_wirings = st.builds(_wiring, st.lists(_step, min_size=2, max_size=6), _ends)


@pytest.mark.parametrize("examples", [2, pytest.param(8, marks=pytest.mark.all_only)])  # the first is of the smallest
@pytest.mark.parametrize("models", [_models, _wirings], ids=["layers", "wirings"])
def test_random_models_compute_the_same(models: Any, examples: int, tmp_path: Path) -> None:
    @settings(max_examples=examples, **SETTINGS)
    @given(st.lists(models, min_size=MODELS_PER_PROCESS, max_size=MODELS_PER_PROCESS))
    def compute_the_same(cases: list[Case]) -> None:
        outcomes = run(cases, tmp_path / str(next(_numbers)))
        for case in cases:
            outcome = outcomes[case.id]
            assert (outcome.refusal, outcome.error) == (None, None)
            assert all(check.passed for check in outcome.checks), outcome.checks

    compute_the_same()
