"""`pipeline check` of files that any converter wrote, with the Keras model that they
were made from.
"""

import functools
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.checking import foreign
from pipeline.checking.check import check_target
from pipeline.errors import ConfigError
from pipeline.exporting.export import export_model
from pipeline.tfjs.graph_model.converter import import_converter
from tests.support.chains import chain, forked
from tests.support.checked import problems
from tests.support.hosts import hostile
from tests.support.workshop import call
from tests.tfjs_cases.harness import require_chromium

pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning"
)
Build = Callable[[Any], Any]
Exported = Callable[[Build, str], tuple[Path, Path]]
FILES = {"onnx": "model.onnx", "litert": "model.tflite"}
FOLDERS = ["layers", "graph", "official"]  # without a manifest


def write(model: Any, folder: Path, writer: str) -> Path:
    """Let a writer export a model:

    `official` is TensorFlow.js' own, those of FILES are Keras'.
    """
    if writer == "ours":  # LiteRT.js runs no file that takes any number of examples
        return export_model(model, folder / "web", format="litert").model
    if kind := FILES.get(writer.removesuffix(", rounded")):
        import tensorflow as tf
        from keras.src.export.export_utils import get_input_signature

        rounded = (
            {"optimizations": [tf.lite.Optimize.DEFAULT]}
            if writer.endswith("rounded")
            else {}
        )
        options = {
            "format": writer.partition(",")[0],
            "input_signature": get_input_signature(model),
            **rounded,
        }
        model.export(folder / kind, verbose=False, **options)
        return folder / kind
    if writer == "official":
        import_converter()
        from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter

        model.export(folder / "saved", verbose=False)
        converter.convert_tf_saved_model(str(folder / "saved"), str(folder / "web"))
    else:
        route: Any = writer.partition(",")[0]
        export_model(
            model,
            folder / "web",
            format=route,
            dtype="uint8" if writer.endswith("rounded") else "float32",
        )
        (folder / "web" / "manifest.json").unlink()
    return folder / "web"


@pytest.fixture
def chromium() -> None:
    require_chromium()


def fixed(keras: Any) -> Any:
    taken = keras.Input(batch_shape=(2, 4), name="two")
    return keras.Model(taken, keras.layers.Dense(3)(taken))


def wide(keras: Any) -> Any:
    return keras.Sequential(
        [keras.Input((64,)), keras.layers.Dense(128, name="big"), keras.layers.Dense(3)]
    )


