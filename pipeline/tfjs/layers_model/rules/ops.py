"""Operations written between layers: `x * 2 + a`, `keras.ops.reshape(x, …)`, `keras.activations.gelu(x)` and the
like.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Shape, Tensor
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Rule, Site, rule
from pipeline.tfjs.layers_model.rules.merge import dot

NUMPY, NN, CORE = (f"keras.src.ops.{name}" for name in ("numpy", "nn", "core"))
Number = Any  # a Python number or an array


def op(*names: str, module: str = NUMPY, note: str = "") -> Callable[[Rule], Rule]:
    """Enter a rule for operations; each rule looks at all arguments itself."""
    return rule(*names, reads=["*"], module=module, note=note)


def _operands(site: Site) -> tuple[Tensor | Number, Tensor | Number]:
    """Both operands: tensors as they are, constants as arrays that broadcast against a tensor without its batch."""
    first, second = site.arguments[""], site.arguments.get("x2")
    values = [one if isinstance(one, Tensor) else _constant(site, one) for one in (first, second)]
    tensors = [one for one in values if isinstance(one, Tensor)]
    if len({tensor.rank for tensor in tensors}) > 1:
        site.refuse("operands", [tensor.shape for tensor in tensors], "reshape them to the same rank")
    return values[0], values[1]


def _constant(site: Site, value: Any) -> Number:
    array = np.asarray(p.values(value) if hasattr(value, "shape") else value, np.float32)
    rank = len(site.shape)
    if array.ndim == rank and array.shape[0] == 1:
        array = array[0]
    small = array.ndim < rank and all(
        n in (1, size) for n, size in zip(array.shape[::-1], site.shape[::-1], strict=False)
    )
    if not small:
        site.refuse("constant", array.shape, "use one that broadcasts against a single sample")
    return array


@op("Add", "Subtract", "Multiply", "Divide", "TrueDivide", note="constants as Rescaling, tensors as merge layers")
def _arithmetic(site: Site) -> Tensor:
    kind = type(site.layer).__name__
    x, y = _operands(site)
    if isinstance(x, Tensor) and isinstance(y, Tensor):
        if kind == "Subtract":
            return site.emit("Add", [x, p.negative(site, y, "minus")], shape=site.shape)
        if kind not in ("Add", "Multiply"):
            site.refuse("operands", "two tensors", "multiply by a constant, or keep the division out of the model")
        return site.emit(kind, [x, y], shape=site.shape)
    if isinstance(x, Tensor):
        _check_growth(site, x)
        value = np.asarray(y, np.float64)
        if kind in ("Add", "Subtract"):
            return p.affine(site, x, 1.0, value if kind == "Add" else -value)
        with np.errstate(divide="ignore"):  # infinite, which is refused as every such constant
            return p.affine(site, x, value if kind == "Multiply" else 1 / value, 0.0)
    if not isinstance(y, Tensor) or kind in ("Divide", "TrueDivide"):
        site.refuse("operands", "a constant divided by a tensor", "keep the division out of the model")
    _check_growth(site, y)
    return p.affine(site, y, *{"Add": (1.0, x), "Subtract": (-1.0, x), "Multiply": (x, 0.0)}[kind])


def _check_growth(site: Site, x: Tensor) -> None:
    if len(x.shape) != len(site.shape) or any(
        n == 1 and size not in (1, None) for n, size in zip(x.shape[1:], site.shape[1:], strict=True)
    ):
        site.refuse("constant", site.shape, "use one that is no larger than the tensor")


@op("Maximum", "Minimum", note="against a constant: the tensor times 0 plus the constant gives it a tensor's form")
def _extremum(site: Site) -> Tensor:
    x, y = _operands(site)
    tensors = [one for one in (x, y) if isinstance(one, Tensor)]
    sides = [one if isinstance(one, Tensor) else p.affine(site, tensors[0], 0.0, one, "constant") for one in (x, y)]
    return site.emit(type(site.layer).__name__, sides, shape=site.shape)


@op("Clip", note="the larger of x and x_min, then the smaller of that and x_max")
def _clip(site: Site) -> Tensor:
    low = p.affine(site, site.x, 0.0, float(site.layer.x_min), "low")
    high = p.affine(site, site.x, 0.0, float(site.layer.x_max), "high")
    raised = site.emit("Maximum", [site.x, low], part="raised")
    return site.emit("Minimum", [raised, high])


@op("Negative")
def _negative(site: Site) -> Tensor:
    return p.affine(site, site.x, -1.0, 0.0)


@op("Absolute", note="max(x, −x)")
def _absolute(site: Site) -> Tensor:
    return site.emit("Maximum", [site.x, p.negative(site, site.x, "minus")])


@op("Square", note="x · x")
def _square(site: Site) -> Tensor:
    return p.multiply(site, [site.x, site.x])


@op("Power", note="whole exponents from 1 to 8: repeated products")
def _power(site: Site) -> Tensor:
    exponent = site.arguments.get("x2")
    base = site.arguments[""]
    if not isinstance(base, Tensor) or not isinstance(exponent, int | float) or exponent not in range(1, 9):
        site.refuse("exponent", exponent, "use a whole number from 1 to 8")
    return p.multiply(site, [base] * int(exponent)) if exponent > 1 else p.identity(site, base)


@op("Reshape", "ExpandDims", "Squeeze", note="a Reshape")
def _reshape(site: Site) -> Tensor:
    _same_batch(site)
    return p.reshape(site, site.x, site.shape[1:])


@op("Transpose", note="a Permute")
def _transpose(site: Site) -> Tensor:
    axes = site.layer.axes
    order = list(axes) if axes is not None else list(range(site.x.rank))[::-1]
    order = [int(axis) % site.x.rank for axis in order]
    if order[0] != 0:
        site.refuse("axes", axes, "leave the batch where it is")
    return p.permute(site, site.x, order[1:])


@op("Concatenate")
def _concatenate(site: Site) -> Tensor:
    axis = int(site.layer.axis) % site.inputs[0].rank
    if axis == 0:
        site.refuse("axis", site.layer.axis, "use another axis than the batch")
    return site.emit("Concatenate", site.inputs, {"axis": axis}, shape=site.shape)


@op("Stack", note="a Concatenate of tensors with one more axis")
def _stack(site: Site) -> Tensor:
    axis = int(site.layer.axis) % len(site.shape)
    if axis == 0:
        site.refuse("axis", site.layer.axis, "use another axis than the batch")
    tall = [
        p.reshape(site, one, (*one.shape[1:axis], 1, *one.shape[axis:]), f"part{i}")
        for i, one in enumerate(site.inputs)
    ]
    return site.emit("Concatenate", tall, {"axis": axis}, shape=site.shape)


@op("Split", note="windows of the tensor")
def _split(site: Site) -> list[Tensor]:
    axis = int(site.layer.axis) % site.x.rank
    start, parts = 0, []
    if axis == 0:
        site.refuse("axis", site.layer.axis, "use another axis than the batch")
    for i, shape in enumerate(site.output_shapes):
        length = shape[axis] or 0
        parts.append(p.window(site, site.x, axis, start, length, f"part{i}"))
        start += length
    return parts


@op("GetItem", note="windows of the tensor; steps of 1, and single places, whose axis a Reshape takes away")
def _get_item(site: Site) -> Tensor:
    key = site.arguments.get("key")
    keys = list(key) if isinstance(key, list | tuple) else [key]
    x = site.x
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        missing = x.rank - sum(one is not None for one in keys) + 1
        keys[place : place + 1] = [slice(None)] * missing
    axis = 0
    for one in keys:
        if one is None:
            continue  # a new axis: the last Reshape makes it
        if isinstance(one, slice):
            if one.step not in (None, 1) or (axis == 0 and one != slice(None)):
                site.refuse("slice", key, "use steps of 1 and leave the batch alone")
            if one != slice(None):
                start, stop, _ = one.indices(x.size(axis))
                x = p.window(site, x, axis, start, stop - start, f"axis{axis}")
        elif isinstance(one, int) and axis > 0:
            x = p.window(site, x, axis, one % x.size(axis), 1, f"axis{axis}")
        else:
            site.refuse("index", key, "use slices and numbers")
        axis += 1
    return p.reshape(site, x, site.shape[1:])


@op("Mean", "Max", "Sum", note="over neighbouring axes: merged into one, then GlobalPooling (a sum is n · the mean)")
def _reduce(site: Site) -> Tensor:
    axis, x, kind = site.layer.axis, site.x, type(site.layer).__name__
    axes = sorted(int(n) % x.rank for n in ([axis] if isinstance(axis, int) else axis or range(x.rank)))
    if 0 in axes or getattr(site.layer, "initial", None) is not None:
        site.refuse("axis", axis, "leave the batch alone")
    kept = [n for n in range(1, x.rank) if n not in axes]
    moved = p.permute(site, x, axes + kept, "front")
    size = math.prod(x.size(n) for n in axes)
    rest: Shape = tuple(x.shape[n] for n in kept)
    flat = p.reshape(site, moved, (size, _product(rest)), "flat")
    pool = "GlobalMaxPooling1D" if kind == "Max" else "GlobalAveragePooling1D"
    y = site.emit(pool, flat, {}, part="pool", shape=(x.shape[0], flat.shape[2]))
    y = p.affine(site, y, float(size), 0.0, "count") if kind == "Sum" else y
    return p.reshape(site, y, site.shape[1:])


def _product(shape: Sequence[int | None]) -> int | None:
    return None if None in shape else math.prod(n for n in shape if n is not None)


@op("Matmul", note="a Dot")
def _matmul(site: Site) -> Tensor:
    x, y = site.arguments[""], site.arguments.get("x2")
    if not isinstance(x, Tensor) or not isinstance(y, Tensor) or x.rank != 3 or y.rank != 3:
        site.refuse("operands", "not two tensors of rank 3", "use a Dense layer for a constant matrix")
    return dot(site, x, y, 2, 1)


def _same_batch(site: Site) -> None:
    if site.shape[0] != site.x.shape[0]:
        site.refuse("shape", site.shape, "leave the batch alone")
