"""The gates: what passes, what fails, and what is reported."""

import dataclasses

import numpy as np
import pytest

from pipeline.errors import GateFailed
from pipeline.evaluate import measure
from pipeline.gates import gate_table, judge, require_passed
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import Evaluation, Gate

FILES = {"weights_digest": "w", "probabilities_path": "p.npy", "probabilities_digest": "p"}

LIMITS = GatesRecipe(threshold=0.7, class_recall=0.5, baseline_margin=0.05)
NOTHING = Gate(name="baseline", value=None, limit=None, passed=True, detail="no baseline")


def evaluation() -> Evaluation:
    """Four images of two classes; one "b" is taken for an "a"."""
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    labels = np.array([0, 1, 1, 1])
    return measure(probabilities, labels, ("a", "b"), loss=0.4, **FILES)


def test_gates_pass_and_the_baseline_is_the_last() -> None:
    gates = judge(evaluation(), LIMITS, NOTHING)
    require_passed(gates)
    assert [gate.name for gate in gates] == ["test accuracy", "class recall", "baseline"]
    assert gates[2] == NOTHING


@pytest.mark.parametrize(
    ("limits", "baseline", "failed"),
    [
        (dataclasses.replace(LIMITS, threshold=0.8), NOTHING, "test accuracy"),
        (dataclasses.replace(LIMITS, class_recall=0.7), NOTHING, "class recall"),
        (LIMITS, Gate(name="baseline", value=0.75, limit=0.8, passed=False, detail="worse"), "baseline"),
    ],
)
def test_a_failed_gate_is_named_with_its_margin(limits: GatesRecipe, baseline: Gate, failed: str) -> None:
    with pytest.raises(GateFailed, match=f"not good enough: {failed}") as caught:
        require_passed(judge(evaluation(), limits, baseline))
    assert "FAILED" in str(caught.value)
    assert "-0.0" in str(caught.value)


def test_the_table_shows_every_gate() -> None:
    table = gate_table(judge(evaluation(), LIMITS, NOTHING))
    assert table.splitlines()[1].startswith("test accuracy  0.7500  0.7000  +0.0500  passed")
