"""Models that need the graph route: through the official converter, rewritten where TensorFlow.js differs."""

import json
import os
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.tfjs.graph_model.converter import write_graph_model
from tests.tfjs_cases.harness import Case, Outcome, needs_graph, randomise, run


@needs_graph
def test_auto_takes_the_graph_route_where_layers_will_not_do(gru: Any, tmp_path: Path) -> None:
    said: list[str] = []
    report = export_model(gru, tmp_path / "out", progress=said.append)
    assert report.format == "graph"
    assert "reset_after" in report.reason
    assert any("reset_after" in line for line in said)
    assert not gru.layers[0].unroll
    # in an order that does not change from one process to the next: the same model is the same file
    nodes = json.loads((tmp_path / "out" / "model.json").read_text())["modelTopology"]["node"]
    assert any(len(node["attr"]) > 1 for node in nodes)
    assert all(list(node["attr"]) == sorted(node["attr"]) for node in nodes)


@needs_graph
def test_nothing_of_the_model_or_the_process_changes(gru: Any, tmp_path: Path) -> None:

    before = (gru.get_config(), [w.copy() for w in gru.get_weights()], list(warnings.filters), dict(os.environ))
    export_model(gru, tmp_path / "out")
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "other", format="layers")
    after = (gru.get_config(), gru.get_weights(), list(warnings.filters), dict(os.environ))
    assert before[0] == after[0]
    assert all(np.array_equal(a, b) for a, b in zip(before[1], after[1], strict=True))
    assert before[2] == after[2]
    assert before[3] == after[3]


@needs_graph
def test_random_generators_and_captured_constants_do_not_stop_the_graph_route(keras: Any, tmp_path: Path) -> None:
    layers = [keras.layers.RandomHue(0.2), keras.layers.Normalization(mean=2.0, variance=4.0, axis=None)]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers])
    state = np.asarray(layers[0].generator.state)
    assert export_model(model, tmp_path / "out", format="graph").format == "graph"
    assert np.array_equal(state, np.asarray(layers[0].generator.state))


@needs_graph
def test_a_padded_text_in_both_directions_goes_through_the_graph(keras: Any, tmp_path: Path) -> None:
    """Bidirectional sets the outputs of padding to zero; Keras' own unrolled loop gets that wrong backwards."""
    k = keras.layers
    both = k.Bidirectional(k.LSTM(4, return_sequences=True)), k.Bidirectional(k.GRU(3))
    model = keras.Sequential([keras.Input((6,), dtype="int32"), k.Embedding(9, 4, mask_zero=True), *both])
    padded = np.array([[3, 1, 8, 0, 0, 0], [2, 0, 5, 7, 0, 1]], np.int32)
    report = export_model(randomise(model), tmp_path / "out", samples=padded)
    assert report.format == "graph"
    assert both[0].backward_layer.go_backwards
    assert not both[0].backward_layer.unroll


@needs_graph
def test_a_decoder_with_both_masks_goes_through_the_graph(keras: Any, tmp_path: Path) -> None:
    """Causal and padding masks together: the graph's band matrix is mended, TensorFlow.js would get it wrong."""
    ids = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(ids)
    model = randomise(keras.Model(ids, keras.layers.MultiHeadAttention(2, 2)(x, x, use_causal_mask=True)))
    report = export_model(model, tmp_path / "out")
    assert report.format == "graph"


@needs_graph
def test_a_subclassed_model_goes_through_the_graph(keras: Any, tmp_path: Path) -> None:
    class Twice(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="twice")
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x) * 2.0

    model = Twice()
    with pytest.raises(ConversionError, match=r"not built.*call the model on data"):
        export_model(model, tmp_path / "out")
    model(np.zeros((1, 3), np.float32))
    nodes = len(model._inbound_nodes)
    report = export_model(model, tmp_path / "out")
    assert report.format == "graph"
    assert "Twice" in report.reason
    assert len(model._inbound_nodes) == nodes


def _custom(keras: Any, function: Any, *shapes: tuple[int | None, ...]) -> Any:
    """A model that calls a function in a layer of the user's own, which no rule knows."""

    class Custom(keras.layers.Layer):  # type: ignore[misc]
        def call(self, *inputs: Any) -> Any:
            return function(*inputs)

    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, Custom()(*inputs))


def _cases(kind: str, tries: Mapping[str, Any], build: Callable[..., Any]) -> list[Case]:
    """Each of the tries, as the arguments of what builds a model of it."""
    return [Case(kind, name, partial(build, given=given), graph=True) for name, given in tries.items()]


def _each_shape(tries: Mapping[str, Any], *shapes: tuple[int | None, ...]) -> dict[str, Any]:
    return {f"{name} of {shape}": (one, shape) for name, one in tries.items() for shape in shapes}


_PATCHES: dict[str, dict[str, Any]] = {
    "without overlap": {"sizes": [1, 3, 2, 1], "strides": [1, 3, 2, 1], "rates": [1, 1, 1, 1], "padding": "VALID"},
    "padded": {"sizes": [1, 3, 3, 1], "strides": [1, 2, 1, 1], "rates": [1, 1, 1, 1], "padding": "SAME"},
    "dilated": {"sizes": [1, 2, 2, 1], "strides": [1, 1, 1, 1], "rates": [1, 2, 3, 1], "padding": "VALID"},
    "strides and rates": {"sizes": [1, 3, 3, 1], "strides": [1, 2, 1, 1], "rates": [1, 2, 1, 1], "padding": "VALID"},
}


