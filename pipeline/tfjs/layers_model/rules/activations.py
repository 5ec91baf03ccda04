"""Activations:

those that TensorFlow.js has, and those that can be composed exactly from a few of its
layers.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import NN, apply_rule, op, rule

# Keras' name → TensorFlow.js's name, where both compute the same function with default
# arguments. hard_sigmoid is missing on purpose: TensorFlow.js has Keras 2's slope of
# 0.2 instead of 1/6.
_NAMES = (
    *("elu", "gelu", "linear", "log_softmax", "mish", "relu", "relu6", "selu"),
    *("sigmoid", "softmax", "softplus", "softsign", "tanh"),
)
# celu's alpha is 1
SAME: Mapping[str, str] = {name: name for name in _NAMES} | {
    "silu": "swish",
    "celu": "elu",
}


def hard_sigmoid(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """clip(x / 6 + ½, 0, 1), as Keras 3 defines it."""
    return blocks.relu(
        call, blocks.affine(call, x, 1 / 6, 0.5, f"{part}_line"), part, 1.0
    )


def hard_silu(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """x · hard_sigmoid(x)."""
    return blocks.multiply(call, [x, hard_sigmoid(call, x, f"{part}_gate")], part)


def leaky_relu(call: LayerCall, x: Tensor, part: str, slope: float = 0.2) -> Tensor:
    """The layer LeakyReLU, whose option is called alpha in TensorFlow.js."""
    return call.emit("LeakyReLU", x, {"alpha": float(slope)}, part=part)


COMPOSED: Mapping[str, Callable[[LayerCall, Tensor, str], Tensor]] = {
    "hard_sigmoid": hard_sigmoid, "hard_silu": hard_silu, "leaky_relu": leaky_relu,
}  # fmt: skip


def keras_name(call: LayerCall, function: Any) -> str:
    """Keras' name of a built-in activation function.

    Others are refused: they may compute anything.
    """
    from keras import activations

    name = getattr(function, "__name__", "")
    if function is None:
        return "linear"
    try:
        known = activations.get(name) is function
    except ValueError:
        known = False
    if not known:
        call.refuse("activation", name or function, "use one of keras.activations")
    return str(name)


def tfjs_name(call: LayerCall, function: Any, option: str = "activation") -> str:
    """TensorFlow.js's name of an activation in a recurrent cell.

    One that it lacks is refused, not composed.
    """
    name = keras_name(call, function)
    if name not in SAME:
        call.refuse(option, name, f"use one of {', '.join(sorted(SAME))}")
    return SAME[name]


def fusable_name(function: Any) -> str:
    """The activation to write into a layer that takes one; "linear" when it has to be
    layers of its own.
    """
    return SAME.get(getattr(function, "__name__", "linear"), "linear")


def apply_unfused_activation(call: LayerCall, x: Tensor, function: Any) -> Tensor:
    """The activation as layers after `x`, unless `fusable_name` has written it into the
    layer before.
    """
    from keras.layers import Layer

    if isinstance(function, Layer):
        inner = call.inner(function, keep_name=False)
        return apply_rule(
            dataclasses.replace(
                inner, inputs=(x,), arguments={}, output_shapes=(x.shape,)
            )
        )[0]
    name = keras_name(call, function)
    if name in SAME:
        return x
    if name not in COMPOSED:
        call.refuse(
            "activation", name, f"use one of {', '.join(sorted({*SAME, *COMPOSED}))}"
        )
    return COMPOSED[name](call, x, name)


@rule(
    "Activation",
    reads=["activation"],
    note="activations that TensorFlow.js lacks are composed of its layers",
)
def _activation(call: LayerCall) -> Tensor:
    function = call.layer.activation
    name = keras_name(call, function) if not hasattr(function, "get_config") else ""
    if name in SAME:
        return blocks.activation(call, call.x, SAME[name])
    return apply_unfused_activation(call, call.x, function)


@rule(
    "ReLU",
    reads=["max_value", "negative_slope", "threshold"],
    note="the threshold is a layer of its own",
)
def _relu(call: LayerCall) -> Tensor:
    top, slope, limit = (
        call.config["max_value"],
        float(call.config["negative_slope"]),
        float(call.config["threshold"]),
    )
    if slope and (limit or top is not None):
        call.refuse(
            "negative_slope",
            slope,
            "use max_value or threshold in a layer of their own",
        )
    if slope:
        return leaky_relu(call, call.x, "", slope)
    above = (
        call.emit("ThresholdedReLU", call.x, {"theta": limit}, part="above")
        if limit
        else call.x
    )
    return blocks.relu(call, above, "", top)


@rule("LeakyReLU", reads=["negative_slope"])
@op("LeakyRelu", module=NN)
def _leaky_relu(call: LayerCall) -> Tensor:
    return leaky_relu(call, call.x, "", call.layer.negative_slope)


@rule("ELU")
def _elu(call: LayerCall) -> Tensor:
    return call.emit("ELU", call.x, {"alpha": 1.0})


@rule("PReLU", reads=["shared_axes"])
def _prelu(call: LayerCall) -> Tensor:
    axes = call.config["shared_axes"]
    config = {} if axes is None else {"shared_axes": [int(axis) for axis in axes]}
    return call.emit(
        "PReLU", call.x, config, weights=[weight("alpha", call.layer.alpha)]
    )


@rule(
    "Softmax",
    reads=["axis"],
    note="another axis than the last: moved to the end and back",
)
@op("Softmax", "LogSoftmax", module=NN)
def _softmax(call: LayerCall) -> Tensor:
    call.refuse_masks()
    axis, x, is_log = call.layer.axis, call.x, type(call.layer).__name__ == "LogSoftmax"
    axes = [
        one % x.rank
        for one in ([axis] if isinstance(axis, int) else axis or range(x.rank))
    ]
    if 0 in axes:
        call.refuse("axis", axis, "use one axis, not that of the batch")
    if len(axes) > 1:
        return call.emit("Softmax", x, {"axis": axes})
    if is_log:
        return blocks.along(
            call, x, axes[0], lambda last: blocks.activation(call, last, "log_softmax")
        )
    return blocks.along(
        call, x, axes[0], lambda last: call.emit("Softmax", last, {"axis": -1})
    )
