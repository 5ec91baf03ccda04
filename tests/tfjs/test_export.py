"""export_model as a user calls it: what it returns, what it leaves on disk, and what it refuses."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import ConfigError, DataError, PublishError
from pipeline.system.files import exchange
from pipeline.tfjs.export import Format
from pipeline.tfjs.layers_model.rules import TABLE
from pipeline.tfjs.layers_model.rules.base import Entry, Site
from pipeline.tfjs.load_keras import load_keras_file
from pipeline.tfjs.parity.compare import CHUNK_BYTES, predict
from pipeline.versions.manifest import read_manifest
from tests.tfjs_cases.harness import NO_GRAPH, needs_graph, randomise


@pytest.fixture
def model(keras: Any) -> Any:
    layers = [keras.Input((6,), name="x"), keras.layers.Dense(5, activation="relu", name="hidden")]
    return randomise(
        keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax", name="scores")], name="small")
    )


@pytest.fixture
def gru(keras: Any) -> Any:
    return randomise(keras.Sequential([keras.Input((4, 3)), keras.layers.GRU(2, name="memory")], name="old"))


def test_the_report_tells_what_was_written(model: Any, tmp_path: Path) -> None:
    report = export_model(model, tmp_path / "out", labels=["a", "b", "c"])
    assert report.format == "layers"
    assert report.path == tmp_path / "out"
    assert report.max_abs_diff <= 1e-6  # float32 sums of six terms
    assert report.argmax_agreement == 1.0
    assert report.bytes == sum(file.bytes for file in report.files)
    assert [(row.layer, row.tfjs, row.parameters, row.bytes) for row in report.layers] == [
        ("hidden", "Dense", 35, 140),
        ("scores", "Dense", 18, 72),
    ]
    assert all(row.max_abs_diff is not None and row.max_abs_diff <= 1e-6 for row in report.layers)
    for words in ("small", "layers-model", "hidden (Dense)", "max abs diff"):
        assert words in repr(report)
    assert sorted(path.name for path in report.path.iterdir()) == [
        "group1-shard1of1.bin",
        "manifest.json",
        "model.json",
    ]
    assert list(tmp_path.iterdir()) == [report.path]  # no work folder is left
    assert json.loads(json.dumps(report.as_json(), allow_nan=False))["format"] == "layers"


def test_names_and_labels_stand_in_the_manifest_and_in_the_model(model: Any, tmp_path: Path) -> None:
    drawing = [{"step": "ink"}, {"step": "fit", "box": 2}, {"step": "center", "height": 2, "width": 3}]
    preprocess = {"drawing": drawing, "image": [{"step": "flatten"}]}
    export_model(model, tmp_path / "out", labels=["a", "b", "c"], preprocess=preprocess)
    manifest = read_manifest(tmp_path / "out" / "manifest.json")
    assert manifest["name"] == "small"
    assert manifest["labels"] == ["a", "b", "c"]
    image = {"height": 2, "width": 3, "channels": 1}
    assert manifest["input"] == {"name": "x", "shape": [6], "dtype": "float32", "image": image}
    assert manifest["output"] == {"name": "scores", "shape": [3], "kind": "probabilities"}
    assert manifest["preprocess"] == preprocess
    assert manifest["formats"][0]["id"] == "layers-float32"
    assert manifest["verification"]["checks"][0]["passed"] is True
    description = json.loads((tmp_path / "out" / "model.json").read_text())
    assert description["userDefinedMetadata"] == {
        "labels": ["a", "b", "c"],
        "preprocess": preprocess,
    }


def test_preprocessing_that_does_not_reach_the_input_is_refused(model: Any, tmp_path: Path) -> None:
    drawing = [{"step": "ink"}, {"step": "fit", "box": 2}, {"step": "center", "height": 4, "width": 4}]
    with pytest.raises(ConfigError, match=r"ends in shape \(16,\).*Received: \(6,\)"):
        export_model(model, tmp_path / "out", preprocess={"drawing": drawing, "image": [{"step": "flatten"}]})
    with pytest.raises(ConfigError, match="Unknown step"):
        export_model(model, tmp_path / "out", preprocess={"drawing": drawing, "image": [{"step": "fold"}]})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("dtype", "worst"), [("float16", 1e-3), ("uint16", 1e-4), ("uint8", 2e-2)])
def test_other_dtypes_are_smaller_and_tell_their_error(dtype: str, worst: float, model: Any, tmp_path: Path) -> None:
    exact = export_model(model, tmp_path / "exact")
    report = export_model(model, tmp_path / "small", dtype=dtype)
    shard = next(file for file in report.files if file.path.endswith(".bin"))
    full = next(file for file in exact.files if file.path.endswith(".bin"))
    assert shard.bytes == full.bytes // (4 if dtype == "uint8" else 2)
    # half a step of the code times six weights of size one, seen through a softmax; measured about a third of these
    assert 0 < report.max_abs_diff <= worst
    assert report.float32_max_abs_diff <= 1e-6


@needs_graph
def test_auto_takes_the_graph_route_where_layers_will_not_do(gru: Any, tmp_path: Path) -> None:
    said: list[str] = []
    report = export_model(gru, tmp_path / "out", progress=said.append)
    assert report.format == "graph"
    assert "reset_after" in report.reason
    assert any("reset_after" in line for line in said)
    assert [row.keras for row in report.layers] == ["GRU"]
    assert not gru.layers[0].unroll
    # in an order that does not change from one process to the next: the same model is the same file
    nodes = json.loads((tmp_path / "out" / "model.json").read_text())["modelTopology"]["node"]
    assert any(len(node["attr"]) > 1 for node in nodes)
    assert all(list(node["attr"]) == sorted(node["attr"]) for node in nodes)


def test_asking_for_layers_refuses_with_the_option_and_the_alternative(gru: Any, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"'memory' \(GRU\).*reset_after=True.*graph.*reset_after=False"):
        export_model(gru, tmp_path / "out", format="layers")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_conversion_is_caught_and_the_layer_is_named(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plants the old error of reading the wrong slope, and expects it to be found."""
    key = ("Dense", "keras.src.layers")
    right = TABLE[key]

    def wrong(site: Site) -> Any:
        y = right.rule(site)
        return site.emit("LeakyReLU", y, {"alpha": 0.3}, part="slip") if site.layer.name == "hidden" else y

    monkeypatch.setitem(TABLE, key, Entry(right.name, right.module, wrong, right.reads, ""))
    model.layers[0].activation = model.layers[1].activation.__globals__["linear"]
    with pytest.raises(ConversionError, match=r"from layer 'hidden' \(Dense\) on.*Nothing was written"):
        export_model(model, tmp_path / "out", format="layers")
    assert list(tmp_path.iterdir()) == []
    if NO_GRAPH is None:  # auto still finds a way, and says why
        report = export_model(model, tmp_path / "out")
        assert report.format == "graph"
        assert "'hidden'" in report.reason


