"""Keras' outputs are taken as they are, and prove something only where there is
something to compare.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.tfjs.parity.compare import ROUNDING_LIMIT, allow_rounding, compare
from pipeline.tfjs.parity.reference import BATCH, CHUNK_BYTES, reference
from tests.tfjs_cases.harness import needs_graph

# Outputs of which no row depends on its own row of the input alone.
ACROSS: dict[str, Callable[[Any, Any], Any]] = {
    "minus their mean": lambda ops, x: x - ops.mean(x, axis=0, keepdims=True),
    "every pair": lambda ops, x: ops.matmul(x, ops.transpose(x)),
    "one sum": lambda ops, x: ops.sum(x),
    "without the batch": lambda ops, x: ops.mean(x, axis=0),
}


@pytest.mark.parametrize("make", ACROSS.values(), ids=ACROSS)
@pytest.mark.parametrize(
    "width", [4, CHUNK_BYTES // 16]
)  # many small rows, and few that exceed what is run at a time
def test_rows_that_depend_on_one_another_are_never_cut(
    keras: Any, make: Any, width: int
) -> None:
    x = keras.Input((width,), name="x")
    model = keras.Model(x, make(keras.ops, x))
    values = (
        np.random.default_rng(0)
        .normal(size=(BATCH + 2 if width == 4 else 5, width))
        .astype(np.float32)
    )
    found = reference(model, {"x": values})
    assert found.batch == len(values)
    np.testing.assert_array_equal(found.answers[0], np.asarray(model(values)))


@needs_graph
def test_neither_are_they_in_tensorflow_js(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((4,), name="x")
    samples = np.random.default_rng(0).normal(size=(BATCH + 9, 4))
    model = keras.Model(x, ACROSS["minus their mean"](keras.ops, x))
    assert export_model(model, tmp_path / "out", samples=samples).passed


def deep(keras: Any) -> Any:
    """Weights twice the usual size: each layer doubles what rounding did before it."""
    generator = np.random.default_rng(0)
    layers = [keras.layers.Dense(32, activation="tanh") for _ in range(50)]
    model = keras.Sequential([keras.Input((32,), name="x"), *layers])
    model.set_weights(
        [generator.normal(0, 2 / np.sqrt(32), weight.shape) for weight in model.weights]
    )
    return model


def test_a_deep_network_is_judged_by_what_its_rounding_amounts_to(
    keras: Any, tmp_path: Path
) -> None:
    model = deep(keras)
    before = model.get_weights()
    report = export_model(model, tmp_path / "out", format="layers")
    (check,) = report.outputs
    # of outputs of size 1: more than in any shallow network
    assert 1e-4 < check.max_abs_diff <= check.limit
    assert check.limit <= ROUNDING_LIMIT
    assert all(
        np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True)
    )


def test_however_much_rounding_amounts_to_a_wrong_option_is_not_allowed() -> None:
    expected = np.array([[1.0, -2.0]], np.float32)
    assert not allow_rounding(
        compare("y", expected, expected * 1.03), expected, rounding=1.0
    ).passed
    assert allow_rounding(
        compare("y", expected, expected * 1.003), expected, rounding=1.0
    ).passed
    assert not allow_rounding(
        compare("y", expected, expected * 1.003), expected, rounding=1e-4
    ).passed
