"""Normalisation."""

import math
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count, weight
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, apply, rule

_ROOT = "the mean square of x is the variance of x and −x together, which LayerNormalization divides by"


@rule(
    "BatchNormalization",
    reads=[
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "renorm",
        "renorm_clipping",
        "renorm_momentum",
        "synchronized",
    ],
    note="another axis than the last: moved to the end and back; rank 5 and more: space merged into one axis",
)
def _batch_normalization(site: Site) -> Tensor:
    layer = site.layer
    axis = layer.axis[0] if isinstance(layer.axis, list | tuple) else layer.axis
    axis %= site.x.rank
    x = p.move_axis(site, site.x, axis, site.x.rank - 1, "last")
    flat = x if x.rank <= 4 else p.reshape(site, x, (count(x.shape[1:-1]), x.channels), "flat")
    config = {
        "axis": -1,
        "momentum": float(layer.momentum),
        "epsilon": float(layer.epsilon),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
    }
    weights = [
        *([weight("gamma", layer.gamma)] if layer.scale else []),
        *([weight("beta", layer.beta)] if layer.center else []),
        weight("moving_mean", layer.moving_mean),
        weight("moving_variance", layer.moving_variance),
    ]
    y = site.emit("BatchNormalization", flat, config, weights=weights)
    return p.move_axis(site, p.reshape(site, y, x.shape[1:], "shape"), x.rank - 1, axis, "back")


@rule(
    "LayerNormalization",
    reads=["axis", "epsilon", "center", "scale", "rms_scaling"],
    note=("rank 5 and more, or axes that are not the last: moved to the end and merged"),
)
def _layer_normalization(site: Site) -> Tensor:
    layer, x = site.layer, site.x
    if layer.rms_scaling:
        site.refuse("rms_scaling", True, "use RMSNormalization")
    axes = [a % x.rank for a in ([layer.axis] if isinstance(layer.axis, int) else layer.axis)]
    if axes != sorted(axes):
        site.refuse("axis", axes, "list the axes in order")
    kept = [a for a in range(1, x.rank) if a not in axes]
    order = kept + axes
    moved = p.permute(site, x, order, "last")
    size = math.prod(x.size(a) for a in axes)
    flat = p.reshape(site, moved, (count([x.shape[a] for a in kept]), size) if kept else (size,), "flat")
    config = {"axis": -1, "epsilon": float(layer.epsilon), "center": bool(layer.center), "scale": bool(layer.scale)}
    weights = [
        weight(name, value, [size], lambda v: v.reshape(-1))
        for name, value, used in (("gamma", layer.gamma, layer.scale), ("beta", layer.beta, layer.center))
        if used
    ]
    if moved is x and len(axes) == 1 and x.rank <= 4:
        flat = x
    y = p.reshape(site, site.emit("LayerNormalization", flat, config, weights=weights), moved.shape[1:], "shape")
    return p.permute(site, y, [order.index(a) + 1 for a in range(1, x.rank)], "back")