@needs_graph
def test_nothing_of_the_model_or_the_process_changes(gru: Any, tmp_path: Path) -> None:
    import os
    import warnings

    before = (gru.get_config(), [w.copy() for w in gru.get_weights()], list(warnings.filters), dict(os.environ))
    export_model(gru, tmp_path / "out")
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "other", format="layers")
    after = (gru.get_config(), gru.get_weights(), list(warnings.filters), dict(os.environ))
    assert before[0] == after[0]
    assert all(np.array_equal(a, b) for a, b in zip(before[1], after[1], strict=True))
    assert before[2] == after[2]
    assert before[3] == after[3]


def test_a_kernel_that_webassembly_gets_wrong_is_told(
    keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.tfjs.parity.proof.BIG_PARAMETERS", -1)  # even this model runs on WebAssembly first
    wrong = keras.Sequential([keras.Input((4, 4, 4, 2)), keras.layers.MaxPooling3D(2)])
    report = export_model(wrong, tmp_path / "wrong")
    assert report.backend == "cpu"
    assert "WebAssembly" in report.notes[0]
    assert "note: " in repr(report)
    right = keras.Sequential([keras.Input((4, 4, 2)), keras.layers.MaxPooling2D(2)])
    report = export_model(right, tmp_path / "right", dtype="uint8")
    assert (report.backend, report.notes) == ("wasm", ())


def test_samples_that_keras_cannot_compute_are_refused(keras: Any, tmp_path: Path) -> None:
    ids = keras.Sequential([keras.Input((3,), dtype="int32"), keras.layers.Embedding(5, 2)])
    with pytest.raises(DataError, match=r"Keras itself cannot compute.*indices.*correct the samples"):
        export_model(ids, tmp_path / "out", samples=np.full((2, 3), 9))


def test_texts_are_refused_by_both_routes(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((1,), dtype="string", name="words")
    model = keras.Model(x, keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(x))
    for route in ("auto", "layers", "graph"):
        with pytest.raises(ConversionError, match="Input 'words' takes texts"):
            export_model(model, tmp_path / "out", format=route)


@pytest.mark.parametrize("thing", [None, len, 3])
def test_what_is_no_model_is_refused(thing: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"A model is a keras\.Model"):
        export_model(thing, tmp_path / "out")


def test_a_custom_layer_inside_a_model_is_named(keras: Any, tmp_path: Path) -> None:
    class Scale(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2.0

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), Scale()]).save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match=r"'Scale'.*custom_objects="):
        load_keras_file(tmp_path / "m.keras")


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_an_activation_in_python_is_not_run(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation=lambda x: x * 2)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match="Safe mode stays on"):
        load_keras_file(tmp_path / "m.keras")


