"""The graph of TensorFlow.js layers that the rules build and `model_json` writes.

Nested Keras models are inlined, so a graph is always flat: nested node indices and name
clashes, which TensorFlow.js handles badly, cannot occur.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.tfjs.weights import Array, Weight

Shape = tuple[int | None, ...]  # the batch first; None where the size is free
# where a mask comes from; two masks are equal when their origins are
Mask = tuple[Any, ...]

# TensorFlow.js accepts only other characters in the name of a tensor, and thereby of a
# layer with weights.
_FORBIDDEN = re.compile(r"[^-A-Za-z0-9._/]")

# Layers of TensorFlow.js that pass on the mask of their (first) input. All others drop
# it.
_MASK_KEEPERS = frozenset(
    {
        "Activation",
        "AlphaDropout",
        "BatchNormalization",
        "Dense",
        "Dropout",
        "GaussianDropout",
        "GaussianNoise",
    }
    | {
        "LayerNormalization",
        "PReLU",
        "ReLU",
        "SpatialDropout1D",
        "ThresholdedReLU",
        "TimeDistributed",
    }
)
_SEQUENCE_LAYERS = frozenset(
    {"SimpleRNN", "LSTM", "GRU", "Bidirectional", "ConvLSTM2D"}
)
# Layers whose result depends on the mask that they get.
MASK_READERS = _SEQUENCE_LAYERS | {"Softmax", "TimeDistributed"}


class FreeSizeError(ConversionError):
    """A rewrite needs a size that is free. The caller of the rule names the layer."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """One output of one call of a layer."""

    layer: "TfLayer"
    call: int  # key in `layer.calls`
    index: int  # among the outputs of the call
    shape: Shape
    mask: Mask | None = None  # that TensorFlow.js passes along with it

    @property
    def rank(self) -> int:
        """Number of axes, the batch included."""
        return len(self.shape)

    @property
    def channels(self) -> int:
        """Size of the last axis, which must be fixed."""
        return self.size(-1)

    def size(self, axis: int) -> int:
        """Size of an axis. FreeSizeError where it is free."""
        size = self.shape[axis]
        if size is None:
            raise FreeSizeError(self.shape)
        return size


@dataclass(eq=False)
class TfLayer:
    """A stock TensorFlow.js layer.

    `config` has what its constructor reads, except the name.
    """

    class_name: str
    name: str
    config: dict[str, Any]
    weights: list[Weight]
    source: str  # path of the Keras layer that it comes from
    trainable: bool = True
    # what each takes, by number
    calls: dict[int, tuple[Tensor, ...]] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """`class_name` and `config` as TensorFlow.js reads them."""
        common: dict[str, Any] = {"name": self.name}
        if self.class_name != "InputLayer":
            common["trainable"] = self.trainable
        return {"class_name": self.class_name, "config": common | self.config}


@dataclass(eq=False)
class LayersGraph:
    """All layers in the order in which they were first called, with the inputs and
    outputs of the graph.
    """

    layers: list[TfLayer] = field(default_factory=list)
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    _by_key: dict[tuple[int, str], list[TfLayer]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs in TensorFlow.js, in the order of Keras' inputs."""
        return [tensor.layer.name for tensor in self.inputs]

    def unique_name(self, wanted: str) -> str:
        """`wanted`, made valid for TensorFlow.js and different from every other name of
        the graph.
        """
        base = _FORBIDDEN.sub("_", wanted)
        if not base or not base[0].isalnum():
            base = f"layer{base}"
        name, number = base, 0
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        return name

    def call(
        self,
        class_name: str,
        inputs: Sequence[Tensor],
        config: Mapping[str, Any],
        *,
        key: tuple[int, str],
        name: str,
        source: str,
        shapes: Sequence[Shape],
        weights: Sequence[Weight] = (),
        mask: Mask | None = None,
        trainable: bool = True,
    ) -> list[Tensor]:
        """Call the layer that `key` identifies, creating it at its first call.

        A call with another config (shapes can differ between the calls of a shared
        layer) creates another layer with a copy of the weights, which is just as exact.
        """
        known = self._by_key.setdefault(key, [])
        layer = next(
            (
                one
                for one in known
                if one.class_name == class_name and one.config == config
            ),
            None,
        )
        if layer is None:
            unique = self.unique_name(name)
            layer = TfLayer(
                class_name=class_name,
                name=unique,
                config=dict(config),
                weights=[
                    Weight(f"{unique}/{weight.name}", weight.shape, weight.read)
                    for weight in weights
                ],
                source=source,
                trainable=trainable,
            )
            known.append(layer)
            self.layers.append(layer)
        number = len(layer.calls)
        layer.calls[number] = tuple(inputs)
        return [
            Tensor(layer, number, i, tuple(shape), mask)
            for i, shape in enumerate(shapes)
        ]

    def prune(self) -> None:
        """Drop the calls that no output needs:

        TensorFlow.js does not load their layers, and misses them by name.
        """
        needed: set[tuple[TfLayer, int]] = set()
        waiting = [*self.inputs, *self.outputs]
        while waiting:
            tensor = waiting.pop()
            if (tensor.layer, tensor.call) not in needed:
                needed.add((tensor.layer, tensor.call))
                waiting += tensor.layer.calls[tensor.call]
        for layer in self.layers:
            layer.calls = {
                number: inputs
                for number, inputs in layer.calls.items()
                if (layer, number) in needed
            }
        self.layers = [layer for layer in self.layers if layer.calls]


