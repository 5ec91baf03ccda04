"""Random inputs that exercise a model."""

from typing import Any

import numpy as np

from pipeline.tfjs.keras_model import calls_in_order, functional_of, input_names, is_model, nested_inputs
from pipeline.tfjs.layers_model.masks import is_mask_arithmetic
from pipeline.tfjs.weights import Array

SAMPLES = 3  # random samples; more show nothing new, and big models take seconds for each
FREE_LENGTHS = (5, 8)  # tried where the length of a sequence is free
FREE_SIDES = (48, 65)  # and where the sides of an image are free: networks halve them five times


def random_inputs(model: Any, *, seed: int = 0, samples: int = SAMPLES) -> list[dict[str, Array]]:
    """Random inputs for a built Functional or Sequential model: one set, or two of different sizes when a size is free.

    Inputs of an Embedding are valid ids, with some zeros; those of a Masking have masked steps; those that are rescaled
    or normalised first have the scale that the layer expects.
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
            values[name] = _draw(generator, shape, str(tensor.dtype), next(iter(readers[id(tensor)]), None))
        sets.append(values)
    return sets


def _readers(functional: Any) -> dict[int, list[Any]]:
    """The layers that read each input, by id of the input tensor, inside nested models too."""
    found: dict[int, list[Any]] = {id(tensor): [] for tensor in functional.inputs}
    for node in calls_in_order(functional):  # only its own: its tensors can be read by other models as well
        layer = node.operation
        if is_mask_arithmetic(node):
            continue
        if is_model(layer):
            inner = functional_of(layer)
            deeper = _readers(inner)
            for tensor, inside in zip(nested_inputs(inner, node), inner.inputs, strict=True):
                found.get(id(tensor), []).extend(deeper[id(inside)])
            continue
        for tensor in node.arguments.keras_tensors:
            found.get(id(tensor), []).append(layer)
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
