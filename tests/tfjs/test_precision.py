"""Models of lower precision: exported in float32, run in stock TensorFlow.js, and compared with Keras' own answers."""

import html
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import ConfigError, DataError
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.precision import in_float32, lower_layers
from pipeline.versions.manifest import read_manifest
from tests.tfjs_cases.harness import needs_graph, randomise

SetPolicy = Callable[[str], None]

Build = Callable[[Any], Any]

# One step of the number format, relative; a few layers add up to some of them, and never to a wrong answer.
STEPS = {"mixed_float16": 2**-10, "mixed_bfloat16": 2**-7}


@pytest.fixture(autouse=True)
def quiet_keras(recwarn: pytest.WarningsRecorder) -> None:
    """Keras warns about each layer that has nothing to quantize."""


@pytest.fixture
def policy(keras: Any) -> Iterator[SetPolicy]:
    """Sets the global policy, until the test ends."""
    yield keras.config.set_dtype_policy
    keras.config.set_dtype_policy("float32")


def convolution(keras: Any) -> Any:
    kl = keras.layers
    layers = [kl.Conv2D(4, 3, activation="relu"), kl.BatchNormalization(), kl.DepthwiseConv2D(3), kl.MaxPooling2D()]
    return keras.Sequential([keras.Input((12, 12, 2)), *layers, kl.Flatten(), kl.Dense(3, activation="softmax")])


def text(keras: Any) -> Any:
    kl = keras.layers
    ids = keras.Input((6,), dtype="int32")
    y = kl.Bidirectional(kl.LSTM(4, return_sequences=True))(kl.Embedding(9, 5)(ids))
    return keras.Model(ids, kl.Dense(3)(y))


