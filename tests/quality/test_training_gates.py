"""Gates on training: held-out images beside test images and the published version, and disputed labels."""

import dataclasses
import re
from typing import Any

import pytest

from pipeline.quality.intervals import Share, fall_by_chance
from pipeline.quality.judging import judge_labels, judge_validation
from pipeline.records import Evaluation, Origin
from pipeline.system.json_records import from_json
from pipeline.versions.manifest import Manifest
from tests.support.judged import dataset, trained
from tests.support.versions import METRICS, files_of, manifest_with


def evaluation(accuracy: float) -> Evaluation:
    values = {**METRICS, "test_accuracy": accuracy, "test_images": 10_000}
    more: dict[str, Any] = {"confusion": [], "reliability": [], "mistakes": []}
    paths = {"weights_digest": "w", "probabilities_path": "p.npy", "probabilities_digest": "p"}
    return from_json(Evaluation, {**values, **more, **paths})


def published(**training: Any) -> Manifest:
    manifest = manifest_with(files_of(b"w1"))
    return from_json(Manifest, {**manifest, "training": {**manifest["training"], **training}})


def test_without_held_out_images_there_is_nothing_to_compare() -> None:
    gate = judge_validation(trained(), evaluation(0.99), published(validation_accuracy=0.99), 0.03)
    assert (gate.value, gate.passed, gate.detail) == (None, True, "no images were held out")


@pytest.mark.parametrize(("accuracy", "passed"), [(0.98, True), (0.94, True), (0.93, False), (0.8, False)])
def test_held_out_images_that_the_model_knows_less_well_than_test_images_fail(accuracy: float, passed: bool) -> None:
    gate = judge_validation(trained(accuracy, validation_images=5000), evaluation(0.9729), None, 0.03)
    assert (gate.value, gate.passed) == (accuracy, passed)
    assert gate.limit is not None
    assert 0.93 < gate.limit < 0.9429
    assert "of 5,000 held-out images recognized; test accuracy 0.9729, margin 0.03" in gate.detail


def test_a_few_held_out_images_prove_less() -> None:
    found = {
        images: judge_validation(trained(0.9, validation_images=images), evaluation(0.97), None, 0.03)
        for images in (20, 100, 1000)
    }
    assert [gate.passed for gate in found.values()] == [True, True, False]
    for images, gate in found.items():
        chance = fall_by_chance(Share(value=0.9, images=images), Share(value=0.97, images=10_000))
        assert gate.limit == pytest.approx(0.94 - chance)


def test_the_published_versions_held_out_images_count_as_well() -> None:
    new = trained(0.9, validation_images=5000)
    gate = judge_validation(new, evaluation(0.9), published(validation_accuracy=0.97, validation_images=5000), 0.03)
    assert not gate.passed
    assert re.search(r"; validation accuracy of published version [0-9a-f]{12} 0\.9700, margin 0\.03", gate.detail)
    for older in (published(validation_accuracy=None), published(validation_images=0)):
        assert judge_validation(new, evaluation(0.9), older, 0.03).passed


def test_disputed_labels_are_a_share_of_all_training_labels() -> None:
    model = trained(validation_accuracy=0.9, training_images=900, validation_images=100, disputed_labels=40)
    data = dataset(train_images=1000)
    gate = judge_labels(data, model, 0.95)
    assert (gate.value, gate.limit, gate.passed) == (0.96, 0.95, True)
    assert gate.detail == "the model contradicts 40 of 1,000 training labels with confidence"
    assert not judge_labels(data, model, 0.97).passed


def test_nothing_is_known_of_the_validation_of_a_model_that_was_trained_elsewhere() -> None:
    origin = Origin(file="mine.keras", digest="d", layout="channel", softmax_appended=False)
    taken_over = dataclasses.replace(trained(), history=(), training_images=0, origin=origin)
    gate = judge_validation(taken_over, evaluation(0.9), published(validation_accuracy=0.97), 0.03)
    assert (gate.value, gate.passed, gate.detail) == (None, True, "not known: the model was trained elsewhere")
