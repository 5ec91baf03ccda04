"""Recurrent layers and the wrappers around layers."""

from collections.abc import Sequence
from typing import Any

from pipeline.tfjs.ir import Graph, Shape, Tensor, weight
from pipeline.tfjs.layers import pieces as p
from pipeline.tfjs.layers.activations import same
from pipeline.tfjs.layers.base import Site, apply, find, rule
from pipeline.tfjs.weights import Weight

_CELL = ["units", "activation", "recurrent_activation", "use_bias", "unit_forget_bias", "reset_after", "implementation"]
_RNN = ["return_sequences", "return_state", "go_backwards", "stateful", "unroll", "zero_output_for_mask", "cell"]
_DROPOUT = ["dropout", "recurrent_dropout"]  # inactive at inference
_CONV = ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "rank"]
_CELLS = {"SimpleRNNCell": "SimpleRNN", "LSTMCell": "LSTM", "GRUCell": "GRU"}


@rule("SimpleRNN", "LSTM", "GRU", "RNN", reads=[*_CELL, *_RNN, *_DROPOUT], note=(
    "RNN of a cell: the layer of that cell; of several cells: one layer after another"
))  # fmt: skip
def _rnn(site: Site) -> list[Tensor]:
    layer = site.layer
    _check(site)
    cells = list(getattr(layer.cell, "cells", [layer.cell]))
    for cell in cells:
        if type(cell).__name__ not in _CELLS or not type(cell).__module__.startswith("keras.src.layers"):
            site.refuse("cell", type(cell).__name__, f"use {', '.join(_CELLS)}")
    states = _initial_states(site)
    if states and len(cells) > 1:
        site.refuse("initial_state", "states of several cells", "use one recurrent layer per cell")
    outputs: list[Tensor] = []
    x = site.inputs[0]
    all_states: list[Tensor] = []
    for number, cell in enumerate(cells):
        last = number == len(cells) - 1
        config = cell_config(site, cell) | _rnn_config(layer)
        config["go_backwards"] = bool(layer.go_backwards) and number == 0
        config["return_sequences"] = bool(layer.return_sequences) or not last
        units = config["units"]
        sequence: Shape = (x.shape[0], x.shape[1], units)
        main = sequence if config["return_sequences"] else (x.shape[0], units)
        shapes = [main, *([(x.shape[0], units)] * _state_count(cell) if layer.return_state else [])]
        outputs = site.emit_many(
            _CELLS[type(cell).__name__], [x, *states], config, part="" if last else f"cell{number}",
            weights=cell_weights(cell), shapes=shapes,
        )  # fmt: skip
        all_states += outputs[1:]
        x = outputs[0]
    return [x, *all_states]


def _check(site: Site) -> None:
    layer = site.layer
    if layer.stateful:
        site.refuse("stateful", True, "pass the state in and out with initial_state and return_state")
    if getattr(layer, "zero_output_for_mask", False) and any(site.masks):
        site.refuse("zero_output_for_mask", True, "leave it at False")
    if any(site.masks) and site.arguments.get("initial_state") is not None:
        site.refuse("mask with initial_state", "both", "drop one of them")


def _initial_states(site: Site) -> list[Tensor]:
    given = site.arguments.get("initial_state")
    states = [given] if isinstance(given, Tensor) else list(given or [])
    if any(not isinstance(state, Tensor) for state in states):
        site.refuse("initial_state", "a constant", "pass it as an input of the model")
    return [*site.inputs[1:], *states]


def _state_count(cell: Any) -> int:
    return 2 if type(cell).__name__ == "LSTMCell" else 1


def _rnn_config(layer: Any) -> dict[str, Any]:
    return {
        "return_sequences": bool(layer.return_sequences),
        "return_state": bool(layer.return_state),
        "go_backwards": bool(layer.go_backwards),
        "stateful": False,
    }


