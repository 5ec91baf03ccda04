"""How often answers are right:

a temperature is fitted, and measured, as arithmetic done by hand says.
"""

from typing import Any

import numpy as np
import pytest

from pipeline.quality.confidence import (
    COOLEST,
    LEAST,
    calibration_error,
    confidence,
    doubt_of,
    fit_ceiling,
    fit_temperature,
    judge_confidence,
)

Answers = tuple[np.ndarray, np.ndarray]


def answers(right: int, wrong: int, said: float) -> Answers:
    """Answers of a model of two classes, which says `said` of each, with the labels."""
    probabilities = np.tile(np.array([said, 1 - said], np.float32), (right + wrong, 1))
    return probabilities, np.repeat([0, 1], [right, wrong])


def both(one: Answers, other: Answers) -> Answers:
    return np.concatenate([one[0], other[0]]), np.concatenate([one[1], other[1]])


def odds(said: float, right: float) -> Any:
    """The temperature that makes the odds that a model gives the odds of being right."""
    return pytest.approx(np.log(said) / np.log(right), abs=2e-3)


@pytest.mark.parametrize(("some", "expected"), [
    (answers(800, 200, 0.98), odds(49, 4)), (answers(900, 100, 0.8), odds(4, 9)), (answers(900, 100, 0.9), 1),
    # chance is not corrected: that 92 of 100 are right is no reason for doubt
    (answers(92, 8, 0.9), 1),
    (answers(2300, 200, 0.9), odds(9, 11.5)),  # of 2,500 it is one
    (answers(100, 0, 0.9), COOLEST),  # no mistake among few is not taken for certainty
    # Three sure mistakes: the likeliest temperature is 1.11; that it could be 1 has p =
    # 0.02.
    (both(answers(900, 100, 0.9), answers(7, 3, 1 - 1e-7)), 1),
])  # fmt: skip
def test_a_temperature_makes_a_model_as_sure_as_it_is_right(
    some: Answers, expected: Any
) -> None:
    assert fit_temperature(*some) == expected


def test_probabilities_of_0_are_no_error() -> None:
    probabilities = np.array([[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0]], np.float32)
    temperature = fit_temperature(probabilities, np.array([0, 1, 1]))
    assert 1 < temperature <= 5
    assert confidence(probabilities, temperature) == pytest.approx([1, 1, 0.5])


def test_with_the_ceiling_as_many_are_right_as_expected() -> None:
    """The first 4, 6 or 10 of 100 that claim 99 % are wrong, and none of the 50 that
    claim 97 %.
    """
    sure = np.repeat([0.99, 0.97], [100, 50])
    assert fit_ceiling(sure, np.arange(150) >= 4) == pytest.approx(
        (146 - 48.5) / 100, abs=1e-3
    )
    assert fit_ceiling(sure, np.arange(150) >= 6) == pytest.approx(144 / 150, abs=1e-3)
    assert fit_ceiling(sure, np.arange(150) >= 10) == pytest.approx(140 / 150, abs=1e-3)


def test_there_is_no_ceiling_where_answers_do_not_claim_too_much() -> None:
    assert fit_ceiling(np.array([0.99, 0.9, 0.6]), np.array([True, True, True])) == 1
    # two in three, as they say
    assert fit_ceiling(np.array([0.75, 0.75, 0.5]), np.array([True, True, False])) == 1


def test_sure_mistakes_lower_the_confidence_of_the_surest_answers_alone() -> None:
    """A program's 400 answers of 99 % are right in 380 cases, its 100 of 60 % in 76:

    too few and too many.
    """
    some = both(answers(380, 20, 0.99), answers(76, 24, 0.6))
    found = judge_confidence("drawings", some, "drawings", some)
    assert found is not None
    assert (found.temperature, found.ceiling) == (1, 0.95)
    assert found.expected_calibration_error == pytest.approx(0.2 * 0.16, abs=1e-3)
    assert found.uncorrected_calibration_error == pytest.approx(
        0.8 * 0.04 + 0.2 * 0.16, abs=1e-3
    )


