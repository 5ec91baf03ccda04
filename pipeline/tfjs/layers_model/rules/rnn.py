"""Recurrent layers."""

from typing import Any

from pipeline.tfjs.layers_model.graph import Shape, Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.activations import tfjs_name
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Weight

_CELL = [
    "units",
    "activation",
    "recurrent_activation",
    "use_bias",
    "unit_forget_bias",
    "reset_after",
    "implementation",
]
RNN_OPTIONS = [
    "return_sequences",
    "return_state",
    "go_backwards",
    "stateful",
    "unroll",
    "zero_output_for_mask",
    "cell",
]
_DROPOUT = ["dropout", "recurrent_dropout"]  # inactive at inference
_CONV = [
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "rank",
]
CELLS = {"SimpleRNNCell": "SimpleRNN", "LSTMCell": "LSTM", "GRUCell": "GRU"}


@rule(
    *("SimpleRNN", "LSTM", "GRU", "RNN"),
    reads=[*_CELL, *RNN_OPTIONS, *_DROPOUT],
    note=(
        "RNN of a cell: the layer of that cell; of several cells: one layer after"
        " another"
    ),
)
def _rnn(call: LayerCall) -> list[Tensor]:
    layer = call.layer
    check_recurrent(call)
    cells = list(getattr(layer.cell, "cells", [layer.cell]))
    for cell in cells:
        if type(cell).__name__ not in CELLS or not type(cell).__module__.startswith(
            "keras.src.layers"
        ):
            call.refuse("cell", type(cell).__name__, f"use {', '.join(CELLS)}")
    states = initial_states(call)
    if states and len(cells) > 1:
        call.refuse(
            "initial_state",
            "states of several cells",
            "use one recurrent layer per cell",
        )
    x = call.inputs[0]
    final: list[Tensor] = []  # the states of all cells
    for number, cell in enumerate(cells):
        last, kind = number == len(cells) - 1, CELLS[type(cell).__name__]
        config = cell_config(call, cell) | rnn_config(layer)
        config["go_backwards"] = bool(layer.go_backwards) and number == 0
        config["return_sequences"] = bool(layer.return_sequences) or not last
        state: Shape = (x.shape[0], config["units"])
        main: Shape = (
            (*x.shape[:2], config["units"]) if config["return_sequences"] else state
        )
        shapes = [
            main,
            *([state] * (2 if kind == "LSTM" else 1) if layer.return_state else []),
        ]
        part, weights = "" if last else f"cell{number}", cell_weights(cell)
        x, *more = call.emit_many(
            kind, [x, *states], config, part=part, weights=weights, shapes=shapes
        )
        final += more
    return [x, *final]


def check_recurrent(call: LayerCall) -> None:
    """Refuse options that TensorFlow.js's recurrent layers handle differently."""
    layer = call.layer
    if layer.stateful:
        call.refuse(
            "stateful",
            True,
            "pass the state in and out with initial_state and return_state",
        )
    if getattr(layer, "zero_output_for_mask", False) and any(call.masks):
        call.refuse("zero_output_for_mask", True, "leave it at False")
    if any(call.masks) and call.arguments.get("initial_state") is not None:
        call.refuse("mask with initial_state", "both", "drop one of them")


def initial_states(call: LayerCall) -> list[Tensor]:
    """The initial states of a call, which TensorFlow.js takes as further inputs.

    Constants are refused.
    """
    given = call.arguments.get("initial_state")
    states = [given] if isinstance(given, Tensor) else list(given or [])
    if any(not isinstance(state, Tensor) for state in states):
        call.refuse("initial_state", "a constant", "pass it as an input of the model")
    return [*call.inputs[1:], *states]


def rnn_config(layer: Any) -> dict[str, Any]:
    """The options of a recurrent layer that TensorFlow.js reads, except its cell's."""
    return {
        "return_sequences": bool(layer.return_sequences),
        "return_state": bool(layer.return_state),
        "go_backwards": bool(layer.go_backwards),
        "stateful": False,
    }


def cell_config(call: LayerCall, cell: Any) -> dict[str, Any]:
    """The options of a cell that TensorFlow.js reads.

    Activations that it lacks and reset_after are refused.
    """
    size = "filters" if hasattr(cell, "filters") else "units"
    config = {
        size: int(getattr(cell, size)),
        "activation": tfjs_name(call, cell.activation),
        "use_bias": bool(cell.use_bias),
        "dropout": 0,
        "recurrent_dropout": 0,
    }
    if hasattr(cell, "recurrent_activation"):
        config["recurrent_activation"] = tfjs_name(
            call, cell.recurrent_activation, "recurrent_activation"
        )
    if getattr(cell, "reset_after", False):
        call.refuse("reset_after", True, "train with reset_after=False")
    if type(cell).__name__ == "GRUCell":
        config["reset_after"] = False
    return config


def cell_weights(cell: Any, scope: str = "") -> list[Weight]:
    """Kernel, recurrent kernel and bias."""
    names = (
        ("kernel", "recurrent_kernel", "bias")
        if cell.use_bias
        else ("kernel", "recurrent_kernel")
    )
    return [weight(f"{scope}{name}", getattr(cell, name)) for name in names]


@rule(
    "ConvLSTM2D",
    reads=[*_CONV, *_CELL, *RNN_OPTIONS, *_DROPOUT],
    note="channels_first: moved to the end and back",
)
def _conv_lstm(call: LayerCall) -> list[Tensor]:
    layer, cell = call.layer, call.layer.cell
    check_recurrent(call)
    x, states, shapes = call.inputs[0], initial_states(call), list(call.output_shapes)
    # its axis in the output
    first, channel = (
        layer.data_format == "channels_first",
        2 if layer.return_sequences else 1,
    )
    if first and (states or layer.return_state):
        call.refuse("data_format with states", layer.data_format, "use channels_last")
    if first:
        x = blocks.move_axis(call, x, 2, x.rank - 1, "nhwc")
        shapes = [(*one[:channel], *one[channel + 1 :], one[channel]) for one in shapes]
    sizes = {
        name: list(getattr(cell, name))
        for name in ("kernel_size", "strides", "dilation_rate")
    }
    config = rnn_config(layer) | cell_config(call, cell) | sizes
    config |= {"padding": cell.padding, "data_format": "channels_last"}
    made = call.emit_many(
        "ConvLSTM2D", [x, *states], config, weights=cell_weights(cell), shapes=shapes
    )
    return (
        [blocks.move_axis(call, made[0], made[0].rank - 1, channel, "nchw")]
        if first
        else made
    )
