"""A rule for what is no digit: so that a page can say where an answer is not to be believed.

Softmax has no share for "none of these". Beside the model there is a network with one hidden layer that learns digits
from letters of handwriting fonts and from doodles. It is the same for all models of one data set, and takes no part in
their answers. The twin of web/src/runtime/familiar.ts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.records import Flagged

WITHIN = 0.98  # of the digits by which the limit is set, by writers of whom nothing was learned
HIDDEN, POOL = 128, 2  # units; at half the size, as many units miss no more, in a fourth of the bytes
LEVELS = 31  # steps between the smallest weight and the largest: as many letters are told as with 255, in 11 of 21 kB
SMALLEST_POOLED = 16  # pixels of the shorter side
LARGEST = 2**17  # bytes of the weights, which a page downloads: for 28 × 28 pixels they are 25 kB, 11 compressed
EPOCHS, BATCH, RATE = 8, 128, 0.003  # of Adam, with a rate that falls to 0 as a cosine
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
        hidden = np.maximum(pooled(inputs, self.sides, self.pool) @ weights.T + self.biases, 0)
        return np.asarray(hidden @ self.outputs + self.bias)

    def unlike(self, inputs: Array) -> npt.NDArray[np.bool_]:
        """Which of the inputs are unlike any digit, (N,)."""
        return self.scores(inputs) >= 0


def flagged(unlike: npt.NDArray[np.bool_]) -> Flagged:
    """How many of these images are flagged."""
    return Flagged(images=len(unlike), flagged=int(unlike.sum()))


def pool_of(sides: Sequence[int]) -> int:
    """The pixels of a side that are averaged, of pictures with these sides; 0 if they are too large for a rule."""
    pool = POOL if min(sides) >= SMALLEST_POOLED and not any(side % POOL for side in sides) else 1
    return pool if HIDDEN * sides[0] * sides[1] // pool**2 <= LARGEST else 0


def learn_familiar(digits: Array, others: Array, sides: Sequence[int]) -> Familiar:
    """The rule, without a limit, from inputs (N, …) of digits and of others that are none, with these sides."""
    pool = pool_of(sides)
    digits, others = (pooled(each, sides, pool) for each in (digits, others))
    inputs = np.concatenate([digits, others, others]).astype(np.float32)  # others differ more, so they count twice
    weights, biases, outputs, bias = _learn(inputs, np.arange(len(inputs)) >= len(digits))
    low, high = float(weights.min()), float(weights.max())
    scale = (high - low) / LEVELS or 1.0
    return Familiar(
        sides=sides,
        pool=pool,
        weights=np.rint((weights.T - low) / scale).astype(np.uint8),
        scale=scale,
        min=low,
        biases=biases.astype(np.float64).round(5),
        outputs=outputs.astype(np.float64).round(5),
        bias=float(bias),
    )


def _learn(inputs: Array, none: npt.NDArray[np.bool_]) -> list[Array]:
    """Weights and biases of the hidden units and of the output, whose sigmoid is the probability of `none`, (N,).

    By Adam, in NumPy: the process that calls this has no TensorFlow, whose import alone takes seconds.
    """
    random = np.random.default_rng(SEED)
    size = inputs.shape[1]
    shapes = [(size, HIDDEN), (HIDDEN,), (HIDDEN,), ()]
    spread = [np.sqrt(2 / size), 0, np.sqrt(1 / HIDDEN), 0]
    weights = [
        (deviation * random.normal(size=shape)).astype(np.float32)
        for shape, deviation in zip(shapes, spread, strict=True)
    ]
    means, squares = ([np.zeros_like(each) for each in weights] for _ in range(2))
    batches = len(inputs) // BATCH
    for step in range(EPOCHS * batches):
        if step % batches == 0:
            order = random.permutation(len(inputs))
        rows = order[step % batches * BATCH :][:BATCH]
        hidden = np.maximum(inputs[rows] @ weights[0] + weights[1], 0)
        error = (1 / (1 + np.exp(-(hidden @ weights[2] + weights[3]))) - none[rows]) / BATCH
        back = np.outer(error, weights[2]) * (hidden > 0)
        rate = RATE * (1 + np.cos(np.pi * step / (EPOCHS * batches))) / 2
        for place, gradient in enumerate((inputs[rows].T @ back, back.sum(axis=0), error @ hidden, error.sum())):
            means[place] += 0.1 * (gradient - means[place])
            squares[place] += 0.001 * (gradient**2 - squares[place])
            mean, square = means[place] / (1 - 0.9 ** (step + 1)), squares[place] / (1 - 0.999 ** (step + 1))
            weights[place] = weights[place] - np.float32(rate) * mean / (np.sqrt(square) + 1e-7)
    return weights


def pooled(inputs: Array, sides: Sequence[int], pool: int) -> Array:
    """Inputs (N, …) of pictures with these sides, averaged over squares of `pool` × `pool` pixels; (N, numbers)."""
    height, width = sides
    squares = inputs.reshape(len(inputs), height // pool, pool, width // pool, pool)
    across = np.add.reduce([squares[..., x] for x in range(pool)])  # a mean over axes as short takes four times as long
    return np.asarray(np.add.reduce([across[:, :, y] for y in range(pool)]).reshape(len(inputs), -1) / pool**2)
