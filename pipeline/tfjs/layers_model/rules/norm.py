"""Normalisation layers."""

import math
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count, to_numpy, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import apply_rule, rule

_ROOT = (
    "the mean square of x is the variance of x and −x together, and LayerNormalization"
    " divides by its root"
)
_APPLICATIONS = "keras.src.applications"
_RENORM = ["renorm", "renorm_clipping", "renorm_momentum"]


@rule(
    "BatchNormalization",
    reads=["axis", "momentum", "epsilon", "center", "scale", *_RENORM, "synchronized"],
    note=(
        "another axis than the last: moved to the end and back; rank 5 and more: the"
        " spatial axes merged into one"
    ),
)
def _batch_normalization(call: LayerCall) -> Tensor:
    layer = call.layer
    axis = layer.axis[0] if isinstance(layer.axis, list | tuple) else layer.axis
    config = {"axis": -1, "momentum": float(layer.momentum), **_options(layer)}
    used = {
        "gamma": layer.scale,
        "beta": layer.center,
        "moving_mean": True,
        "moving_variance": True,
    }
    weights = [
        weight(name, getattr(layer, name)) for name, present in used.items() if present
    ]

    def normalized(x: Tensor) -> Tensor:
        return blocks.merged(
            call,
            x,
            lambda y: call.emit("BatchNormalization", y, config, weights=weights),
        )

    return blocks.along(call, call.x, axis % call.x.rank, normalized)


def _options(layer: Any) -> dict[str, Any]:
    return {
        "epsilon": float(layer.epsilon),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
    }


@rule(
    "LayerNormalization",
    reads=["axis", "epsilon", "center", "scale", "rms_scaling"],
    note="rank 5 and more, or axes other than the last: moved to the end and merged",
)
def _layer_normalization(call: LayerCall) -> Tensor:
    layer, x = call.layer, call.x
    if layer.rms_scaling:
        call.refuse("rms_scaling", True, "use RMSNormalization")
    axes = [
        a % x.rank
        for a in ([layer.axis] if isinstance(layer.axis, int) else layer.axis)
    ]
    if axes != sorted(axes):
        call.refuse("axis", axes, "list the axes in order")
    kept = [a for a in range(1, x.rank) if a not in axes]
    order = kept + axes
    moved = blocks.permute(call, x, order, "last")
    size = math.prod(x.size(a) for a in axes)
    flat = blocks.reshape(
        call,
        moved,
        (count([x.shape[a] for a in kept]), size) if kept else (size,),
        "flat",
    )
    config = {"axis": -1, **_options(layer)}
    used = [
        name
        for name, present in (("gamma", layer.scale), ("beta", layer.center))
        if present
    ]
    weights = [
        weight(name, getattr(layer, name), [size], lambda v: v.reshape(-1))
        for name in used
    ]
    if moved is x and len(axes) == 1 and x.rank <= 4:
        flat = x
    y = blocks.reshape(
        call,
        call.emit("LayerNormalization", flat, config, weights=weights),
        moved.shape[1:],
        "shape",
    )
    return blocks.permute(
        call, y, [order.index(a) + 1 for a in range(1, x.rank)], "back"
    )


@rule(
    "GroupNormalization",
    reads=["groups", "axis", "epsilon", "center", "scale"],
    note=(
        "each group as one axis for LayerNormalization, then gamma and beta per channel"
    ),
)
def _group_normalization(call: LayerCall) -> Tensor:
    return blocks.along(
        call, call.x, call.layer.axis % call.x.rank, lambda x: _grouped(call, x)
    )


