"""Models of lower precision:

exported in float32, run in stock TensorFlow.js, and compared with Keras' own answers.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import ConfigError
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.precision import lower_layers
from pipeline.versions.manifest import read_manifest
from tests.tfjs_cases import wiring
from tests.tfjs_cases.harness import needs_graph, randomise

SetPolicy = Callable[[str], None]
Build = Callable[[Any], Any]

# One step of the number format, relative; a few layers add up to some of them, and
# never to a wrong answer.
STEPS = {"mixed_float16": 2**-10, "mixed_bfloat16": 2**-7}


@pytest.fixture
def policy(keras: Any) -> Iterator[SetPolicy]:
    """Sets the global policy, until the test ends."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


def adapted(keras: Any) -> Any:
    scale = keras.layers.Normalization()
    scale.adapt(np.random.default_rng(0).normal(3, 2, (50, 4)))
    return keras.Sequential([keras.Input((4,)), scale, keras.layers.Dense(2)])


def by_graph(keras: Any) -> Any:
    """A layer of one's own, with a layer inside, and an output that is no float."""

    class Cumulative(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = keras.layers.Dense(4, dtype=self.dtype_policy)

        def build(self, shape: Any) -> None:
            self.inner.build(shape)
            super().build(shape)

        def call(self, x: Any) -> Any:
            return keras.ops.cumsum(self.inner(x), axis=1)

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], 4)

    x = keras.Input((6,))
    y = Cumulative()(x)
    return keras.Model(x, [y, y > 0])


WIRED = (
    "residual blocks",
    "encoder and decoder",
    "transformer block",
    "nested model with several inputs and outputs",
)
MODELS = [
    *(case.build for case in wiring.cases() if case.options in WIRED),
    adapted,
    pytest.param(by_graph, marks=needs_graph),
]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("build", MODELS)
def test_a_model_of_a_mixed_policy(
    build: Build, name: str, keras: Any, policy: SetPolicy, tmp_path: Path
) -> None:
    policy(name)
    model = randomise(build(keras))
    before = [np.array(one) for one in model.get_weights()]
    policies = [one.dtype_policy.name for one in lower_layers(model)]
    with pytest.raises(
        ConversionError,
        match=rf"Received: dtype='{name}'\. Next step: .*--precision float32",
    ):
        export_model(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.format == ("graph" if build is by_graph else "layers")
    change = report.precision
    assert change is not None
    assert (change.policies, change.not_finite) == ((name,), 0)
    assert 0 < change.max_abs_diff < 12 * STEPS[name] * max(1, change.largest)
    assert report.passed
    assert [
        one.dtype_policy.name for one in lower_layers(model)
    ] == policies  # as before
    assert all(
        np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)
    )


def test_only_some_layers_have_a_policy(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((6,), name="x")
    y = keras.layers.Dense(5, dtype="mixed_float16", activation="tanh", name="half")(x)
    z = keras.layers.Dense(4, dtype="bfloat16", name="brain")(y)
    model = randomise(
        keras.Model(
            x, keras.layers.Dense(3, name="whole", dtype="float32")(z), name="some"
        )
    )
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.format == "layers"
    assert report.precision is not None
    assert set(report.precision.policies) == {"mixed_float16", "bfloat16"}
    assert 0 < report.precision.max_abs_diff < 12 * STEPS["mixed_bfloat16"]
    manifest = read_manifest(tmp_path / "out" / "manifest.json")
    assert manifest.verification is not None
    assert str(report.precision) in manifest.verification.checks[0].detail
    assert str(report.precision) in repr(report)
    said = json.loads(json.dumps(report.as_json(), allow_nan=False))["precision"]
    assert said["max_abs_diff"] == report.precision.max_abs_diff


def test_float32_is_as_without_the_option_and_no_other_is_taken(
    model: Any, tmp_path: Path
) -> None:
    plain = export_model(model, tmp_path / "plain")
    asked = export_model(model, tmp_path / "asked", precision="float32")
    assert asked.precision is None
    assert [one.sha256 for one in plain.files] == [one.sha256 for one in asked.files]
    assert "instead of" not in str(asked)
    with pytest.raises(ConfigError, match="Received: precision='float16'"):
        export_model(model, tmp_path / "out", precision="float16")  # type: ignore[arg-type]


@pytest.mark.parametrize("precision", [None, "float32"])
def test_models_no_policy_makes_float32_are_refused(
    precision: Any, model: Any, keras: Any, tmp_path: Path
) -> None:
    half = keras.Input((6,), dtype="float16", name="half")
    with pytest.raises(
        ConversionError,
        match=r"Layer 'half' \(InputLayer\).*give the input the dtype float32",
    ):
        export_model(
            keras.Model(half, keras.layers.Dense(2)(half)),
            tmp_path / "out",
            precision=precision,
        )
    model.layers[0].quantize("int8")
    with pytest.raises(
        ConversionError,
        match=r"'hidden' \(Dense\).*dtype='int8.*from before it was quantized",
    ):
        export_model(model, tmp_path / "out", precision=precision)
    wide = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, dtype="float64", name="wide")]
    )
    with pytest.raises(ConversionError, match="rebuild the model with dtype='float32'"):
        export_model(wide, tmp_path / "out", precision=precision)
    assert list(tmp_path.iterdir()) == []


def test_overflows_in_float16_are_counted(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, dtype="mixed_float16", name="large")]
    )
    model.layers[0].kernel.assign([[1.0, 60_000.0], [1.0, 60_000.0]])
    samples = np.array([[1, 1], [0.5, 0.25]], np.float32)
    report = export_model(model, tmp_path / "out", precision="float32", samples=samples)
    assert report.precision is not None
    assert report.precision.not_finite >= 1
    assert "not finite and were left out" in str(report)
    assert np.isfinite(report.precision.max_abs_diff)
    model.layers[0].bias.assign([1e6, 1e6])
    with pytest.raises(
        ConversionError, match=r"Output 'large' must have finite values.*--samples"
    ):
        export_model(model, tmp_path / "other", precision="float32")


def test_the_layers_rule_says_the_same_inside_of_a_nested_model(keras: Any) -> None:
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, dtype="mixed_float16", name="half")],
        name="in",
    )
    x = keras.Input((4,))
    with pytest.raises(
        ConversionError, match=r"Layer 'in/half' \(Dense\).*--precision float32"
    ):
        trace_model(keras.Model(x, inner(x)))
