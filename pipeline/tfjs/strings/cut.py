"""Cut the layers that take or give strings off a model, which leaves one of numbers."""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import calls_in_order, functional_of, input_names
from pipeline.tfjs.strings.layers import KINDS, preparation, without, words
from pipeline.tfjs.weights import Array


@dataclass(frozen=True, kw_only=True)
class CutLayer:
    """A layer that takes strings."""

    layer: Any
    source: str  # the model's input that it reads
    into: str  # the input of numbers that takes its place
    options: Mapping[str, Any]  # see layers.py


@dataclass(frozen=True, kw_only=True)
class Strings:
    """A model that takes or gives strings, and the model of numbers that is left of
    it.
    """

    model: Any
    numbers: Any
    layers: tuple[CutLayer, ...]
    # for each output: what its numbers stand for, if they stand for words
    words: tuple[Mapping[str, Any] | None, ...]

    def numbers_of(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """Return the numeric model's inputs:

        the strings as Keras' layers encode them, the others unchanged.
        """
        import tensorflow as tf

        made = {
            one.into: np.asarray(
                one.layer(tf.constant(given[one.source].tolist(), tf.string))
            )
            for one in self.layers
        }
        found = {}
        for name, tensor in zip(
            input_names(self.numbers), self.numbers.inputs, strict=True
        ):
            kind = np.float32 if str(tensor.dtype).startswith("float") else np.int32
            found[name] = made[name].astype(kind) if name in made else given[name]
        return found


@contextmanager
def without_strings(model: Any) -> Iterator[tuple[Any, Strings | None]]:
    """A built model as one of numbers, and what was cut off; the model itself and None
    where it has no strings.

    The model is as before afterwards. Raises ConversionError where strings go anywhere
    but from an input into a TextVectorization, StringLookup or Hashing, or from a
    StringLookup into an output.
    """
    if not (
        any(map(_is_string, model.inputs)) or any(map(_gives_words, model.outputs))
    ):
        yield model, None
        return
    functional = functional_of(model)
    counted = [
        (nodes, len(nodes))
        for one in functional.operations
        for nodes in (one._inbound_nodes, one._outbound_nodes)
    ]
    try:
        yield _cut(model, functional)
    finally:
        for nodes, count in counted:
            del nodes[count:]


def _is_string(tensor: Any) -> bool:
    return str(tensor.dtype) == "string"


def _gives_words(tensor: Any) -> bool:
    operation = tensor._keras_history.operation
    return type(operation).__name__ == "StringLookup" and operation.invert


def _cut(model: Any, functional: Any) -> tuple[Any, Strings]:
    import keras

    sources = dict(zip(map(id, functional.inputs), input_names(model), strict=True))
    calls = calls_in_order(functional)
    nodes = [
        node for node in calls if any(map(_is_string, node.arguments.keras_tensors))
    ]
    for node in nodes:
        layer = node.operation
        if (
            type(layer).__name__ not in KINDS
            or id(node.arguments.keras_tensors[0]) not in sources
        ):
            raise ConversionError(
                f"Strings must go from an Input straight into a {', '.join(KINDS[:-1])}"
                f" or {KINDS[-1]} layer. Received: layer '{layer.name}'"
                f" ({type(layer).__name__}), which takes some. Next step:"
                f" {without(layer)}."
            )
    taken = {one.name for one in functional.operations} - {
        sources[id(one)] for one in functional.inputs if _is_string(one)
    }
    # `known`: tensors of the new model, by the id of those whose place they take
    inputs, layers, known = (
        [],
        [],
        {},
    )
    for tensor in functional.inputs:
        name = sources[id(tensor)]
        if not _is_string(tensor):
            known[id(tensor)] = keras.Input(
                batch_shape=tensor.shape, dtype=tensor.dtype, name=name
            )
            inputs.append(known[id(tensor)])
        for node in [
            node for node in nodes if node.arguments.keras_tensors[0] is tensor
        ]:
            numbered = itertools.chain(
                [name], (f"{name}_{number}" for number in itertools.count(1))
            )
            into = next(one for one in numbered if one not in taken)
            taken.add(into)
            [made], options = (
                node.outputs,
                preparation(node.operation, tuple(tensor.shape[1:])),
            )
            shape = _shape(node)
            options["depth"] = None if options["mode"] == "int" else shape[-1]
            layers.append(
                CutLayer(layer=node.operation, source=name, into=into, options=options)
            )
            known[id(made)] = keras.Input(shape, dtype=made.dtype, name=into)
            inputs.append(known[id(made)])
    for node in calls:
        if node not in nodes and all(
            id(one) in known for one in node.arguments.keras_tensors
        ):
            arguments, options = node.arguments.fill_in(known)
            known.update(
                zip(
                    map(id, node.outputs),
                    keras.tree.flatten(node.operation(*arguments, **options)),
                    strict=True,
                )
            )
    outputs = [
        known[id(_before(one) if _gives_words(one) else one)]
        for one in functional.outputs
    ]
    numbers = keras.Model(
        *(one[0] if len(one) == 1 else one for one in (inputs, outputs)),
        name=model.name,
    )
    found = tuple(
        words(one._keras_history.operation) if _gives_words(one) else None
        for one in functional.outputs
    )
    return numbers, Strings(
        model=model, numbers=numbers, layers=tuple(layers), words=found
    )


def _shape(node: Any) -> tuple[int | None, ...]:
    """The shape of one example of what the layer really gives:

    Keras promises another for some options.
    """
    import tensorflow as tf

    layer, [given], [made] = node.operation, node.arguments.keras_tensors, node.outputs
    promised: tuple[int | None, ...] = tuple(made.shape[1:])
    known = (
        []
        if type(layer).__name__ == "Hashing"
        else layer.get_vocabulary(include_special_tokens=False)
    )
    found = tuple(
        layer(
            tf.fill(
                (2, *(size or 3 for size in given.shape[1:])), next(iter(known), "a")
            )
        ).shape[1:]
    )
    return promised if len(promised) == len(found) else found


def _before(tensor: Any) -> Any:
    """Return the inputs of the layer that produced a tensor."""
    _, node, _ = tensor._keras_history
    [given] = tensor._keras_history.operation._inbound_nodes[
        node
    ].arguments.keras_tensors
    return given