def test_samples_in_a_damaged_file_are_refused(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).normal(size=(40, 6)))
    whole = path.read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle], whole[:middle] + bytes(9) + whole[middle + 9 :]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"s\.npz"):
            export_model(model, tmp_path / "out", samples=path)


def test_outputs_have_names_of_their_own(keras: Any, tmp_path: Path) -> None:
    x = keras.Input((6,), name="x")
    a, b = (keras.layers.Dense(3, name=name)(x) for name in ("a", "a_1"))
    export_model(keras.Model(x, [a, a, b]), tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [one["name"] for one in manifest["output"]] == ["a", "a_1", "a_1_1"]


@needs_graph
def test_random_generators_and_captured_constants_do_not_stop_the_graph_route(keras: Any, tmp_path: Path) -> None:
    layers = [keras.layers.RandomHue(0.2), keras.layers.Normalization(mean=2.0, variance=4.0, axis=None)]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers])
    state = np.asarray(layers[0].generator.state)
    assert export_model(model, tmp_path / "out", format="graph").format == "graph"
    assert np.array_equal(state, np.asarray(layers[0].generator.state))


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


def test_samples_are_compared_too(model: Any, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(40, 6))
    np.savez(tmp_path / "s.npz", x_test=values, y_test=np.zeros(40))
    for samples in (values, {"x": values}, [values], tmp_path / "s.npz"):
        assert export_model(model, tmp_path / "out", samples=samples).samples == 43


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        (np.zeros((4, 5)), ConfigError, r"shape \(n, 6\).*\(4, 5\)"),
        (np.zeros((0, 6)), ConfigError, "Received"),
        (np.full((4, 6), np.nan), DataError, "not finite"),
        (np.full((4, 6), 1e300), DataError, "not finite"),  # in float32, which the model takes
        (np.array(1.0), ConfigError, r"Received: \(\), float64"),
        (np.full((4, 6), "a"), ConfigError, r"be numbers. Received: \(4, 6\), <U1"),
        ([np.zeros((4, 6))] * 2, ConfigError, "one array per input"),
        ("nowhere.npz", DataError, "cannot be read"),
    ],
)
def test_samples_that_do_not_fit_are_refused(
    samples: Any, error: type[Exception], words: str, model: Any, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        export_model(model, tmp_path / "out", samples=samples)
    assert list(tmp_path.iterdir()) == []


@needs_graph
def test_an_earlier_export_is_replaced_only_by_a_good_one(model: Any, gru: Any, tmp_path: Path) -> None:
    export_model(model, tmp_path / "out")
    before = (tmp_path / "out" / "model.json").read_text()
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "out", format="layers")
    assert (tmp_path / "out" / "model.json").read_text() == before
    assert export_model(gru, tmp_path / "out").format == "graph"
    assert (tmp_path / "out" / "model.json").read_text() != before


