"""Activations: those that TensorFlow.js has, and those that a few of its layers compose exactly."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.tfjs.layers_model.graph import Tensor
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, apply, rule

# Keras' name → TensorFlow.js's name, where both compute the same function with default arguments.
# hard_sigmoid is missing on purpose: TensorFlow.js has Keras 2's slope of 0.2 instead of 1/6.
SAME: Mapping[str, str] = {
    "celu": "elu",  # with its default alpha of 1
    "elu": "elu",
    "gelu": "gelu",
    "linear": "linear",
    "log_softmax": "log_softmax",
    "mish": "mish",
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "silu": "swish",
    "softmax": "softmax",
    "softplus": "softplus",
    "softsign": "softsign",
    "tanh": "tanh",
}


def hard_sigmoid(site: Site, x: Tensor, part: str) -> Tensor:
    """clip(x / 6 + ½, 0, 1), as Keras 3 defines it."""
    return p.relu(site, p.affine(site, x, 1 / 6, 0.5, f"{part}_line"), part, 1.0)


def hard_silu(site: Site, x: Tensor, part: str) -> Tensor:
    """x · hard_sigmoid(x)."""
    return p.multiply(site, [x, hard_sigmoid(site, x, f"{part}_gate")], part)


def hard_tanh(site: Site, x: Tensor, part: str) -> Tensor:
    """min(max(x, 0), 1) − min(max(−x, 0), 1): one of the two is zero, so nothing is rounded."""
    above = p.relu(site, x, f"{part}_above", 1.0)
    below = p.relu(site, p.negative(site, x, f"{part}_minus"), f"{part}_below", 1.0)
    return p.add(site, [above, p.negative(site, below, f"{part}_sign")], part)


def hard_shrink(site: Site, x: Tensor, part: str, limit: float = 0.5) -> Tensor:
    """x where |x| > limit, else 0: two one-sided thresholds, one of which is zero."""
    above = site.emit("ThresholdedReLU", x, {"theta": limit}, part=f"{part}_above")
    minus = p.negative(site, x, f"{part}_minus")
    below = site.emit("ThresholdedReLU", minus, {"theta": limit}, part=f"{part}_below")
    return p.add(site, [above, p.negative(site, below, f"{part}_sign")], part)


def soft_shrink(site: Site, x: Tensor, part: str, limit: float = 0.5) -> Tensor:
    """max(x − limit, 0) − max(−x − limit, 0): one of the two is zero."""
    above = p.relu(site, p.affine(site, x, 1.0, -limit, f"{part}_down"), f"{part}_above")
    below = p.relu(site, p.affine(site, x, -1.0, -limit, f"{part}_up"), f"{part}_below")
    return p.add(site, [above, p.negative(site, below, f"{part}_sign")], part)


def tanh_shrink(site: Site, x: Tensor, part: str) -> Tensor:
    """X − tanh(x)."""
    return p.add(site, [x, p.negative(site, p.activation(site, x, "tanh", f"{part}_tanh"), f"{part}_sign")], part)


def log_sigmoid(site: Site, x: Tensor, part: str) -> Tensor:
    """−softplus(−x)."""
    inner = p.activation(site, p.negative(site, x, f"{part}_minus"), "softplus", f"{part}_softplus")
    return p.negative(site, inner, part)


def sparse_plus(site: Site, x: Tensor, part: str) -> Tensor:
    """clip(x + 1, 0, 2)² / 4 + max(x − 1, 0): below −1 nothing, above 1 it is 1 + (x − 1)."""
    ramp = p.relu(site, p.affine(site, x, 1.0, 1.0, f"{part}_up"), f"{part}_ramp", 2.0)
    square = p.multiply(site, [ramp, p.affine(site, ramp, 0.25, 0.0, f"{part}_quarter")], f"{part}_square")
    rest = p.relu(site, p.affine(site, x, 1.0, -1.0, f"{part}_down"), f"{part}_rest")
    return p.add(site, [square, rest], part)


def sparse_sigmoid(site: Site, x: Tensor, part: str) -> Tensor:
    """clip((x + 1) / 2, 0, 1)."""
    return p.relu(site, p.affine(site, x, 0.5, 0.5, f"{part}_line"), part, 1.0)


def leaky_relu(site: Site, x: Tensor, part: str, slope: float = 0.2) -> Tensor:
    """The layer LeakyReLU, whose option is called alpha in TensorFlow.js."""
    return site.emit("LeakyReLU", x, {"alpha": float(slope)}, part=part)


COMPOSED: Mapping[str, Callable[[Site, Tensor, str], Tensor]] = {
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_tanh": hard_tanh,
    "leaky_relu": leaky_relu,
    "log_sigmoid": log_sigmoid,
    "soft_shrink": soft_shrink,
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": sparse_sigmoid,
    "tanh_shrink": tanh_shrink,
}


def name_of(site: Site, function: Any) -> str:
    """Keras' name of a built-in activation function.

    Raises:
        ConversionError: it is another function, which may compute anything.
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
        site.refuse("activation", name or function, "use one of keras.activations")
    return str(name)