def _grouped(call: LayerCall, x: Tensor) -> Tensor:
    layer, channels = call.layer, x.channels
    groups = channels if layer.groups == -1 else int(layer.groups)
    places = count(x.shape[1:-1])
    y = blocks.reshape(call, x, (places, groups, channels // groups), "split")
    y = blocks.permute(call, y, [2, 1, 3], "group_first")
    inner = y.shape
    y = blocks.reshape(
        call,
        y,
        (groups, None if places is None else places * channels // groups),
        "group",
    )
    if y.shape[-1] is None:
        call.refuse("input size", call.x.shape, "fix the input size")
    config = {
        "axis": -1,
        "epsilon": float(layer.epsilon),
        "center": False,
        "scale": False,
    }
    y = call.emit("LayerNormalization", y, config, part="norm")
    y = blocks.permute(
        call, blocks.reshape(call, y, inner[1:], "ungroup"), [2, 1, 3], "group_last"
    )
    y = blocks.reshape(call, y, x.shape[1:], "join")
    return blocks.per_channel(
        call,
        y,
        layer.gamma if layer.scale else None,
        layer.beta if layer.center else None,
    )


@rule("RMSNormalization", reads=["axis", "epsilon"], note=_ROOT)
def _rms_normalization(call: LayerCall) -> Tensor:
    def scaled(x: Tensor) -> Tensor:
        return blocks.per_channel(
            call,
            _divided_by_root(call, x, float(call.layer.epsilon)),
            call.layer.scale,
            None,
        )

    return blocks.along(call, call.x, _one_axis(call), scaled)


@rule(
    "UnitNormalization",
    reads=["axis"],
    note=f"{_ROOT}; Keras' guard of 1e-12 against zero remains as an epsilon",
)
def _unit_normalization(call: LayerCall) -> Tensor:
    return unit_length(call, call.x, _one_axis(call), "")


def unit_length(call: LayerCall, x: Tensor, axis: int, part: str) -> Tensor:
    """x / ‖x‖ along an axis."""
    size, prefix = x.size(axis), f"{part}_" if part else ""

    def divided(last: Tensor) -> Tensor:
        # ‖x‖² = n · mean(x²); 1e-24 / n vanishes next to any mean square that float32
        # can distinguish from zero
        return blocks.affine(
            call,
            _divided_by_root(call, last, 1e-24 / size, prefix),
            1 / math.sqrt(size),
            0.0,
            part,
        )

    return blocks.along(call, x, axis, divided, prefix)


def _one_axis(call: LayerCall) -> int:
    axis = call.layer.axis
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(axes) != 1 or axes[0] % call.x.rank == 0:
        call.refuse("axis", axis, "use one axis, not that of the batch")
    return int(axes[0]) % call.x.rank


def _divided_by_root(
    call: LayerCall, x: Tensor, epsilon: float, prefix: str = ""
) -> Tensor:
    """x / √(mean(x²) + epsilon) along the last axis."""
    size = x.channels
    pair = [x, blocks.negative(call, x, f"{prefix}minus")]
    both = call.emit(
        "Concatenate",
        pair,
        {"axis": x.rank - 1},
        part=f"{prefix}both",
        shape=(*x.shape[:-1], 2 * size),
    )
    config = {"axis": -1, "epsilon": epsilon, "center": False, "scale": False}
    part = f"{prefix}norm"
    y = blocks.merged(
        call,
        both,
        lambda x: call.emit("LayerNormalization", x, config, part=part),
        prefix,
    )
    return blocks.window(call, y, y.rank - 1, 0, size, f"{prefix}half")


@rule(
    "Normalization",
    reads=["axis", "mean", "variance", "invert", "input_mean", "input_variance"],
    note="subtract the mean, then multiply by 1 / max(√variance, 1e-7)",
)
def _normalization(call: LayerCall) -> Tensor:
    from keras import backend

    layer = call.layer
    mean, variance = (to_numpy(v)[0] for v in (layer.mean, layer.variance))
    deviation = np.maximum(np.sqrt(variance), np.float32(backend.epsilon()))
    if layer.invert:
        return blocks.affine(call, call.x, deviation, mean)
    return blocks.affine(
        call, blocks.affine(call, call.x, 1.0, -mean, "centre"), 1 / deviation, 0.0
    )


@rule(
    "SpectralNormalization",
    reads=["layer", "power_iterations"],
    note="at inference it is the layer that it wraps",
)
def _spectral_normalization(call: LayerCall) -> Any:
    return apply_rule(call.inner(call.layer.layer))


@rule(
    "LayerScale",
    reads=["init_values", "projection_dim"],
    module=_APPLICATIONS,
    note="a factor per channel",
)
def _layer_scale(call: LayerCall) -> Tensor:
    return blocks.per_channel(call, call.x, call.layer.gamma, None)


@rule("CustomScaleLayer", reads=["scale"], module=_APPLICATIONS, note="x + scale · y")
def _custom_scale(call: LayerCall) -> Tensor:
    first, second = call.inputs
    return blocks.add(
        call, [first, blocks.affine(call, second, call.layer.scale, 0.0, "scaled")]
    )
