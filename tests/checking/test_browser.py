"""`pipeline check --in` refuses before any work, and tells of a run; tests/tfjs/formats
runs Chromium.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import check
from pipeline.checking.browser import Ran, find_chromium, prepare
from pipeline.checking.check import check_target
from pipeline.checking.findings import Report
from pipeline.errors import ConfigError
from pipeline.tfjs.parity.compare import OutputCheck

SITE = "https://example.org/digits/"
RAN = Ran(
    runtime="litert.js 2.5.3", browser="Chromium 142.0", backend="webgpu", device="google swiftshader", software=True,
    samples=3, latency_ms=1.2345, seconds=3.21,
    outputs=(OutputCheck(
        name="flower", expected_shape=(3, 5), shape=(3, 5), max_abs_diff=1.2e-7, limit=1e-4, argmax_agreement=2 / 3
    ),),
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for reader in ("load", "Web"):
        monkeypatch.setattr(
            f"pipeline.checking.check.{reader}",
            lambda *_: pytest.fail("a model or an address was read"),
        )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder:

    with a Chromium and files of models, but without packages of npm.
    """
    for name in ("model.json", "model.onnx", "model.tflite", "model.keras", "chromium"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "chromium"))
    monkeypatch.setattr("pipeline.checking.browser._CLONE", tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(name: str, **options: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check_target(name, **{"model": Path("model.keras"), **options})
    return str(caught.value)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("name", "options", "message"), [
    ("model.onnx", {"runtime": "litert.js"},
     "litert.js runs .tflite files. Received: model.onnx. Next step: --in onnxruntime-web."),
    ("model.tflite", {"runtime": "tfjs"},
     "tfjs runs .json files. Received: model.tflite. Next step: --in litert.js."),
    ("model.json", {"runtime": "onnxruntime-web"}, "Next step: --in tfjs."),
    ("model.onnx", {"runtime": "onnxruntime-web", "backend": "webgl"},
     "onnxruntime-web has the backends wasm, webgpu. Received: webgl."),
    ("model.onnx", {"runtime": "onnx"}, "--in must be one of tfjs, litert.js, onnxruntime-web. Received: onnx."),
    ("model.onnx", {"backend": "wasm"}, "--in must be one of tfjs, litert.js, onnxruntime-web. Received: none."),
    ("model.onnx", {"runtime": "onnxruntime-web"}, "install onnxruntime-web."),
    ("model.tflite", {"runtime": "litert.js"}, "install @litertjs/core."),
    ("model.json", {"runtime": "tfjs", "backend": "webgpu"}, "install @tensorflow/tfjs-backend-webgpu@4.22.0."),
    (SITE, {"runtime": "onnx"}, "--in must be one of tfjs, litert.js, onnxruntime-web. Received: onnx."),
    (SITE, {"runtime": "tfjs", "backend": "cuda"}, "tfjs has the backends wasm, cpu, webgl, webgpu. Received: cuda."),
    (SITE, {"runtime": "litert.js"}, "litert.js runs .tflite files. Received: model.json. Next step: --in tfjs."),
    (SITE, {"runtime": "tfjs", "model": None}, "no --model. Next step: name a model.json, .tflite or .onnx file"),
    (f"{SITE}m.onnx", {"samples": Path("x.npz"), "model": None}, "no --model."),
    (f"{SITE}index.html", {"runtime": "tfjs"}, "Next step: name a model.json, .tflite or .onnx file"),
    (f"{SITE}latest.json", {"samples": Path("x.npz")}, "Next step: name a model.json, .tflite or .onnx file"),
])  # fmt: skip
def test_combinations_that_there_are_not_and_missing_packages(
    name: str, options: dict[str, Any], message: str
) -> None:
    assert message in refusal(name, **options)


def test_a_package_is_found_in_the_folders_above(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = folder / "node_modules" / "onnxruntime-web" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text("{}")
    (folder / "deep").mkdir()
    monkeypatch.chdir(folder / "deep")
    assert prepare("model.onnx", "onnxruntime-web", None).modules == str(
        folder / "node_modules"
    )


@pytest.mark.parametrize("chosen", ["", "/no/such/chromium"])
def test_a_missing_chromium(
    chosen: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", chosen)
    monkeypatch.setattr("shutil.which", lambda name: None)
    message = (
        f"Received: {chosen or 'none on PATH'}. Next step: install it, or set CHROMIUM"
        " to its path."
    )
    assert message in refusal("model.json", runtime="tfjs")
    with pytest.raises(ConfigError, match="Chromium or Chrome must be installed"):
        find_chromium()


def test_python_names_its_own_argument(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"Next step: runtime onnxruntime-web\."):
        check("model.onnx", model="model.keras", runtime="litert.js")


@pytest.mark.parametrize("target", ["manifest.json", "models/index.json"])
def test_only_one_file_of_a_model_runs_there(target: str, folder: Path) -> None:
    (folder / "models").mkdir()
    (folder / target).write_text("{}")
    name = "manifest.json" if target == "manifest.json" else "."
    assert f"with the Keras model. Received: {name}, model.keras." in refusal(
        name, runtime="tfjs"
    )


def test_a_run_is_told_in_words_and_as_json() -> None:
    assert (
        str(RAN)
        == "litert.js 2.5.3 on webgpu (a software adapter, no GPU: google swiftshader),"
        " Chromium 142.0"
    )
    report = Report(target="m.tflite", kind="plain", ran=RAN)
    told = json.loads(json.dumps(report.as_json()))["browser"]
    assert told["software"]
    assert told["outputs"][0]["argmax_agreement"] == 2 / 3
    assert Report(target="m.tflite", kind="plain").as_json()["browser"] is None
