"""`export_model` as ONNX and LiteRT files:

exact in their runtimes, or refused with the layer and a next step.
"""

import functools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConversionError
from pipeline.exporting.export import export_model
from pipeline.exporting.report import ExportReport
from pipeline.tfjs.formats import proof, running
from pipeline.versions.loadable import why_not_drawn
from pipeline.versions.manifest import read_manifest
from tests.support.checked import problems
from tests.tfjs_cases.harness import randomise, seq

pytestmark = pytest.mark.usefixtures("one_process")
FORMATS = {"onnx": "model.onnx", "litert": "model.tflite"}


def attention(keras: Any) -> Any:
    taken = keras.Input((6, 8), name="my words")
    values = keras.layers.MultiHeadAttention(2, 4)(taken, taken)
    values = keras.layers.Dense(8, activation="gelu")(values)
    return randomise(keras.Model(taken, keras.layers.LayerNormalization()(values)))


def by_name(keras: Any) -> Any:
    z, a = keras.Input((3,), name="z"), keras.Input((3,), name="a")
    added = keras.layers.Add(name="added")([z, a])
    return randomise(
        keras.Model(
            {"z": z, "a": a},
            {"last": keras.layers.Dense(2, name="q")(z), "first": added},
        )
    )


def twelve_outputs(keras: Any) -> Any:
    taken = keras.Input((3,), name="x")
    return randomise(
        keras.Model(
            taken, [keras.layers.Dense(2, name=f"head{i}")(taken) for i in range(12)]
        )
    )


def shifting(keras: Any, numbers: int) -> Any:
    """A layer that keeps a tensor which is no weight.

    TensorFlow treats those of more than 128 numbers otherwise.
    """

    class Shift(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.by = keras.ops.arange(numbers, dtype="float32")

        def call(self, values: Any) -> Any:
            return values + self.by + self.by

    return keras.Sequential([keras.Input((numbers,)), Shift()], name="my shift")


def subclassed(keras: Any) -> Any:
    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(3)

        def call(self, values: Any) -> Any:
            return self.dense(values)

    model = Own()
    model(np.zeros((1, 4), np.float32))
    return model


MODELS: dict[str, Callable[[Any], Any]] = {
    "convolutions": seq((9, 9, 2), lambda kl: [
        kl.SeparableConv2D(4, 3), kl.BatchNormalization(), kl.Conv2D(4, 3, groups=2, padding="same", activation="relu"),
        kl.MaxPooling2D(), kl.Flatten(),
    ]),
    "augmentation, which is for training": seq((6, 6, 3), lambda kl: [
        kl.RandomFlip(), kl.RandomContrast(0.5), kl.RandomRotation(0.2), kl.Conv2D(2, 3, activation="celu"),
        kl.BatchNormalization(), kl.Flatten(),
    ]),
    "grouped sequences": seq((9, 4), lambda kl: [
        kl.Conv1D(8, 3, groups=4, padding="causal"), kl.Conv1D(4, 3, groups=2, strides=2), kl.Flatten(),
    ]),
    "pictures of any size": seq((None, None, 3), lambda kl: [
        kl.Conv2D(4, 3, padding="same"), kl.UpSampling2D(interpolation="bilinear"), kl.GlobalAveragePooling2D(),
    ]),
    "ids with masks": seq((5,), lambda kl: [
        kl.Embedding(20, 4, mask_zero=True), kl.Bidirectional(kl.LSTM(3, return_sequences=True)), kl.LSTM(3),
    ], "int32"),
    "gru": seq((5, 3), lambda kl: kl.Bidirectional(kl.GRU(3))),
    "dropout": seq((4,), lambda kl: [kl.Dropout(0.5), kl.Dense(2)]),
    "normalization by given numbers": seq((3,), lambda kl: [
        kl.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 0.25]), kl.Dense(2),
    ]),
    "attention": attention, "by name": by_name, "twelve outputs": twelve_outputs, "subclassed": subclassed,
}  # fmt: skip


