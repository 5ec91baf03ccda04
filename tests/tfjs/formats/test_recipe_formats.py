"""A recipe's `formats`:

ONNX and LiteRT files in a version, checked as the others are, listed and published.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from pipeline import verify
from pipeline.checking.check import check_target
from pipeline.config import Config
from pipeline.errors import ConfigError, ConversionError
from pipeline.recipes.fields import FileFormat
from pipeline.recipes.reading import load_recipe
from pipeline.stages.run import run_stages
from pipeline.system.json_records import to_json
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.versions.card import render_card
from pipeline.versions.manifest import Manifest, read_manifest
from tests.support.chains import write_wrong
from tests.support.training import small_build

FILES = {"onnx-float32": "model.onnx", "litert-float32": "model.tflite"}


def config(
    folder: Path, npz: Path, formats: tuple[Any, ...] = ("onnx", "litert")
) -> Config:
    return small_build(folder, npz, "filed", formats=formats, publish_images="test")


@pytest.fixture(scope="module")
def built(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build whose recipe lists both."""
    pytest.importorskip("ai_edge_litert")
    folder: Path = tmp_path_factory.mktemp("built")
    run_stages(config(folder, small_npz))
    return folder


def published(folder: Path) -> tuple[Path, Manifest]:
    live = json.loads((folder / "site/models/filed/latest.json").read_text())
    version = folder / "site/models/filed" / live["version"]
    return version, read_manifest(version / "manifest.json")


def test_the_names_are_those_of_the_formats() -> None:
    assert get_args(FileFormat) == ("graph", *KINDS)


def test_the_files_are_published_and_the_manifest_describes_them(built: Path) -> None:
    version, manifest = published(built)
    found = {fmt.id: fmt for fmt in manifest.formats if fmt.id in FILES}
    assert list(found) == list(FILES)
    for name, fmt in found.items():
        content = (version / name / FILES[name]).read_bytes()
        [file] = fmt.files
        assert (fmt.path, file.path) == (f"{name}/{FILES[name]}",) * 2
        assert (fmt.bytes, file.sha256) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
        assert fmt.max_abs_diff is not None
        assert 0 < fmt.max_abs_diff < 1e-5
        assert fmt.argmax_agreement == 1
        assert manifest.metrics
        assert fmt.test_accuracy == manifest.metrics.test_accuracy
    assert re.fullmatch(r"ONNX opset \d+", str(found["onnx-float32"].needs))
    assert re.fullmatch(
        r"TensorFlow Lite \d+\.\d+\.\d+", str(found["litert-float32"].needs)
    )
    assert {"tf2onnx", "onnxruntime", "ai-edge-litert"} <= manifest.environment.keys()
    assert str(manifest.default_format).startswith("layers-")
    assert manifest.verification
    checks = {check.runtime: check.samples for check in manifest.verification.checks}
    assert checks == {"tfjs": 500, "dense": 500, "onnxruntime": 500, "LiteRT": 500}


def test_published_formats_can_be_checked_and_run_by_others(built: Path) -> None:
    report = check_target(str(built / "site"), run=True)
    assert report.problems == []
    answers = [one.detail for one in report.findings if one.check == "answers"]
    assert len([detail for detail in answers if detail.partition(":")[0] in FILES]) == 2
    version, manifest = published(built)
    [fmt] = [fmt for fmt in manifest.formats if fmt.route == "onnx"]
    file = version / fmt.path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    try:
        assert any(
            "SHA-256" in problem
            for _, problem in check_target(str(built / "site")).problems
        )
    finally:
        content[len(content) // 2] ^= 1
        file.write_bytes(content)


def test_the_lines_of_the_model_card_run(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, manifest = published(built)
    monkeypatch.chdir(version)
    blocks = re.findall(r"```python\n(.*?)```", render_card(manifest), re.DOTALL)
    ran = 0
    for lines in blocks:
        if "onnxruntime" in lines or "ai_edge_litert" in lines:
            names = {"input": np.zeros(784)}
            exec(lines, names)  # noqa: S102 (that is what people will do with it)
            assert np.asarray(names["scores"]).sum() == pytest.approx(1, abs=1e-5)
            ran += 1
    assert ran == 2


def test_recipes_and_formats_without_them_are_written_as_before(built: Path) -> None:
    assert "formats" not in to_json(load_recipe("softmax"))
    version, manifest = published(built)
    assert manifest.recipe
    assert manifest.recipe["formats"] == ["onnx", "litert"]
    written = json.loads((version / "manifest.json").read_text())
    assert [fmt["id"] for fmt in written["formats"] if "needs" in fmt] == list(FILES)


def test_a_missing_extra_is_said_before_anything_is_read_or_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.tfjs.formats.kinds.find_spec", lambda module: None)
    wanted = config(tmp_path, tmp_path / "missing.npz")
    with pytest.raises(
        ConfigError, match=r"-m pip install [\w ]+` \(the extra \[formats\]\)\.$"
    ) as refusal:
        run_stages(wanted)
    assert refusal.value.exit_code == 2
    assert not (tmp_path / "runs").exists()


def _wrong_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tfjs.formats.proof.write_file", write_wrong)


def _wrong_on_test_images(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any) -> Any:
        answers, seconds = right(*arguments)
        return np.float32(0.999) * answers, seconds

    right = vars(verify)["_run_file"]
    monkeypatch.setattr(verify, "_run_file", wrong)


@pytest.mark.parametrize(("spoil", "name", "message"), [
    (_wrong_file, "litert", r"differs .*leave litert out of the recipe's formats"),
    (_wrong_on_test_images, "onnx", r"The files' results differ[\s\S]*onnx-float32 +onnxruntime .*FAILED"),
], ids=["in the proof", "on the test images"])  # fmt: skip
def test_a_file_that_computes_something_else_ends_the_build(
    spoil: Any,
    name: str,
    message: str,
    built: Path,
    tmp_path: Path,
    small_npz: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # what was trained, which the formats do not change
    shutil.copytree(built / "runs", tmp_path / "runs")
    spoil(monkeypatch)
    with pytest.raises(ConversionError, match=message) as refusal:
        run_stages(config(tmp_path, small_npz, (name,)))
    assert refusal.value.document
    assert refusal.value.document["unchanged"] == ["train", "evaluate"]
    assert not list((tmp_path / "out").rglob("manifest.json"))
    assert not (tmp_path / "site/index.html").exists()
