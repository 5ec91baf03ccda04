"""The gates on drawings: what must be read, what must be called unlike any digit, and when nothing is judged."""

import dataclasses

import numpy as np
import pytest

from pipeline.errors import GateFailed
from pipeline.quality.gates import require_passed
from pipeline.quality.judging import judge_drawings
from pipeline.recipes.reading import load_recipe
from pipeline.records import Drawings, Evaluation, Familiarity, Flagged, Scale
from tests.support.judged import measured

LIMITS = {"drawings": 0.97, "signs_flagged": 0.85, "drawings_unflagged": 0.95}
NOTHING = measured(np.eye(2, dtype=np.float32), np.array([0, 1]))


def evaluation(read: int = 194, signs: int = 108, digits: int = 9) -> Evaluation:
    """A model that reads so many of 200 drawings; 126 signs and the drawings it reads: so many of them are flagged."""
    scale = Scale(scale=1.0, min=0.0)
    drawings = Drawings(drawings=200, accuracy=read / 200, accuracy_interval=(0.93, 0.99), confidence=0.98)
    facts = {"path": "familiar.bin", "digest": "d", "inputs": 196, "pool": 2, "directions": 12, "within": 0.91}
    familiarity = Familiarity(
        **facts,  # type: ignore[arg-type]  # each as its field wants it
        mean=scale,
        direction=scale,
        limits=(1.0, 1.0),
        test=Flagged(images=2, flagged=0),
        drawings=Flagged(images=read, flagged=digits),
        signs=Flagged(images=126, flagged=signs),
    )
    return dataclasses.replace(NOTHING, drawings=drawings, familiarity=familiarity)


def test_a_model_at_the_limits_passes_and_one_picture_more_fails_one_gate() -> None:
    def passed(of: Evaluation) -> list[bool]:
        return [gate.passed for gate in judge_drawings(of, **LIMITS)]

    assert passed(evaluation()) == [True, True, True]
    assert passed(evaluation(read=193)) == [False, True, True]
    assert passed(evaluation(signs=107)) == [True, False, True]
    assert passed(evaluation(digits=10)) == [True, True, False]


def test_a_miss_is_named_with_what_was_measured_and_what_to_do() -> None:
    with pytest.raises(GateFailed, match=r"^The model is not good enough: drawings\.") as caught:
        require_passed(judge_drawings(evaluation(read=190), **LIMITS))
    message = str(caught.value)
    assert "0.9500  0.9700  -0.0200  FAILED  share of 200 digits read that a program drew; 95 % interval" in message
    assert "`stretch` and `stroke_width`" in message
    assert message.endswith("more epochs). Or set another limit in the recipe or with --set: gates.drawings.")
    with pytest.raises(GateFailed, match="drawings unflagged") as caught:
        require_passed(judge_drawings(evaluation(digits=11), **LIMITS))
    assert str(caught.value).endswith("or with --set: gates.drawings_unflagged.")


def test_where_nothing_was_drawn_or_there_is_no_rule_the_gates_pass_and_say_why() -> None:
    assert [(gate.passed, gate.value) for gate in judge_drawings(NOTHING, **LIMITS)] == [(True, None)] * 3
    assert all("the classes are others" in gate.detail for gate in judge_drawings(NOTHING, **LIMITS))
    reading, *rule = judge_drawings(dataclasses.replace(evaluation(), familiarity=None), **LIMITS)
    assert reading.value == 0.97
    assert [(gate.passed, gate.value) for gate in rule] == [(True, None)] * 2
    assert all("for a rule" in gate.detail for gate in rule)


def test_a_model_that_reads_no_drawing_flags_none_of_those_that_it_reads() -> None:
    reading, _, digits = judge_drawings(evaluation(read=0, digits=0), **LIMITS)
    assert not reading.passed
    assert digits.value == 1.0


def test_recipes_that_make_drawings_and_data_alike_promise_both_and_others_do_not() -> None:
    promised = {name: load_recipe(name).gates for name in ("softmax", "mlp", "cnn", "plain", "article")}
    assert [promised[name].drawings for name in promised] == [0.97, 0.98, 0.98, 0.8, 0.0]
    assert {promised[name].signs_flagged for name in ("softmax", "mlp", "cnn")} == {0.85}
    assert {promised[name].drawings_unflagged for name in ("plain", "article")} == {0.0}
