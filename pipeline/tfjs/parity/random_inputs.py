"""Random inputs that exercise a model."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from pipeline.errors import ConversionError, DataError
from pipeline.tfjs.keras_model import (
    calls_in_order,
    check_numbers,
    functional_of,
    input_names,
    is_model,
    nested_inputs,
    replaced,
)
from pipeline.tfjs.layers_model.layer_call import is_mask_arithmetic
from pipeline.tfjs.parity.pixels import Range, value_range
from pipeline.tfjs.parity.reference import Inputs, predict
from pipeline.tfjs.weights import Array

# random samples; more show nothing new, and big models take seconds for each
SAMPLES = 3
SIZES = 2  # how many are compared where a size is free
# Sizes that are tried where the length of a sequence is free, and (height, width) where
# the sides of an image are: networks halve them five times, and many take only what can
# be halved, or not more than a table of positions has.
FREE_LENGTHS = (5, 8, 16, 32, 64, 96, 256, 4, 3, 2, 1)
FREE_SIDES = (
    *(
        (48, 48),
        (65, 50),
        (64, 96),
        (96, 96),
        (32, 32),
        (128, 128),
        (224, 224),
        (256, 256),
    ),
    *((16, 16), (24, 24), (8, 8)),
)
USUAL_IDS = 10  # drawn below this where no layer inside has a vocabulary
_LOOK_UP = ("Embedding", "ReversibleEmbedding", "CategoryEncoding")
_COMPARE = ("IntegerLookup", "Discretization")
# where a layer compares with numbers: there is an answer for each
COMPARED_SAMPLES = 40

Shapes = Mapping[str, tuple[int, ...]]


def random_inputs(
    model: Any,
    *,
    seed: int = 0,
    samples: int = SAMPLES,
    like: Sequence[Inputs] = (),
    span: Range | None = None,
) -> list[dict[str, Array]]:
    """Random inputs for a built Functional or Sequential model: one set, or two of
    different sizes when a size is free.

    Inputs of an Embedding are valid ids, with some zeros; those of a Masking have
    masked steps; those that are rescaled or normalised first have the scale that the
    layer expects, and pixels their range (see `value_range`); `span` is the range of
    images that is known. Sizes and ids that Keras cannot compute are left out; sizes of
    the user's own samples, `like`, come first. Where no size works there is no set if
    there are samples, and otherwise a ConversionError with Keras' reason.
    """
    check_numbers(model)
    functional = functional_of(model)
    readers = _readers(functional)
    ranges = {
        id(one): span or value_range(functional, one)
        for one in model.inputs
        if span or len(one.shape) == 4
    }
    wanted = (
        SIZES
        if any(size is None for tensor in model.inputs for size in tensor.shape[1:])
        else 1
    )
    numbers = all(str(tensor.dtype).startswith("float") for tensor in model.inputs)
    sure = wanted == 1 and numbers and not any(map(_vocabulary, readers.values()))
    if any(
        type(layer).__name__ in _COMPARE
        for layers in readers.values()
        for layer in layers
    ):
        samples = max(samples, COMPARED_SAMPLES)
    found: list[dict[str, Array]] = []
    reason = ""
    # the second time whatever may be looked up is an id, and as small as it can be
    for ids in (
        False,
        True,
    ):
        for number, shapes in enumerate(
            _shapes(model, samples, like if wanted > 1 else ())
        ):
            generator = np.random.default_rng((seed, number))
            values = {
                name: _draw(
                    generator,
                    shapes[name],
                    str(tensor.dtype),
                    readers[id(tensor)],
                    ids,
                    ranges.get(id(tensor)),
                )
                for name, tensor in zip(input_names(model), model.inputs, strict=True)
            }
            try:
                if not sure:
                    with _refusing_empty():
                        predict(model, values)
                found.append(values)
            except DataError as error:
                reason = (
                    reason
                    or str(error).partition("Received: ")[2].partition(" Next step")[0]
                )
            if len(found) == wanted:
                return found
            if wanted == 1:
                break
        if found or like:
            return found
    raise ConversionError(
        f"Keras must be able to run '{model.name}' on random inputs, to compare"
        f" TensorFlow.js with it. Received: {reason} Next step: pass samples that the"
        " model can take (--samples)."
    )


@contextmanager
def _refusing_empty() -> Iterator[None]:
    """Inside, a layer without any output is an error:

    some of TensorFlow's convolutions make values up for them.
    """
    from keras import tree
    from keras.layers import Layer

    call = Layer.__call__

    def checked(layer: Any, *arguments: Any, **options: Any) -> Any:
        answer = call(layer, *arguments, **options)
        shapes = [tuple(getattr(one, "shape", ())) for one in tree.flatten(answer)]
        if any(
            kind.__module__.startswith("keras.src.layers.convolutional")
            for kind in type(layer).__mro__
        ):
            shapes.append(layer.compute_output_shape(tuple(arguments[0].shape)))
        if any(0 in shape for shape in shapes):
            raise ValueError(f"layer '{layer.name}' has an output of size 0")
        return answer

    with replaced(Layer, "__call__", checked):
        yield


def _shapes(
    model: Any, samples: int, like: Sequence[Mapping[str, Array]]
) -> Iterator[Shapes]:
    """Shapes to try for the inputs."""
    tensors = dict(zip(input_names(model), model.inputs, strict=True))
    yield from (
        {name: (samples, *one[name].shape[1:]) for name in tensors} for one in like
    )
    for length, sides in zip(FREE_LENGTHS, FREE_SIDES, strict=True):
        yield {
            name: (tensor.shape[0] or samples, *_sized(tensor.shape[1:], length, sides))
            for name, tensor in tensors.items()
        }


def _sized(
    shape: Sequence[int | None], length: int, sides: tuple[int, int]
) -> Iterator[int]:
    """The shape with its free sizes filled in:

    two or more are the sides of images, one alone is a length.
    """
    images = len(shape) > 2 and shape.count(None) > 1
    sizes = (
        itertools.chain(sides, itertools.repeat(sides[-1]))
        if images
        else itertools.repeat(length)
    )
    return (next(sizes) if size is None else size for size in shape)


def _readers(functional: Any) -> dict[int, list[Any]]:
    """The layers that read each input, by id of the input tensor, inside nested models
    too.
    """
    found: dict[int, list[Any]] = {id(tensor): [] for tensor in functional.inputs}
    # only its own: its tensors can be read by other models as well
    for node in calls_in_order(functional):
        layer = node.operation
        if is_mask_arithmetic(node):
            continue
        if is_model(layer):
            inner = functional_of(layer)
            deeper = _readers(inner)
            for tensor, inside in zip(
                nested_inputs(inner, node), inner.inputs, strict=True
            ):
                found.get(id(tensor), []).extend(deeper[id(inside)])
            continue
        for tensor in node.arguments.keras_tensors:
            found.get(id(tensor), []).append(layer)
    return found


def _vocabulary(readers: Sequence[Any]) -> int | None:
    """The smallest vocabulary in these layers; None when they look nothing up."""
    inside = [
        part
        for layer in readers
        for part in getattr(layer, "_flatten_layers", lambda: ())()
    ]
    sizes = [
        int(
            part.num_tokens
            if type(part).__name__ == "CategoryEncoding"
            else part.input_dim
        )
        for part in inside
        if type(part).__name__ in _LOOK_UP
    ]
    return min(sizes, default=None)


def _edges(reader: Any, count: int) -> Array:
    """Numbers on, next to, between and beyond those that the layer compares with, again
    and again.
    """
    known = (
        reader.bin_boundaries
        if type(reader).__name__ == "Discretization"
        else reader.get_vocabulary()
    )
    numbers = np.unique(np.asarray(known, np.float32))
    tiny = np.finfo(np.float32).tiny  # TensorFlow takes what is smaller for 0
    near = [
        np.nextafter(numbers, np.float32(end)) + (numbers == 0) * sign * tiny
        for sign, end in ((-1, -np.inf), (1, np.inf))
    ]
    between = numbers[:-1] + np.diff(numbers) / 2
    return np.resize(
        np.concatenate([numbers, *near, between, [numbers[0] - 1, numbers[-1] + 1]]),
        count,
    )


def _draw(
    generator: np.random.Generator,
    shape: tuple[int, ...],
    dtype: str,
    readers: Sequence[Any],
    ids: bool,
    pixels: tuple[float, float] | None,
) -> Array:
    reader: Any = next(iter(readers), None)
    kind = type(reader).__name__
    while kind == "TimeDistributed":
        reader = reader.layer
        kind = type(reader).__name__
    vocabulary = _vocabulary(readers)
    if kind in _COMPARE:
        values = generator.permutation(_edges(reader, math.prod(shape))).reshape(shape)
        return values.astype(np.float32 if dtype.startswith("float") else np.int32)
    if pixels is not None:
        values = generator.uniform(*pixels, shape)
        return (
            values.astype(np.float32)
            if dtype.startswith("float")
            else np.round(values).astype(np.int32)
        )
    if dtype == "bool":
        return generator.random(shape) < 0.5
    if not dtype.startswith("float") or (vocabulary and (ids or kind in _LOOK_UP)):
        drawn = generator.integers(0, vocabulary or (2 if ids else USUAL_IDS), shape)
        if len(shape) > 1 and getattr(reader, "mask_zero", False):
            drawn[..., -1] = 0  # a padded end, as real sequences have
        return drawn.astype(np.float32 if dtype.startswith("float") else np.int32)
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
