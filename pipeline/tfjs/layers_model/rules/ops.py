"""Operations between layers, such as `x * 2 + a` or `keras.ops.reshape(x, …)`."""

import math
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Shape, Tensor, count, to_numpy
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.merge import dot, inner_axis
from pipeline.tfjs.layers_model.rules.table import op, rule

Number = Any  # a Python number or an array


def _operands(call: LayerCall) -> tuple[Tensor | Number, Tensor | Number]:
    """Both operands:

    tensors as they are, constants as arrays that broadcast against a tensor without its
    batch.
    """
    first, second = call.arguments[""], call.arguments.get("x2")
    values = [
        one if isinstance(one, Tensor) else _constant(call, one)
        for one in (first, second)
    ]
    tensors = [one for one in values if isinstance(one, Tensor)]
    if len({tensor.rank for tensor in tensors}) > 1:
        call.refuse(
            "operands",
            [tensor.shape for tensor in tensors],
            "reshape them to the same rank",
        )
    return values[0], values[1]


def _constant(call: LayerCall, value: Any) -> Number:
    array = np.asarray(
        to_numpy(value) if hasattr(value, "shape") else value, np.float32
    )
    rank = len(call.shape)
    if array.ndim == rank and array.shape[0] == 1:
        array = array[0]
    sizes = zip(array.shape[::-1], call.shape[::-1], strict=False)
    if array.ndim >= rank or any(n not in (1, size) for n, size in sizes):
        call.refuse(
            "constant", array.shape, "use one that broadcasts against a single sample"
        )
    return array


@op(
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "TrueDivide",
    note="constants as Rescaling, tensors as merge layers",
)
def _arithmetic(call: LayerCall) -> Tensor:
    kind = type(call.layer).__name__.removeprefix("True")
    x, y = _operands(call)
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if kind == "Divide":
            call.refuse(
                "operands",
                "two tensors",
                "multiply by a constant, or divide outside of the model",
            )
        if kind == "Subtract":
            kind, y = "Add", blocks.negative(call, y, "minus")
        return call.emit(kind, [x, y], shape=call.shape)
    is_first = isinstance(x, Tensor)
    if kind == "Divide" and not is_first:
        call.refuse(
            "operands", "a constant divided by a tensor", "divide outside of the model"
        )
    tensor, value = (
        (x, np.asarray(y, np.float64)) if is_first else (y, np.asarray(x, np.float64))
    )
    _check_growth(call, tensor)
    if kind in ("Add", "Subtract"):
        sign = 1.0 if kind == "Add" else -1.0
        return blocks.affine(
            call, tensor, *((1.0, sign * value) if is_first else (sign, value))
        )
    # infinite, and refused as any other infinite constant
    with np.errstate(divide="ignore"):
        return blocks.affine(
            call, tensor, value if kind == "Multiply" else 1 / value, 0.0
        )


def _check_growth(call: LayerCall, x: Tensor) -> None:
    if len(x.shape) != len(call.shape) or any(
        n == 1 and size not in (1, None)
        for n, size in zip(x.shape[1:], call.shape[1:], strict=True)
    ):
        call.refuse(
            "constant", call.shape, "use one that is not larger than the tensor"
        )


@op(
    "Maximum",
    "Minimum",
    note="with a constant: the tensor times 0 plus the constant makes it a tensor",
)
def _extremum(call: LayerCall) -> Tensor:
    x, y = _operands(call)
    tensors = [one for one in (x, y) if isinstance(one, Tensor)]
    x, y = (
        (
            one
            if isinstance(one, Tensor)
            else blocks.affine(call, tensors[0], 0.0, one, "constant")
        )
        for one in (x, y)
    )
    return call.emit(type(call.layer).__name__, [x, y], shape=call.shape)


@op("Clip", note="the larger of x and x_min, then the smaller of that and x_max")
def _clip(call: LayerCall) -> Tensor:
    low = blocks.affine(call, call.x, 0.0, float(call.layer.x_min), "low")
    high = blocks.affine(call, call.x, 0.0, float(call.layer.x_max), "high")
    return call.emit(
        "Minimum", [call.emit("Maximum", [call.x, low], part="raised"), high]
    )


@op("Negative")
def _negative(call: LayerCall) -> Tensor:
    return blocks.negative(call, call.x, "")


@op("Absolute", note="max(x, −x)")
def _absolute(call: LayerCall) -> Tensor:
    return call.emit("Maximum", [call.x, blocks.negative(call, call.x, "minus")])


@op("Square", note="x · x")
def _square(call: LayerCall) -> Tensor:
    return blocks.multiply(call, [call.x, call.x])


