"""Inputs that try a model, and how close TensorFlow.js must come to Keras on them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.errors import DataError
from pipeline.system.tensorflow import native_noise_captured
from pipeline.tfjs.layers_model.tracer import functional_of
from pipeline.tfjs.model_files import input_names, output_names
from pipeline.tfjs.weights import Array

# Both sides compute in float32, in another order. A sum of n terms then differs by about √n · 6e-8 of its terms, and a
# deep network passes that on through some hundred layers: 1e-5 of the output's size is usual for ResNet50. A wrong
# option changes an output by a part of its size. 1e-4 lies between, ten times from the one and far from the other.
RELATIVE_LIMIT = 1e-4
# Where outputs cancel to nearly nothing (a normalised constant), what remains is the rounding of the values before.
ABSOLUTE_FLOOR = 1e-6

SAMPLES = 3  # of random inputs; more show nothing new, and big models take seconds for each
FREE_LENGTHS = (5, 8)  # tried where a sequence leaves its length free
FREE_SIDES = (48, 65)  # and where a picture leaves its sides free: networks halve them five times
# Bytes of inputs given to Keras at a time. A network called in one piece keeps every layer's output to the end: for
# ResNet50 some 130 times its input, so three pictures at once would take more memory than its weights.
CHUNK_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class OutputCheck:
    """One output of the model, compared on one set of inputs."""

    name: str
    expected_shape: tuple[int, ...]
    shape: tuple[int, ...]  # what TensorFlow.js gave
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
    """Keras' answers at inference, in the order of the model's outputs. The model is as before afterwards.

    Raises:
        DataError: Keras cannot compute it, as with ids that an Embedding does not have.
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
    # states of random generators, which move on even at inference
    states = [(one, np.asarray(one)) for one in model.variables if id(one) not in weights]
    try:
        with native_noise_captured():
            answer = model(tree.map_structure(ops.convert_to_tensor, packed), training=False)
    except tf.errors.OpError as error:
        # Keras puts its own words around TensorFlow's, which come in bold after the name of the operation.
        found = re.search(r"\}\} (.*?)(?: \[Op|\x1b|\n|$)", str(error.message))
        reason = found[1] if found else str(error.message).partition("\n")[0]
        raise DataError(
            f"Keras itself cannot compute this model on the samples: {reason}. Next step: correct the samples."
        ) from error
    finally:
        for variable, value in states:
            variable.assign(value)
    return [np.asarray(ops.convert_to_numpy(one)) for one in tree.flatten(answer)]


def as_outputs(model: Any, answers: Sequence[Array]) -> dict[str, Array]:
    """Answers by output name."""
    return dict(zip(output_names(model), answers, strict=True))


def random_inputs(model: Any, *, seed: int = 0, samples: int = SAMPLES) -> list[dict[str, Array]]:
    """Random inputs for a built Functional or Sequential model: one set, or two of different sizes when a size is free.

    Inputs that an Embedding reads are ids that it has, with some zeros; those that a Masking reads have masked steps;
    those that are rescaled or normalised first are of the size that this expects.
    """
    generator = np.random.default_rng(seed)
    readers = _readers(functional_of(model))
    free = any(size is None for tensor in model.inputs for size in tensor.shape[1:])
    sets = []
    for i in range(2 if free else 1):
        values = {}
        for name, tensor in zip(input_names(model), model.inputs, strict=True):
            size = (FREE_LENGTHS if len(tensor.shape) < 4 else FREE_SIDES)[i]
            shape = (tensor.shape[0] or samples, *(size if n is None else n for n in tensor.shape[1:]))
            values[name] = _draw(generator, shape, str(tensor.dtype), readers.get(id(tensor)))
        sets.append(values)
    return sets


def _readers(functional: Any) -> dict[int, Any]:
    """The first layer that looks at each input, by id of the input tensor; nested models are looked into."""
    found: dict[int, Any] = {}
    for tensor in functional.inputs:
        for node in tensor._keras_history.operation._outbound_nodes:
            layer = node.operation
            if hasattr(layer, "_nodes_by_depth") or type(layer).__name__ == "Sequential":
                inner = functional_of(layer)
                position = next((i for i, one in enumerate(node.arguments.keras_tensors) if one is tensor), 0)
                deeper = _readers(inner)
                found.setdefault(id(tensor), deeper.get(id(inner.inputs[min(position, len(inner.inputs) - 1)])))
            elif type(layer).__name__ != "NotEqual":
                found.setdefault(id(tensor), layer)
    return found


def _draw(generator: np.random.Generator, shape: tuple[int, ...], dtype: str, reader: Any) -> Array:
    kind = type(reader).__name__
    while kind == "TimeDistributed":
        reader = reader.layer
        kind = type(reader).__name__
    if kind in ("Embedding", "ReversibleEmbedding", "CategoryEncoding"):
        high = int(reader.num_tokens if kind == "CategoryEncoding" else reader.input_dim)
        ids = generator.integers(0, high, shape)
        if len(shape) > 1 and getattr(reader, "mask_zero", False):
            ids[..., -1] = 0  # a padded end, as real sequences have
        return ids.astype(np.float32 if dtype.startswith("float") else np.int32)
    if dtype == "bool":
        return generator.random(shape) < 0.5
    if not dtype.startswith("float"):
        return generator.integers(0, 10, shape).astype(np.int32)
    values = generator.normal(size=shape)
    if kind == "Masking":
        values[:, -1] = reader.mask_value
        values[0, 0] = reader.mask_value
    if kind == "Rescaling" and np.ndim(reader.scale) == 0 and reader.scale:
        values = values / float(reader.scale)
    if kind == "Normalization" and not reader.invert:
        mean, variance = (np.asarray(v) for v in (reader.mean, reader.variance))
        values = values * np.sqrt(variance) + mean
    return values.astype(np.float32)
