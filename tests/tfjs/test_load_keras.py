"""Model files that may come from anyone:

read without running their code, or refused with the reason.
"""

import json
import os
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.errors import ConfigError, DataError
from pipeline.system.javascript import JsCase, run_cases
from pipeline.tfjs import load_keras
from pipeline.tfjs.load_keras import load_keras_file
from pipeline.tfjs.parity.compare import compare
from tests.support.fuzz.mutations import write_zip
from tests.tfjs_cases.harness import needs_graph

# its README says how they were made
BACKENDS = Path(__file__).parents[1] / "fixtures/backends"


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_model_files_are_read(suffix: str, model: Any, tmp_path: Path) -> None:
    path = tmp_path / f"my größe (1){suffix}"
    model.save(path)
    assert export_model(path, tmp_path / "out").name == "my-gr-e-1"


@needs_graph
@pytest.mark.parametrize(("backend", "route"), [("jax", "layers"), ("torch", "graph")])
def test_a_file_of_another_backend_computes_what_keras_did_there(
    backend: str, route: str, tmp_path: Path
) -> None:
    report = export_model(BACKENDS / f"{backend}.keras", tmp_path / "out")
    kept = json.loads((BACKENDS / f"{backend}.json").read_text())
    values = np.sin(np.arange(np.prod(kept["shape"]), dtype=np.float32)).reshape(
        kept["shape"]
    )
    case = JsCase(id="0", model=report.model, inputs={"x": values}, route=report.format)
    [result] = run_cases([case], tmp_path / "node").results
    assert (report.format, result.error) == (route, None)
    assert compare(
        "", np.array(kept["answers"], np.float32), result.outputs[0][1]
    ).passed