def attention(keras: Any) -> Any:
    kl = keras.layers
    x = keras.Input((5, 8))
    y = kl.TimeDistributed(kl.LayerNormalization())(x + kl.MultiHeadAttention(2, 4)(x, x))
    return keras.Model(x, kl.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de")(y))


def nested(keras: Any) -> Any:
    kl = keras.layers
    i = keras.Input((6,), name="i")
    inner = keras.Model(i, [kl.Dense(4, activation="relu")(i), kl.Dense(2)(i)], name="inner")
    x = keras.Input((6,), name="x")
    a, b = inner(x)
    tail = keras.Sequential([keras.Input((4,)), kl.Dense(3)], name="tail")
    return keras.Model(x, [tail(a), b, tail(inner(x * 2)[0])])


ALL_ONLY = [pytest.mark.all_only]
MODELS: list[Build] = [convolution, text, attention, nested]


def pairs(builds: Iterable[Build], modes: Iterable[Any]) -> list[Any]:
    """Each model with each mode; those that the tier *test* has: each model once, and each mode."""
    options = list(modes)
    return [
        pytest.param(build, mode, id=f"{build.__name__}-{mode}", marks=[] if n % len(options) == m else ALL_ONLY)
        for n, build in enumerate(builds)
        for m, mode in enumerate(options)
    ]


@pytest.mark.parametrize(("build", "name"), pairs(MODELS, STEPS))
def test_a_model_of_a_mixed_policy(build: Build, name: str, keras: Any, policy: SetPolicy, tmp_path: Path) -> None:
    policy(name)
    model = randomise(build(keras))
    before = [np.array(one) for one in model.get_weights()]
    with pytest.raises(ConversionError, match=rf"Received: dtype='{name}'\. Next step: .*--precision float32"):
        export_model(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    report = export_model(model, tmp_path / "out", precision="float32")
    change = report.precision
    assert change is not None
    assert (change.policies, change.not_finite) == ((name,), 0)
    assert 0 < change.max_abs_diff < 12 * STEPS[name] * max(1, change.largest)
    assert report.passed
    assert keras.config.dtype_policy().name == name  # as before
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert {one.dtype_policy.name for one in lower_layers(model)} == {name}


def test_only_some_layers_have_a_policy(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((6,), name="x", dtype="float16")
    y = keras.layers.Dense(5, dtype="mixed_float16", activation="tanh", name="half")(x)
    z = keras.layers.Dense(4, dtype="bfloat16", name="brain")(keras.ops.cast(y, "bfloat16"))
    model = randomise(keras.Model(x, keras.layers.Dense(3, name="whole", dtype="float32")(z), name="some"))
    with pytest.raises(ConversionError, match=r"Layer 'x' \(InputLayer\).*dtype='float16'"):
        export_model(model, tmp_path / "out")
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.format == "layers"
    assert report.precision is not None
    assert set(report.precision.policies) == {"float16", "mixed_float16", "bfloat16"}
    assert 0 < report.precision.max_abs_diff < 12 * STEPS["mixed_bfloat16"]
    manifest = read_manifest(tmp_path / "out" / "manifest.json")
    assert manifest.verification is not None
    assert str(report.precision) in manifest.verification.checks[0].detail
    assert str(report.precision) in repr(report)
    assert str(report.precision) in html.unescape(report._repr_html_())
    said = json.loads(json.dumps(report.as_json(), allow_nan=False))["precision"]
    assert said["max_abs_diff"] == report.precision.max_abs_diff


@pytest.mark.parametrize("global_policy", ["float32", "mixed_bfloat16"])
def test_float32_is_as_without_the_option(global_policy: str, model: Any, policy: SetPolicy, tmp_path: Path) -> None:
    policy(global_policy)
    plain = export_model(model, tmp_path / "plain")
    asked = export_model(model, tmp_path / "asked", precision="float32")
    assert asked.precision is None
    assert [one.sha256 for one in plain.files] == [one.sha256 for one in asked.files]
    assert "instead of" not in str(asked)


def without_activations(keras: Any, mode: str) -> Any:
    """A configuration that quantizes the weights alone, those of int4 in blocks of a size."""
    if mode == "int8":
        return keras.quantizers.Int8QuantizationConfig(activation_quantizer=None)
    return keras.quantizers.Int4QuantizationConfig(activation_quantizer=None, block_size=int(mode.partition("/")[2]))


def look_up_and_back(keras: Any) -> Any:
    ids = keras.Input((4,), dtype="int32")
    table = keras.layers.ReversibleEmbedding(7, 5, tie_weights=False)
    return keras.Model(ids, table(table(ids), reverse=True))


QUANTIZED = [*MODELS, look_up_and_back]
MODES = ("int8", "int4", "float8")  # Keras has no embedding of float8


@pytest.mark.parametrize(("build", "mode"), pairs(QUANTIZED, ["int8", "int4/-1", "int4/3"]))
def test_weights_are_those_that_keras_computes_with(build: Build, mode: str, keras: Any) -> None:
    """Where only weights are quantized, Keras multiplies by what they stand for: the same numbers, the same answers."""
    model = randomise(build(keras))
    model.quantize(config=without_activations(keras, mode))
    assert lower_layers(model)
    for layer in lower_layers(model):  # a default of Keras, which a configuration cannot turn off everywhere
        layer.inputs_quantizer = None
    exact = in_float32(model)
    shapes = [keras.ops.shape(one) for one in model.inputs]
    generator = np.random.default_rng(1)
    inputs = generator.integers(0, 7, (3, *shapes[0][1:])).astype(
        "int32" if "int" in model.inputs[0].dtype else "float32"
    )
    for ours, theirs in zip(*(keras.tree.flatten(one(inputs)) for one in (exact, model)), strict=True):
        scale = float(np.abs(theirs).max())
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * max(1, scale))  # float32 sums in another order


@pytest.mark.parametrize(("build", "mode"), [*pairs(MODELS, MODES), *pairs([look_up_and_back], MODES[:2])])
def test_a_quantized_model_and_its_file(build: Build, mode: str, keras: Any, tmp_path: Path) -> None:
    model = randomise(build(keras))
    model.quantize(mode)
    with pytest.raises(ConversionError, match=rf"dtype='{mode}.*_from_float32'.*--precision float32"):
        export_model(model, tmp_path / "out")
    report = export_model(model, tmp_path / "out", precision="float32")
    change = report.precision
    assert change is not None
    assert {one[: len(mode)] for one in change.policies} == {mode}
    assert report.passed
    # inputs of 8 bits are off by half a step of 1/127; float8 has steps of 1/8; int4 has inputs of float32
    assert change.max_abs_diff < {"int8": 0.1, "int4": 1e-5, "float8": 0.3}[mode] * max(1, change.largest)
    model.save(tmp_path / "model.keras")
    if build is attention:  # Keras 3.15 cannot read quantized attention from its own file
        with pytest.raises(DataError, match=r"could not be loaded.*give export_model\(\) the model itself"):
            export_model(tmp_path / "model.keras", tmp_path / "again", precision="float32")
        return
    again = export_model(tmp_path / "model.keras", tmp_path / "again", precision="float32")
    assert [one.sha256 for one in again.files] == [one.sha256 for one in report.files]


def test_float8_is_rounded_as_keras_rounds_it(keras: Any) -> None:
    model = randomise(keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, use_bias=False)]))
    model.quantize("float8")
    model.layers[0].kernel_scale.assign(0.37)
    small = np.arange(18, dtype=np.float32).reshape(3, 6) - 8  # numbers that float8 has
    exact = in_float32(model)
    np.testing.assert_allclose(exact(small), model(small), atol=1e-5)
    assert not np.array_equal(exact.layers[0].kernel, model.layers[0].kernel)