@pytest.fixture(scope="module")
def exported(
    keras: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[ExportReport, Any]]:
    """The report of a model's export, and the model, which tests only read."""

    @functools.cache
    def export(model: str, name: Any) -> tuple[ExportReport, Any]:
        built = randomise(MODELS[model](keras))
        return (
            export_model(built, tmp_path_factory.mktemp("made") / "out", format=name),
            built,
        )

    return export


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("model", MODELS)
def test_a_file_computes_what_keras_does(name: Any, model: str, exported: Any) -> None:
    report, _ = exported(model, name)
    assert report.passed
    assert report.format == name
    assert report.model == report.path / FORMATS[name]
    files = {
        FORMATS[name],
        "manifest.json",
        "report.txt",
        "load.js",
        "package.json",
        "assets",
    }
    assert {path.name for path in report.path.iterdir()} == files


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "model", ["ids with masks", "by name", "pictures of any size"]
)  # one of each kind of inputs
def test_it_passes_by_its_manifest_and_as_anybodys_file(
    name: Any, model: str, exported: Any, tmp_path: Path
) -> None:
    report, built = exported(model, name)
    built.save(tmp_path / "model.keras")
    for target in (report.path, report.model):
        assert problems(target, model=tmp_path / "model.keras") == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_manifest_says_what_the_file_is_and_load_js_lies_beside_it_without_a_page(
    name: Any, tmp_path: Path, keras: Any, model: Any
) -> None:
    report = export_model(model, tmp_path / "out", format=name, labels=["a", "b", "c"])
    manifest = read_manifest(tmp_path / "out/manifest.json")
    [fmt] = manifest.formats
    assert (fmt.id, fmt.route, fmt.path, fmt.dtype) == (
        f"{name}-float32",
        name,
        FORMATS[name],
        "float32",
    )
    assert [file.path for file in fmt.files] == [FORMATS[name]]
    assert manifest.default_format is None
    assert "pages load TensorFlow.js" in str(why_not_drawn(manifest))
    assert manifest.verification
    assert manifest.verification.backend.startswith(
        {"onnx": "onnxruntime ", "litert": "LiteRT "}[name]
    )
    assert {"onnx": "tf2onnx", "litert": "ai-edge-litert"}[name] in manifest.environment
    assert json.loads(json.dumps(report.as_json()))["format"] == name
    assert FORMATS[name] in str(report)
    assert manifest.probes
    beside = {Path(file.path).name for file in manifest.beside}
    assert {"load.js", "package.json"} <= beside
    scripts = "".join(path.read_text() for path in (tmp_path / "out").rglob("*.js"))
    parts = set(re.findall(r"import\(`\./(?:assets/)?([^`]+)`\)", scripts))
    assert len(parts) > 10
    assert parts <= beside  # bundlers read even those that nobody fetches
    assert not {"index.html", "worker.js"} & beside
    assert check_target(str(tmp_path / "out")).problems == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("numbers", [3, 200])
def test_layers_of_ones_own_may_keep_tensors(
    name: Any, numbers: int, tmp_path: Path, keras: Any
) -> None:
    assert export_model(shifting(keras, numbers), tmp_path / "out", format=name).passed


ALL = slice(None)


@pytest.mark.parametrize(
    "key",
    [
        (ALL, None, ALL, ALL),
        (ALL, None, ..., None, slice(1, 3)),
        (..., None),
        (ALL, -1, None),
    ],
)
def test_a_litert_file_may_slice_two_free_lengths_and_make_axes(
    key: Any, tmp_path: Path, keras: Any
) -> None:
    class Mask(keras.layers.Layer):  # type: ignore[misc]
        """As the attention of language models treats its masks."""

        def call(self, values: Any) -> Any:
            return keras.ops.matmul(values, keras.ops.transpose(values, (0, 2, 1)))[key]

    model = keras.Sequential([keras.Input((None, 4)), Mask()])
    assert export_model(model, tmp_path / "out", format="litert").passed


def test_a_file_of_other_inputs_is_refused(
    tmp_path: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        proof,
        "describe",
        lambda *arguments: replace(running.describe(*arguments), inputs=("a", "b")),
    )
    with pytest.raises(ConversionError, match="the file takes 2 inputs and Keras 1"):
        export_model(
            seq((3,), lambda kl: kl.Dense(2))(keras), tmp_path / "out", format="onnx"
        )


@pytest.mark.parametrize("name", FORMATS)
def test_a_model_of_lower_precision_is_written_as_it_computes_in_float32(
    name: Any, tmp_path: Path, keras: Any
) -> None:
    half = randomise(
        seq((6,), lambda kl: kl.Dense(5, activation="relu", dtype="mixed_float16"))(
            keras
        )
    )
    with pytest.raises(ConversionError, match=r"\(Dense\) computes in lower precision"):
        export_model(half, tmp_path / "out", format=name)
    assert list(tmp_path.iterdir()) == []
    report = export_model(half, tmp_path / "out", format=name, precision="float32")
    assert report.passed
    assert report.format == name
    assert report.precision
    assert 0 < report.precision.max_abs_diff < 0.01
    half.save(tmp_path / "half.keras")
    assert half.layers[-1].compute_dtype == "float16"


@pytest.mark.parametrize("name", FORMATS)
def test_the_model_is_only_read(
    name: Any, tmp_path: Path, keras: Any, gru: Any
) -> None:
    before = (
        [np.asarray(weight).copy() for weight in gru.weights],
        gru.get_layer("memory").unroll,
    )
    export_model(gru, tmp_path / "out", format=name)
    after = (
        [np.asarray(weight) for weight in gru.weights],
        gru.get_layer("memory").unroll,
    )
    assert before[1] == after[1]
    assert all(map(np.array_equal, before[0], after[0]))
