"""Layers that merge several inputs."""

from pipeline.tfjs.layers_model.graph import Tensor
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, rule
from pipeline.tfjs.layers_model.rules.norm import unit_length


@rule("Add", "Multiply", "Average", "Maximum", "Minimum")
def _merge(site: Site) -> Tensor:
    if len(site.inputs) == 1:
        return p.identity(site, site.x)
    return site.emit(type(site.layer).__name__, site.inputs, shape=site.shape)


@rule("Subtract", note="first + (−1) · second: changing the sign rounds nothing")
def _subtract(site: Site) -> Tensor:
    first, second = site.inputs
    return site.emit("Add", [first, p.negative(site, second, "minus")], shape=site.shape)


@rule("Concatenate", reads=["axis"])
def _concatenate(site: Site) -> Tensor:
    axis = site.layer.axis % site.inputs[0].rank
    if axis == 0:
        site.refuse("axis", site.layer.axis, "use another axis than the batch")
    if len(site.inputs) == 1:
        return p.identity(site, site.x)
    return site.emit("Concatenate", site.inputs, {"axis": axis}, shape=site.shape)


@rule("Dot", reads=["axes", "normalize"], note="ranks that differ: an axis of size 1; normalize: as UnitNormalization")
def _dot(site: Site) -> Tensor:
    x, y = site.inputs
    axes = site.layer.axes
    ax, ay = (axes, axes) if isinstance(axes, int) else axes
    ax, ay = ax % x.rank, ay % y.rank
    if max(x.rank, y.rank) > 3 or 0 in (ax, ay):
        site.refuse("axes", axes, "use tensors of rank 2 or 3 and an axis that is not the batch")
    if site.layer.normalize:
        x = unit_length(site, x, ax, "first")
        y = unit_length(site, y, ay, "second")
    if x.rank == 2 and y.rank == 2:
        return site.emit("Dot", [x, y], {"axes": [ax, ay], "normalize": False}, shape=site.shape)
    if x.rank == 2:
        x, ax = p.reshape(site, x, (1, x.channels), "row"), 2
    if y.rank == 2:
        y, ay = p.reshape(site, y, (y.channels, 1), "column"), 1
    return p.reshape(site, dot(site, x, y, ax, ay), site.shape[1:], "shape")


def dot(site: Site, x: Tensor, y: Tensor, ax: int, ay: int, part: str = "") -> Tensor:
    """Contract axis `ax` of x with axis `ay` of y; both have rank 3 and share the batch."""
    shape = (x.shape[0], x.shape[3 - ax], y.shape[3 - ay])
    return site.emit("Dot", [x, y], {"axes": [ax, ay], "normalize": False}, part=part, shape=shape)
