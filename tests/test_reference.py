"""The committed example:

its files must go on giving Keras' answers, and its pointer is what is published today.
"""

import shutil
from pathlib import Path

from pipeline.quality.evaluate import evaluate_model
from pipeline.records import Dataset
from pipeline.system.tensorflow import start_tensorflow
from pipeline.verify import verify_export
from pipeline.versions.card import render_judging
from pipeline.versions.store import open_version
from tests.support.judged import trained
from tests.support.versions import EXAMPLE, EXAMPLE_MODEL, make_web, publish_folder


def test_keras_and_javascript_still_give_the_recorded_accuracy(
    mnist: Dataset, tmp_path: Path
) -> None:
    start_tensorflow("cpu")
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / EXAMPLE.name))
    version = open_version(folder)
    assert version.manifest.preprocess
    assert version.manifest.training
    assert version.manifest.metrics
    model = trained(weights_digest=version.manifest.training.weights_digest)
    steps = [*version.manifest.preprocess.image]
    measured = evaluate_model(mnist, model, steps, folder)
    recorded = version.manifest.metrics.test_accuracy
    assert measured.test_accuracy == recorded
    checks = verify_export(version, mnist, measured, steps, folder).checks
    assert {check.format for check in checks} == {
        fmt.id for fmt in version.manifest.formats
    }
    assert {check.samples for check in checks} == {10_000}
    assert {
        check.test_accuracy for check in checks if check.format.endswith("float32")
    } == {recorded}


def test_the_pointer_whose_size_the_budgets_count_is_the_one_that_is_published(
    tmp_path: Path,
) -> None:
    make_web(tmp_path / "web")
    publish_folder(EXAMPLE, tmp_path / "site", tmp_path / "web", tmp_path / "out")
    pointer = EXAMPLE_MODEL / "latest.json"
    assert (
        tmp_path / "site/models/mnist-softmax/latest.json"
    ).read_bytes() == pointer.read_bytes()
    assert (EXAMPLE / "judging.json").read_text() == render_judging(
        open_version(EXAMPLE).manifest
    )
