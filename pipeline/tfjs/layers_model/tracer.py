"""Trace a live Keras model into the graph of TensorFlow.js layers that computes the
same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import (
    USE_GRAPH_FORMAT,
    calls_in_order,
    functional_of,
    is_model,
    keras_tensors,
    named_arguments,
    nested_inputs,
    output_names,
)
from pipeline.tfjs.layers_model.graph import (
    MASK_READERS,
    LayersGraph,
    Mask,
    Shape,
    Tensor,
)
from pipeline.tfjs.layers_model.layer_call import (
    LayerCall,
    is_mask_arithmetic,
    output_mask,
)
from pipeline.tfjs.layers_model.rules import apply_rule

_INTEGERS = ("int32", "int64", "uint8", "int8", "int16", "uint16")
# Keras casts numbers of 64 bits to what its layers compute in
_INPUT_DTYPES = {
    "float32": "float32",
    "float64": "float32",
    "bool": "bool",
} | dict.fromkeys(_INTEGERS, "int32")


def trace_model(model: Any) -> LayersGraph:
    """The graph of TensorFlow.js layers that computes what `model` computes at
    inference. The model is only read.

    Raises ConversionError for a layer or an option that TensorFlow.js cannot compute as
    Keras does, by name.
    """
    functional = functional_of(model)
    walk = _Walk(LayersGraph())
    for tensor in functional.inputs:
        walk.tensors[id(tensor)] = walk.add_input(tensor)
    outputs = walk.run(functional, path="")
    _name_outputs(walk.graph, outputs, output_names(model))
    walk.graph.prune()
    _check_leaking_masks(walk.graph)
    return walk.graph


def trace_step(layer: Any, shape: Shape) -> LayersGraph:
    """The graph of one layer, or one model, on an input of `shape`:

    what a TimeDistributed does at each step.
    """
    import keras

    if is_model(layer):
        return trace_model(layer)
    calls, given = (
        len(layer._inbound_nodes),
        keras.Input(batch_shape=shape, name=f"{layer.name}_step"),
    )
    try:
        return trace_model(keras.Model(given, layer(given), name="step"))
    finally:
        del layer._inbound_nodes[calls:]  # Keras recorded the call above


@dataclass
class _Walk:
    """Visits the calls of a model in the order in which Keras runs them."""

    graph: LayersGraph
    # by id of the Keras tensor
    tensors: dict[int, Tensor] = field(default_factory=dict)
    # what Keras computes, by id of the Keras tensor
    masks: dict[int, Mask | None] = field(default_factory=dict)

    def add_input(self, tensor: Any) -> Tensor:
        """The InputLayer of a model input."""
        layer = tensor._keras_history.operation
        dtype = str(tensor.dtype)
        if (
            dtype not in _INPUT_DTYPES
            or getattr(layer, "sparse", False)
            or getattr(layer, "optional", False)
        ):
            raise ConversionError(
                f"Input '{layer.name}' must be a dense, required tensor of numbers."
                f" Received: dtype={dtype}, sparse={getattr(layer, 'sparse', False)},"
                f" optional={getattr(layer, 'optional', False)}. Next step: prepare"
                " that input in JavaScript and pass the model a dense tensor."
            )
        shape = tuple(tensor.shape)
        config = {
            "batch_input_shape": list(shape),
            "dtype": _INPUT_DTYPES[dtype],
            "sparse": False,
        }
        key = (id(layer), "")
        made = self.graph.call(
            "InputLayer",
            [],
            config,
            key=key,
            name=layer.name,
            source=layer.name,
            shapes=[shape],
        )[0]
        self.graph.inputs.append(made)
        return made

    def run(self, functional: Any, path: str) -> list[Tensor]:
        """Emit all calls of `functional`, whose inputs are already known, and return
        its outputs.
        """
        for node in calls_in_order(functional):
            self._visit(node, path)
        return [self._find(tensor) for tensor in functional.outputs]

    def _visit(self, node: Any, path: str) -> None:
        if is_mask_arithmetic(node):
            return  # TensorFlow.js computes masks itself
        layer = node.operation
        where = f"{path}/{layer.name}" if path else layer.name
        if is_model(layer):
            self._inline(layer, node, where)
            return
        arguments = named_arguments(node)
        first = next(iter(arguments.values()), None)
        inputs = [
            tensor for tensor in keras_tensors(first) if id(tensor) in self.tensors
        ]
        call = LayerCall(
            layer=layer,
            path=where,
            graph=self.graph,
            inputs=tuple(self.tensors[id(tensor)] for tensor in inputs),
            arguments={
                name: self._replace(value)
                for name, value in list(arguments.items())[1:]
            }
            | ({"": self._replace(first)} if first is not None else {}),
            masks=tuple(self.masks.get(id(tensor)) for tensor in inputs),
            output_shapes=tuple(tuple(tensor.shape) for tensor in node.outputs),
            trace_step=trace_step,
        )
        if _is_integer_arithmetic(node):
            call.refuse("dtype", "integers", "cast to float32 first")
        made = apply_rule(call)
        _check_masks(call, made)
        for tensor, ours in zip(node.outputs, made, strict=True):
            self.tensors[id(tensor)] = ours
        self.masks[id(node.outputs[0])] = output_mask(call)

    def _inline(self, model: Any, node: Any, where: str) -> None:
        """Trace the calls of a nested model as calls of the outer one.

        If it is called twice, its layers are shared.
        """
        functional = functional_of(model)
        # of its own, because a nested model can share tensors with the outer one
        inside = _Walk(self.graph)
        for inner, tensor in zip(
            functional.inputs, nested_inputs(functional, node), strict=True
        ):
            inside.tensors[id(inner)] = self._find(tensor)
            inside.masks[id(inner)] = self.masks.get(id(tensor))
        for tensor, inner, ours in zip(
            node.outputs, functional.outputs, inside.run(functional, where), strict=True
        ):
            self.tensors[id(tensor)] = ours
            self.masks[id(tensor)] = inside.masks.get(id(inner))

    def _find(self, tensor: Any) -> Tensor:
        """Our tensor for one of Keras.

        ConversionError where it is computed only as a mask.
        """
        if id(tensor) in self.tensors:
            return self.tensors[id(tensor)]
        raise ConversionError(
            f"Operation '{tensor._keras_history.operation.name}' gives {tensor.dtype},"
            " and TensorFlow.js's layers compute with numbers. Received:"
            f" {tensor.dtype}. {USE_GRAPH_FORMAT}, or compute it outside of the model."
        )

    def _replace(self, value: Any) -> Any:
        """Keras tensors in call arguments → our tensors; everything else stays."""
        if isinstance(value, list | tuple):
            return [self._replace(one) for one in value]
        return self.tensors.get(id(value), value)


def _is_integer_arithmetic(node: Any) -> bool:
    operation = type(node.operation)
    if (
        not operation.__module__.startswith("keras.src.ops")
        or operation.__name__ == "Cast"
    ):
        return False
    return any(
        "float" not in str(tensor.dtype)
        for tensor in (*node.arguments.keras_tensors, *node.outputs)
    )


def _check_masks(call: LayerCall, made: Sequence[Tensor]) -> None:
    """Refuse a layer that would use another mask in TensorFlow.js than in Keras."""
    layer = made[0].layer
    if layer.class_name in MASK_READERS and call.inputs[0].mask != call.masks[0]:
        call.refuse(
            "mask",
            "a mask that changed on the way",
            "put this layer right after the one that makes the mask",
        )


def _check_leaking_masks(graph: LayersGraph) -> None:
    """Refuse what TensorFlow.js's executor gets wrong: once it has met a mask, it
    passes that mask to every later layer that reads one and has none of its own.
    """
    for reader in graph.layers:
        for call in reader.calls.values():
            if reader.class_name not in MASK_READERS or call[0].mask is not None:
                continue
            leak = next(
                (
                    o
                    for o in graph.layers
                    for c in o.calls.values()
                    if any(t.mask is not None for t in c)
                ),
                None,
            )
            if leak is not None:
                raise ConversionError(
                    f"Layer '{reader.source}' gets no mask in Keras, but TensorFlow.js"
                    f" would pass it the mask of layer '{leak.source}'."
                    f" {USE_GRAPH_FORMAT}, or drop the mask."
                )


def _name_outputs(
    graph: LayersGraph, outputs: Sequence[Tensor], names: Sequence[str]
) -> None:
    """Give outputs a layer of their own where TensorFlow.js needs one: two outputs that
    are the same tensor, an output that is an input, or (with several outputs) one whose
    layer would not have its Keras name.
    """
    for tensor, name in zip(outputs, names, strict=True):
        shared = (
            any(tensor is other for other in graph.outputs)
            or tensor.layer.class_name == "InputLayer"
        )
        if shared or (len(outputs) > 1 and tensor.layer.name != name):
            key = (id(tensor), f"output{len(graph.outputs)}")
            tensor = graph.call(
                "Activation",
                [tensor],
                {"activation": "linear"},
                key=key,
                name=name,
                source=name,
                shapes=[tensor.shape],
            )[0]
        graph.outputs.append(tensor)