def test_the_less_sure_half_says_the_temperature_and_the_surer_half_the_ceiling() -> (
    None
):
    """Let 60 % of 300 answers of 80 % be right.

    As much cooled, 200 of 99 % would claim 79 %, and 75 % are right.
    """
    some = both(answers(150, 50, 0.99), answers(180, 120, 0.8))
    found = judge_confidence("drawings", some, "drawings", some)
    assert found is not None
    assert found.temperature == pytest.approx(np.log(4) / np.log(1.5), abs=2e-3)
    assert found.ceiling == 0.75
    assert found.expected_calibration_error == pytest.approx(0, abs=1e-3)


def test_less_is_claimed_by_a_standard_error_over_people() -> None:
    """Four writers' 100 answers of 90 % are right in 100, 90, 90 and 80 cases:

    90 %, give or take 4.1.
    """
    right = np.arange(400) % 100 < np.repeat([100, 90, 90, 80], 100)
    writers = np.repeat(np.arange(4), 100)
    doubt = doubt_of(right, writers)
    assert doubt == pytest.approx(0.0408, abs=1e-4)
    probabilities, _ = answers(400, 0, 0.9)
    labels = (~right).astype(np.int64)
    assert confidence(
        probabilities, fit_temperature(probabilities, labels, doubt)
    ) == pytest.approx(0.9 - doubt, abs=1e-3)
    assert fit_ceiling(np.full(400, 0.9), right, doubt) == pytest.approx(
        0.9 - doubt, abs=1e-3
    )
    assert fit_temperature(*answers(360, 40, 0.85), doubt) == 1  # less is said already
    found = judge_confidence(
        "drawings",
        (probabilities, labels),
        "drawings",
        (probabilities, labels),
        writers,
    )
    assert found is not None
    assert found.mean == pytest.approx(0.9 - doubt, abs=1e-3)


def test_measured_on_other_answers_than_it_was_fitted_on() -> None:
    """Let 70 of 100 answers of 98 % and 60 of 100 of 60 % be right; the temperature is
    that of the test above.
    """
    others = both(answers(70, 30, 0.98), answers(60, 40, 0.6))
    found = judge_confidence("drawings", answers(800, 200, 0.98), "drawings", others)
    assert found is not None
    assert (found.fitted, found.measured, found.accuracy) == (
        1000,
        200,
        pytest.approx(0.65),
    )
    cooled = 1.5 ** (1 / found.temperature)
    said = cooled / (1 + cooled)
    assert found.mean == pytest.approx((0.8 + said) / 2, abs=1e-3)
    assert found.expected_calibration_error == pytest.approx(
        (abs(0.7 - 0.8) + abs(0.6 - said)) / 2, abs=1e-3
    )
    assert found.uncorrected_calibration_error == pytest.approx(
        (0.98 - 0.7) / 2, abs=1e-3
    )


def test_nothing_is_said_from_few_images() -> None:
    few, many = answers(LEAST - 1, 0, 0.9), answers(LEAST, 0, 0.9)
    assert judge_confidence("test images", few, "test images", many) is None
    assert judge_confidence("test images", many, "test images", few) is None
    assert judge_confidence("test images", many, "test images", many) is not None


def test_calibration_error_is_the_mean_gap_and_0_for_a_model_that_is_right_as_often_as_it_says() -> (
    None
):
    error = calibration_error(
        np.full(4, 0.75, np.float32), np.array([True, True, True, False])
    )
    assert error == pytest.approx(0, abs=1e-7)
    error = calibration_error(
        np.array([0.9, 0.9, 0.6, 1.0], np.float32), np.array([True, False, False, True])
    )
    assert error == pytest.approx((2 * abs(0.5 - 0.9) + abs(0 - 0.6) + 0) / 4, abs=1e-6)
