"""The report of an export says how to use it on a page."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.records import ExportedFormat
from pipeline.tfjs.export import export_model
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


@pytest.mark.parametrize(("changes", "reason", "call"), [
    ({"input": (X, X)}, "it has 2 inputs and 1 outputs", "{ x: "),
    ({"output": (Y, Y)}, "it has 1 inputs and 2 outputs", "{ x: "),
    ({"preprocess": None}, "If it takes images, pass --preprocess.", "/* float32 values of shape (6) */"),
    ({"input": dataclasses.replace(X, shape=(None, 3))}, "a fixed size, not (None, 3)", "{ x: "),
    ({"labels": ()}, "its 0 labels do not name (2,) answers. Pass --labels.", "{ x: "),
    ({"output": dataclasses.replace(Y, kind="values")}, "End the model in a softmax", "{ x: "),
])  # fmt: skip
def test_models_without_a_pad_are_named_with_what_runs_them(changes: dict[str, Any], reason: str, call: str) -> None:
    first, load = usage_notes(dataclasses.replace(DRAWN, **changes))
    assert first.startswith("<sketch-classifier> cannot load this folder: ")
    assert reason in first
    assert f'await load("…/manifest.json"); const {"outputs" if "{" in call else "{ label }"} = ' in load
    assert f"await model.predict({call}" in load


def test_a_format_that_is_no_default_is_named() -> None:
    unsure = dataclasses.replace(DRAWN, default_format=None)
    assert usage_notes(unsure) == (
        'on a page: <sketch-classifier src="…/manifest.json" format="layers-uint8">, with this folder at that address',
    )
    assert '{ format: "layers-uint8" }' in usage_notes(dataclasses.replace(unsure, preprocess=None))[1]


def test_inputs_have_their_names_types_and_sizes() -> None:
    ids = InputSpec(name="ids", shape=(None,), dtype="int32")
    photo = InputSpec(name="a photo", shape=(None, None, 3), dtype="float32")
    _, load = usage_notes(dataclasses.replace(DRAWN, input=(ids, photo)))
    assert "{ ids: /* int32 values of shape (any) */, " in load
    assert '"a photo": /* float32 values of shape (any, any, 3) */ }' in load


@needs_graph
def test_a_shape_that_keras_promises_wrongly_is_the_one_that_it_computes(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Activation("glu")])  # halves the last axis
    export_model(model, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["output"]["shape"] == [3]
    assert model.output_shape == (None, 6)
