"""The gates: what each compares, what passes and what fails."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from pipeline.quality.gates import skipped_gates, weak_comparison
from pipeline.quality.intervals import fall_by_chance
from pipeline.quality.judging import (
    judge,
    judge_accuracy,
    judge_distinct,
    judge_drawings,
    judge_drift,
    judge_labels,
    judge_same_labels,
    judge_validation,
)
from pipeline.recipes.fields import GatesRecipe
from pipeline.recipes.reading import load_recipe
from pipeline.records import (
    Dataset,
    Drawings,
    Evaluation,
    Familiarity,
    Flagged,
    Gate,
    Origin,
    Scale,
)
from pipeline.system.json_records import from_json, to_json
from pipeline.versions.manifest import Manifest
from tests.support.judged import STATISTICS, dataset, measured, trained
from tests.support.versions import files_of, manifest_with

LIMITS = GatesRecipe(
    drawings=0.97,
    signs_flagged=0.85,
    drawings_unflagged=0.95,
    label_overlap=0.75,
    pixel_overlap=0.8,
)
NOTHING = measured(np.eye(2, dtype=np.float32), np.array([0, 1]))


@pytest.mark.parametrize(
    ("right", "small_test_set", "passes"),
    [
        # Of 60 images, 30 of each class, 38 are the fewest whose interval by Wilson is
        # above a half.
        (38, 61, True),
        (37, 61, False),
        (38, 60, False),  # the set is not small: the threshold is 0.95
        (58, 60, True),
    ],
)
def test_a_small_test_set_must_only_show_that_the_model_does_not_guess(
    right: int, small_test_set: int, *, passes: bool
) -> None:
    labels = np.arange(60) % 2
    answers = np.where(np.arange(60) < right, labels, 1 - labels)
    new = measured(np.eye(2, dtype=np.float32)[answers], labels)
    limits = GatesRecipe(class_recall=0.9, small_test_set=small_test_set)
    accuracy, recall = judge_accuracy(new, limits)
    assert accuracy.passed is passes
    assert ("too few for a limit of 0.95" in accuracy.detail) is (small_test_set > 60)
    assert recall.limit == (1 / 2 if small_test_set > 60 else 0.9)


def test_the_worst_class_and_all_images_count() -> None:
    """Four images of two classes; one "b" is taken for an "a"."""
    answers = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    baseline = Gate.unmeasured("baseline", "no baseline")
    limits = GatesRecipe(threshold=0.75, class_recall=0.7)
    new = measured(answers, np.array([0, 1, 1, 1]))
    gates = {
        gate.name: gate
        for gate in judge(
            dataset(), trained(), new, limits, baseline=baseline, published=None
        )
    }
    assert gates["baseline"] == baseline
    assert (gates["test accuracy"].value, gates["test accuracy"].passed) == (0.75, True)
    assert (gates["class recall"].value, gates["class recall"].passed) == (
        pytest.approx(2 / 3),
        False,
    )
    assert "'b'" in gates["class recall"].detail


def published_data(**changes: Any) -> Manifest:
    manifest = manifest_with(files_of(b"w1"), labels=["a", "b"])
    statistics = to_json(dataclasses.replace(STATISTICS, **changes))
    return from_json(
        Manifest,
        {**manifest, "data": {**manifest["data"], "train_statistics": statistics}},
    )


def drift(new: Dataset, old: Manifest | None) -> tuple[Gate, Gate]:
    labels, pixels = judge_drift(new, old, LIMITS)
    assert (labels.name, pixels.name) == ("label overlap", "pixel overlap")
    return labels, pixels


def test_test_images_that_are_training_images_count_against_the_data() -> None:
    assert judge_distinct(dataset(), 0.95).value == 1
    gate = judge_distinct(dataset(repeated_test_images=1), 0.95)
    assert (gate.value, gate.limit, gate.passed) == (0.75, 0.95, False)
    assert gate.detail == "1 of 4 test images are also training images, or nearly"


@pytest.mark.parametrize(("labels", "change"), [
    (("a", "b", "c"), "1 new: c"), (("a",), "1 missing: b"), (("b", "a"), "in another order"),
    (("a", "d"), "1 new: d; 1 missing: b"),
])  # fmt: skip
def test_other_labels_are_refused_until_the_live_version_is_named(
    labels: tuple[str, ...], change: str
) -> None:
    live, new = published_data(), dataset(labels=labels)
    assert judge_same_labels(dataset(), live, "").passed
    assert judge_same_labels(new, None, "").passed is None
    assert judge_same_labels(new, live, live.version).passed
    for other in ("", "0123456789ab"):
        gate = judge_same_labels(new, live, other)
        assert gate.passed is False
        assert (
            f"({change}); accepted once by --set gates.replaces={live.version}"
            in gate.detail
        )


def test_what_is_not_compared_with_the_live_version_is_a_warning() -> None:
    live = published_data()
    count = live.data.train_images if live.data else 0
    measured_gate = Gate.at_least("baseline", 1, 1, "")
    assert (
        weak_comparison(
            [measured_gate], dataset(train_images=count - count // 2), trained(), live
        )
        == []
    )
    unmeasured = Gate.unmeasured("baseline", "it has other labels")
    few = (count - 1) // 2
    first, second = weak_comparison(
        [unmeasured], dataset(train_images=few), trained(), live
    )
    assert (
        first == "The model is not compared with the live version: it has other labels."
    )
    assert (
        f"times fewer training images than in the published version {live.version}:"
        f" {few:,}, not {count:,}." in second
    )
    same = trained(weights_digest=live.weights_digest)
    assert weak_comparison([unmeasured], dataset(train_images=count), same, live) == []


@pytest.mark.parametrize(("old", "reason"), [
    (None, "no earlier version is published"),
    (from_json(Manifest, manifest_with(files_of(b"w1"))), "the published version has no data statistics"),
    (from_json(Manifest, manifest_with(files_of(b"w1"), data=None)), "has no data statistics"),
], ids=["nothing", "no statistics", "an export"])  # fmt: skip
def test_where_there_is_nothing_to_compare_the_gates_pass_and_say_so(
    old: Manifest | None, reason: str
) -> None:
    for gate in drift(dataset(), old):
        assert (gate.value, gate.limit, gate.passed) == (None, None, None)
        assert reason in gate.detail


def test_labels_are_compared_by_name_and_share_not_by_number() -> None:
    assert [
        (gate.value, gate.passed) for gate in drift(dataset(), published_data())
    ] == [(1, True)] * 2
    grown = dataset(
        train_statistics=dataclasses.replace(STATISTICS, labels=(300, 100)),
        labels=("b", "a"),
    )
    labels, _ = drift(grown, published_data(labels=(2, 6)))
    assert (labels.value, labels.passed) == (1, True)
    labels, _ = drift(grown, published_data(labels=(6, 2)))
    assert (labels.value, labels.passed) == (0.5, False)
    assert labels.detail.endswith("; most changed 'a': 0.7500 to 0.2500")
    three = dataset(
        train_statistics=dataclasses.replace(STATISTICS, labels=(4, 4, 2)),
        labels=("a", "b", "c"),
    )
    labels, _ = drift(three, published_data())
    assert (labels.value, labels.passed) == (pytest.approx(0.8), True)
    assert "'c': 0.0000 to 0.2000" in labels.detail


def test_inverted_pixels_do_not_overlap() -> None:
    old = published_data(pixels=[0.9, *[0] * 14, 0.1], mean=0.1, deviation=0.3)
    inverted = dataclasses.replace(
        STATISTICS, pixels=(0.1, *[0.0] * 14, 0.9), mean=0.9, deviation=0.3
    )
    _, pixels = drift(dataset(train_statistics=inverted), old)
    assert (pixels.value, pixels.limit, pixels.passed) == (
        pytest.approx(0.1 / 0.9),
        0.8,
        False,
    )
    assert pixels.detail.endswith(
        "histograms 0.2000, mean 0.1000 to 0.9000, standard deviation 0.3000 to 0.3000"
    )


@pytest.mark.parametrize(("change", "ratio"), [
    ({"mean": 0.07, "deviation": 0.15}, 0.5), ({"deviation": 0.15}, 0.5), ({"mean": 0.28}, 0.5),
    ({"mean": 0.13}, 0.13 / 0.14),
], ids=["half as bright", "less contrast", "twice as bright", "by chance"])  # fmt: skip
def test_brightness_and_contrast_count_where_most_pixels_are_ground(
    change: dict[str, float], ratio: float
) -> None:
    old = {
        "pixels": [0.9, *[0.0] * 7, 0.05, *[0.0] * 6, 0.05],
        "mean": 0.14,
        "deviation": 0.3,
    }
    new = dataclasses.replace(
        STATISTICS,
        pixels=tuple(old["pixels"]),  # type: ignore[arg-type]
        mean=0.14,
        deviation=0.3,
    )
    _, pixels = drift(
        dataset(train_statistics=dataclasses.replace(new, **change)),  # type: ignore[arg-type]
        published_data(**old),
    )
    assert (pixels.value, pixels.passed) == (pytest.approx(ratio), ratio > 0.8)


def with_accuracy(accuracy: float) -> Evaluation:
    return dataclasses.replace(NOTHING, test_accuracy=accuracy, test_images=10_000)


def published_model(**training: Any) -> Manifest:
    manifest = manifest_with(files_of(b"w1"))
    return from_json(
        Manifest, {**manifest, "training": {**manifest["training"], **training}}
    )


def test_without_held_out_images_or_a_training_there_is_nothing_to_compare() -> None:
    origin = Origin(
        file="mine.keras", digest="d", layout="channel", softmax_appended=False
    )
    taken_over = dataclasses.replace(
        trained(), history=(), training_images=0, origin=origin
    )
    for model, reason in (
        (trained(), "no images were held out"),
        (taken_over, "the model was trained elsewhere"),
    ):
        gate = judge_validation(
            model, with_accuracy(0.99), published_model(validation_accuracy=0.99), 0.03
        )
        assert (gate.value, gate.passed, gate.detail) == (None, None, reason)


@pytest.mark.parametrize(
    ("accuracy", "passed"), [(0.98, True), (0.94, True), (0.93, False), (0.8, False)]
)
def test_held_out_images_that_the_model_knows_less_well_than_test_images_fail(
    accuracy: float, passed: bool
) -> None:
    gate = judge_validation(
        trained(accuracy, validation_images=5000), with_accuracy(0.9729), None, 0.03
    )
    assert (gate.value, gate.passed) == (accuracy, passed)
    assert gate.limit is not None
    assert 0.93 < gate.limit < 0.9429
    assert (
        "5,000 held-out images recognized; may be below the test accuracy (0.9729) by"
        " 0.03" in gate.detail
    )


def test_a_few_held_out_images_prove_less() -> None:
    found = {
        images: judge_validation(
            trained(0.9, validation_images=images), with_accuracy(0.97), None, 0.03
        )
        for images in (20, 100, 1000)
    }
    assert [gate.passed for gate in found.values()] == [True, True, False]
    for images, gate in found.items():
        chance = fall_by_chance((0.9, images), (0.97, 10_000))
        assert gate.limit == pytest.approx(0.94 - chance)


def test_the_published_versions_held_out_images_count_as_well() -> None:
    new = trained(0.9, validation_images=5000)
    gate = judge_validation(
        new,
        with_accuracy(0.9),
        published_model(validation_accuracy=0.97, validation_images=5000),
        0.03,
    )
    assert not gate.passed
    assert re.search(
        r"validation accuracy of published version [0-9a-f]{12} \(0\.9700\) by 0\.03",
        gate.detail,
    )
    for older in (
        published_model(validation_accuracy=None),
        published_model(validation_images=0),
    ):
        assert judge_validation(new, with_accuracy(0.9), older, 0.03).passed


def test_disputed_labels_are_a_share_of_all_training_labels() -> None:
    model = trained(
        validation_accuracy=0.9,
        training_images=900,
        validation_images=100,
        disputed_labels=40,
    )
    data = dataset(train_images=1000)
    gate = judge_labels(data, model, 0.95)
    assert (gate.value, gate.limit, gate.passed) == (0.96, 0.95, True)
    assert (
        gate.detail
        == "the model contradicts 40 of 1,000 training labels with confidence"
    )
    assert not judge_labels(data, model, 0.97).passed


def evaluation(read: int = 194, signs: int = 108, digits: int = 9) -> Evaluation:
    """A model that reads so many of 200 drawings; 126 signs and the drawings it reads:

    so many of them are flagged.
    """
    drawings = Drawings(
        drawings=200,
        writers=20,
        accuracy=read / 200,
        accuracy_interval=(0.93, 0.99),
        confidence=0.98,
    )
    familiarity = Familiarity(
        path="familiar.bin", digest="d", inputs=196, pool=2, within=0.98, bias=0.0, hidden=Scale(scale=1.0, min=0.0),
        biases=(0.0,), outputs=(1.0,), letters=100, letters_believed=3, test=Flagged(images=2, flagged=0),
        drawings=Flagged(images=read, flagged=digits), signs=Flagged(images=126, flagged=signs),
    )  # fmt: skip
    return dataclasses.replace(NOTHING, drawings=drawings, familiarity=familiarity)


def test_a_model_at_the_limits_passes_and_one_picture_more_fails_one_gate() -> None:
    def passed(of: Evaluation) -> list[bool | None]:
        return [gate.passed for gate in judge_drawings(of, LIMITS)]

    assert passed(evaluation()) == [True, True, True]
    assert passed(evaluation(read=193)) == [False, True, True]
    assert passed(evaluation(signs=107)) == [True, False, True]
    assert passed(evaluation(digits=10)) == [True, True, False]


def test_where_nothing_was_drawn_or_there_is_no_rule_the_gates_say_why() -> None:
    assert [(gate.passed, gate.value) for gate in judge_drawings(NOTHING, LIMITS)] == [
        (None, None)
    ] * 3
    assert all(
        "in a recipe with noun" in gate.detail
        for gate in judge_drawings(NOTHING, LIMITS)
    )
    reading, *rule = judge_drawings(
        dataclasses.replace(evaluation(), familiarity=None), LIMITS
    )
    assert reading.value == 0.97
    assert [(gate.passed, gate.value) for gate in rule] == [(None, None)] * 2
    assert all("for a rule" in gate.detail for gate in rule)


def test_gates_that_only_the_noun_keeps_from_being_measured_are_told() -> None:
    digits = dataset(labels=tuple("0123456789"))
    assert "gates.signs_flagged and gates.drawings_unflagged: not" in skipped_gates(
        digits, NOTHING, LIMITS
    )
    others = [
        (dataset(), NOTHING),
        (dataclasses.replace(digits, channels=3), NOTHING),
        (digits, evaluation()),
    ]
    assert {skipped_gates(*other, LIMITS) for other in others} == {""}
    assert skipped_gates(digits, NOTHING, GatesRecipe()) == ""


def test_a_model_that_reads_no_drawing_flags_none_of_those_that_it_reads() -> None:
    reading, _, digits = judge_drawings(evaluation(read=0, digits=0), LIMITS)
    assert not reading.passed
    assert digits.value == 1.0


def test_recipes_that_make_drawings_and_data_alike_promise_both_and_others_do_not() -> (
    None
):
    promised = {
        name: load_recipe(name).gates
        for name in ("softmax", "mlp", "cnn", "plain", "article")
    }
    assert [promised[name].drawings for name in promised] == [
        0.88,
        0.92,
        0.94,
        0.8,
        0.0,
    ]
    assert {promised[name].signs_flagged for name in ("softmax", "mlp", "cnn")} == {
        0.85
    }
    assert {promised[name].drawings_unflagged for name in ("plain", "article")} == {0.0}