def cell_config(site: Site, cell: Any) -> dict[str, Any]:
    """What TensorFlow.js reads of a cell.

    Raises:
        ConversionError: an activation that it lacks, or a GRU with reset_after.
    """
    config = {
        "units": int(cell.units),
        "activation": same(site, cell.activation),
        "use_bias": bool(cell.use_bias),
        "dropout": 0,
        "recurrent_dropout": 0,
    }
    if hasattr(cell, "recurrent_activation"):
        config["recurrent_activation"] = same(site, cell.recurrent_activation, "recurrent_activation")
    if getattr(cell, "reset_after", False):
        site.refuse("reset_after", True, "train with reset_after=False")
    if type(cell).__name__ == "GRUCell":
        config["reset_after"] = False
    return config


def cell_weights(cell: Any, scope: str = "") -> list[Weight]:
    """Kernel, recurrent kernel and bias."""
    found = [
        weight(f"{scope}kernel", cell.kernel),
        weight(f"{scope}recurrent_kernel", cell.recurrent_kernel),
    ]
    return found + ([weight(f"{scope}bias", cell.bias)] if cell.use_bias else [])


@rule("Bidirectional", reads=["merge_mode", "layer", "backward_layer", *_RNN], note=(
    "a backward layer of another kind: two layers and a merge (without return_sequences)"
))  # fmt: skip
def _bidirectional(site: Site) -> list[Tensor]:
    layer, forward, backward = site.layer, site.layer.forward_layer, site.layer.backward_layer
    both = [site.inner(one) for one in (forward, backward)]
    for inner in both:
        _check(inner)
        if type(inner.layer).__name__ not in _CELLS.values():
            inner.refuse("layer", type(inner.layer).__name__, f"use {', '.join(_CELLS.values())}")
    states = _initial_states(site)
    config, other = (cell_config(one, one.layer.cell) | _rnn_config(one.layer) for one in both)
    if type(forward) is not type(backward) or config | {"go_backwards": None} != other | {"go_backwards": None}:
        return _two_directions(site, both, states)
    if config["go_backwards"] or not other["go_backwards"]:
        site.refuse("go_backwards", config["go_backwards"], "let the forward layer go forwards, the backward one back")
    name = type(forward).__name__.lower()
    wrapped = {"class_name": type(forward).__name__, "config": {"name": name} | config}
    shapes = [tuple(shape) for shape in site.output_shapes]
    weights = cell_weights(forward.cell, f"forward_{name}/") + cell_weights(backward.cell, f"backward_{name}/")
    merge = layer.merge_mode
    settings = {"layer": wrapped, "merge_mode": merge}
    return site.emit_many("Bidirectional", [site.inputs[0], *states], settings, weights=weights, shapes=shapes)


def _two_directions(site: Site, both: Sequence[Site], states: Sequence[Tensor]) -> list[Tensor]:
    layer = site.layer
    if layer.return_sequences or layer.return_state or states or layer.merge_mode is None:
        site.refuse("backward_layer", both[1].path, "use a backward layer like the forward one")
    ends = [
        site.emit(
            type(one.layer).__name__, site.inputs[0], cell_config(one, one.layer.cell) | _rnn_config(one.layer),
            part=side, weights=cell_weights(one.layer.cell), shape=(site.inputs[0].shape[0], int(one.layer.units)),
        )
        for side, one in zip(("forward", "backward"), both, strict=True)
    ]  # fmt: skip
    kind = {"concat": "Concatenate", "sum": "Add", "ave": "Average", "mul": "Multiply"}[layer.merge_mode]
    config = {"axis": 1} if kind == "Concatenate" else {}
    return [site.emit(kind, ends, config, shape=site.shape)]