def _patches(keras: Any, given: Any) -> Any:
    import tensorflow as tf

    options, shape = given
    return _custom(keras, lambda x: tf.image.extract_patches(x, **options), shape)


_GROUPED: dict[str, Any] = {
    "one channel each": ("Conv2D", (7, 7, 4), {"filters": 8, "groups": 4, "padding": "same", "strides": 2}),
    "one channel each, not square": ("Conv2D", (7, 7, 4), {"filters": 4, "groups": 4, "strides": (2, 1)}),
    "one channel each, channels first": ("Conv2D", (4, 7, 7), {"filters": 8, "groups": 4,
        "data_format": "channels_first"}),
    "two channels each": ("Conv2D", (7, 7, 4), {"filters": 8, "groups": 2, "dilation_rate": 2}),
    "a causal sequence": ("Conv1D", (9, 4), {"filters": 8, "groups": 4, "padding": "causal", "dilation_rate": 2}),
    "a sequence": ("Conv1D", (9, 4), {"filters": 8, "groups": 2, "padding": "same"}),
    "three axes": ("Conv3D", (5, 5, 5, 2), {"filters": 2, "groups": 2}),
}  # fmt: skip


def _grouped(keras: Any, given: Any) -> Any:
    kind, shape, options = given
    return keras.Sequential([keras.Input(shape), getattr(keras.layers, kind)(kernel_size=3, **options)])


def _sum(keras: Any, given: str) -> Any:
    return _custom(keras, lambda x, y: keras.ops.einsum(given, x, y), (5, 4), (3, 4))


# TensorFlow.js may keep a cast value as it was, take a negative axis for another, and has no bit operations.
_BY_THEIR_BITS: dict[str, Any] = {
    "booleans as numbers": lambda k, x: k.cast(x > 0, "float32"),
    "any": lambda k, x: k.cast(k.any(x > 1, axis=-1), "float32"),
    "whole numbers as numbers": lambda k, x: k.cast(k.argsort(x, axis=-1), "float32"),
    "cumsum": lambda k, x: k.cumsum(x, axis=-1),
    "cumprod": lambda k, x: k.cumprod(x, axis=-2),
    "argmax": lambda k, x: k.argmax(x, axis=-1),
    "argmax of zeros": lambda k, x: k.argmax(-k.relu(x), axis=1),  # -0.0 is less than 0.0 for Keras
    "argmin of zeros": lambda k, x: k.argmin(-k.relu(x), axis=1),
    "signbit": lambda k, x: k.cast(k.signbit(x * k.relu(x)), "float32"),
}


def _by_bits(keras: Any, given: Any) -> Any:
    function, shape = given
    return _custom(keras, lambda x: function(keras.ops, x), shape)


CASES = [
    *_cases("patches", _each_shape(_PATCHES, (9, 8, 3), (None, None, 3)), _patches),
    Case("patches", "by Keras, inside other layers",
        lambda keras: _custom(keras, lambda x: keras.ops.image.extract_patches(x, (3, 2)), (9, 8, 3))),
    *_cases("a grouped convolution needs no groups", _GROUPED, _grouped),
    *_cases("small letters", {one: one for one in ("btd,bTd->btT", "bTd,btd->bTt", "...td,...Td->...tT",
        "bt...,bT...->btT...")}, _sum),
    Case("an ellipsis at the end is written out", "EinsumDense",
        lambda keras: keras.Sequential([keras.Input((5, 3, 6)),
        keras.layers.EinsumDense("ab...,bc->ac...", output_shape=(4, 3, 6))])),
    *_cases("casts, axes and signs", _each_shape(_BY_THEIR_BITS, (6, 4), (None, 4)), _by_bits),
    *_cases("a Fourier transform of two axes is two of one",
        _each_shape({"fft2": lambda k, x: k.fft2((x, x * 2.0))}, (6, 8), (None, 5)), _by_bits),
]  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run(CASES, tmp_path_factory.mktemp("graphs"))


@needs_graph
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_operations_that_differ_in_tensorflow_js_are_rewritten(case: Case, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[case.id]
    assert (outcome.route, outcome.graph_error, outcome.error) == ("graph", None, None)
    assert all(check.passed and check.argmax_agreement == 1 for check in outcome.checks), outcome.checks
    assert outcome.max_abs_diff == 0 or case.layer != "patches"  # values are only moved


@needs_graph
def test_a_grouped_convolution_of_single_channels_keeps_its_size(keras: Any, tmp_path: Path) -> None:
    layer = keras.layers.Conv2D(64, 3, groups=64, use_bias=False)
    write_graph_model(keras.Sequential([keras.Input((5, 5, 64)), layer]), tmp_path / "out")
    [shard] = (tmp_path / "out").glob("*.bin")
    assert shard.stat().st_size < 2 * 64 * 3 * 3 * 4  # a dense kernel has 64 times as many numbers


@needs_graph
def test_operations_that_tensorflow_js_lacks_are_refused_with_their_layer(keras: Any, tmp_path: Path) -> None:
    inner = _custom(keras, lambda x: keras.ops.image.resize(x, (4, 4), interpolation="bicubic"), (9, 8, 3))
    x = keras.Input((9, 8, 3))
    model = keras.Model(x, keras.layers.Flatten()(inner(x)))
    name = inner.layers[-1].name
    with pytest.raises(ConversionError, match=rf"ResizeBicubic in layer '{name}' \(Custom\)\. Next step"):
        export_model(model, tmp_path / "out", format="graph")
