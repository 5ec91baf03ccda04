"""The committed reference export: what was once published must go on giving Keras' answers, with today's code."""

import json
from pathlib import Path

import numpy as np
import pytest
from versions import check_site, make_web

from pipeline.images import load_images
from pipeline.jsrun import JsCase, run_cases
from pipeline.preprocess import prepare_images
from pipeline.publish import publish_site
from pipeline.records import Dataset
from pipeline.runtime import start_tensorflow
from pipeline.store import verify_files
from pipeline.verify import LIMITS

REFERENCE = Path(__file__).parent.parent / "exported_models" / "reference"
(FOLDER,) = (path.parent for path in REFERENCE.glob("*/*/manifest.json"))
MANIFEST = json.loads((FOLDER / "manifest.json").read_text())


def test_every_file_has_the_digest_of_the_manifest() -> None:
    assert verify_files(FOLDER) == []


def test_keras_and_javascript_still_give_the_recorded_accuracy(mnist: Dataset, tmp_path: Path) -> None:
    start_tensorflow("cpu")
    import keras

    images = load_images(mnist)
    inputs = prepare_images(images.test, MANIFEST["preprocess"]["image"])
    keras_answers = keras.saving.load_model(FOLDER / "model.keras", safe_mode=True).predict(
        inputs, batch_size=1000, verbose=0
    )
    recorded = MANIFEST["metrics"]["test_accuracy"]
    assert (keras_answers.argmax(axis=1) == images.test_labels).mean() == recorded

    cases = [
        JsCase(
            id=f"{fmt['id']}.{runtime}",
            runtime=runtime,
            route=fmt["route"],
            model=FOLDER / fmt["path"],
            manifest=FOLDER / "manifest.json",
            format=fmt["id"],
            inputs={MANIFEST["input"]["name"]: inputs},
            batch=1000,
        )
        for fmt in MANIFEST["formats"]
        for runtime in (("tfjs", "dense") if fmt["route"] == "layers" else ("tfjs",))
    ]
    limits = {fmt["id"]: LIMITS[fmt["dtype"]] for fmt in MANIFEST["formats"]}
    for case, result in zip(cases, run_cases(cases, tmp_path).results, strict=True):
        assert result.error is None, case.id
        answers = result.outputs[0][1]
        assert np.abs(answers - keras_answers).max() <= limits[case.format], case.id
        if case.format.endswith("float32"):
            assert (answers.argmax(axis=1) == images.test_labels).mean() == recorded, case.id


def test_todays_page_can_still_show_it(tmp_path: Path) -> None:
    make_web(tmp_path / "web")
    publish_site(FOLDER, tmp_path / "site", tmp_path / "web", tmp_path / "out")
    assert check_site(tmp_path / "site") == {MANIFEST["name"]: MANIFEST["version"]}
    page = (tmp_path / "site" / "index.html").read_text()
    assert f"{MANIFEST['metrics']['test_accuracy']:.2%}".replace("%", " %") in page
    assert ("weights.png" in page) == ("weights_picture" in MANIFEST["files"])


@pytest.mark.parametrize("fmt", MANIFEST["formats"], ids=lambda fmt: fmt["id"])
def test_its_manifest_records_that_it_was_verified(fmt: dict[str, str]) -> None:
    checks = [check for check in MANIFEST["verification"]["checks"] if check["format"] == fmt["id"]]
    assert checks
    assert all(check["passed"] and check["samples"] == 10_000 for check in checks)
