"""`pipeline export`: any model file; its exit codes, and that nothing half-written is left."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.system.tensorflow import start_tensorflow

Run = Callable[..., subprocess.CompletedProcess[str]]


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", "export", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def in_this_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = CliRunner().invoke(cli, ["export", *arguments])
    return subprocess.CompletedProcess([], done.exit_code, done.stdout, done.stderr)


@pytest.fixture(params=[in_this_process, pytest.param(in_a_process, marks=pytest.mark.all_only)])
def run(request: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in the folder of the models."""
    monkeypatch.chdir(models)
    found: Run = request.param
    return found


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small CNN, the same cut short, and a model with a layer that has no counterpart."""
    start_tensorflow("cpu")
    import keras

    folder = tmp_path_factory.mktemp("models")
    layers = keras.layers
    cnn = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="strokes"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="scores"),
        ]
    )
    cnn.save(folder / "cnn.keras")
    (folder / "cut.keras").write_bytes((folder / "cnn.keras").read_bytes()[:5000])
    (folder / "text.keras").write_text("no model")
    pixels = keras.Input((6,))
    keras.Model(pixels, layers.Lambda(lambda x: x * 2)(pixels)).save(folder / "lambda.keras")
    steps = keras.Input((5, 3))
    keras.Model(steps, layers.GRU(4)(steps)).save(folder / "gru.keras")
    half = keras.Sequential([keras.Input((6,)), layers.Dense(3, dtype="mixed_float16", name="half")])
    half.save(folder / "half.keras")
    return folder


@pytest.mark.parametrize("run", [in_a_process], indirect=True)
def test_a_model_is_written_and_described_in_one_json_document(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "cnn"
    done = run("cnn.keras", "--out", str(out), "--json", "--dtype", "uint16", "--labels", "a, b,c")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["format"], report["dtype"]) == ("layers", "uint16")
    assert report["float32_max_abs_diff"] <= report["limit"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["labels"] == ["a", "b", "c"]
    assert {path.name for path in out.iterdir()} == {"manifest.json", "model.json", "group1-shard1of1.bin"}


@pytest.mark.parametrize("run", [in_a_process], indirect=True)
def test_a_damaged_file_ends_the_process_without_a_traceback(run: Run, tmp_path: Path) -> None:
    done = run("cut.keras", "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (5, "")
    assert "\nError: cut.keras is damaged" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (["gone.keras"], 5, "gone.keras"), (["text.keras"], 5, "must be a Keras model"),
    (["cut.keras"], 5, "damaged or cut off"), (["lambda.keras"], 4, "Lambda"),
    (["gru.keras", "--format", "layers"], 4, "reset_after"),
    (["half.keras"], 4, "'half' (Dense) computes in lower precision"), (["cnn.keras", "--dtype", "int4"], 2, "int4"),
])  # fmt: skip
def test_what_cannot_be_exported_has_its_exit_code_and_leaves_nothing(
    run: Run, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    done = run(*arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_lower_precision_is_written_as_float32_where_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    done = run("half.keras", "--out", str(tmp_path / "half"), "--json", "--precision", "float32")
    assert done.returncode == 0, done.stderr
    change = json.loads(done.stdout)["precision"]
    assert change["policies"] == ["mixed_float16"]
    assert 0 < change["max_abs_diff"] < 0.01
    done = run("half.keras", "--out", str(tmp_path / "half"), "--precision", "float32")
    assert "in float32 instead of mixed_float16: max abs diff" in done.stdout
    done = run("cnn.keras", "--out", str(tmp_path / "cnn"), "--json", "--precision", "float32")
    assert json.loads(done.stdout)["precision"] is None


def test_preprocessing_is_read_from_a_file_or_another_manifest(run: Run, tmp_path: Path) -> None:
    drawing = [{"step": "ink"}, {"step": "fit", "box": 8}, {"step": "center", "height": 12, "width": 12}]
    steps = {"drawing": drawing, "image": [{"step": "channel"}]}
    (tmp_path / "steps.json").write_text(json.dumps(steps))
    for source, out in ((tmp_path / "steps.json", "one"), (tmp_path / "one" / "manifest.json", "two")):
        done = run("cnn.keras", "--out", str(tmp_path / out), "--preprocess", str(source))
        assert done.returncode == 0, done.stderr
        manifest = json.loads((tmp_path / out / "manifest.json").read_text())
        assert manifest["preprocess"] == steps
        assert manifest["input"]["image"] == {"height": 12, "width": 12, "channels": 1}
    (tmp_path / "bad.json").write_text("[]")
    done = run("cnn.keras", "--out", str(tmp_path / "three"), "--preprocess", str(tmp_path / "bad.json"))
    assert done.returncode == 5
    assert "Received: list" in done.stderr
    assert not (tmp_path / "three").exists()
