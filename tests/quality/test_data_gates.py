"""Gates on the data: images in both training and test, and the distance from the published version's data."""

import dataclasses
from typing import Any

import pytest

from pipeline.quality.judging import judge_distinct, judge_drift
from pipeline.records import Dataset, Gate
from pipeline.system.json_records import from_json, to_json
from pipeline.versions.manifest import Manifest
from tests.support.judged import STATISTICS, dataset
from tests.support.versions import files_of, manifest_with


def published(**changes: Any) -> Manifest:
    manifest = manifest_with(files_of(b"w1"), labels=["a", "b"])
    statistics = to_json(dataclasses.replace(STATISTICS, **changes))
    return from_json(Manifest, {**manifest, "data": {**manifest["data"], "train_statistics": statistics}})


def drift(new: Dataset, old: Manifest | None) -> tuple[Gate, Gate]:
    labels, pixels = judge_drift(new, old, label_overlap=0.75, pixel_overlap=0.8)
    assert (labels.name, pixels.name) == ("label overlap", "pixel overlap")
    return labels, pixels


def test_test_images_that_are_training_images_count_against_the_data() -> None:
    assert judge_distinct(dataset(), 0.95).value == 1
    gate = judge_distinct(dataset(repeated_test_images=1), 0.95)
    assert (gate.value, gate.limit, gate.passed) == (0.75, 0.95, False)
    assert gate.detail == "1 of 4 test images are also training images, or nearly"


def test_the_same_data_overlaps_with_itself() -> None:
    for gate in drift(dataset(), published()):
        assert (gate.value, gate.passed) == (1, True)


@pytest.mark.parametrize(("old", "reason"), [
    (None, "nothing is published yet"),
    (from_json(Manifest, manifest_with(files_of(b"w1"))), "the published version has no statistics of its data"),
    (from_json(Manifest, manifest_with(files_of(b"w1"), data=None)), "has no statistics of its data"),
], ids=["nothing", "no statistics", "an export"])  # fmt: skip
def test_where_there_is_nothing_to_compare_the_gates_pass_and_say_so(old: Manifest | None, reason: str) -> None:
    for gate in drift(dataset(), old):
        assert (gate.value, gate.limit, gate.passed) == (None, None, True)
        assert reason in gate.detail


def test_labels_are_compared_by_name_and_share_not_by_number() -> None:
    grown = dataset(train_statistics=dataclasses.replace(STATISTICS, labels=(300, 100)), labels=("b", "a"))
    labels, _ = drift(grown, published(labels=(2, 6)))
    assert (labels.value, labels.passed) == (1, True)
    labels, _ = drift(grown, published(labels=(6, 2)))
    assert (labels.value, labels.passed) == (0.5, False)
    assert labels.detail.endswith("; most changed 'a': 0.7500 to 0.2500")
    three = dataset(train_statistics=dataclasses.replace(STATISTICS, labels=(4, 4, 2)), labels=("a", "b", "c"))
    labels, _ = drift(three, published())
    assert (labels.value, labels.passed) == (pytest.approx(0.8), True)
    assert "'c': 0.0000 to 0.2000" in labels.detail


def test_inverted_pixels_do_not_overlap() -> None:
    old = published(pixels=[0.9, *[0] * 14, 0.1], mean=0.1, deviation=0.3)
    inverted = dataclasses.replace(STATISTICS, pixels=(0.1, *[0.0] * 14, 0.9), mean=0.9, deviation=0.3)
    _, pixels = drift(dataset(train_statistics=inverted), old)
    assert (pixels.value, pixels.limit, pixels.passed) == (pytest.approx(0.2), 0.8, False)
    assert pixels.detail.endswith("mean 0.1000 to 0.9000, standard deviation 0.3000 to 0.3000")
