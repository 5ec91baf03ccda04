"""The report of an export says how to use it on a page."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.exporting.export import export_model
from pipeline.exporting.usage import usage_lines
from pipeline.records import ExportedFormat
from pipeline.versions.manifest import (
    ImageSize,
    InputSpec,
    Manifest,
    OutputSpec,
    Preprocess,
)
from tests.tfjs_cases.harness import needs_graph

FORMAT = ExportedFormat(
    id="layers-uint8",
    route="layers",
    dtype="uint8",
    path="model.json",
    bytes=1,
    files=(),
)
DRAWN = Manifest(
    schema=1, name="m", version="", created="", labels=("a", "b"),
    input=InputSpec(name="x", shape=(6,), dtype="float32", image=ImageSize(height=2, width=3, channels=1)),
    output=OutputSpec(name="y", shape=(2,), kind="probabilities"), preprocess=Preprocess(drawing=(), image=()),
    formats=(FORMAT,), default_format="layers-uint8",
)  # fmt: skip
X, Y = DRAWN.input, DRAWN.output
assert isinstance(X, InputSpec)
assert isinstance(Y, OutputSpec)


def lines(*, bare: bool = False, **changes: Any) -> dict[str, str]:
    """The lines for a changed manifest, by their first word."""
    found = usage_lines(
        dataclasses.replace(DRAWN, **changes), Path("web/m"), bare=bare, layered=bare
    )
    return {
        word.strip(): rest.strip()
        for word, rest in (line.split(":", 1) for line in found)
    }


@pytest.mark.parametrize(("changes", "reason", "call"), [
    ({"input": (X, X)}, "it has 2 inputs and 1 output,", "{ x: new Float32Array(6), x: new Float32Array(6) }"),
    ({"output": (Y, Y)}, "it has 1 input and 2 outputs,", "picture"),
    ({"preprocess": None}, "If it takes images, export it with preprocess (--preprocess).", "new Float32Array(6)"),
    ({"input": dataclasses.replace(X, shape=(None, 3))}, "a fixed size, not (None, 3)", "picture"),
    ({"labels": ()}, "it has no labels for its 2 answers: export it with --labels.", "picture"),
    ({"output": dataclasses.replace(Y, kind="values")}, "x = keras.Input((6,)); keras.Model(x, keras", "picture"),
    ({"output": dataclasses.replace(Y, kind="values"), "labels": ()}, "export it with --labels.", "picture"),
])  # fmt: skip
def test_models_without_a_pad_are_named_with_what_runs_them(
    changes: dict[str, Any], reason: str, call: str
) -> None:
    found = lines(**changes)
    assert found["element"].startswith("<sketch-classifier> cannot load this folder: ")
    assert reason in found["element"]
    answer = "{ label, probabilities }" if call.startswith("new") else "outputs"
    assert found["predict"] == f"const {answer} = await model.predict({call});"


def test_a_format_that_is_no_default_is_named() -> None:
    found = lines(default_format=None)
    assert (
        '<sketch-classifier src="m/manifest.json" format="layers-uint8">'
        in found["element"]
    )
    assert 'import.meta.url), { format: "layers-uint8" });' in found["load"]
    assert "format" not in "".join(lines().values())


def test_inputs_have_their_names_types_and_sizes() -> None:
    ids = InputSpec(name="ids", shape=(None,), dtype="int32")
    photo = InputSpec(name="a photo", shape=(None, None, 3), dtype="float32")
    mask = InputSpec(name="mask", shape=(), dtype="bool")
    assert (
        '{ ids: new Int32Array(12).fill(1), "a photo": Object.assign(new'
        " Float32Array(432), { shape: [1, 12, 12, 3] }), mask: new Uint8Array(1) }"
        in lines(input=(ids, photo, mask))["predict"]
    )
    text = InputSpec(name="text", shape=(1,), dtype="string")
    assert '{ text: ["a text"], mask: ' in lines(input=(text, mask))["predict"]


def test_what_to_copy_takes_six_lines() -> None:
    assert list(lines()) == ["see", "copy", "load", "predict", "element", "more"]
    assert lines()["see"] == "pipeline serve --site web/m"
    assert "see" not in lines(bare=True)
    assert "it takes the load.js and assets/ of a site" in lines(bare=True)["copy"]
    assert [
        "each layer" in lines(bare=layered)["more"] for layered in (True, False)
    ] == [True, False]
    onnx = dataclasses.replace(FORMAT, route="onnx", path="model.onnx")
    found = lines(formats=(onnx,), default_format=None)
    assert list(found) == ["runtime", "copy", "load", "predict", "element", "more"]
    assert found["runtime"] == 'import * as runtime from "onnxruntime-web";'
    assert found["load"].endswith(
        'import.meta.url), { format: "layers-uint8", runtime });'
    )
    assert "it is onnx" in found["element"]


@needs_graph
def test_a_shape_that_keras_promises_wrongly_is_the_one_that_it_computes(
    keras: Any, tmp_path: Path
) -> None:
    # halves the last axis
    model = keras.Sequential([keras.Input((6,)), keras.layers.Activation("glu")])
    export_model(model, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["output"][
        "shape"
    ] == [3]
    assert model.output_shape == (None, 6)
