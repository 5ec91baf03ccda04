"""Compare what an export computes with what Keras does:

the limits, each with its reason, and the result.
"""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.tfjs.weights import Array

# Both sides compute in float32, but add in a different order. A sum of n terms then
# differs by about √n · 6e-8 of its terms, and a deep network passes that on through
# some hundred layers: 1e-5 of the output's size is usual for ResNet50. A wrong option
# changes an output by a fraction of its size. 1e-4 lies between: ten times the one, far
# below the other.
RELATIVE_LIMIT = 1e-4
# Where outputs cancel to nearly nothing (a normalised constant), what remains is the
# rounding of the values before.
ABSOLUTE_FLOOR = 1e-6
# In some deep networks rounding alone exceeds RELATIVE_LIMIT. Where it does, it is
# measured (`Reference.rounding`). Both sides may be off by that much, in any direction,
# and two trials do not show the worst: hence the factor. It is never more than
# ROUNDING_LIMIT of the output's size, which is still below what a wrong option changes.
ROUNDING_FACTOR = 4
ROUNDING_LIMIT = 1e-2

# How much a probability may differ from Keras', by the dtype of the weights. Float32
# formats hold the same weights, so only the order of additions differs: for sums of 784
# float32 terms, differences of 1.9e-6 were observed. A quantized weight is off by up to
# half a step of (max - min) / (2^bits - 1), and about 100 lit pixels of random sign add
# up:
# 1.1e-4 (uint16) and 2.8e-2 (uint8) were observed on MNIST. The limits leave a factor
# of three for other models. Float16 keeps 11 bits, eight times as many steps as uint8.
LIMITS = {"float32": 1e-5, "float16": 1e-2, "uint16": 4e-4, "uint8": 9e-2}
# A model that was trained elsewhere may be deep: 5e-5 was observed for MobileNetV2, as
# between Keras in float32 and in float64. Its probabilities are at most 1, so the
# relative limit holds as it stands.
LIMITS_OF_OTHERS = LIMITS | {"float32": RELATIVE_LIMIT}
# Fraction of test images on which a format must agree with Keras. In float32 the
# accuracy must be equal, too. In a quantized format one image may always differ,
# however few there are: its two best classes may be virtually tied.
LEAST_AGREEMENT = {"float32": 0.9999, "float16": 0.999, "uint16": 0.999, "uint8": 0.99}


@dataclass(frozen=True, kw_only=True)
class OutputCheck:
    """One output of the model, compared on one set of inputs."""

    name: str
    expected_shape: tuple[int, ...]
    shape: tuple[int, ...]  # from TensorFlow.js
    # infinite when the shapes differ or a value is not a number on one side only
    max_abs_diff: float
    limit: float
    # share of rows (along the last axis) whose largest entry is the same
    argmax_agreement: float

    @property
    def passed(self) -> bool:
        """True if shape and values are right."""
        return self.shape == self.expected_shape and self.max_abs_diff <= self.limit

    @property
    def has_argmax(self) -> bool:
        """True if a row has several values, one of which is the largest."""
        return len(self.expected_shape) > 1 and self.expected_shape[-1] > 1

    @property
    def wrong(self) -> str:
        """Say what is wrong; "" if nothing is."""
        if self.shape != self.expected_shape:
            return (
                f"output '{self.name}' has shape {self.shape} instead of"
                f" {self.expected_shape}"
            )
        differs = (
            f"output '{self.name}' differs by {self.max_abs_diff:.3g} (limit"
            f" {self.limit:.2g})"
        )
        return "" if self.passed else differs


def compare(
    name: str,
    expected: Array,
    actual: Array,
    *,
    limit: float | None = None,
    rounded: str | None = None,
) -> OutputCheck:
    """Compare one output of Keras with that of an export.

    Args:
        name: of the output.
        expected: what Keras computes.
        actual: what the export does.
        limit: the largest absolute difference; by default what rounding explains for an
            output of this size.
        rounded: the dtype that somebody's converter rounded the weights to, which
            explains more.
    """
    if limit is None:
        share = max(RELATIVE_LIMIT, LIMITS[rounded] if rounded else 0.0)
        limit = max(ABSOLUTE_FLOOR, share * _size(expected))
    difference, agreement = float("inf"), 0.0
    if expected.shape == actual.shape:
        ours, theirs = np.atleast_1d(expected), np.atleast_1d(actual)
        with np.errstate(invalid="ignore"):
            gap = np.subtract(ours, theirs, dtype=np.float64, casting="unsafe")
        np.abs(gap, out=gap)
        if (strange := np.isnan(gap)).any():
            both = ours[strange], theirs[strange]
            # equal infinities, NaN on both sides
            alike = np.equal(*both) | (np.isnan(both[0]) & np.isnan(both[1]))
            gap[strange] = np.where(alike, 0.0, np.inf)
        difference = float(gap.max(initial=0.0))
        rows = ours.ndim > 1 and ours.size > 0
        agreement = (
            float(np.mean(ours.argmax(-1) == theirs.argmax(-1))) if rows else 1.0
        )
    return OutputCheck(
        name=name,
        expected_shape=tuple(expected.shape),
        shape=tuple(actual.shape),
        max_abs_diff=difference,
        limit=limit,
        argmax_agreement=agreement,
    )


def allow_rounding(check: OutputCheck, expected: Array, rounding: float) -> OutputCheck:
    """The check with a limit for an output that rounding changes by `rounding`."""
    limit = min(ROUNDING_FACTOR * rounding, ROUNDING_LIMIT * _size(expected))
    return replace(check, limit=max(check.limit, limit))


def _size(values: Array) -> float:
    """The largest absolute value that is finite."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    return float(np.abs(finite).max(initial=0))
