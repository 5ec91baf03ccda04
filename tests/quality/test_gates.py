"""Failed gates: each is named with its margin, and the advice fits what failed."""

import dataclasses

import numpy as np
import pytest

from pipeline.errors import GateFailed
from pipeline.quality.gates import (
    DATA_ADVICE,
    MODEL_ADVICE,
    gate_table,
    listed,
    require_passed,
)
from pipeline.quality.judging import SAME_GATE, failed_training, judge
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import Gate
from tests.support.judged import dataset, measured, trained
from tests.support.versions import files_of, manifest_with, typed

ADVICE = DATA_ADVICE | MODEL_ADVICE


def gates(*failed: str) -> list[Gate]:
    """All gates, of which some failed."""
    return [
        Gate.at_least(name, 0.75, 0.8 if name in failed else 0.7, f"about {name}")
        for name in ADVICE
    ]


def refusal(*failed: str, warnings: tuple[str, ...] = ()) -> str:
    with pytest.raises(GateFailed) as caught:
        require_passed(gates(*failed), warnings)
    return str(caught.value)


def test_every_gate_is_judged_once_and_has_advice_and_a_key() -> None:
    evaluation = measured(np.eye(2, dtype=np.float32), np.array([0, 1]))
    baseline = Gate.unmeasured("baseline", "no baseline")
    judged = judge(
        dataset(),
        trained(),
        evaluation,
        GatesRecipe(),
        baseline=baseline,
        published=None,
    )
    require_passed(judged)
    assert sorted(gate.name for gate in judged) == sorted(ADVICE)
    # keys of limits that have another key besides
    keys = {field.name for field in dataclasses.fields(GatesRecipe)} - {
        "baseline_margin",
        "small_test_set",
    }
    assert {key for key, *_ in ADVICE.values()} == keys


@pytest.mark.parametrize("failed", ADVICE)
def test_a_failed_gate_is_named_with_its_margin_and_the_key_of_its_limit(
    failed: str,
) -> None:
    message = refusal(failed)
    what = "data" if failed in DATA_ADVICE else "model"
    assert message.startswith(f"The {what} is not good enough: {failed}.")
    assert f"0.7500  0.8000  -0.0500  FAILED  about {failed}" in message
    assert message.endswith(
        f"Or set another limit in the recipe or with --set: gates.{ADVICE[failed][0]}."
    )


def test_the_table_shows_every_gate_and_nothing_measured_is_no_pass() -> None:
    judged = [
        *gates("drawings"),
        Gate.unmeasured("baseline", "no earlier version is published"),
    ]
    table = gate_table(judged).splitlines()
    assert [line.partition("  ")[0] for line in table[1:-1]] == [
        gate.name for gate in judged
    ]
    assert table[1].split()[-6:] == [
        "0.7500",
        "0.7000",
        "+0.0500",
        "passed",
        "about",
        table[1].split()[0],
    ]
    assert table[-2].split(maxsplit=4) == [
        "baseline",
        "-",
        "-",
        "-",
        "not measured  no earlier version is published",
    ]
    assert table[-1] == "gates: 11 passed, 1 not measured, 1 failed"


@pytest.mark.parametrize(("loss", "predicted", "sign"), [
    (0.1, [0, 0, 0], "The model has not learned: it answers 'a' to every test image."),
    (0.7, [1, 0, 1], "The training did not converge: its last loss is 0.7000, that of guessing 0.6931."),
    (0.69, [1, 0, 1], "The training did not converge: its last loss is 0.6900, that of guessing 0.6931."),
    (0.6, [1, 0, 1], None),
])  # fmt: skip
def test_a_training_without_effect_is_told_from_a_weak_model(
    loss: float, predicted: list[int], sign: str | None
) -> None:
    model, evaluation = (
        trained(),
        measured(np.eye(2, dtype=np.float32)[predicted], np.array([0, 1, 0])),
    )
    model = dataclasses.replace(
        model, history=(dataclasses.replace(model.history[-1], loss=loss),)
    )
    failed = gates("test accuracy", "undisputed labels")
    with pytest.raises(GateFailed) as caught:
        require_passed(failed, symptom=failed_training(model, evaluation))
    assert ("learning rate or the range of the pixels" in str(caught.value)) is bool(
        sign
    )
    assert (sign or "Correct the labels") in str(caught.value)


def test_advice_fits_what_failed_and_data_comes_first() -> None:
    message = refusal("test accuracy", warnings=("the images are odd",))
    assert (
        "About the data: the images are odd\n\nNothing was exported or published."
        " `pipeline report`, with the same options, shows the misread test images."
        " Train a better model" in message
    )
    message = refusal("distinct test images", "test accuracy")
    assert message.startswith(
        "The data and model are not good enough: distinct test images and test"
        " accuracy."
    )
    assert "Remove images from the training or the test set" in message
    assert "Train a better model" not in message  # which might hide what is wrong
    message = refusal("baseline", "test accuracy")  # which share advice
    assert (
        "If the data is new, look for its faults: `pipeline report`, with the same"
        " options. Train" in message
    )
    assert message.count("Train a better model") == 1
    # which no other data gets
    assert "and for MNIST `pens`" in refusal("signs flagged")


def test_advice_about_labels_is_complete_without_the_table() -> None:
    live = typed(manifest_with(files_of(b"w1")))
    failed = [Gate.at_least(SAME_GATE, 0, 1, "other labels")]
    with pytest.raises(GateFailed) as caught:
        require_passed(failed, published=live)
    # Mail and JSON show the message without the table of the gates.
    assert f"build once with --set gates.replaces={live.version}." in str(caught.value)


def test_lists_read_as_sentences() -> None:
    assert [listed(list(words), "and") for words in ("a", "ab", "abc")] == [
        "a",
        "a and b",
        "a, b and c",
    ]
