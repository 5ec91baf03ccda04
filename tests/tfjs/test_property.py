"""Randomly wired models convert and compute what they do in Keras."""

import itertools
import tempfile
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
MODELS_PER_PROCESS = 8
_numbers = itertools.count()

# One step: what is made or called, on which two of the tensors so far (counted round),
# and how.
_step = st.tuples(
    st.sampled_from(
        ["dense", "shared layer", "add", "sequential", "model", "model", "model again"]
    ),
    *[st.integers(0, 9)] * 3,
)
_ends = st.sampled_from(["itself", "inner model", "its own input", "reloaded"])


def _pack(names: list[str], tensors: list[Any], way: int) -> Any:
    """The arguments of a model of these inputs, as a list, a tuple or a dictionary, or
    one tensor as it is.
    """
    if way == 0:
        return dict(zip(names, tensors, strict=True))
    return (
        tensors[0]
        if way == 1 and len(tensors) == 1
        else tuple(tensors)
        if way == 2
        else tensors
    )


def _call(model: Any, tensors: list[Any], way: int) -> Any:
    """One output of a call:

    a model of a dictionary takes only that, one of a list takes any.
    """
    made_of = (
        model._functional._inputs_struct
        if type(model).__name__ == "Sequential"
        else model._inputs_struct
    )
    names = [tensor.name for tensor in model.inputs]
    packed = _pack(names, tensors, 0 if isinstance(made_of, dict) else way % 4)
    answer = (
        model(inputs=packed)
        if way % 3 == 0
        else model(packed, training=False)
        if way % 3 == 1
        else model(packed)
    )
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
                models.append(
                    keras.Sequential(
                        [
                            keras.Input((4,), name="x"),
                            keras.layers.Dense(4, activation="tanh"),
                        ]
                    )
                )
            # of tensors that the outer model has, too
            elif kind == "model" or not models:
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
    return Case(
        "random wiring", str(next(_numbers)), lambda keras: _build(keras, steps, end)
    )


_wirings = st.builds(_wiring, st.lists(_step, min_size=2, max_size=6), _ends)


@pytest.mark.parametrize(
    "examples", [2, pytest.param(8, marks=pytest.mark.all_only)]
)  # the first is of the smallest
def test_random_wirings_compute_the_same(examples: int, tmp_path: Path) -> None:
    @settings(max_examples=examples, **SETTINGS)
    @given(st.lists(_wirings, min_size=MODELS_PER_PROCESS, max_size=MODELS_PER_PROCESS))
    def compute_the_same(cases: list[Case]) -> None:
        outcomes = run(cases, tmp_path / str(next(_numbers)))
        for case in cases:
            outcome = outcomes[case.id]
            assert (outcome.refusal, outcome.error) == (None, None)
            assert all(check.passed for check in outcome.checks), outcome.checks

    compute_the_same()
