"""export_model as a user calls it:

what it returns, what it writes, and what it refuses.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import ConfigError
from pipeline.versions.manifest import read_manifest
from tests.tfjs_cases.harness import NO_GRAPH
from tests.tfjs_cases.refused import plant_slip


def test_the_report_describes_what_was_written(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = export_model(model, tmp_path / "out", labels=["a", "b", "c"])
    assert (report.format, report.path) == ("layers", tmp_path / "out")
    # float32 sums of six terms
    assert report.max_abs_diff == report.float32_max_abs_diff <= 1e-6
    assert report.max_abs_diff_limit == report.limit
    assert report.argmax_agreement == 1.0
    assert report.bytes == sum(file.bytes for file in report.files)
    assert [
        (row.layer, row.tfjs, row.parameters, row.bytes) for row in report.layers
    ] == [
        ("hidden", "Dense", 35, 140),
        ("scores", "Dense", 18, 72),
    ]
    assert all(
        row.max_abs_diff is not None and row.max_abs_diff <= 1e-6
        for row in report.layers
    )
    for words in ("small", "layers-model", "max abs diff", "pipeline serve --site"):
        assert words in str(report)
    assert "hidden (Dense)" not in str(report)
    written = (report.path / "report.txt").read_text()
    # no folder of this machine
    assert written.startswith(str(report).replace(str(report.path), "out"))
    assert "hidden (Dense)" in written
    assert sorted(path.name for path in report.path.iterdir()) == [
        *(
            "assets",
            "group1-shard1of1.bin",
            "index.html",
            "load.js",
            "manifest.json",
            "model.json",
        ),
        *("package.json", "page.css", "page.js", "report.txt", "worker.js"),
    ]
    assert list(tmp_path.iterdir()) == [report.path]  # no work folder is left
    monkeypatch.chdir(tmp_path)
    export_model(model, "web/out")
    assert "pipeline serve --site web/out\n" in Path("web/out/report.txt").read_text()
    assert (
        json.loads(json.dumps(report.as_json(), allow_nan=False))["format"] == "layers"
    )


def test_a_softmax_is_found_wherever_it_is(keras: Any, tmp_path: Path) -> None:
    ops, layers = keras.ops, keras.layers
    own = type(
        "Own",
        (keras.Model,),
        {"call": lambda _, x: ops.softmax(ops.max(x, (1, 2)) / 100)},
    )()
    own(np.zeros((1, 4, 4, 3), np.float32))
    x = keras.Input((4, 4, 3))
    y = layers.Dense(3)(layers.GlobalMaxPooling2D()(x))
    nested = keras.Sequential(
        [keras.Sequential([layers.Dense(3, activation="softmax")])]
    )(y)
    shares = ops.exp(y) / ops.sum(ops.exp(y), -1, keepdims=True)
    named: dict[str, Any] = {"labels": "a,b,c"}
    photo = {**named, "preprocess": "0-1"}
    for at, (made, options, kinds) in enumerate([
        (nested, {}, "p"), (ops.softmax(y), {}, "p"), ([ops.softmax(y), layers.Dense(1)(y)], named, "pv"),
        (shares, named, "p"), (shares, {}, "v"), (ops.normalize(ops.abs(y)), named, "v"), (y, photo, "v"),
        (None, photo, "p"), (None, {}, "v"),
    ]):  # fmt: skip
        model = own if made is None else keras.Model(x, made)
        report = export_model(model, tmp_path / str(at), **options, bare=True)
        manifest = read_manifest(report.path / "manifest.json")
        assert [one.kind[0] for one in manifest.outputs] == list(kinds), at
        assert ("labels name" in " ".join(report.notes)) == (
            "labels" in options and "p" not in kinds
        ), at
        if "preprocess" in options:  # which says the range of the trial inputs
            assert manifest.probes is not None
            assert (
                0 <= manifest.probes.inputs[0].low < manifest.probes.inputs[0].high <= 1
            )


def test_one_number_has_no_largest(keras: Any, tmp_path: Path) -> None:
    report = export_model(
        keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)]),
        tmp_path / "out",
        bare=True,
    )
    assert report.argmax_agreement is None
    assert "argmax" not in (report.path / "report.txt").read_text()
    assert ", 3 samples" in repr(report)
    with pytest.raises(
        ConfigError, match=r'Received: 1 labels \(good\).* --labels "not good,good"\.$'
    ):
        export_model(
            keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)]),
            tmp_path / "two",
            labels="good",
        )


def test_names_and_labels_are_in_the_manifest_and_in_the_model(
    model: Any, tmp_path: Path
) -> None:
    drawing = [
        {"step": "ink"},
        {"step": "fit", "box": 2},
        {"step": "center", "height": 2, "width": 3},
    ]
    preprocess = {"drawing": drawing, "image": [{"step": "flatten"}]}
    export_model(model, tmp_path / "out", labels=["a", "b", "c"], preprocess=preprocess)
    read_manifest(tmp_path / "out" / "manifest.json")  # checks it
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["name"], manifest["labels"]) == ("small", ["a", "b", "c"])
    image = {"height": 2, "width": 3, "channels": 1}
    assert manifest["input"] == {
        "name": "x",
        "shape": [6],
        "dtype": "float32",
        "image": image,
    }
    assert manifest["output"] == {
        "name": "scores",
        "shape": [3],
        "kind": "probabilities",
    }
    assert manifest["preprocess"] == preprocess
    assert manifest["formats"][0]["id"] == "layers-float32"
    assert manifest["verification"]["checks"][0]["passed"] is True
    description = json.loads((tmp_path / "out" / "model.json").read_text())
    assert description["userDefinedMetadata"] == {
        "labels": ["a", "b", "c"],
        "preprocess": preprocess,
    }
    # load() takes no such name
    for name, plain in (
        ("my m", "my-m"),
        ("-ü.", "model"),
        ("", "model"),
    ):
        with pytest.raises(
            ConfigError, match=rf"name must have letters.*Next step: name='{plain}'\."
        ):
            export_model(model, tmp_path / "out", name=name)


def test_preprocessing_that_does_not_reach_the_input_is_refused(
    model: Any, tmp_path: Path
) -> None:
    drawing = [
        {"step": "ink"},
        {"step": "fit", "box": 2},
        {"step": "center", "height": 4, "width": 4},
    ]
    with pytest.raises(ConfigError, match=r"ends in shape \(16,\).*Received: \(6,\)"):
        export_model(
            model,
            tmp_path / "out",
            preprocess={"drawing": drawing, "image": [{"step": "flatten"}]},
        )
    with pytest.raises(ConfigError, match="Unknown step"):
        export_model(
            model,
            tmp_path / "out",
            preprocess={"drawing": drawing, "image": [{"step": "fold"}]},
        )
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_conversion_names_the_layer(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plants the old error of reading the wrong slope, and expects it to be found."""
    plant_slip(monkeypatch)
    model.layers[0].activation = model.layers[1].activation.__globals__["linear"]
    with pytest.raises(
        ConversionError, match=r"from layer 'hidden' \(Dense\) on.*Nothing was written"
    ):
        export_model(model, tmp_path / "out", format="layers")
    assert list(tmp_path.iterdir()) == []
    if NO_GRAPH is None:  # auto still finds a way, and says why
        report = export_model(model, tmp_path / "out")
        assert (report.format, "'hidden'" in report.reason) == ("graph", True)


