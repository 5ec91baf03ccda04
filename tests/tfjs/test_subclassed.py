"""Subclassed models:

live, after build() or load_model(), and from files; one input, several, or a
dictionary.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.errors import ConversionError
from tests.tfjs_cases.harness import needs_graph

X = np.ones((2, 3), np.float32)


@pytest.fixture
def classes() -> Any:
    from tests.tfjs_cases import subclassed  # which imports Keras

    return subclassed


def _made(classes: Any, kind: str) -> Any:
    model = classes.CUSTOM[kind]()
    model(*classes.INPUTS[kind])
    return model


def _saved(model: Any, folder: Path) -> Path:
    model.save(folder / "n.keras")
    return folder / "n.keras"


@needs_graph
@pytest.mark.filterwarnings(
    "ignore:`build:UserWarning"
)  # Keras says that it creates no layers
@pytest.mark.parametrize(("kind", "way", "names"), [
    *(("Net", way, ["x"]) for way in ("live", "file", "load_model", "build")),
    *(("Named", way, ["left", "right"]) for way in ("live", "file")),
    *(("Pair", way, ["a", "b"]) for way in ("live", "file")),
    *(("Two", way, ["a", "b"]) for way in ("samples", "named samples")),
])  # fmt: skip
def test_a_subclassed_model_is_exported(
    kind: str, way: str, names: list[str], classes: Any, keras: Any, tmp_path: Path
) -> None:
    options: dict[str, Any] = {}
    model: Any
    if way == "build":
        model = classes.Net()
        model.build((None, 3))
    else:
        model = _made(classes, kind)
    if way in ("file", "load_model"):
        model = _saved(model, tmp_path)
        options = {"custom_objects": classes.CUSTOM}
    if way == "load_model":
        model = keras.saving.load_model(model, **options)
    if "samples" in way:
        options = {"samples": [X, X] if way == "samples" else {"a": X, "b": X}}
    nodes = None if isinstance(model, Path) else len(model._inbound_nodes)
    report = export_model(model, tmp_path / "out", **options)
    assert (report.format, report.passed) == ("graph", True)
    assert kind in report.reason
    assert nodes is None or nodes == len(model._inbound_nodes)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())["input"]
    assert [
        one["name"] for one in (manifest if isinstance(manifest, list) else [manifest])
    ] == names


@needs_graph
def test_shapes_that_are_missing_are_named_with_lines_to_copy(
    classes: Any, keras: Any, tmp_path: Path
) -> None:
    model, out = _made(classes, "Two"), tmp_path / "out"
    with pytest.raises(
        ConversionError,
        match=r"Received: a has \(2, 3\)\. Next step: samples={'a': …, 'b': …}",
    ) as said:
        export_model(model, out)
    line = str(said.value).partition("; or ")[2].rstrip(".")
    names = {"keras": keras, "model": model, "out": out, "shape": (3,)}
    exec(line, {"export_model": export_model, **names})  # noqa: S102 - the line to copy
    assert (out / "model.json").exists()


@needs_graph
@pytest.mark.filterwarnings("ignore:Model 'two")
@pytest.mark.filterwarnings("ignore:Layer 'dense")
def test_weights_that_keras_could_not_read_are_named_with_lines_to_copy(
    classes: Any, tmp_path: Path
) -> None:
    original, out = _made(classes, "Two"), tmp_path / "out"
    path = _saved(original, tmp_path)
    with pytest.raises(
        ConversionError, match=r"Received: 4 that only a call creates"
    ) as said:
        export_model(path, out, samples=[X, X], custom_objects=classes.CUSTOM)
    line = str(said.value).partition("Next step: ")[2].partition(", and")[0]
    known: dict[str, Any] = {"Two": classes.Two, "a": X, "b": X}
    exec(line.replace("'model.keras'", repr(str(path))), known)  # noqa: S102 - as above
    assert all(
        map(np.array_equal, known["model"].get_weights(), original.get_weights())
    )
    assert export_model(known["model"], out, samples=[X, X]).passed


def test_a_call_that_fails_says_why(classes: Any, tmp_path: Path) -> None:
    with pytest.raises(
        ConversionError,
        match=r"must accept the inputs a, b\. Received: .*a = keras.Input",
    ):
        export_model(
            _made(classes, "Two"), tmp_path / "out", samples={"a": X[:, :2], "b": X}
        )
