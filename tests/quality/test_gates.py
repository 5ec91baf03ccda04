"""The gates: what passes, what fails, and what is reported."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from pipeline.errors import GateFailed
from pipeline.quality.gates import DATA_ADVICE, MODEL_ADVICE, gate_table, judge, listed, require_passed
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import Evaluation, Gate
from tests.support.judged import dataset, measured, trained

ADVICE = DATA_ADVICE | MODEL_ADVICE
LIMITS = GatesRecipe(threshold=0.7, class_recall=0.5, baseline_margin=0.05)
NOTHING = Gate.not_compared("baseline", "no baseline")


def evaluation() -> Evaluation:
    """Four images of two classes; one "b" is taken for an "a"."""
    return measured(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32), np.array([0, 1, 1, 1]))


def judged(limits: GatesRecipe = LIMITS, baseline: Gate = NOTHING, **data: Any) -> tuple[Gate, ...]:
    return judge(dataset(**data), trained(), evaluation(), limits, baseline=baseline, published=None)


def test_gates_pass_and_each_is_there_once() -> None:
    gates = judged()
    require_passed(gates)
    assert sorted(gate.name for gate in gates) == sorted(ADVICE)
    assert NOTHING in gates


@pytest.mark.parametrize(("limits", "baseline", "failed"), [
    (dataclasses.replace(LIMITS, threshold=0.8), NOTHING, "test accuracy"),
    (dataclasses.replace(LIMITS, class_recall=0.7), NOTHING, "class recall"),
    (LIMITS, Gate.at_least("baseline", 0.75, 0.8, "worse"), "baseline"),
])  # fmt: skip
def test_a_failed_gate_is_named_with_its_margin(limits: GatesRecipe, baseline: Gate, failed: str) -> None:
    with pytest.raises(GateFailed, match=f"not good enough: {failed}") as caught:
        require_passed(judged(limits, baseline))
    assert "FAILED" in str(caught.value)
    assert "-0.0" in str(caught.value)


def test_the_table_shows_every_gate() -> None:
    table = gate_table(judged()).splitlines()
    assert table[1].split()[:5] == ["test", "accuracy", "0.7500", "0.7000", "+0.0500"]
    assert [line.partition("  ")[0] for line in table[1:]] == [gate.name for gate in judged()]


def test_advice_fits_what_failed_and_data_comes_first() -> None:
    stricter = dataclasses.replace(LIMITS, threshold=0.8)
    with pytest.raises(GateFailed, match=r"^The model is not good enough: test accuracy\.") as caught:
        require_passed(judged(stricter), ["the images are odd"])
    message = str(caught.value)
    assert "About the data: the images are odd\n\nNothing was exported or published. Train a better model" in message
    assert message.endswith("Or set another limit in the recipe or with --set: gates.threshold.")
    with pytest.raises(GateFailed, match=r"^The data is not good enough: distinct test images\."):
        require_passed(judged(repeated_test_images=2))
    both = r"^The data and model are not good enough: distinct test images and "
    with pytest.raises(GateFailed, match=both) as caught:
        require_passed(judged(stricter, repeated_test_images=2))
    message = str(caught.value)
    assert "Remove images from the training or the test set" in message
    assert "Train a better model" not in message  # which might hide what is wrong
    assert message.endswith("with --set: gates.distinct_test_images or gates.threshold.")


def test_advice_that_several_gates_share_is_given_once() -> None:
    with pytest.raises(GateFailed) as caught:
        require_passed([Gate.at_least(name, 0.7, 0.8, "worse") for name in ("baseline", "test accuracy")])
    message = str(caught.value)
    assert "If the data is new, look for its faults: `pipeline report`, with the same options. Train" in message
    assert message.count("Train a better model") == 1


def test_lists_read_as_sentences() -> None:
    assert [listed(list(words), "and") for words in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


def test_every_gate_has_advice_and_a_key() -> None:
    of_baseline = {"baseline_versions", "baseline_margin"}  # which has another key besides
    keys = {field.name for field in dataclasses.fields(GatesRecipe)} - of_baseline
    assert {key for key, *_ in ADVICE.values()} == keys
