"""Activations: those that TensorFlow.js has, and those that can be composed exactly from a few of its layers."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import apply_rule, rule

# Keras' name → TensorFlow.js's name, where both compute the same function with default arguments.
# hard_sigmoid is missing on purpose: TensorFlow.js has Keras 2's slope of 0.2 instead of 1/6.
_NAMES = (
    *("elu", "gelu", "linear", "log_softmax", "mish", "relu", "relu6", "selu"),
    *("sigmoid", "softmax", "softplus", "softsign", "tanh"),
)
SAME: Mapping[str, str] = {name: name for name in _NAMES} | {"silu": "swish", "celu": "elu"}  # celu's alpha is 1


def hard_sigmoid(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """clip(x / 6 + ½, 0, 1), as Keras 3 defines it."""
    return blocks.relu(call, blocks.affine(call, x, 1 / 6, 0.5, f"{part}_line"), part, 1.0)


def hard_silu(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """x · hard_sigmoid(x)."""
    return blocks.multiply(call, [x, hard_sigmoid(call, x, f"{part}_gate")], part)


def hard_tanh(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """min(max(x, 0), 1) − min(max(−x, 0), 1): one of the two is zero, so nothing is rounded."""
    above = blocks.relu(call, x, f"{part}_above", 1.0)
    below = blocks.relu(call, blocks.negative(call, x, f"{part}_minus"), f"{part}_below", 1.0)
    return blocks.add(call, [above, blocks.negative(call, below, f"{part}_sign")], part)


def hard_shrink(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """x where |x| > ½, else 0: two one-sided thresholds, one of which is zero."""
    above = call.emit("ThresholdedReLU", x, {"theta": 0.5}, part=f"{part}_above")
    minus = blocks.negative(call, x, f"{part}_minus")
    below = call.emit("ThresholdedReLU", minus, {"theta": 0.5}, part=f"{part}_below")
    return blocks.add(call, [above, blocks.negative(call, below, f"{part}_sign")], part)


def soft_shrink(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """max(x − ½, 0) − max(−x − ½, 0): one of the two is zero."""
    above = blocks.relu(call, blocks.affine(call, x, 1.0, -0.5, f"{part}_down"), f"{part}_above")
    below = blocks.relu(call, blocks.affine(call, x, -1.0, -0.5, f"{part}_up"), f"{part}_below")
    return blocks.add(call, [above, blocks.negative(call, below, f"{part}_sign")], part)


def tanh_shrink(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """X − tanh(x)."""
    bent = blocks.activation(call, x, "tanh", f"{part}_tanh")
    return blocks.add(call, [x, blocks.negative(call, bent, f"{part}_sign")], part)


def log_sigmoid(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """−softplus(−x)."""
    inner = blocks.activation(call, blocks.negative(call, x, f"{part}_minus"), "softplus", f"{part}_softplus")
    return blocks.negative(call, inner, part)


def sparse_plus(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """clip(x + 1, 0, 2)² / 4 + max(x − 1, 0): below −1 nothing, above 1 it is 1 + (x − 1)."""
    ramp = blocks.relu(call, blocks.affine(call, x, 1.0, 1.0, f"{part}_up"), f"{part}_ramp", 2.0)
    square = blocks.multiply(call, [ramp, blocks.affine(call, ramp, 0.25, 0.0, f"{part}_quarter")], f"{part}_square")
    rest = blocks.relu(call, blocks.affine(call, x, 1.0, -1.0, f"{part}_down"), f"{part}_rest")
    return blocks.add(call, [square, rest], part)


def sparse_sigmoid(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """clip((x + 1) / 2, 0, 1)."""
    return blocks.relu(call, blocks.affine(call, x, 0.5, 0.5, f"{part}_line"), part, 1.0)


def leaky_relu(call: LayerCall, x: Tensor, part: str, slope: float = 0.2) -> Tensor:
    """The layer LeakyReLU, whose option is called alpha in TensorFlow.js."""
    return call.emit("LeakyReLU", x, {"alpha": float(slope)}, part=part)


_COMPOSITIONS: tuple[Callable[[LayerCall, Tensor, str], Tensor], ...] = (
    *(hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, log_sigmoid),
    *(soft_shrink, sparse_plus, sparse_sigmoid, tanh_shrink),
)
COMPOSED = {one.__name__: one for one in _COMPOSITIONS}


def keras_name(call: LayerCall, function: Any) -> str:
    """Keras' name of a built-in activation function. Others are refused: they may compute anything."""
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
    """TensorFlow.js's name of an activation in a recurrent cell. One that it lacks is refused, not composed."""
    name = keras_name(call, function)
    if name not in SAME:
        call.refuse(option, name, f"use one of {', '.join(sorted(SAME))}")
    return SAME[name]


