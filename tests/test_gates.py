"""The gates: what passes, what fails, and what is reported."""

import dataclasses

import numpy as np
import pytest

from pipeline.config import GatesRecipe
from pipeline.errors import GateFailed
from pipeline.evaluate import measure
from pipeline.gates import gate_table, judge, require_passed
from pipeline.records import Baseline, Evaluation

FILES = {"weights_digest": "w", "probabilities_path": "p.npy", "probabilities_digest": "p"}

DATA = "the data set's digest"
LIMITS = GatesRecipe(threshold=0.7, class_recall=0.5, baseline_margin=0.05)


def evaluation() -> Evaluation:
    """Four images of two classes; one "b" is taken for an "a"."""
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    labels = np.array([0, 1, 1, 1])
    return measure(probabilities, labels, ("a", "b"), loss=0.4, **FILES)


def test_gates_pass_and_no_baseline_is_recorded() -> None:
    gates = judge(evaluation(), LIMITS, None, DATA)
    require_passed(gates)
    assert [gate.name for gate in gates] == ["test accuracy", "class recall", "baseline"]
    assert gates[2].value is None
    assert "no baseline" in gates[2].detail


@pytest.mark.parametrize(
    ("limits", "baseline", "failed"),
    [
        (dataclasses.replace(LIMITS, threshold=0.8), None, "test accuracy"),
        (dataclasses.replace(LIMITS, class_recall=0.7), None, "class recall"),
        (LIMITS, Baseline(version="0123456789ab", test_accuracy=0.85, data=DATA), "baseline"),
    ],
)
def test_a_failed_gate_is_named_with_its_margin(limits: GatesRecipe, baseline: Baseline | None, failed: str) -> None:
    with pytest.raises(GateFailed, match=f"not good enough: {failed}") as caught:
        require_passed(judge(evaluation(), limits, baseline, DATA))
    assert "FAILED" in str(caught.value)
    assert "-0.0" in str(caught.value)


def test_the_baseline_may_be_missed_by_the_margin() -> None:
    require_passed(judge(evaluation(), LIMITS, Baseline(version="0123456789ab", test_accuracy=0.80, data=DATA), DATA))


def test_a_baseline_of_other_data_says_so() -> None:
    baseline = Baseline(version="0123456789ab", test_accuracy=0.85, data="another")
    with pytest.raises(GateFailed, match="measured on other data: give a model of other data another --name"):
        require_passed(judge(evaluation(), LIMITS, baseline, DATA))


def test_the_table_shows_every_gate() -> None:
    table = gate_table(judge(evaluation(), LIMITS, None, DATA))
    assert table.splitlines()[1].startswith("test accuracy  0.7500  0.7000  +0.0500  passed")
