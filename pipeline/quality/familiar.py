"""A rule for what is no digit: so that a page can say where an answer is not to be
believed.

Softmax has no share for "none of these". Beside the model there is a network with one
hidden layer that learns digits from letters of handwriting fonts and from doodles. It
is the same for all models of one data set, and takes no part in their answers. The twin
of web/src/runtime/familiar.ts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.records import Flagged

# of the digits by which the limit is set, by writers of whom nothing was learned
WITHIN = 0.98
# units; at half the size, as many units miss no more, in a fourth of the bytes
HIDDEN, POOL = (
    112,
    2,
)
# of a unit's weights, to either side of 0: it recognizes as many letters as with 128,
# in 4 kB, not 19
STEPS = 2
SMALLEST_POOLED = 16  # pixels of the shorter side
# bytes of the weights, which a page downloads: for 28 × 28 pixels they are 22 kB, 4
# compressed
LARGEST = 120_000
EPOCHS, BATCH, RATE = 16, 128, 0.003  # of Adam, with a rate that falls to 0 as a cosine
SEED = 5

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Familiar:
    """The rule, from the very bytes that a page downloads."""

    sides: Sequence[int]  # height and width of an input, in pixels
    pool: int  # the pixels of a side that are averaged first
    weights: npt.NDArray[np.uint8]  # (hidden units, pooled inputs)
    scale: float  # weight = scale × byte + min
    min: float
    biases: Array  # of the hidden units, (units,)
    outputs: Array  # how much each of them counts, (units,)
    bias: float

    def scores(self, inputs: Array) -> npt.NDArray[np.float64]:
        """How unlike any digit each input (N, …) is, (N,): from 0 on it is flagged."""
        weights = self.scale * self.weights.astype(np.float64) + self.min
        hidden = np.maximum(
            pooled(inputs, self.sides, self.pool) @ weights.T + self.biases, 0
        )
        return np.asarray(hidden @ self.outputs + self.bias)

    def unlike(self, inputs: Array) -> npt.NDArray[np.bool_]:
        """Which of the inputs are unlike any digit, (N,)."""
        return self.scores(inputs) >= 0


def flagged(unlike: npt.NDArray[np.bool_]) -> Flagged:
    """How many of these images are flagged."""
    return Flagged(images=len(unlike), flagged=int(unlike.sum()))


def pool_of(sides: Sequence[int]) -> int:
    """The pixels of a side that are averaged, of pictures with these sides; 0 if they
    are too large for a rule.
    """
    pool = (
        POOL
        if min(sides) >= SMALLEST_POOLED and not any(side % POOL for side in sides)
        else 1
    )
    return pool if HIDDEN * sides[0] * sides[1] // pool**2 <= LARGEST else 0


def learn_familiar(digits: Array, others: Array, sides: Sequence[int]) -> Familiar:
    """The rule, without a limit, from inputs (N, …) of digits and of others that are
    none, with these sides.
    """
    pool = pool_of(sides)
    digits, others = (pooled(each, sides, pool) for each in (digits, others))
    # others differ more, so they count twice
    inputs = np.concatenate([digits, others, others]).astype(np.float32)
    weights, biases, outputs, bias = _learn(
        inputs, np.arange(len(inputs)) >= len(digits)
    )
    # a unit that is divided by its step, and counts that much more, is the same
    counts, step = _stepped(weights)
    return Familiar(
        sides=sides,
        pool=pool,
        weights=(counts.T + STEPS).astype(np.uint8),
        scale=1.0,
        min=-float(STEPS),
        biases=_rounded(biases / step),
        outputs=_rounded(outputs * step),
        bias=float(bias),
    )


def _stepped(weights: Array) -> tuple[Array, Array]:
    """Weights (inputs, units) in whole steps, and the step of each unit, (units,)."""
    step = np.maximum(np.abs(weights).max(axis=0), 1e-6) / STEPS
    return np.rint(weights / step), step


def _rounded(values: Array) -> Array:
    return np.array([float(f"{value:.3g}") for value in values])


def _learn(inputs: Array, none: npt.NDArray[np.bool_]) -> list[Array]:
    """Weights and biases of the hidden units and of the output, whose sigmoid is the
    probability of `none`, (N,).

    By Adam, in NumPy: the process that calls this has no TensorFlow, whose import alone
    takes seconds. Pixels that ink hardly touches start near 0 and stay there. The
    second half learns with the weights that are kept, in whole steps.
    """
    random = np.random.default_rng(SEED)
    size = inputs.shape[1]
    shapes = [(size, HIDDEN), (HIDDEN,), (HIDDEN,), ()]
    spread = [np.sqrt(2 / size), 0, np.sqrt(1 / HIDDEN), 0]
    weights = [
        (deviation * random.normal(size=shape)).astype(np.float32)
        for shape, deviation in zip(shapes, spread, strict=True)
    ]
    deviations = inputs.std(axis=0)
    weights[0] *= (deviations / np.sqrt(np.square(deviations).mean()))[:, np.newaxis]
    means, squares = ([np.zeros_like(each) for each in weights] for _ in range(2))
    batches = len(inputs) // BATCH
    for step in range(EPOCHS * batches):
        if step % batches == 0:
            order = random.permutation(len(inputs))
        rows = order[step % batches * BATCH :][:BATCH]
        kernel = weights[0]
        if step >= EPOCHS * batches / 2:
            kernel = np.multiply(*_stepped(kernel))
        hidden = np.maximum(inputs[rows] @ kernel + weights[1], 0)
        error = (
            1 / (1 + np.exp(-(hidden @ weights[2] + weights[3]))) - none[rows]
        ) / BATCH
        back = np.outer(error, weights[2]) * (hidden > 0)
        rate = RATE * (1 + np.cos(np.pi * step / (EPOCHS * batches))) / 2
        for place, gradient in enumerate(
            (inputs[rows].T @ back, back.sum(axis=0), error @ hidden, error.sum())
        ):
            means[place] += 0.1 * (gradient - means[place])
            squares[place] += 0.001 * (gradient**2 - squares[place])
            mean, square = (
                means[place] / (1 - 0.9 ** (step + 1)),
                squares[place] / (1 - 0.999 ** (step + 1)),
            )
            weights[place] = weights[place] - np.float32(rate) * mean / (
                np.sqrt(square) + 1e-7
            )
    return weights


def pooled(inputs: Array, sides: Sequence[int], pool: int) -> Array:
    """Inputs (N, …) of pictures with these sides, averaged over squares of `pool` ×
    `pool` pixels; (N, numbers).
    """
    height, width = sides
    squares = inputs.reshape(len(inputs), height // pool, pool, width // pool, pool)
    # a mean over axes as short takes four times as long
    across = np.add.reduce([squares[..., x] for x in range(pool)])
    return np.asarray(
        np.add.reduce([across[:, :, y] for y in range(pool)]).reshape(len(inputs), -1)
        / pool**2
    )