def fusable_name(function: Any) -> str:
    """The activation to write into a layer that takes one; "linear" when it has to be layers of its own."""
    return SAME.get(getattr(function, "__name__", "linear"), "linear")


def apply_unfused_activation(call: LayerCall, x: Tensor, function: Any) -> Tensor:
    """The activation as layers after `x`, unless `fusable_name` has written it into the layer before."""
    from keras.layers import Layer

    if isinstance(function, Layer):
        inner = call.inner(function, keep_name=False)
        return apply_rule(dataclasses.replace(inner, inputs=(x,), arguments={}, output_shapes=(x.shape,)))[0]
    name = keras_name(call, function)
    if name in SAME:
        return x
    if name not in COMPOSED:
        call.refuse("activation", name, f"use one of {', '.join(sorted({*SAME, *COMPOSED}))}")
    return COMPOSED[name](call, x, name)


@rule("Activation", reads=["activation"], note="activations that TensorFlow.js lacks are composed of its layers")
def _activation(call: LayerCall) -> Tensor:
    function = call.layer.activation
    name = keras_name(call, function) if not hasattr(function, "get_config") else ""
    if name in SAME:
        return blocks.activation(call, call.x, SAME[name])
    return apply_unfused_activation(call, call.x, function)


@rule("ReLU", reads=["max_value", "negative_slope", "threshold"], note="slope and threshold are composed")
def _relu(call: LayerCall) -> Tensor:
    top, slope, limit = call.config["max_value"], float(call.config["negative_slope"]), float(call.config["threshold"])
    if slope == 0 and limit == 0:
        return blocks.relu(call, call.x, "", top)
    if top is None and limit == 0:
        return leaky_relu(call, call.x, "", slope)
    above = call.x if limit == 0 else call.emit("ThresholdedReLU", call.x, {"theta": limit}, part="above")
    if slope == 0:
        return blocks.relu(call, above, "", top)
    # below the threshold: slope · (x − threshold) = −slope · max(threshold − x, 0), and the part above is zero there
    under = blocks.relu(call, blocks.affine(call, call.x, -1.0, limit, "under_line"), "under")
    above = blocks.relu(call, above, "top", top)
    return blocks.add(call, [above, blocks.affine(call, under, -slope, 0.0, "under_slope")])


@rule("LeakyReLU", reads=["negative_slope"])
def _leaky_relu(call: LayerCall) -> Tensor:
    return leaky_relu(call, call.x, "", call.config["negative_slope"])


@rule("ELU", reads=["alpha"], note="alpha ≠ 1: max(x, 0) + alpha · elu(min(x, 0)), one of which is zero")
def _elu(call: LayerCall) -> Tensor:
    alpha = float(call.config["alpha"])
    if alpha == 1:
        return call.emit("ELU", call.x, {"alpha": 1.0})
    above = blocks.relu(call, call.x, "above")
    under = blocks.negative(call, blocks.relu(call, blocks.negative(call, call.x, "minus"), "under"), "under_sign")
    under = blocks.activation(call, under, "elu", "elu")
    return blocks.add(call, [above, blocks.affine(call, under, alpha, 0.0, "scaled")])


@rule("PReLU", reads=["shared_axes"])
def _prelu(call: LayerCall) -> Tensor:
    axes = call.config["shared_axes"]
    config = {} if axes is None else {"shared_axes": [int(axis) for axis in axes]}
    return call.emit("PReLU", call.x, config, weights=[weight("alpha", call.layer.alpha)])


@rule("Softmax", reads=["axis"], note="another axis than the last: moved to the end and back")
def _softmax(call: LayerCall) -> Tensor:
    call.refuse_masks()
    axis = call.config["axis"]
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(axes) > 1:
        return call.emit("Softmax", call.x, {"axis": [a % call.x.rank for a in axes]})
    axis_index = axes[0] % call.x.rank
    if axis_index == 0:
        call.refuse("axis", axis, "use an axis other than the batch")
    moved = blocks.move_axis(call, call.x, axis_index, call.x.rank - 1, "last")
    return blocks.move_axis(call, call.emit("Softmax", moved, {"axis": -1}), call.x.rank - 1, axis_index, "back")
