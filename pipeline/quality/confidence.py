"""How often an answer is right, which the largest probability alone does not say: two
numbers correct it.

Confidence is the largest share after each probability was raised to the power of 1 /
temperature, and the ceiling where it is above that. Both are fitted on images that the
model did not learn from, and measured on others. Nothing else
changes: the probabilities stay those of Keras. The twin in JavaScript is in
web/src/runtime/judge.ts. Temperatures are
Guo et al.'s (2017, "On calibration of modern neural networks"), and how one is fitted
is Clarté et al.'s (2023, "Expectation consistency for calibration of neural networks"):
the most likely one, which Guo et al. choose, depends most on the answers that are
surest and wrong. For these there is the ceiling, and each number is fitted on one half
of the answers, the temperature on the less sure one. A model that was made too sure on
purpose (the answers of `plain` to the power of 1.4 to 2, fitted on 40 times 2,000
drawings, measured on 40,000) is then off by 1.5 ± 0.6 points, with a temperature for
all answers alone by 3.3 ± 0.5, and without a correction by 5.7 to 9.6.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.records import Confidence

CALIBRATION_BINS = 15  # of equal width, as Guo et al. use
# Where nearly all answers are right, the best fit would claim that all are.
COOLEST, HOTTEST = 0.5, 5.0
LEAST = 100  # images to fit on: with fewer it would be a guess
MOST = 1000  # held-out images: to answer more of them takes longer than it helps
# standard deviations: the two-sided 95 % quantile of the normal distribution
SIGNIFICANT = 1.96

Answers = npt.NDArray[Any]  # probabilities, (N, classes)
Labels = npt.NDArray[np.int64]  # (N,)


def fit_temperature(probabilities: Answers, labels: Labels, doubt: float = 0) -> float:
    """The temperature with which as many answers are right as expected, from COOLEST to
    HOTTEST, to three decimals.

    It is 1 where the number of right answers could be chance (each is right with the
    probability that it claims): a correction that the images do not call for adds error
    to others. With `doubt`, a share of the answers, so many fewer count as right, and a
    claim of more than that is never chance.
    """
    right = (probabilities.argmax(axis=1) == labels).sum() - doubt * len(labels)
    sure = confidence(probabilities)
    chance = SIGNIFICANT * np.sqrt((sure * (1 - sure)).sum())
    if -chance <= sure.sum() - right <= (0 if doubt else chance):
        return 1.0
    power = _bisect(
        1 / HOTTEST,
        1 / COOLEST,
        lambda power: bool(confidence(probabilities, 1 / power).sum() > right),
    )
    return round(1 / power, 3)


def fit_ceiling(
    sure: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], doubt: float = 0
) -> float:
    """The ceiling with which as many answers are right as expected, to three decimals;
    1 if no fewer are than claimed.

    `sure` is the confidence of answers, (N,). With `doubt`, a share of them does not
    count as right all the same.
    """
    count = right.sum() - doubt * len(right)
    if sure.sum() <= count:
        return 1.0
    return round(
        _bisect(0, 1, lambda ceiling: bool(np.minimum(sure, ceiling).sum() > count)), 3
    )


def doubt_of(right: npt.NDArray[np.bool_], writers: npt.NDArray[np.int64]) -> float:
    """The standard error of the share of right answers, (N,), over the writers of what
    was read, (N,).

    Answers to one writer's digits are right or wrong together, so few writers say
    little, however many digits each wrote. The lower end is what is claimed for other
    writers.
    """
    shares = [right[writers == name].mean() for name in np.unique(writers)]
    return float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


def _bisect(low: float, high: float, is_too_much: Callable[[float], bool]) -> float:
    """The largest number from low to high that is not too much, to 3e-5 of the way."""
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (low, middle) if is_too_much(middle) else (middle, high)
    return (low + high) / 2


def confidence(
    probabilities: Answers, temperature: float = 1, ceiling: float = 1
) -> npt.NDArray[np.float64]:
    """How often answers like these are right, (N,), in 0..1."""
    shares = probabilities.astype(np.float64) ** (1 / temperature)
    return np.asarray(np.minimum(shares.max(axis=1) / shares.sum(axis=1), ceiling))


def judge_confidence(
    fitted_on: Literal["drawings", "validation images", "test images"],
    fit: tuple[Answers, Labels],
    measured_on: Literal["drawings", "test images"],
    measure: tuple[Answers, Labels],
    writers: Labels | None = None,
) -> Confidence | None:
    """Fit both numbers to some answers and measure them on others; None if there are
    fewer than LEAST of either.

    `writers` are those of what was read to fit, where people wrote it: then both
    numbers say less, by one `doubt_of`.
    """
    if min(len(fit[1]), len(measure[1])) < LEAST:
        return None
    given, truth = fit
    claimed = confidence(given)
    unsure, surer = claimed <= np.median(claimed), claimed >= np.median(claimed)
    found = given.argmax(axis=1) == truth
    less, more = (
        0 if writers is None else doubt_of(found[half], writers[half])
        for half in (unsure, surer)
    )
    temperature = fit_temperature(given[unsure], truth[unsure], less)
    ceiling = fit_ceiling(confidence(given[surer], temperature), found[surer], more)
    probabilities, labels = measure
    right = probabilities.argmax(axis=1) == labels
    sure = confidence(probabilities, temperature, ceiling)
    return Confidence(
        temperature=temperature,
        ceiling=ceiling,
        fitted_on=fitted_on,
        fitted=len(fit[1]),
        measured_on=measured_on,
        measured=len(labels),
        accuracy=float(right.mean()),
        mean=float(sure.mean()),
        expected_calibration_error=calibration_error(sure, right),
        uncorrected_calibration_error=calibration_error(
            probabilities.max(axis=1), right
        ),
    )


def calibration_error(sure: npt.NDArray[Any], right: npt.NDArray[np.bool_]) -> float:
    """The expected calibration error, the mean |accuracy − confidence| over bins of
    equal width.
    """
    which = np.clip(
        np.ceil(sure.astype(np.float64) * CALIBRATION_BINS).astype(int) - 1,
        0,
        CALIBRATION_BINS - 1,
    )
    return float(
        np.abs(np.bincount(which, right - sure.astype(np.float64))).sum() / len(sure)
    )
