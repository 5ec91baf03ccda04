"""How close TensorFlow.js must come to what Keras computes."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.system.html import Shown
from pipeline.tfjs.weights import Array

# Both sides compute in float32, but add in a different order. A sum of n terms then differs by about √n · 6e-8 of its
# terms, and a deep network passes that on through some hundred layers: 1e-5 of the output's size is usual for ResNet50.
# A wrong option changes an output by a fraction of its size. 1e-4 lies between: ten times the one, far below the other.
RELATIVE_LIMIT = 1e-4
# Where outputs cancel to nearly nothing (a normalised constant), what remains is the rounding of the values before.
ABSOLUTE_FLOOR = 1e-6
# In some deep networks rounding alone exceeds RELATIVE_LIMIT. Where it does, it is measured (`Reference.rounding`).
# Both sides may be off by that much, in any direction, and two trials do not show the worst: hence the factor. It is
# never more than ROUNDING_LIMIT of the output's size, which is still below what a wrong option changes.
ROUNDING_FACTOR = 4
ROUNDING_LIMIT = 1e-2

# How much a probability may differ from Keras'. The float32 formats hold the same weights, so only the order of
# additions differs: for sums of 784 float32 terms, differences of 1.9e-6 were observed. A quantized weight is off by up
# to half a step of (max - min) / (2^bits - 1), and about 100 lit pixels of random sign add up: 1.1e-4 (uint16) and
# 2.8e-2 (uint8) were observed on MNIST. The limits leave a factor of three for other models.
LIMITS = {"float32": 1e-5, "uint16": 4e-4, "uint8": 9e-2}


@dataclass(frozen=True, kw_only=True)
class OutputCheck(Shown):
    """One output of the model, compared on one set of inputs."""

    name: str
    expected_shape: tuple[int, ...]
    shape: tuple[int, ...]  # from TensorFlow.js
    max_abs_diff: float  # infinite when the shapes differ or a value is not a number on one side only
    limit: float
    argmax_agreement: float  # share of rows (along the last axis) whose largest entry is the same

    @property
    def passed(self) -> bool:
        """Whether shape and values are right."""
        return self.shape == self.expected_shape and self.max_abs_diff <= self.limit

    @property
    def other_shape(self) -> str:
        """The end of a sentence about the difference: that the shape is another, "" if it is not."""
        return (
            f" and has shape {self.shape} instead of {self.expected_shape}" if self.shape != self.expected_shape else ""
        )


def limit_for(expected: Array) -> float:
    """The largest absolute difference that rounding explains, for an output of this size."""
    return max(ABSOLUTE_FLOOR, RELATIVE_LIMIT * _size(expected))


def allow_rounding(check: OutputCheck, expected: Array, rounding: float) -> OutputCheck:
    """The check with a limit for an output that rounding changes by `rounding`."""
    limit = min(ROUNDING_FACTOR * rounding, ROUNDING_LIMIT * _size(expected))
    return replace(check, limit=max(check.limit, limit))


def _size(values: Array) -> float:
    """The largest absolute value that is finite."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return float(np.abs(finite).max(initial=0))


def compare(name: str, expected: Array, actual: Array) -> OutputCheck:
    """Compare one output of Keras with that of TensorFlow.js."""
    limit = limit_for(expected)
    if expected.shape != actual.shape:
        difference, agreement = float("inf"), 0.0
    else:
        ours, theirs = (np.atleast_1d(values).astype(np.float64) for values in (expected, actual))
        with np.errstate(invalid="ignore"):
            gap = np.abs(ours - theirs)
        gap[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0.0  # equal infinities, NaN on both sides
        gap[np.isnan(gap)] = np.inf
        difference = float(gap.max(initial=0.0))
        rows = ours.ndim > 1 and ours.size > 0
        agreement = float(np.mean(ours.argmax(-1) == theirs.argmax(-1))) if rows else 1.0
    return OutputCheck(
        name=name,
        expected_shape=tuple(expected.shape),
        shape=tuple(actual.shape),
        max_abs_diff=difference,
        limit=limit,
        argmax_agreement=agreement,
    )
