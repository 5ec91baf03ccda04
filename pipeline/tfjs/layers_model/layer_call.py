"""One call of one Keras layer:

what a rule converts, and how it emits TensorFlow.js layers or refuses an option.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import USE_GRAPH_FORMAT
from pipeline.tfjs.layers_model.graph import (
    LayersGraph,
    Mask,
    Shape,
    Tensor,
    carried_mask,
)
from pipeline.tfjs.weights import Weight

_SEQUENCE_LAYERS = frozenset(
    {
        "RNN",
        "SimpleRNN",
        "LSTM",
        "GRU",
        "Bidirectional",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
    }
)
_MASK_ENDS = frozenset(
    {"Dot", "GlobalAveragePooling1D", "Attention", "AdditiveAttention"}
)


@dataclass(frozen=True)
class LayerCall:
    """One call of one Keras layer: what the rule is given."""

    layer: Any
    path: str  # names of the models around the layer and its own, joined by "/"
    graph: LayersGraph
    inputs: tuple[Tensor, ...]  # of the first argument, in order
    # the others as passed, with every Keras tensor replaced by its `Tensor`
    arguments: Mapping[str, Any]
    masks: tuple[Mask | None, ...]  # that Keras computes for `inputs`
    output_shapes: tuple[Shape, ...]  # that Keras infers
    # of a layer for each step, and its input shape
    trace_step: Callable[[Any, Shape], LayersGraph]
    label: str = ""  # name for the TensorFlow.js layers, when it is not that of `layer`

    @property
    def name(self) -> str:
        """Name of the main TensorFlow.js layer that the Keras layer becomes."""
        return self.label or str(self.layer.name)

    def inner(self, layer: Any, *, keep_name: bool = True) -> "LayerCall":
        """The same call with the layer that this one wraps."""
        path, label = f"{self.path}/{layer.name}", self.name if keep_name else ""
        return dataclasses.replace(self, layer=layer, path=path, label=label)

    @property
    def x(self) -> Tensor:
        """The only input; refused when there are several."""
        if not self.inputs:  # `is_mask_arithmetic`, such as comparisons, is left out
            self.refuse(
                "inputs", "true or false", "compute the comparison outside of the model"
            )
        if len(self.inputs) != 1:
            self.refuse("number of inputs", len(self.inputs), "pass one tensor")
        return self.inputs[0]

    @property
    def shape(self) -> Shape:
        """Shape of the only output."""
        return self.output_shapes[0]

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The options of the Keras layer; refused if Keras cannot return them, as for
        operations on constant arrays.
        """
        try:
            return dict(self.layer.get_config())
        except NotImplementedError:
            self.refuse(
                "options", "values that Keras cannot serialize", "use plain numbers"
            )

    def emit(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        part: str = "",
        weights: Sequence[Weight] = (),
        shape: Shape | None = None,
    ) -> Tensor:
        """Call a TensorFlow.js layer with one output, whose shape is by default that of
        the first input.

        `part` distinguishes the layers of a rewrite: the one without it gets the Keras
        layer's own name.
        """
        first = inputs if isinstance(inputs, Tensor) else inputs[0]
        shapes = [first.shape if shape is None else shape]
        return self.emit_many(
            class_name, inputs, config, part=part, weights=weights, shapes=shapes
        )[0]

    def emit_many(
        self,
        class_name: str,
        inputs: Tensor | Sequence[Tensor],
        config: Mapping[str, Any] | None = None,
        *,
        part: str = "",
        weights: Sequence[Weight] = (),
        shapes: Sequence[Shape],
    ) -> list[Tensor]:
        """Call a TensorFlow.js layer with any number of outputs.

        Numbers that JSON cannot represent are refused.
        """
        tensors = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        settings = dict(config or {})
        for number in _numbers_in(settings):
            if not math.isfinite(number):
                self.refuse("constant", number, "use a finite one")
        return self.graph.call(
            class_name,
            tensors,
            settings,
            key=(id(self.layer), part),
            name=f"{self.name}_{part}" if part else self.name,
            source=self.path,
            shapes=shapes,
            weights=weights,
            mask=carried_mask(class_name, settings, tensors),
            trainable=bool(getattr(self.layer, "trainable", True)),
        )

    def refuse(self, option: str, received: object, alternative: str) -> NoReturn:
        """Raise a ConversionError about an option of this layer."""
        raise ConversionError(
            f"Layer '{self.path}' ({type(self.layer).__name__}): TensorFlow.js cannot"
            f" compute {option} as Keras does. Received: {option}={received!r}."
            f" {USE_GRAPH_FORMAT}, or {alternative}."
        )

    def refuse_masks(self) -> None:
        """Refuse a mask, for layers that use one in Keras in a way that TensorFlow.js
        does not.
        """
        if (
            any(mask is not None for mask in self.masks)
            or self.arguments.get("mask") is not None
        ):
            self.refuse("mask", "a mask", "remove the mask before this layer")


def _numbers_in(value: Any) -> Iterator[float]:
    """All floats of a config."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _numbers_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _numbers_in(one)


def is_mask_arithmetic(node: Any) -> bool:
    """Return whether a call only computes a mask (Keras puts `NotEqual` and the like
    into a masked model's graph).
    """
    outputs = [getattr(tensor, "dtype", "") for tensor in node.outputs]
    return type(node.operation).__module__.startswith("keras.src.ops") and all(
        str(dtype) == "bool" for dtype in outputs
    )


def output_mask(call: LayerCall) -> Mask | None:
    """The mask that Keras attaches to the first output of a layer; the others have
    none.
    """
    layer, kind = call.layer, type(call.layer).__name__
    if kind in ("Embedding", "ReversibleEmbedding"):
        return (
            ("embedding", call.inputs[0])
            if getattr(layer, "mask_zero", False)
            else None
        )
    if kind == "Masking":
        return ("masking", call.inputs[0], float(layer.mask_value))
    if (
        not getattr(layer, "supports_masking", False)
        or kind in _MASK_ENDS
        or not any(call.masks)
    ):
        return None
    if kind in _SEQUENCE_LAYERS:
        inner = layer.forward_layer if kind == "Bidirectional" else layer
        return call.masks[0] if inner.return_sequences else None
    if len(call.masks) == 1:
        return call.masks[0]
    present = set(call.masks)
    if len(present) == 1:
        return call.masks[0]
    return (
        None if None in present and kind != "Concatenate" else ("merged", *call.masks)
    )