@op("Power", note="whole exponents from 1 to 8: repeated products")
def _power(call: LayerCall) -> Tensor:
    exponent = call.arguments.get("x2")
    base = call.arguments[""]
    if (
        not isinstance(base, Tensor)
        or not isinstance(exponent, int | float)
        or exponent not in range(1, 9)
    ):
        call.refuse("exponent", exponent, "use a whole number from 1 to 8")
    return (
        blocks.multiply(call, [base] * int(exponent))
        if exponent > 1
        else blocks.identity(call, base)
    )


@rule("Reshape", reads=["target_shape"])
@op("Reshape", "ExpandDims", "Squeeze", note="a Reshape")
def _reshape(call: LayerCall) -> Tensor:
    if call.shape[0] != call.x.shape[0]:
        call.refuse("shape", call.shape, "do not change the batch axis")
    return blocks.reshape(call, call.x, call.shape[1:])


@op("Transpose", note="a Permute")
def _transpose(call: LayerCall) -> Tensor:
    axes = call.layer.axes
    order = list(axes) if axes is not None else list(range(call.x.rank))[::-1]
    order = [int(axis) % call.x.rank for axis in order]
    if order[0] != 0:
        call.refuse("axes", axes, "keep the batch first")
    return blocks.permute(call, call.x, order[1:])


@op("Stack", note="a Concatenate of tensors with one more axis")
def _stack(call: LayerCall) -> Tensor:
    axis = inner_axis(call, len(call.shape))
    tall = [
        blocks.reshape(
            call, one, (*one.shape[1:axis], 1, *one.shape[axis:]), f"part{i}"
        )
        for i, one in enumerate(call.inputs)
    ]
    return call.emit("Concatenate", tall, {"axis": axis}, shape=call.shape)


@op("Split", note="windows of the tensor")
def _split(call: LayerCall) -> list[Tensor]:
    axis = inner_axis(call, call.x.rank)
    start, parts = 0, []
    for i, shape in enumerate(call.output_shapes):
        length = shape[axis] or 0
        parts.append(blocks.window(call, call.x, axis, start, length, f"part{i}"))
        start += length
    return parts


@op(
    "GetItem",
    note=(
        "windows of the tensor with steps of 1; a Reshape removes the axis of a single"
        " index"
    ),
)
def _get_item(call: LayerCall) -> Tensor:
    key = call.arguments.get("key")
    keys = list(key) if isinstance(key, list | tuple) else [key]
    x = call.x
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        missing = x.rank - sum(one is not None for one in keys) + 1
        keys[place : place + 1] = [slice(None)] * missing
    axis = 0
    for one in keys:
        if one is None:
            continue  # a new axis: the last Reshape adds it
        if isinstance(one, slice):
            if one.step not in (None, 1) or (axis == 0 and one != slice(None)):
                call.refuse("slice", key, "use steps of 1 and leave the batch alone")
            if one != slice(None):
                start, stop, _ = one.indices(x.size(axis))
                x = blocks.window(call, x, axis, start, stop - start, f"axis{axis}")
        elif isinstance(one, int) and axis > 0:
            x = blocks.window(call, x, axis, one % x.size(axis), 1, f"axis{axis}")
        else:
            call.refuse("index", key, "use slices and numbers")
        axis += 1
    return blocks.reshape(call, x, call.shape[1:])


@op(
    "Mean",
    "Max",
    "Sum",
    note="the axes merged into one, then GlobalPooling (a sum is n · the mean)",
)
def _reduce(call: LayerCall) -> Tensor:
    axis, x, kind = call.layer.axis, call.x, type(call.layer).__name__
    axes = sorted(
        int(n) % x.rank
        for n in ([axis] if isinstance(axis, int) else axis or range(x.rank))
    )
    if 0 in axes or getattr(call.layer, "initial", None) is not None:
        call.refuse("axis", axis, "do not change the batch axis")
    kept = [n for n in range(1, x.rank) if n not in axes]
    moved = blocks.permute(call, x, axes + kept, "front")
    size = math.prod(x.size(n) for n in axes)
    rest: Shape = tuple(x.shape[n] for n in kept)
    flat = blocks.reshape(call, moved, (size, count(rest)), "flat")
    pool = "GlobalMaxPooling1D" if kind == "Max" else "GlobalAveragePooling1D"
    y = call.emit(pool, flat, {}, part="pool", shape=(x.shape[0], flat.shape[2]))
    y = blocks.affine(call, y, float(size), 0.0, "count") if kind == "Sum" else y
    return blocks.reshape(call, y, call.shape[1:])


@op("Matmul", note="a Dot")
def _matmul(call: LayerCall) -> Tensor:
    x, y = call.arguments[""], call.arguments.get("x2")
    if (
        not isinstance(x, Tensor)
        or not isinstance(y, Tensor)
        or x.rank != 3
        or y.rank != 3
    ):
        call.refuse(
            "operands",
            "anything but two tensors of rank 3",
            "use a Dense layer for a constant matrix",
        )
    return dot(call, x, y, 2, 1)