def test_quantized_layers_of_a_mixed_model(keras: Any, policy: SetPolicy, tmp_path: Path) -> None:
    policy("mixed_bfloat16")
    model = randomise(nested(keras))
    model.quantize("int8", filters="dense")
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.precision is not None
    assert {"int8_from_mixed_bfloat16", "mixed_bfloat16"} == set(report.precision.policies)


@needs_graph
def test_a_graph_model_of_a_class_of_ones_own(keras: Any, tmp_path: Path) -> None:
    class Cumulative(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, times: float = 1.0, **options: Any) -> None:
            super().__init__(**options)
            self.times = times
            self.inner = keras.layers.Dense(4, dtype=self.dtype_policy)

        def build(self, shape: Any) -> None:
            self.inner.build(shape)
            super().build(shape)

        def call(self, x: Any) -> Any:
            return keras.ops.cumsum(self.inner(x) * self.times, axis=1)

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape[:-1], 4)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), "times": self.times}

    class Forgetful(Cumulative):
        def get_config(self) -> dict[str, Any]:
            return {key: value for key, value in super().get_config().items() if key != "times"}

    def model(kind: Any) -> Any:
        x = keras.Input((6,))
        return randomise(keras.Model(x, kind(3.0, dtype="mixed_float16")(x)))

    report = export_model(model(Cumulative), tmp_path / "out", precision="float32")
    assert report.format == "graph"
    assert report.precision is not None
    assert report.precision.max_abs_diff < 0.1
    with pytest.raises(ConversionError, match=r"rebuilds it from its config.*Next step: let get_config\(\)"):
        export_model(model(Forgetful), tmp_path / "other", precision="float32")
    assert not (tmp_path / "other").exists()


def test_a_model_that_cannot_be_rebuilt_is_refused_with_the_reason(keras: Any, tmp_path: Path) -> None:
    class Shy(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, secret: object, **options: Any) -> None:
            super().__init__(**options)

        def call(self, x: Any) -> Any:
            return x

    x = keras.Input((6,))
    model = keras.Model(x, Shy(object(), dtype="mixed_float16")(x))
    with pytest.raises(ConversionError, match=r"must be able to rebuild.*Next step: give your own classes get_config"):
        export_model(model, tmp_path / "out", precision="float32")
    assert list(tmp_path.iterdir()) == []


def test_what_overflows_in_float16_is_counted(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, dtype="mixed_float16", name="large")])
    model.layers[0].kernel.assign([[1.0, 60_000.0], [1.0, 60_000.0]])
    samples = np.array([[1, 1], [0.5, 0.25]], np.float32)
    report = export_model(model, tmp_path / "out", precision="float32", samples=samples)
    assert report.precision is not None
    assert report.precision.not_finite >= 1
    assert "not finite and were left out" in str(report)
    assert np.isfinite(report.precision.max_abs_diff)
    model.layers[0].bias.assign([1e6, 1e6])
    with pytest.raises(ConversionError, match=r"Output 'large' must have finite values.*--samples"):
        export_model(model, tmp_path / "other", precision="float32")


@needs_graph
def test_outputs_of_other_kinds_than_floats_are_compared(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((6,))
    y = keras.layers.Dense(5, dtype="mixed_bfloat16")(x)
    model = randomise(keras.Model(x, [y > 0, y]))
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.format == "graph"
    assert report.precision is not None
    assert report.precision.max_abs_diff < 12 * STEPS["mixed_bfloat16"] * max(1, report.precision.largest)


def test_normalization_keeps_what_it_adapted_to(keras: Any, tmp_path: Path) -> None:
    scale = keras.layers.Normalization()
    scale.adapt(np.random.default_rng(0).normal(3, 2, (50, 4)))
    model = keras.Sequential([keras.Input((4,)), scale, keras.layers.Dense(2, dtype="mixed_float16")])
    report = export_model(model, tmp_path / "out", precision="float32")
    assert report.precision is not None
    assert report.precision.max_abs_diff < 12 * STEPS["mixed_float16"]


def test_float64_is_refused_as_ever(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, dtype="float64", name="wide")])
    with pytest.raises(ConversionError, match="rebuild the model with dtype='float32'"):
        export_model(model, tmp_path / "out", precision="float32")


def test_another_precision_is_refused(model: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Received: precision='float16'"):
        export_model(model, tmp_path / "out", precision="float16")  # type: ignore[arg-type]


def test_the_layers_rule_says_the_same_inside_of_a_nested_model(keras: Any) -> None:
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, dtype="mixed_float16", name="half")], name="in")
    x = keras.Input((4,))
    with pytest.raises(ConversionError, match=r"Layer 'in/half' \(Dense\).*--precision float32"):
        trace_model(keras.Model(x, inner(x)))