@rule(
    "GroupNormalization",
    reads=["groups", "axis", "epsilon", "center", "scale"],
    note=("each group as one axis for LayerNormalization, then gamma and beta per channel"),
)
def _group_normalization(site: Site) -> Tensor:
    layer, axis = site.layer, site.layer.axis % site.x.rank
    x = p.move_axis(site, site.x, axis, site.x.rank - 1, "last")
    channels = x.channels
    groups = channels if layer.groups == -1 else int(layer.groups)
    places = count(x.shape[1:-1])
    y = p.reshape(site, x, (places, groups, channels // groups), "split")
    y = p.permute(site, y, [2, 1, 3], "group_first")
    inner = y.shape
    y = p.reshape(site, y, (groups, None if places is None else places * channels // groups), "group")
    if y.shape[-1] is None:
        site.refuse("input size", site.x.shape, "fix the input size")
    config = {"axis": -1, "epsilon": float(layer.epsilon), "center": False, "scale": False}
    y = site.emit("LayerNormalization", y, config, part="norm")
    y = p.permute(site, p.reshape(site, y, inner[1:], "ungroup"), [2, 1, 3], "group_last")
    y = p.reshape(site, y, x.shape[1:], "join")
    y = p.per_channel(site, y, layer.gamma if layer.scale else None, layer.beta if layer.center else None)
    return p.move_axis(site, y, x.rank - 1, axis, "back")


@rule("RMSNormalization", reads=["axis", "epsilon"], note=_ROOT)
def _rms_normalization(site: Site) -> Tensor:
    axis = _one_axis(site)
    x = p.move_axis(site, site.x, axis, site.x.rank - 1, "last")
    y = _divided_by_root(site, x, float(site.layer.epsilon))
    return p.move_axis(site, p.per_channel(site, y, site.layer.scale, None), x.rank - 1, axis, "back")


@rule("UnitNormalization", reads=["axis"], note=f"{_ROOT}; Keras' guard of 1e-12 for zero stays as an epsilon")
def _unit_normalization(site: Site) -> Tensor:
    return unit_length(site, site.x, _one_axis(site), "")


def unit_length(site: Site, x: Tensor, axis: int, part: str) -> Tensor:
    """x / ‖x‖ along an axis."""
    prefix = f"{part}_" if part else ""
    last = p.move_axis(site, x, axis, x.rank - 1, f"{prefix}last")
    # ‖x‖² = n · mean(x²); 1e-24 / n vanishes beside any mean square that float32 can tell from zero
    y = _divided_by_root(site, last, 1e-24 / last.channels, prefix)
    y = p.affine(site, y, 1 / math.sqrt(last.channels), 0.0, part)
    return p.move_axis(site, y, x.rank - 1, axis, f"{prefix}back")


def _one_axis(site: Site) -> int:
    axis = site.layer.axis
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(axes) != 1 or axes[0] % site.x.rank == 0:
        site.refuse("axis", axis, "use one axis, not that of the batch")
    return int(axes[0]) % site.x.rank


def _divided_by_root(site: Site, x: Tensor, epsilon: float, prefix: str = "") -> Tensor:
    """x / √(mean(x²) + epsilon) along the last axis."""
    size = x.channels
    pair = [x, p.negative(site, x, f"{prefix}minus")]
    both = site.emit("Concatenate", pair, {"axis": x.rank - 1}, part=f"{prefix}both", shape=(*x.shape[:-1], 2 * size))
    flat = both if both.rank <= 4 else p.reshape(site, both, (count(both.shape[1:-1]), 2 * size), f"{prefix}flat")
    config = {"axis": -1, "epsilon": epsilon, "center": False, "scale": False}
    y = site.emit("LayerNormalization", flat, config, part=f"{prefix}norm")
    y = p.reshape(site, y, both.shape[1:], f"{prefix}shape")
    return p.window(site, y, y.rank - 1, 0, size, f"{prefix}half")


@rule(
    "Normalization",
    reads=["axis", "mean", "variance", "invert", "input_mean", "input_variance"],
    note=("subtract the mean, then multiply by 1 / max(√variance, 1e-7)"),
)
def _normalization(site: Site) -> Tensor:
    from keras import backend

    layer = site.layer
    mean, variance = (p.values(v)[0] for v in (layer.mean, layer.variance))
    deviation = np.maximum(np.sqrt(variance), np.float32(backend.epsilon()))
    if layer.invert:
        return p.affine(site, site.x, deviation, mean)
    return p.affine(site, p.affine(site, site.x, 1.0, -mean, "centre"), 1 / deviation, 0.0)


@rule("SpectralNormalization", reads=["layer", "power_iterations"], note="at inference it is the layer that it wraps")
def _spectral_normalization(site: Site) -> Any:
    return apply(site.inner(site.layer.layer))


@rule(
    "LayerScale", reads=["init_values", "projection_dim"], module="keras.src.applications", note="a factor per channel"
)
def _layer_scale(site: Site) -> Tensor:
    return p.per_channel(site, site.x, site.layer.gamma, None)


@rule("StochasticDepth", reads=["drop_path_rate"], module="keras.src.applications", note="the identity at inference")
def _stochastic_depth(site: Site) -> Tensor:
    return p.identity(site, site.x)


@rule("CustomScaleLayer", reads=["scale"], module="keras.src.applications", note="x + scale · y")
def _custom_scale(site: Site) -> Tensor:
    first, second = site.inputs
    return p.add(site, [first, p.affine(site, second, site.layer.scale, 0.0, "scaled")])
