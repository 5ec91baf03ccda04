"""Model files that may come from anyone: read without running their code, or refused with the reason."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import DataError
from pipeline.tfjs.load_keras import load_keras_file
from tests.tfjs_cases.harness import needs_graph


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
        (_text, r"must be a Keras model.*Received: first bytes b'not a mo'"),
        (_cut_off, "damaged or cut off"),
        (_zip_of_something, r"config\.json. Received: a zip archive of .*hello\.txt"),
        (_from_the_future, r"saved by Keras 99\.1\.0.*update Keras"),
        (lambda path, _: path.mkdir(), r"Received: the folder .*m\.keras"),
        (lambda path, _: None, r"must exist. Received: .*m\.keras"),
    ],
)
def test_files_that_are_not_a_model_are_refused(
    make: Callable[[Path, Any], None], words: str, model: Any, tmp_path: Path
) -> None:
    make(tmp_path / "m.keras", model)
    with pytest.raises(DataError, match=words):
        load_keras_file(tmp_path / "m.keras")


def test_other_suffixes_and_weights_alone_are_refused(model: Any, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_text("")
    with pytest.raises(DataError, match=r"\.keras or \.h5 file. Received: m\.onnx"):
        load_keras_file(tmp_path / "m.onnx")
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(DataError, match=r"must hold a model. Received: only weights"):
        load_keras_file(tmp_path / "m.weights.h5")
    (tmp_path / "bad.h5").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"must be an HDF5 file. Received: first bytes b'nothing'"):
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


def test_metadata_that_is_not_an_object_is_refused(model: Any, tmp_path: Path) -> None:
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
    with pytest.raises(ConversionError, match=r"Lambda.*which was not run"):
        load_keras_file(tmp_path / "m.keras")


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_an_activation_in_python_is_not_run(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation=lambda x: x * 2)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match="a lambda as an option, which was not run"):
        load_keras_file(tmp_path / "m.keras")


def test_a_custom_layer_inside_a_model_is_named(keras: Any, tmp_path: Path) -> None:
    class Scale(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2.0

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), Scale()]).save(tmp_path / "m.keras")
    with pytest.raises(ConversionError, match=r"'Scale'.*custom_objects="):
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
