"""`pipeline export`:

any model file; its exit codes, and that nothing half-written is left.
"""

import json
from pathlib import Path

import pytest

from pipeline.system.tensorflow import start_tensorflow
from tests.support.workshop import call, python


@pytest.fixture(autouse=True)
def beside_the_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(models)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small CNN, the same cut short, and a model with a layer that has
    no counterpart.
    """
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
    (folder / "bad.json").write_text("[]")
    pixels = keras.Input((6,))
    keras.Model(pixels, layers.Lambda(lambda x: x * 2)(pixels)).save(
        folder / "lambda.keras"
    )
    steps = keras.Input((5, 3))
    keras.Model(steps, layers.GRU(4)(steps)).save(folder / "gru.keras")
    half = keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, dtype="mixed_float16", name="half")]
    )
    half.save(folder / "half.keras")
    return folder


def test_a_model_is_written_and_described_in_one_json_document(tmp_path: Path) -> None:
    out = tmp_path / "cnn"
    options = [
        "--out",
        str(out),
        "--json",
        "--dtype",
        "uint16",
        "--labels",
        "a, b,c",
        "--bare",
    ]
    report = json.loads(python("-m", "pipeline", "export", "cnn.keras", *options))
    assert (report["format"], report["dtype"]) == ("layers", "uint16")
    assert report["float32_max_abs_diff"] <= report["limit"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["labels"] == ["a", "b", "c"]
    model = {"manifest.json", "model.json", "group1-shard1of1.bin"}
    assert {path.name for path in out.iterdir()} == model | {"report.txt"}


@pytest.mark.parametrize(("arguments", "code", "message"), [
    (["gone.keras"], 5, "gone.keras"), (["cut.keras"], 5, "damaged or cut off"), (["lambda.keras"], 4, "Lambda"),
    (["gru.keras", "--format", "layers"], 4, "reset_after"),
    (["half.keras"], 4, "'half' (Dense) computes in lower precision"), (["cnn.keras", "--dtype", "int4"], 2, "int4"),
    (["cnn.keras", "--preprocess", "bad.json"], 5, "Received: list"),
])  # fmt: skip
def test_a_failed_export_has_its_exit_code_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    done = call("export", *arguments, "--out", str(tmp_path / "out"))
    assert done.exit_code == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_lower_precision_is_written_as_float32_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    done = call(
        "export",
        "half.keras",
        "--out",
        str(tmp_path / "half"),
        "--precision",
        "float32",
    )
    assert done.exit_code == 0, done.stderr
    assert "in float32 instead of mixed_float16: max abs diff" in done.stdout
