"""What the report of an export says of its use on a page."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import ExportedFormat
from pipeline.tfjs import export_model
from pipeline.tfjs.usage import usage_notes
from pipeline.versions.manifest import ImageSize, InputSpec, Manifest, OutputSpec, Preprocess
from tests.tfjs_cases.harness import needs_graph

FORMAT = ExportedFormat(id="layers-uint8", route="layers", dtype="uint8", path="model.json", bytes=1, files=())
DRAWN = Manifest(
    schema=1, name="m", version="", created="", labels=("a", "b"),
    input=InputSpec(name="x", shape=(6,), dtype="float32", image=ImageSize(height=2, width=3, channels=1)),
    output=OutputSpec(name="y", shape=(2,), kind="probabilities"), preprocess=Preprocess(drawing=(), image=()),
    formats=(FORMAT,), default_format="layers-uint8",
)  # fmt: skip
X, Y = DRAWN.input, DRAWN.output
assert isinstance(X, InputSpec)
assert isinstance(Y, OutputSpec)


@pytest.fixture(autouse=True)
def free(tmp_path: Path) -> None:
    """A layers-model that takes any number of examples."""
    write_model(tmp_path, None)


def write_model(folder: Path, batch: int | None) -> None:
    first = {"class_name": "InputLayer", "config": {"batch_input_shape": [batch, 6]}}
    topology = {"model_config": {"config": {"layers": [first]}}}
    (folder / "model.json").write_text(json.dumps({"modelTopology": topology}))


def test_a_model_for_a_fixed_number_of_examples_is_given_as_many(tmp_path: Path) -> None:
    write_model(tmp_path, 4)
    _, load, stock = usage_notes(dataclasses.replace(DRAWN, preprocess=None), tmp_path)
    assert "model.predict(new Float32Array(6))" in load  # of a classifier load() makes copies
    assert "model.predict(tf.zeros([4, 6]))" in stock
    _, load, _ = usage_notes(dataclasses.replace(DRAWN, labels=()), tmp_path)
    assert "x: new Float32Array(24)" in load


@pytest.mark.parametrize(("changes", "reason"), [
    ({"input": (X, X)}, "it has 2 inputs and 1 outputs"), ({"output": (Y, Y)}, "it has 1 inputs and 2 outputs"),
    ({"preprocess": None}, "If it takes images, pass --preprocess."),
    ({"input": dataclasses.replace(X, shape=(None, 3))}, "a fixed size, not (None, 3)"),
    ({"labels": ()}, "its 0 labels do not name (2,) answers. Pass --labels."),
    ({"output": dataclasses.replace(Y, kind="values")}, "End the model in a softmax"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_named_with_what_runs_it(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    first, load, stock = usage_notes(dataclasses.replace(DRAWN, **changes), tmp_path)
    assert first.startswith("<sketch-classifier> cannot load this folder: ")
    assert reason in first
    assert 'await load("…/manifest.json")' in load
    assert 'await tf.loadLayersModel("…/model.json")' in stock


def test_a_format_that_is_no_default_is_named(tmp_path: Path) -> None:
    unsure = dataclasses.replace(DRAWN, default_format=None)
    assert usage_notes(unsure, tmp_path) == (
        'on a page: <sketch-classifier src="…/manifest.json" format="layers-uint8">, with this folder at that address',
    )
    _, load, _ = usage_notes(dataclasses.replace(unsure, preprocess=None), tmp_path)
    assert '{ format: "layers-uint8" }' in load


def test_inputs_are_arrays_of_their_type_and_size(tmp_path: Path) -> None:
    specs = (
        InputSpec(name="ids", shape=(None,), dtype="int32"),
        InputSpec(name="a photo", shape=(None, None, 3), dtype="float32"),
        InputSpec(name="on", shape=(2,), dtype="bool"),
    )
    _, load, stock = usage_notes(dataclasses.replace(DRAWN, input=specs), tmp_path)
    assert "ids: new Int32Array(2), " in load
    assert '"a photo": Object.assign(new Float32Array(12), { shape: [1, 2, 2, 3] }), ' in load
    assert "on: new Uint8Array(2)" in load
    assert 'model.predict([tf.zeros([1, 2], "int32"), tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2], "bool")])' in stock


@needs_graph
def test_the_inputs_of_a_graph_are_named_as_tensorflow_js_names_them(keras: Any, tmp_path: Path) -> None:
    inputs = [keras.Input((2,), name="left"), keras.Input((2,), name="right")]
    model = keras.Model(inputs, keras.layers.Add(name="sum")(inputs))
    report = export_model(model, tmp_path / "out", format="graph")
    signature = json.loads((tmp_path / "out" / "model.json").read_text())["signature"]["inputs"]
    for name in ("left", "right"):
        assert f'"{signature[name]["name"]}": tf.zeros([1, 2])' in report.notes[-1]


@needs_graph
def test_a_shape_that_keras_promises_wrongly_is_the_one_that_it_computes(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Activation("glu")])  # halves the last axis
    export_model(model, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["output"]["shape"] == [3]
    assert model.output_shape == (None, 6)
