"""Layers around layers: Bidirectional and TimeDistributed."""

from typing import Any

from pipeline.tfjs.layers_model.graph import LayersGraph, Tensor
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import rnn
from pipeline.tfjs.layers_model.rules.table import apply_rule, find_rule, rule
from pipeline.tfjs.weights import Weight


@rule(
    "Bidirectional", reads=["merge_mode", "layer", "backward_layer", *rnn.RNN_OPTIONS]
)
def _bidirectional(call: LayerCall) -> list[Tensor]:
    forward, backward = call.layer.forward_layer, call.layer.backward_layer
    both = [call.inner(one) for one in (forward, backward)]
    for inner in both:
        rnn.check_recurrent(inner)
        if type(inner.layer).__name__ not in rnn.CELLS.values():
            inner.refuse(
                "layer",
                type(inner.layer).__name__,
                f"use {', '.join(rnn.CELLS.values())}",
            )
    states = rnn.initial_states(call)
    config, other = (
        rnn.cell_config(one, one.layer.cell) | rnn.rnn_config(one.layer) for one in both
    )
    if type(forward) is not type(backward) or config | {
        "go_backwards": None
    } != other | {"go_backwards": None}:
        call.refuse(
            "backward_layer", both[1].path, "use a backward layer like the forward one"
        )
    if config["go_backwards"] or not other["go_backwards"]:
        call.refuse(
            "go_backwards",
            config["go_backwards"],
            "use go_backwards in the backward layer only",
        )
    name = type(forward).__name__.lower()
    wrapped = {"class_name": type(forward).__name__, "config": {"name": name} | config}
    weights = rnn.cell_weights(forward.cell, f"forward_{name}/") + rnn.cell_weights(
        backward.cell, f"backward_{name}/"
    )
    settings, inputs = (
        {"layer": wrapped, "merge_mode": call.layer.merge_mode},
        [call.inputs[0], *states],
    )
    return call.emit_many(
        "Bidirectional", inputs, settings, weights=weights, shapes=call.output_shapes
    )


# Layers that treat each time step alike when they get all of them at once.
_POINTWISE = frozenset(
    {
        "Activation",
        "ActivityRegularization",
        "AlphaDropout",
        "Dense",
        "Dropout",
        "ELU",
        "Embedding",
        "GaussianDropout",
    }
    | {"GaussianNoise", "Identity", "LeakyReLU", "Rescaling", "ReLU"}
)


@rule(
    "TimeDistributed",
    reads=["layer"],
    note=(
        "layers that treat each step alike take all steps at once; several layers: one"
        " TimeDistributed after another"
    ),
)
def _time_distributed(call: LayerCall) -> list[Tensor]:
    inner = call.layer.layer
    if any(call.masks) and type(inner).__name__ not in _POINTWISE:
        call.refuse("mask", "a mask", "remove the mask before this layer")
    if type(inner).__name__ in _POINTWISE and find_rule(inner) is not None:
        return apply_rule(call.inner(inner))
    return [_each_step(call, inner, call.x)]


def _each_step(call: LayerCall, inner: Any, x: Tensor) -> Tensor:
    """The TensorFlow.js layers of one step, each in its own TimeDistributed."""
    step = call.trace_step(inner, (x.shape[0], *x.shape[2:]))
    made: dict[Tensor, Tensor] = {step.inputs[0]: x}
    for layer in step.layers:
        for number, inputs in layer.calls.items():
            if layer.class_name == "InputLayer":
                continue
            results = _outputs_of(step, layer, number)
            outer = [made[tensor] for tensor in inputs]
            config: dict[str, Any] = layer.config
            kind = layer.class_name
            if len(outer) == 1:
                config, kind = {"layer": layer.json()}, "TimeDistributed"
            elif kind == "Concatenate":
                config = config | {"axis": config["axis"] + 1}
            elif kind == "Dot":
                call.refuse("layer", kind, "apply it outside TimeDistributed")
            result = call.emit(
                kind,
                outer,
                config,
                part="" if layer is step.layers[-1] else layer.name,
                weights=[
                    Weight(one.name.rpartition("/")[2], one.shape, one.read)
                    for one in layer.weights
                ],
                shape=(*x.shape[:2], *results[0].shape[1:]),
            )
            made |= dict.fromkeys(results, result)
    return made[step.outputs[0]]


def _outputs_of(step: LayersGraph, layer: Any, number: int) -> list[Tensor]:
    used = [
        tensor
        for one in step.layers
        for inputs in one.calls.values()
        for tensor in inputs
    ] + step.outputs
    return [
        tensor for tensor in used if tensor.layer is layer and tensor.call == number
    ]
