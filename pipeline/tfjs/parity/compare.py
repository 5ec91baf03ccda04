"""What Keras computes, and how close TensorFlow.js must come to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.errors import DataError
from pipeline.system.html import Shown
from pipeline.system.tensorflow import native_noise_captured
from pipeline.tfjs.keras_model import functional_of
from pipeline.tfjs.weights import Array

# Both sides compute in float32, but add in a different order. A sum of n terms then differs by about √n · 6e-8 of its
# terms, and a deep network passes that on through some hundred layers: 1e-5 of the output's size is usual for ResNet50.
# A wrong option changes an output by a fraction of its size. 1e-4 lies between: ten times the one, far below the other.
RELATIVE_LIMIT = 1e-4
# Where outputs cancel to nearly nothing (a normalised constant), what remains is the rounding of the values before.
ABSOLUTE_FLOOR = 1e-6

# How much a probability may differ from Keras'. The float32 formats hold the same weights, so only the order of
# additions differs: for sums of 784 float32 terms, differences of 1.9e-6 were observed. A quantized weight is off by up
# to half a step of (max - min) / (2^bits - 1), and about 100 lit pixels of random sign add up: 1.1e-4 (uint16) and
# 2.8e-2 (uint8) were observed on MNIST. The limits leave a factor of three for other models.
LIMITS = {"float32": 1e-5, "uint16": 4e-4, "uint8": 9e-2}

# Bytes of inputs given to Keras at a time. A network that is called once keeps every layer's output to the end: for
# ResNet50 some 130 times its input, so three images at once would take more memory than its weights.
CHUNK_BYTES = 2**20


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


def limit_for(expected: Array) -> float:
    """The largest absolute difference that rounding explains, for an output of this size."""
    finite = np.abs(expected[np.isfinite(expected)]) if expected.dtype.kind == "f" else np.abs(expected)
    return max(ABSOLUTE_FLOOR, RELATIVE_LIMIT * float(finite.max(initial=0.0)))


def compare(name: str, expected: Array, actual: Array) -> OutputCheck:
    """Compare one output of Keras with that of TensorFlow.js."""
    limit = limit_for(expected)
    if expected.shape != actual.shape:
        difference, agreement = float("inf"), 0.0
    else:
        ours, theirs = expected.astype(np.float64), actual.astype(np.float64)
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


def predict(model: Any, inputs: Mapping[str, Array]) -> list[Array]:
    """Keras' outputs at inference, in the order of the model's outputs. The model is as before afterwards.

    Raises DataError when Keras cannot compute them, as with ids that an Embedding does not have.
    """
    rows = {len(array) for array in inputs.values()}
    total = sum(array.nbytes for array in inputs.values())
    free = all(one.shape[0] is None for one in getattr(model, "inputs", None) or ())
    if len(rows) != 1 or total <= CHUNK_BYTES or not free:
        return _predict(model, inputs)
    (count,) = rows
    step = max(1, count * CHUNK_BYTES // total)
    parts = [
        _predict(model, {name: array[start : start + step] for name, array in inputs.items()})
        for start in range(0, count, step)
    ]
    return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]


def _predict(model: Any, inputs: Mapping[str, Array]) -> list[Array]:
    import tensorflow as tf
    from keras import ops, tree

    values = list(inputs.values())
    structure = getattr(functional_of(model), "_inputs_struct", None) if hasattr(model, "inputs") else None
    packed = values[0] if len(values) == 1 else values
    if isinstance(structure, dict):
        packed = tree.pack_sequence_as(structure, values)
    weights = {id(variable) for variable in model.weights}
    # states of random generators, which advance even at inference
    states = [(one, np.asarray(one)) for one in model.variables if id(one) not in weights]
    try:
        with native_noise_captured():
            answer = model(tree.map_structure(ops.convert_to_tensor, packed), training=False)
    except tf.errors.OpError as error:
        # Keras wraps TensorFlow's message, which comes in bold after the name of the operation, in its own.
        found = re.search(r"\}\} (.*?)(?: \[Op|\x1b|\n|$)", str(error.message))
        reason = found[1] if found else str(error.message).partition("\n")[0]
        raise DataError(
            f"Keras must be able to run the model on the samples. Received: {reason}. Next step: correct the samples."
        ) from error
    finally:
        for variable, value in states:
            variable.assign(value)
    return [np.asarray(ops.convert_to_numpy(one)) for one in tree.flatten(answer)]
