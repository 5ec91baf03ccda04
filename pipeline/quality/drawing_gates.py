"""Gates on what a program draws: how many digits the model reads, and what its rule calls unlike the answer."""

from pipeline.records import Evaluation, Flagged, Gate

DRAWINGS_GATE, SIGNS_GATE, UNFLAGGED_GATE = "drawings", "signs flagged", "drawings unflagged"
_NO_DRAWINGS = "not measured: a program draws digits only, and the classes are others"
_NO_RULE = "not measured: a class has too few images for a rule, or they are too large"


def judge_drawings(
    evaluation: Evaluation, *, drawings: float, signs_flagged: float, drawings_unflagged: float
) -> tuple[Gate, Gate, Gate]:
    """Compare with the least shares what was measured on drawings; where none were made, the gates pass and say so."""
    return _judge_reading(evaluation, drawings), *_judge_rule(evaluation, signs_flagged, drawings_unflagged)


def _judge_reading(evaluation: Evaluation, least: float) -> Gate:
    drawings = evaluation.drawings
    if drawings is None:
        return Gate.not_compared(DRAWINGS_GATE, _NO_DRAWINGS)
    low, high = drawings.accuracy_interval
    detail = f"share of {drawings.drawings:,} digits read that a program drew; 95 % interval {low:.4f} to {high:.4f}"
    return Gate.at_least(DRAWINGS_GATE, drawings.accuracy, least, detail)


def _judge_rule(evaluation: Evaluation, least_flagged: float, least_unflagged: float) -> tuple[Gate, Gate]:
    rule, names = evaluation.familiarity, (SIGNS_GATE, UNFLAGGED_GATE)
    if evaluation.drawings is None or rule is None or rule.signs is None or rule.drawings is None:
        reason = _NO_DRAWINGS if evaluation.drawings is None else _NO_RULE
        return Gate.not_compared(names[0], reason), Gate.not_compared(names[1], reason)
    signs, digits = _share(rule.signs), 1 - _share(rule.drawings)
    of_signs = f"share of {rule.signs.images:,} drawn letters and things that are called unlike any digit"
    of_digits = f"share of {rule.drawings.images:,} drawn digits, all read correctly, that are not called unlike them"
    return (
        Gate.at_least(SIGNS_GATE, signs, least_flagged, of_signs),
        Gate.at_least(UNFLAGGED_GATE, digits, least_unflagged, of_digits),
    )


def _share(flagged: Flagged) -> float:
    """Of none, none is flagged: that the model reads no drawing is for another gate to say."""
    return flagged.flagged / flagged.images if flagged.images else 0.0