@rule("ConvLSTM2D", "ConvLSTM1D", reads=[*_CONV, *_CELL, *_RNN, *_DROPOUT], note="1D: an axis of size 1")
def _conv_lstm(site: Site) -> list[Tensor]:
    layer, cell = site.layer, site.layer.cell
    _check(site)
    if layer.data_format == "channels_first":
        site.refuse("data_format", layer.data_format, "use channels_last")
    flat = type(layer).__name__ == "ConvLSTM1D"
    x = site.inputs[0]
    states = _initial_states(site)
    if flat:
        x = p.reshape(site, x, (x.shape[1], x.shape[2], 1, x.shape[3]), "2d")
        states = [
            p.reshape(site, state, (state.shape[1], 1, state.shape[2]), f"state{i}") for i, state in enumerate(states)
        ]
    extra = [1] if flat else []
    config = _rnn_config(layer) | {
        "filters": int(cell.filters),
        "kernel_size": [*cell.kernel_size, *extra],
        "strides": [*cell.strides, *extra],
        "padding": cell.padding,
        "data_format": "channels_last",
        "dilation_rate": [*cell.dilation_rate, *extra],
        "activation": same(site, cell.activation),
        "recurrent_activation": same(site, cell.recurrent_activation, "recurrent_activation"),
        "use_bias": bool(cell.use_bias),
        "dropout": 0,
        "recurrent_dropout": 0,
    }
    weights = [_widened(one) if flat and len(one.shape) == 3 else one for one in cell_weights(cell)]
    shapes = [(*shape[:-1], 1, shape[-1]) if flat else shape for shape in site.output_shapes]
    made = site.emit_many("ConvLSTM2D", [x, *states], config, weights=weights, shapes=shapes)
    if not flat:
        return made
    return [
        p.reshape(site, one, shape[1:], f"output{i}")
        for i, (one, shape) in enumerate(zip(made, site.output_shapes, strict=True))
    ]


def _widened(one: Weight) -> Weight:
    shape = (one.shape[0], 1, *one.shape[1:])
    return Weight(one.name, shape, lambda: one.read().reshape(shape))


# Layers that treat each time step alike when they are simply given all of them.
_POINTWISE = frozenset(
    {"Activation", "ActivityRegularization", "AlphaDropout", "Dense", "Dropout", "ELU", "Embedding", "GaussianDropout"}
    | {"GaussianNoise", "Identity", "LeakyReLU", "Rescaling", "ReLU"}
)


@rule("TimeDistributed", reads=["layer"], note=(
    "layers that treat each step alike take all steps at once; several layers: one TimeDistributed after another"
))  # fmt: skip
def _time_distributed(site: Site) -> list[Tensor]:
    inner = site.layer.layer
    if any(site.masks) and type(inner).__name__ not in _POINTWISE:
        site.refuse("mask", "a mask", "take the mask away before this layer")
    if type(inner).__name__ in _POINTWISE and find(inner) is not None:
        return apply(site.inner(inner))
    return [_each_step(site, inner, site.x)]


def _each_step(site: Site, inner: Any, x: Tensor) -> Tensor:
    """The TensorFlow.js layers of one step, each in a TimeDistributed of its own."""
    from pipeline.tfjs.topology import build_step_graph

    step = build_step_graph(inner, site, (x.shape[0], *x.shape[2:]))
    made: dict[Tensor, Tensor] = {step.inputs[0]: x}
    for layer in step.layers:
        for number, call in enumerate(layer.calls):
            if layer.class_name == "InputLayer":
                continue
            shape = next(shape for tensor, shape in _outputs_of(step, layer, number))
            outer = [made[tensor] for tensor in call]
            config: dict[str, Any] = layer.config
            kind = layer.class_name
            if len(outer) == 1:
                config, kind = {"layer": layer.json()}, "TimeDistributed"
            elif kind == "Concatenate":
                config = config | {"axis": config["axis"] + 1}
            elif kind == "Dot":
                site.refuse("layer", kind, "apply it outside TimeDistributed")
            result = site.emit(
                kind, outer, config, part="" if layer is step.layers[-1] else layer.name,
                weights=[Weight(one.name.rpartition("/")[2], one.shape, one.read) for one in layer.weights],
                shape=(x.shape[0], x.shape[1], *shape[1:]),
            )  # fmt: skip
            made |= {tensor: result for tensor, _ in _outputs_of(step, layer, number)}
    return made[step.outputs[0]]


def _outputs_of(step: Graph, layer: Any, number: int) -> list[tuple[Tensor, Shape]]:
    users = [tensor for one in step.layers for call in one.calls for tensor in call] + step.outputs
    found = [tensor for tensor in users if tensor.layer is layer and tensor.call == number]
    return [(tensor, tensor.shape) for tensor in found]