def rewritten(
    path: Path,
    model: Any,
    change: Callable[[dict[str, bytes]], object],
    method: int = zipfile.ZIP_STORED,
) -> Path:
    """The model's .keras file, after a change of its parts."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    write_zip(path, parts, method)
    return path


def _from_the_future(path: Path, model: Any) -> None:
    new = {
        "metadata.json": (
            json.dumps({"keras_version": "99.1.0", "date_saved": ""}).encode()
        )
    }
    rewritten(
        path,
        model,
        lambda parts: parts.update(new | _config(parts, '"Dense"', '"Next"')),
    )


def _config(parts: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    assert old.encode() in parts["config.json"]
    return {"config.json": parts["config.json"].replace(old.encode(), new.encode())}


@pytest.mark.parametrize(("make", "words"), [
    (lambda path, _: write_zip(path, {"hello.txt": b""}), r"config\.json. Received: a zip archive of .*hello\.txt"),
    (_from_the_future, r"saved by Keras 99\.1\.0.*update Keras"),
    (lambda path, _: path.mkdir(), r"Received: .*m\.keras, which is no file"),
    (lambda path, _: os.mkfifo(path), r"must be a \.keras or \.h5 file. Received: .*m\.keras, which is no file"),
    (lambda path, model: rewritten(path, model, lambda parts: parts.update({"metadata.json": b"[]"})), "damaged"),
    (lambda path, _: path.with_suffix(".h5").write_bytes(b"nothing"), "an HDF5 file. Received: first bytes b'nothing'"),
])  # fmt: skip
def test_files_that_are_not_a_model_are_refused(
    make: Any, words: str, model: Any, tmp_path: Path
) -> None:
    make(tmp_path / "m.keras", model)
    [path] = tmp_path.iterdir()
    with pytest.raises(DataError, match=words):
        load_keras_file(path)


@pytest.mark.parametrize(
    "place", [512, 1024, 1536, 2048]
)  # h5py has another error for each
def test_a_damaged_h5_file_is_refused(place: int, model: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    model.save(path)
    damaged = bytearray(path.read_bytes())
    damaged[place : place + 256] = bytes(256)
    path.write_bytes(bytes(damaged))
    with pytest.raises(DataError, match=r"m\.h5"):
        load_keras_file(path)


@pytest.fixture
def small(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((9, 9, 1)), layers.Conv2D(3, 2), layers.Flatten(), layers.Dense(2)]
    )


@pytest.mark.parametrize(("old", "new", "message"), [
    ('"units": 2', '"units": 10000000', r"weights of shape \(192, 10000000\), which the file does not hold"),
    ('"units": 2', '"units": 1e999', r"1e999 is not JSON"),
    ('"units": 2', '"units": 36893488147419103232', r"a whole number has 66 bits"),
    ('"units": 2', '"units": -2', r"expected a positive integer"),
    ('"units": 2', '"units": true, "a": ' + "[" * 5000 + "]" * 5000, "more than 100 deep"),
    ("[null, 9, 9, 1]", "[null, 90000, 90000, 1]", r"Received: .*incompatible|values for one example"),
    ("[null, 9, 9, 1]", "[null, 9223372036854775807, 9, 1]", "Received: "),
    ('"filters": 3', '"filters": 100000000', r"weights of shape \(2, 2, 1, 100000000\)"),
    ('"class_name"', '"class_name": "X",' * 10_000 + '"class_name"', "too many objects"),
], ids=lambda text: text[:30])  # fmt: skip
def test_more_declared_than_held_is_refused(
    old: str, new: str, message: str, small: Any, tmp_path: Path
) -> None:
    path = rewritten(
        tmp_path / "m.keras",
        small,
        lambda parts: parts.update(_config(parts, old, new)),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataError, match=message):
        load_keras_file(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


def test_a_layer_that_computes_more_than_memory_holds_is_refused(
    keras: Any, tmp_path: Path
) -> None:
    keras.Sequential([keras.Input((9, 9, 1)), keras.layers.UpSampling2D(2000)]).save(
        tmp_path / "m.keras"
    )
    with pytest.raises(DataError, match=r"up_sampling2d.* computes 324,000,000 values"):
        load_keras_file(tmp_path / "m.keras")


def test_a_file_that_unpacks_to_more_is_refused(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rewritten(
        tmp_path / "m.keras",
        model,
        lambda parts: parts.update({"x": bytes(10**6)}),
        zipfile.ZIP_DEFLATED,
    )
    monkeypatch.setattr(load_keras, "MODEL_BYTES", 10**6)
    with pytest.raises(
        DataError,
        match=(
            r"must have at most 1,000,000 bytes. Received: an archive that unpacks"
            r" to 1,0"
        ),
    ):
        load_keras_file(path)
    model.save(tmp_path / "m.h5")
    monkeypatch.setattr(load_keras, "MODEL_BYTES", 10**3)
    with pytest.raises(
        DataError, match=r"must have at most 1,000 bytes. Received: .* bytes in .*m\.h5"
    ):
        load_keras_file(tmp_path / "m.h5")


def test_values_that_a_file_declares_and_does_not_hold_are_not_read(
    small: Any, tmp_path: Path
) -> None:
    import h5py

    path = tmp_path / "m.h5"
    small.save(path)
    with h5py.File(path, "a") as archive:
        archive.create_dataset(
            "bomb", shape=(10**9,), dtype="f8", chunks=True, compression="gzip"
        )
    with pytest.raises(
        DataError, match="bomb declares 8,000,000,000 bytes, more than the file has"
    ):
        load_keras_file(path)


def test_an_hdf5_library_that_hangs_is_ended(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "m.h5")
    package = tmp_path / "h5py"
    package.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # of the process that reads first
    monkeypatch.setattr(load_keras, "PROBE_SECONDS", 1.5)
    for program, message in (
        ("import time; time.sleep(60)", "end in 1.5 s"),
        ("import os; os.abort()", "crashed"),
    ):
        (package / "__init__.py").write_text(program)
        with pytest.raises(DataError, match=message):
            load_keras_file(tmp_path / "m.h5")


@pytest.mark.filterwarnings(
    "ignore:The object being serialized includes a `lambda`:UserWarning"
)
def test_an_activation_in_python_is_not_run(keras: Any, tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, activation=lambda x: x * 2)]
    )
    model.save(tmp_path / "m.keras")
    with pytest.raises(
        ConversionError, match="a lambda as an option, which was not run"
    ):
        load_keras_file(tmp_path / "m.keras")


@needs_graph
@pytest.mark.parametrize(
    ("name", "file"),
    [("Twice", "m.keras"), ("my>Twice", "m.keras"), ("my>Twice", "m.h5")],
)
def test_a_custom_layer_is_asked_for_by_its_name_with_a_line_that_works(
    keras: Any, name: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x * 2.0

    monkeypatch.setitem(
        keras.src.saving.object_registration.GLOBAL_CUSTOM_NAMES, Twice, name
    )
    monkeypatch.chdir(tmp_path)
    keras.Sequential([keras.Input((2,)), Twice()]).save(file)
    with pytest.raises(
        ConversionError,
        match=r"^The model m must.*Twice'\. Next step: only from Python",
    ) as refusal:
        export_model(file, "out", custom_objects={"twice": Twice})
    assert (
        f"export_model('{file}', 'out', custom_objects={{'{name}': Twice}}), or"
        in str(refusal.value)
    )
    assert export_model(file, "out", custom_objects={name: Twice}).format == "graph"
    with pytest.raises(
        ConfigError,
        match=r"must map names to classes\. Received: \[.*Next step: {'Name': Name}",
    ):
        load_keras_file(file, [Twice])  # type: ignore[arg-type]


def test_a_custom_layer_may_be_called_lambda(keras: Any, tmp_path: Path) -> None:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        pass

    keras.Sequential([keras.Input((2,)), Twice(name="my_Lambda")]).save(
        tmp_path / "m.keras"
    )
    with pytest.raises(
        ConversionError, match="must only use classes and functions that Keras knows"
    ):
        load_keras_file(tmp_path / "m.keras")
