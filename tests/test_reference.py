"""The committed example: its files must go on giving Keras' answers, and today's page can show it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.arrays import load_images
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import Dataset
from pipeline.system.javascript import JsCase, run_cases
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.parity.compare import LIMITS
from tests.support.versions import check_site, make_web, problems_of, publish_folder

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "exported_models" / "example"
FOLDERS = sorted(path.parent for path in EXAMPLE.glob("*/*/manifest.json"))
every_reference = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


@every_reference
def test_every_file_has_the_digest_of_the_manifest(folder: Path) -> None:
    assert problems_of(folder) == []


@every_reference
def test_keras_and_javascript_still_give_the_recorded_accuracy(folder: Path, mnist: Dataset, tmp_path: Path) -> None:
    start_tensorflow("cpu")
    import keras

    manifest = manifest_of(folder)
    images = load_images(mnist)
    inputs = prepare_images(images.test, manifest["preprocess"]["image"])
    keras_answers = keras.saving.load_model(folder / "model.keras", safe_mode=True).predict(
        inputs, batch_size=1000, verbose=0
    )
    recorded = manifest["metrics"]["test_accuracy"]
    assert (keras_answers.argmax(axis=1) == images.test_labels).mean() == recorded

    cases = [
        JsCase(
            id=f"{fmt['id']}.{runtime}", runtime=runtime, route=fmt["route"], format=fmt["id"],
            model=folder / (fmt["path"] if runtime == "tfjs" else "manifest.json"),
            inputs={manifest["input"]["name"]: inputs}, batch=1000,
        )
        for fmt in manifest["formats"]
        for runtime in (("tfjs", "dense") if fmt["route"] == "layers" else ("tfjs",))
    ]  # fmt: skip
    limits = {fmt["id"]: LIMITS[fmt["dtype"]] for fmt in manifest["formats"]}
    for case, result in zip(cases, run_cases(cases, tmp_path).results, strict=True):
        assert result.error is None, case.id
        answers = result.outputs[0][1]
        assert case.format is not None
        assert np.abs(answers - keras_answers).max() <= limits[case.format], case.id
        if case.format.endswith("float32"):
            assert (answers.argmax(axis=1) == images.test_labels).mean() == recorded, case.id


@every_reference
def test_todays_page_can_still_show_it(folder: Path, tmp_path: Path) -> None:
    make_web(tmp_path / "web")
    publish_folder(folder, tmp_path / "site", tmp_path / "web", tmp_path / "out")
    manifest = manifest_of(folder)
    assert check_site(tmp_path / "site") == {manifest["name"]: manifest["version"]}


def test_the_pointer_whose_size_the_budgets_count_is_the_one_that_is_published(tmp_path: Path) -> None:
    pointer = EXAMPLE / "mnist-softmax" / "latest.json"
    folder = pointer.parent / json.loads(pointer.read_bytes())["version"]
    make_web(tmp_path / "web")
    publish_folder(folder, tmp_path / "site", tmp_path / "web", tmp_path / "out")
    assert (tmp_path / "site/models/mnist-softmax/latest.json").read_bytes() == pointer.read_bytes()


@every_reference
def test_its_manifest_records_that_it_was_verified(folder: Path) -> None:
    manifest = manifest_of(folder)
    for fmt in manifest["formats"]:
        checks = [check for check in manifest["verification"]["checks"] if check["format"] == fmt["id"]]
        assert checks
        assert all(check["passed"] and check["samples"] == 10_000 for check in checks)