def test_an_earlier_export_is_there_at_every_moment_while_it_is_replaced(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call that changes a name may leave the place empty: a kill right after it would."""
    out = tmp_path / "out"
    export_model(model, out)
    if not exchange(out, out):  # a probe: exchanging a folder with itself changes nothing
        pytest.skip("this file system cannot exchange two folders")
    renames: list[bool] = []
    real = Path.rename

    def watched(path: Path, target: str | Path) -> Path:
        result = real(path, target)
        renames.append((out / "model.json").exists())
        return result

    monkeypatch.setattr(Path, "rename", watched)
    export_model(model, out, dtype="uint8")
    assert json.loads((out / "manifest.json").read_text())["formats"][0]["dtype"] == "uint8"
    assert all(renames)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_an_exchange_of_folders_a_failed_replacement_brings_the_earlier_one_back(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export_model(model, out)
    before = (out / "model.json").read_bytes()
    monkeypatch.setattr("pipeline.tfjs.export_folder.exchange", lambda one, other: False)
    real = Path.rename

    def refuses(path: Path, target: str | Path) -> Path:
        if Path(target) == out and path.name != "earlier":
            raise PermissionError(13, "Permission denied")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(PublishError, match="Nothing was changed"):
        export_model(model, out, dtype="uint8")
    assert (out / "model.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_many_samples_are_predicted_in_parts_with_the_same_answers(model: Any) -> None:
    shape = model.inputs[0].shape[1:]
    rows = 2 * CHUNK_BYTES // (4 * int(np.prod(shape))) + 3
    inputs = {"x": np.random.default_rng(1).normal(size=(rows, *shape)).astype(np.float32)}
    (whole,) = predict(model, inputs)
    assert whole.shape[0] == rows
    np.testing.assert_allclose(whole[-5:], np.asarray(model(inputs["x"][-5:])), rtol=0, atol=1e-6)  # float32 rounding


def test_a_folder_with_something_else_in_it_is_left_alone(model: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years")
    with pytest.raises(PublishError, match=r"thesis\.txt"):
        export_model(model, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "three years"
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="needs a folder"):
        export_model(model, tmp_path / "file")


def test_a_folder_that_cannot_be_written_is_named(model: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="Cannot write"):
        export_model(model, tmp_path / "file" / "out")


@pytest.mark.parametrize("options", [{"format": "onnx"}, {"dtype": "int4"}])
def test_unknown_choices_are_refused_with_the_known_ones(options: dict[str, Any], model: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Received"):
        export_model(model, tmp_path / "out", **options)


def test_an_unbuilt_model_is_refused_with_the_next_step(keras: Any, tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match=r"not built.*model\.build"):
        export_model(keras.Sequential([keras.layers.Dense(2)]), tmp_path / "out")


def test_a_weight_that_is_nan_is_named_and_no_route_is_tried_twice(model: Any, tmp_path: Path) -> None:
    kernel = model.layers[0].kernel.numpy()
    kernel[0, 0] = np.nan
    model.layers[0].kernel.assign(kernel)
    with pytest.raises(ConversionError, match=r"'.*hidden/kernel' holds 1 NaN"):
        export_model(model, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("route", ["auto", "layers", "graph"])
def test_float16_that_overflows_is_refused_before_any_route_is_tried(route: Format, model: Any, tmp_path: Path) -> None:
    model.layers[0].kernel.assign(np.full((6, 5), 1e6, np.float32))
    said: list[str] = []
    with pytest.raises(ConversionError, match="hidden/kernel' does not fit float16"):
        export_model(model, tmp_path / "out", dtype="float16", format=route, progress=said.append)
    assert said == []


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_model_files_are_read(suffix: str, model: Any, tmp_path: Path) -> None:
    path = tmp_path / f"mine{suffix}"
    model.save(path)
    report = export_model(path, tmp_path / "out")
    assert report.name == "mine"


def _text(path: Path, _: Any) -> None:
    path.write_text("not a model")


def _cut_off(path: Path, model: Any) -> None:
    model.save(path)
    path.write_bytes(path.read_bytes()[:-2000])


def _zip_of_something(path: Path, _: Any) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


def _from_the_future(path: Path, model: Any) -> None:
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["metadata.json"] = json.dumps({"keras_version": "99.1.0", "date_saved": ""}).encode()
    parts["config.json"] = parts["config.json"].replace(b'"Dense"', b'"DenseNext"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text, "is not a Keras model"),
        (_cut_off, "damaged or cut off"),
        (_zip_of_something, r"no config\.json"),
        (_from_the_future, r"saved by Keras 99\.1\.0.*update Keras"),
        (lambda path, _: path.mkdir(), "folder"),
        (lambda path, _: None, "no such model file"),
    ],
)
def test_files_that_are_no_model_are_refused(
    make: Callable[[Path, Any], None], words: str, model: Any, tmp_path: Path
) -> None:
    make(tmp_path / "m.keras", model)
    with pytest.raises(DataError, match=words):
        load_keras_file(tmp_path / "m.keras")


def test_other_suffixes_and_weights_alone_are_refused(model: Any, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_text("")
    with pytest.raises(DataError, match=r"ends in \.keras or \.h5"):
        load_keras_file(tmp_path / "m.onnx")
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(DataError, match="weights but no model"):
        load_keras_file(tmp_path / "m.weights.h5")
    (tmp_path / "bad.h5").write_bytes(b"nothing")
    with pytest.raises(DataError, match="not an HDF5 file"):
        load_keras_file(tmp_path / "bad.h5")


@pytest.mark.parametrize("place", [512, 1024, 1536, 2048])  # h5py has another error for each
def test_a_damaged_h5_file_is_refused(place: int, model: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    model.save(path)
    damaged = bytearray(path.read_bytes())
    damaged[place : place + 256] = bytes(256)
    path.write_bytes(bytes(damaged))
    with pytest.raises(DataError, match=r"m\.h5"):
        load_keras_file(path)


def test_metadata_that_is_no_object_is_refused(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (parts | {"metadata.json": b"[]"}).items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match="damaged"):
        load_keras_file(path)


def test_a_lambda_in_a_file_is_not_run(keras: Any, tmp_path: Path) -> None:
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)]).save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match=r"Lambda.*Safe mode stays on"):
        load_keras_file(tmp_path / "m.keras")


@needs_graph
def test_a_custom_layer_needs_custom_objects(keras: Any, tmp_path: Path) -> None:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2.0

    keras.Sequential([keras.Input((2,)), Twice()]).save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match="custom_objects="):
        export_model(tmp_path / "m.keras", tmp_path / "out")
    report = export_model(tmp_path / "m.keras", tmp_path / "out", custom_objects={"Twice": Twice})
    assert report.format == "graph"