def test_a_kernel_that_is_wrong_in_webassembly(
    keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # even this model runs on WebAssembly first
    monkeypatch.setattr("pipeline.tfjs.parity.proof.BIG_PARAMETERS", -1)
    wrong = keras.Sequential([keras.Input((4, 4, 4, 2)), keras.layers.MaxPooling3D(2)])
    report = export_model(wrong, tmp_path / "wrong")
    assert report.backend == "cpu"
    assert "WebAssembly" in report.notes[0]
    assert "note: " in str(report)
    right = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.MaxPooling2D(2)])
    report = export_model(right, tmp_path / "right", dtype="uint8")
    assert report.backend == "wasm"
    assert not any("WebAssembly" in note for note in report.notes)


@pytest.mark.parametrize("thing", [None, len, 3])
def test_anything_but_a_model_is_refused(thing: Any, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=rf"keras\.Model.*Received: {type(thing).__name__}"
    ):
        export_model(thing, tmp_path / "out")


def test_outputs_have_names_of_their_own(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((6,), name="x")
    a, b = (keras.layers.Dense(3, name=name)(x) for name in ("a", "a_1"))
    export_model(keras.Model(x, [a, a, b]), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [one["name"] for one in manifest["output"]] == ["a", "a_1", "a_1_1"]
