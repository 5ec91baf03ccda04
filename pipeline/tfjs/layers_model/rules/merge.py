"""Layers that merge several inputs."""

from pipeline.tfjs.layers_model.graph import Tensor
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.norm import unit_length
from pipeline.tfjs.layers_model.rules.table import rule


@rule("Add", "Multiply", "Average", "Maximum", "Minimum")
def _merge(call: LayerCall) -> Tensor:
    if len(call.inputs) == 1:
        return blocks.identity(call, call.x)
    return call.emit(type(call.layer).__name__, call.inputs, shape=call.shape)


@rule("Subtract", note="first + (−1) · second: changing the sign does not round")
def _subtract(call: LayerCall) -> Tensor:
    first, second = call.inputs
    return call.emit(
        "Add", [first, blocks.negative(call, second, "minus")], shape=call.shape
    )


@rule("Concatenate", reads=["axis"])
@rule("Concatenate", reads=["axis"], module="keras.src.ops.numpy")
def _concatenate(call: LayerCall) -> Tensor:
    axis = inner_axis(call, call.inputs[0].rank)
    if len(call.inputs) == 1:
        return blocks.identity(call, call.x)
    return call.emit("Concatenate", call.inputs, {"axis": axis}, shape=call.shape)


def inner_axis(call: LayerCall, rank: int) -> int:
    """The option `axis`, counted from the front. That of the batch is refused."""
    axis = int(call.layer.axis) % rank
    if axis == 0:
        call.refuse("axis", call.layer.axis, "use an axis other than the batch")
    return axis


@rule(
    "Dot",
    reads=["axes", "normalize"],
    note="ranks that differ: an axis of size 1; normalize: as UnitNormalization",
)
def _dot(call: LayerCall) -> Tensor:
    x, y = call.inputs
    axes = call.layer.axes
    ax, ay = (axes, axes) if isinstance(axes, int) else axes
    ax, ay = ax % x.rank, ay % y.rank
    if max(x.rank, y.rank) > 3 or 0 in (ax, ay):
        call.refuse(
            "axes", axes, "use tensors of rank 2 or 3 and an axis that is not the batch"
        )
    if call.layer.normalize:
        x = unit_length(call, x, ax, "first")
        y = unit_length(call, y, ay, "second")
    if x.rank == 2 and y.rank == 2:
        return call.emit(
            "Dot", [x, y], {"axes": [ax, ay], "normalize": False}, shape=call.shape
        )
    if x.rank == 2:
        x, ax = blocks.reshape(call, x, (1, x.channels), "row"), 2
    if y.rank == 2:
        y, ay = blocks.reshape(call, y, (y.channels, 1), "column"), 1
    return blocks.reshape(call, dot(call, x, y, ax, ay), call.shape[1:], "shape")


def dot(
    call: LayerCall, x: Tensor, y: Tensor, ax: int, ay: int, part: str = ""
) -> Tensor:
    """Contract axis `ax` of x with axis `ay` of y; both have rank 3 and share the
    batch.
    """
    shape = (x.shape[0], x.shape[3 - ax], y.shape[3 - ay])
    return call.emit(
        "Dot", [x, y], {"axes": [ax, ay], "normalize": False}, part=part, shape=shape
    )
