"""Models that need the graph route:

through the official converter, rewritten where TensorFlow.js differs.
"""

import json
import os
import warnings
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from pipeline import ConfigError, ConversionError, export_model
from pipeline.tfjs.graph_model import converter
from tests.support.workshop import python
from tests.tfjs_cases import table
from tests.tfjs_cases.harness import Case, Outcome, needs_graph, randomise, run


@needs_graph
def test_auto_takes_the_graph_route_where_layers_will_not_do(
    gru: Any, tmp_path: Path
) -> None:
    said: list[str] = []
    report = export_model(gru, tmp_path / "out", progress=said.append)
    assert report.format == "graph"
    assert "reset_after" in report.reason
    assert "format=" not in " ".join([report.reason, *said])  # as it has been done
    # neither refused with unrolled loops
    assert ["reset_after" in line for line in said if " not " in line] == [True]
    assert not gru.layers[0].unroll
    # in an order that does not change from one process to the next: the same model is
    # the same file
    nodes = json.loads((tmp_path / "out" / "model.json").read_text())["modelTopology"][
        "node"
    ]
    assert any(len(node["attr"]) > 1 for node in nodes)
    assert all(list(node["attr"]) == sorted(node["attr"]) for node in nodes)


@needs_graph
def test_nothing_of_the_model_or_the_process_changes(gru: Any, tmp_path: Path) -> None:
    before = (
        gru.get_config(),
        [w.copy() for w in gru.get_weights()],
        list(warnings.filters),
        dict(os.environ),
    )
    export_model(gru, tmp_path / "out")
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "other", format="layers")
    after = (
        gru.get_config(),
        gru.get_weights(),
        list(warnings.filters),
        dict(os.environ),
    )
    assert before[0] == after[0]
    assert all(np.array_equal(a, b) for a, b in zip(before[1], after[1], strict=True))
    assert before[2:] == after[2:]


@needs_graph
def test_random_generators_and_captured_constants_do_not_stop_the_graph_route(
    keras: Any, tmp_path: Path
) -> None:
    layers = [
        keras.layers.RandomHue(0.2),
        keras.layers.Normalization(mean=2.0, variance=4.0, axis=None),
    ]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers])
    state = np.asarray(layers[0].generator.state)
    assert export_model(model, tmp_path / "out", format="graph").format == "graph"
    assert np.array_equal(state, np.asarray(layers[0].generator.state))


@needs_graph
def test_a_padded_text_in_both_directions_goes_through_the_graph(
    keras: Any, tmp_path: Path
) -> None:
    """Bidirectional sets the outputs of padding to zero; Keras' own unrolled loop gets
    that wrong backwards.
    """
    k = keras.layers
    both = k.Bidirectional(k.LSTM(4, return_sequences=True)), k.Bidirectional(k.GRU(3))
    model = keras.Sequential(
        [keras.Input((6,), dtype="int32"), k.Embedding(9, 4, mask_zero=True), *both]
    )
    padded = np.array([[3, 1, 8, 0, 0, 0], [2, 0, 5, 7, 0, 1]], np.int32)
    assert (
        export_model(randomise(model), tmp_path / "out", samples=padded).format
        == "graph"
    )
    assert both[0].backward_layer.go_backwards
    assert not both[0].backward_layer.unroll


def _custom(code: str, inputs: str, keras: Any) -> Any:
    """A model that computes this from its inputs in a layer of the user's own, which no
    rule knows.
    """
    import tensorflow as tf

    class Custom(keras.layers.Layer):  # type: ignore[misc]
        def call(self, *given: Any) -> Any:
            names = dict(zip("xy", given, strict=False))
            return eval(code, {"tf": tf, "ops": keras.ops, **names})  # noqa: S307 (ours)

    given = table.inputs_of(inputs, keras)
    # which TensorFlow does not take
    return keras.Model(given, Custom(name="größe 1")(*given), name="any name")


TABLE = table.read("graph.toml")
CASES = [
    *(replace(case, graph=True) for case in table.cases(TABLE["layers"])),
    *(
        Case(
            "Custom", f"{code} of {inputs}", partial(_custom, code, inputs), graph=True
        )
        for several, tries in TABLE["operations"].items()
        for inputs in several.split(" | ")
        for code in tries
    ),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run(CASES, tmp_path_factory.mktemp("graphs"))


@needs_graph
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_operations_that_differ_in_tensorflow_js_are_rewritten(
    case: Case, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[case.id]
    assert (outcome.route, outcome.graph_error, outcome.error) == ("graph", None, None)
    assert all(
        check.passed and check.argmax_agreement == 1 for check in outcome.checks
    ), outcome.checks
    # values are only moved
    assert outcome.max_abs_diff == 0 or "extract_patches" not in case.options


@needs_graph
def test_a_grouped_convolution_of_single_channels_keeps_its_size(
    keras: Any, tmp_path: Path
) -> None:
    layer = keras.layers.Conv2D(64, 3, groups=64, use_bias=False)
    converter.write_graph_model(
        keras.Sequential([keras.Input((5, 5, 64)), layer]), tmp_path / "out"
    )
    [shard] = (tmp_path / "out").glob("*.bin")
    # a dense kernel has 64 times as many numbers
    assert shard.stat().st_size < 2 * 64 * 3 * 3 * 4


@needs_graph
def test_operations_that_tensorflow_js_lacks_are_refused_with_their_layer(
    keras: Any, tmp_path: Path
) -> None:
    inner = _custom(
        "ops.image.resize(x, (4, 4), interpolation='bicubic')", "9,8,3", keras
    )
    x = keras.Input((9, 8, 3))
    model = keras.Model(x, keras.layers.Flatten()(inner(x)))
    name = inner.layers[-1].name
    with pytest.raises(
        ConversionError,
        match=rf"ResizeBicubic in layer '{name}' \(Custom\)\. Next step",
    ):
        export_model(model, tmp_path / "out", format="graph")


BROKEN = (
    # importing it fails
    "import sys; sys.modules['tensorflowjs.write_weights'] = None; "
    "from pipeline.tfjs.graph_model.converter import graph_available;"
    " print(graph_available())"
)


@pytest.mark.parametrize(
    ("wanted", "otherwise"),
    [("auto", ", or .*layer_rules={Custom: rule}"), ("graph", "$")],
)
def test_without_the_converter_the_next_step_installs_it(
    wanted: Any,
    otherwise: str,
    keras: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        converter, "version", Mock(side_effect=PackageNotFoundError("tensorflowjs"))
    )
    assert converter.converter_version() is None
    step = (
        r"the official converter is not installed\.\sNext step: pip install --no-deps"
        r" tensorflowjs==4\.22\.0"
    )
    with pytest.raises(ConversionError, match=step + otherwise):
        export_model(_custom("ops.exp(x)", "4", keras), tmp_path / "out", format=wanted)


def test_rules_that_cannot_be_used_are_refused(keras: Any, tmp_path: Path) -> None:
    model = _custom("ops.exp(x)", "4", keras)
    tries: Any = (
        ({"Custom": len}, "by class"),
        ({type(model.layers[-1]): lambda _: None}, "Received: None"),
    )
    for rules, words in tries:
        with pytest.raises(ConfigError, match=words):
            export_model(model, tmp_path / "out", layer_rules=rules)


def test_a_converter_that_cannot_be_imported_gives_the_reason() -> None:
    printed = python("-c", BROKEN)
    assert (
        "tensorflowjs 4.22.0, cannot be imported: import of tensorflowjs.write_weights"
        " halted" in printed
    )