def same(site: Site, function: Any, option: str = "activation") -> str:
    """TensorFlow.js's name of an activation that stands inside another layer (a recurrent cell), where nothing can be
    composed.

    Raises:
        ConversionError: TensorFlow.js has no such activation.
    """
    name = name_of(site, function)
    if name not in SAME:
        site.refuse(option, name, f"use one of {', '.join(sorted(SAME))}")
    return SAME[name]


def fused(function: Any) -> str:
    """The activation to write into a layer that can hold one; "linear" when it must follow as layers of its own."""
    return SAME.get(getattr(function, "__name__", "linear"), "linear")


def follow(site: Site, x: Tensor, function: Any) -> Tensor:
    """Whatever `fused` left out, as layers after `x`."""
    from keras.layers import Layer

    if isinstance(function, Layer):
        inner = site.inner(function, keep_name=False)
        return apply(dataclasses.replace(inner, inputs=(x,), arguments={}, output_shapes=(x.shape,)))[0]
    name = name_of(site, function)
    if name in SAME:
        return x
    if name not in COMPOSED:
        site.refuse("activation", name, f"use one of {', '.join(sorted({*SAME, *COMPOSED}))}")
    return COMPOSED[name](site, x, name)


@rule("Activation", reads=["activation"], note="activations that TensorFlow.js lacks are composed of its layers")
def _activation(site: Site) -> Tensor:
    function = site.layer.activation
    name = name_of(site, function) if not hasattr(function, "get_config") else ""
    if name in SAME:
        return p.activation(site, site.x, SAME[name])
    return follow(site, site.x, function)


@rule("ReLU", reads=["max_value", "negative_slope", "threshold"], note="slope and threshold are composed")
def _relu(site: Site) -> Tensor:
    top, slope, limit = site.config["max_value"], float(site.config["negative_slope"]), float(site.config["threshold"])
    if slope == 0 and limit == 0:
        return p.relu(site, site.x, "", top)
    if top is None and limit == 0:
        return leaky_relu(site, site.x, "", slope)
    above = site.x if limit == 0 else site.emit("ThresholdedReLU", site.x, {"theta": limit}, part="above")
    if slope == 0:
        return p.relu(site, above, "", top)
    # below the threshold: slope · (x − threshold) = −slope · max(threshold − x, 0), and the part above is zero there
    under = p.relu(site, p.affine(site, site.x, -1.0, limit, "under_line"), "under")
    return p.add(site, [p.relu(site, above, "top", top), p.affine(site, under, -slope, 0.0, "under_slope")])


@rule("LeakyReLU", reads=["negative_slope"])
def _leaky_relu(site: Site) -> Tensor:
    return leaky_relu(site, site.x, "", site.config["negative_slope"])


@rule("ELU", reads=["alpha"], note="alpha ≠ 1: max(x, 0) + alpha · elu(min(x, 0)), one of which is zero")
def _elu(site: Site) -> Tensor:
    alpha = float(site.config["alpha"])
    if alpha == 1:
        return site.emit("ELU", site.x, {"alpha": 1.0})
    above = p.relu(site, site.x, "above")
    under = p.negative(site, p.relu(site, p.negative(site, site.x, "minus"), "under"), "under_sign")
    return p.add(site, [above, p.affine(site, p.activation(site, under, "elu", "elu"), alpha, 0.0, "scaled")])


@rule("PReLU", reads=["shared_axes"])
def _prelu(site: Site) -> Tensor:
    from pipeline.tfjs.layers_model.graph import weight

    axes = site.config["shared_axes"]
    config = {} if axes is None else {"shared_axes": [int(axis) for axis in axes]}
    return site.emit("PReLU", site.x, config, weights=[weight("alpha", site.layer.alpha)])


@rule("Softmax", reads=["axis"], note="another axis than the last: moved to the end and back")
def _softmax(site: Site) -> Tensor:
    site.refuse_masks()
    axis = site.config["axis"]
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(axes) > 1:
        return site.emit("Softmax", site.x, {"axis": [a % site.x.rank for a in axes]})
    place = axes[0] % site.x.rank
    if place == 0:
        site.refuse("axis", axis, "use another axis than the batch")
    moved = p.move_axis(site, site.x, place, site.x.rank - 1, "last")
    return p.move_axis(site, site.emit("Softmax", moved, {"axis": -1}), site.x.rank - 1, place, "back")