def carried_mask(
    class_name: str, config: Mapping[str, Any], inputs: Sequence[Tensor]
) -> Mask | None:
    """The mask that TensorFlow.js computes for the output of a layer (`computeMask` of
    its classes).
    """
    if class_name == "Embedding":
        return ("embedding", inputs[0]) if config.get("mask_zero") else None
    if class_name == "Masking":
        return ("masking", inputs[0], config["mask_value"])
    masks = [tensor.mask for tensor in inputs]
    if class_name in _MASK_KEEPERS:
        return masks[0]
    if class_name in _SEQUENCE_LAYERS:
        inner = config["layer"]["config"] if class_name == "Bidirectional" else config
        return masks[0] if inner["return_sequences"] else None
    if class_name in {"Add", "Multiply", "Average", "Maximum", "Minimum"} and any(
        masks
    ):
        # its rank is wrong: a layer that reads it must be refused
        return ("malformed",)
    if class_name == "Concatenate" and any(masks):
        present = {mask for mask in masks if mask is not None}
        same = len(present) == 1 and config["axis"] in (-1, inputs[0].rank - 1)
        return present.pop() if same else ("malformed",)
    return None


def weight(
    name: str,
    source: Any,
    shape: Sequence[int] | None = None,
    change: Callable[[Array], Array] | None = None,
) -> Weight:
    """A weight from a Keras variable or an array, changed when it is written; `shape`
    is the one after the change.
    """
    final = tuple(int(n) for n in (source.shape if shape is None else shape))

    def read() -> Array:
        values = to_numpy(source)
        changed = values if change is None else change(values)
        if changed.shape != final:
            raise AssertionError(f"{name}: {changed.shape} is not {final}")
        return changed

    return Weight(name, final, read)


def to_numpy(source: Any) -> Array:
    """Values of a Keras variable, tensor or array as float32 or the array's own integer
    type.
    """
    from keras import ops

    values = (
        source
        if isinstance(source, np.ndarray)
        else np.asarray(ops.convert_to_numpy(source))
    )
    return values.astype(np.float32) if values.dtype.kind == "f" else values


def count(shape: Sequence[int | None]) -> int | None:
    """Product of sizes; None when one is free."""
    return (
        None
        if any(n is None for n in shape)
        else math.prod(n for n in shape if n is not None)
    )