@pytest.fixture(scope="module")
def exported(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The Keras file of a model, and what a writer makes of the model, which tests only
    read.
    """

    @functools.cache
    def export(build: Build, writer: str) -> tuple[Path, Path]:
        folder, model = tmp_path_factory.mktemp(writer), build(keras)
        model.save(folder / "model.keras")
        return folder / "model.keras", write(model, folder, writer)

    return export


def changed(
    keras: Any, keras_file: Path, layer: str, change: Callable[[Any], Any], target: Path
) -> Path:
    """The Keras file with another kernel in a layer."""
    model = keras.models.load_model(keras_file)
    kernel, bias = model.get_layer(layer).get_weights()
    model.get_layer(layer).set_weights([change(kernel), bias])
    model.save(target)
    return target


@pytest.mark.parametrize("build", [chain, forked])
@pytest.mark.parametrize("writer", [*FOLDERS, *FILES])
def test_a_right_export_passes(writer: str, build: Build, exported: Exported) -> None:
    keras_file, target = exported(build, writer)
    report = check_target(str(target), model=keras_file)
    assert report.problems == []
    assert report.kind == "plain"
    [answers] = [one.detail for one in report.findings if one.check == "answers"]
    assert "of Keras" in answers


def nearly_constant(keras: Any) -> Any:
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(1e-7)),
        ]
    )


def test_one_number_that_hardly_varies_has_a_note_and_no_agreement(
    exported: Exported,
) -> None:
    keras_file, target = exported(nearly_constant, "layers")
    printed = str(check_target(str(target), model=keras_file))
    assert "of Keras on 3 samples; note: output 'dense" in printed
    assert "hardly varies over" in printed
    assert "agreement" not in printed


@pytest.mark.parametrize("writer", ["layers", "litert"])
def test_rounded_weights_are_said_to_be_rounded(
    writer: str, exported: Exported
) -> None:
    keras_file, target = exported(wide, f"{writer}, rounded")
    report = check_target(str(target), model=keras_file)
    assert report.problems == []
    assert "rounded to uint8" in report.findings[-1].detail


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("writer", ["layers", *FILES])
def test_a_fixed_batch_is_kept_to(writer: str, exported: Exported) -> None:
    keras_file, target = exported(fixed, writer)
    assert problems(target, model=keras_file) == []


RUNS_IN = {
    "layers": "tfjs",
    "graph": "tfjs",
    "onnx": "onnxruntime-web",
    "ours": "litert.js",
}


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("writer", RUNS_IN)
def test_chromium_runs_it_as_pages_do(
    writer: str, exported: Exported, tmp_path: Path, keras: Any
) -> None:
    keras_file, target = exported(forked, writer)
    file = target if target.is_file() else target / "model.json"
    report = check_target(str(file), model=keras_file, runtime=RUNS_IN[writer])
    assert report.problems == []
    ran = report.ran
    assert ran is not None
    assert ran.runtime.startswith(f"{RUNS_IN[writer]} ")
    assert (ran.backend, ran.samples, ran.device) == ("wasm", 3, None)
    assert [one.passed for one in ran.outputs] == [True] * len(ran.outputs)
    assert ran.latency_ms is not None
    other = changed(
        keras, keras_file, "two", lambda kernel: kernel * 1.01, tmp_path / "other.keras"
    )
    wrong = check_target(str(file), model=other, runtime=RUNS_IN[writer])
    assert f"computes something else in {ran}: output" in str(wrong.problems)


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("writer", ["onnx", "ours"])
def test_webgpu_without_a_gpu_is_a_software_adapter(
    writer: str, exported: Exported
) -> None:
    keras_file, target = exported(chain, writer)
    report = check_target(
        str(target), model=keras_file, runtime=RUNS_IN[writer], backend="webgpu"
    )
    assert report.problems == []
    assert report.ran is not None
    assert report.ran.device
    assert report.ran.backend.startswith("webgpu")


@pytest.mark.usefixtures("chromium")
def test_the_users_samples_and_one_document(exported: Exported, tmp_path: Path) -> None:
    keras_file, target = exported(chain, "ours")
    np.save(
        tmp_path / "x.npy",
        np.random.default_rng(0).normal(size=(70, 8, 8, 1)).astype(np.float32),
    )
    options = [
        "--model",
        str(keras_file),
        "--samples",
        str(tmp_path / "x.npy"),
        "--in",
        "litert.js",
        "--json",
    ]
    done = call("check", str(target), *options)
    document = json.loads(done.stdout)
    assert document["exit_code"] == 0
    assert document["browser"]["samples"] == 70
    assert re.search(
        r"the given samples .*, agreement 100\.00% on 70 samples",
        document["checks"][-1]["detail"],
    )


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("writer", FILES)
def test_the_first_layer_with_other_weights_is_named(
    writer: str, exported: Exported, tmp_path: Path, keras: Any
) -> None:
    keras_file, target = exported(chain, writer)
    other = changed(
        keras,
        keras_file,
        "hidden",
        lambda kernel: kernel + 0.5,
        tmp_path / "other.keras",
    )
    [found] = problems(target, model=other)
    assert "computes something else in" in found
    assert "the first layer that differs is hidden (Dense)" in found


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("writer", ["graph", *FILES])
def test_an_output_of_another_scale_is_found(
    writer: str, exported: Exported, tmp_path: Path, keras: Any
) -> None:
    keras_file, target = exported(forked, writer)
    other = changed(
        keras, keras_file, "two", lambda kernel: kernel * 1.01, tmp_path / "other.keras"
    )
    assert "differs by" in " ".join(problems(target, model=other))


@pytest.mark.usefixtures("one_process")
@pytest.mark.parametrize("writer", ["layers", *FILES])
def test_an_address_is_checked_too(writer: str, exported: Exported) -> None:
    keras_file, target = exported(chain, writer)
    names = [target.name] if writer in FILES else ["web/", "web/model.json"]
    with hostile(target.parent, lambda _: False) as address:
        for name in names:
            assert problems(f"{address}{name}", model=keras_file) == []
        if writer in FILES:
            missing = check_target(f"{address}no{target.name}", model=keras_file)
            assert [problem for _, problem in missing.problems] == [
                "is missing (the host answers 404)"
            ]


@pytest.mark.parametrize("writer", ["layers", *FILES])
def test_it_says_if_nothing_can_be_compared(
    writer: str, exported: Exported, tmp_path: Path
) -> None:
    keras_file, whole = exported(chain, writer)
    with pytest.raises(ConfigError, match="--model FILE"):
        check_target(str(whole))
    [found] = problems(whole, model=exported(forked, writer)[0])
    assert (
        "takes inputs of the shapes (any, 8, 8, 1), but the Keras model (any, 4),"
        " (any, 4)" in found
    )
    if writer in FILES:
        content, damaged = whole.read_bytes(), tmp_path / whole.name
        for wrong in (
            content[: len(content) // 2],
            b"",
            b"\x00" * 500,
            content[:40] + b"\xff" * 60 + content[100:],
        ):
            damaged.write_bytes(wrong)
            assert problems(damaged, model=keras_file), wrong[:20]
        return
    folder = Path(shutil.copytree(whole, tmp_path / "web"))
    shard = next(folder.glob("*.bin"))
    shard.write_bytes(shard.read_bytes()[:-4])
    assert "its files have" in " ".join(problems(folder, model=keras_file))
    shard.unlink()
    assert "is missing" in " ".join(problems(folder, model=keras_file))
    document = json.loads((folder / "model.json").read_bytes())
    for topology in (
        {},
        {"modelTopology": 3},
        {**document, "weightsManifest": [{"paths": ["../x"], "weights": []}]},
    ):
        (folder / "model.json").write_text(json.dumps(topology))
        assert " ".join(problems(folder, model=keras_file))


@pytest.mark.parametrize("writer", FILES)
def test_a_missing_extra_is_named(
    writer: str, exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_file, target = exported(chain, writer)
    monkeypatch.setattr("pipeline.tfjs.formats.kinds.find_spec", lambda module: None)
    with pytest.raises(
        ConfigError, match=r"-m pip install [\w ]+` \(the extra \[formats\]\)\.$"
    ):
        check_target(str(target), model=keras_file)


def weight(document: Any, **changes: Any) -> None:
    document["weightsManifest"][0]["weights"][0].update(changes)


def takes(document: Any, shape: Any) -> None:
    layer = document["modelTopology"]["model_config"]["config"]["layers"][0]["config"]
    layer["batch_input_shape"] = shape


@pytest.mark.parametrize(("change", "expected"), [
    (lambda document: weight(document, dtype="(,)f4"), "has a weightsManifest that cannot be read"),
    (lambda document: weight(document, shape=[9 * 10**18] * 30 + [1.5]), "has a weightsManifest that cannot be read"),
    (lambda document: takes(document, [1.5, 4]), "no sizes"),
    (lambda document: takes(document, [10**8, 4]), "100,000,000 examples at a time"),
])  # fmt: skip
def test_a_strangers_model_is_a_problem_not_a_crash(
    change: Callable[[Any], None], expected: str, exported: Exported, tmp_path: Path
) -> None:
    keras_file, target = exported(chain, "layers")
    folder = Path(shutil.copytree(target, tmp_path / "web"))
    document = json.loads((folder / "model.json").read_bytes())
    change(document)
    (folder / "model.json").write_text(json.dumps(document))
    [problem] = problems(folder / "model.json", model=keras_file)
    assert expected in problem


def test_a_model_that_never_answers_is_ended(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras_file, target = exported(chain, "graph")
    monkeypatch.setattr(foreign, "PATIENCE", 0.01)
    monkeypatch.setattr(foreign, "SLOWER", 0)
    [problem] = problems(target / "model.json", model=keras_file)
    assert problem.endswith("has not answered: Node.js was ended after 0 s")
