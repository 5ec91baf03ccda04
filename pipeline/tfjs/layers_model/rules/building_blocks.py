"""Small exact pieces that rewrites are built from. Each says why it is exact."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Shape, Tensor, count, to_numpy, weight
from pipeline.tfjs.layers_model.rules.base import Site
from pipeline.tfjs.weights import Array


def identity(site: Site, x: Tensor, part: str = "") -> Tensor:
    """`x` itself, mask included."""
    return site.emit("Activation", x, {"activation": "linear"}, part=part)


def activation(site: Site, x: Tensor, name: str, part: str = "") -> Tensor:
    """One of TensorFlow.js's own activations, by its name there."""
    return site.emit("Activation", x, {"activation": name}, part=part)


def affine(site: Site, x: Tensor, scale: Any = 1.0, offset: Any = 0.0, part: str = "") -> Tensor:
    """x · scale + offset, with numbers or arrays that broadcast against `x` without its batch: one product, one sum."""
    config = {"scale": _plain(scale), "offset": _plain(offset)}
    return site.emit("Rescaling", x, config, part=part)


def negative(site: Site, x: Tensor, part: str) -> Tensor:
    """−x: changing the sign rounds nothing."""
    return affine(site, x, -1.0, 0.0, part)


def relu(site: Site, x: Tensor, part: str, max_value: float | None = None) -> Tensor:
    """min(max(x, 0), max_value): comparing rounds nothing."""
    return site.emit("ReLU", x, {} if max_value is None else {"max_value": float(max_value)}, part=part)


def add(site: Site, tensors: Sequence[Tensor], part: str = "", shape: Shape | None = None) -> Tensor:
    """Their sum, from left to right."""
    return site.emit("Add", tensors, part=part, shape=shape or broadcast(tensors))


def multiply(site: Site, tensors: Sequence[Tensor], part: str = "") -> Tensor:
    """Their product, from left to right."""
    return site.emit("Multiply", tensors, part=part, shape=broadcast(tensors))


def broadcast(tensors: Sequence[Tensor]) -> Shape:
    """Shape of an element-wise operation on tensors of equal rank."""
    sizes = zip(*(tensor.shape for tensor in tensors), strict=True)
    return tuple(next((n for n in axis if n is not None and n != 1), None if None in axis else 1) for axis in sizes)


def reshape(site: Site, x: Tensor, shape: Sequence[int | None], part: str = "") -> Tensor:
    """The same values in another shape (given without the batch). At most one size may be free."""
    target = tuple(shape)
    if target == x.shape[1:] and part:
        return x
    if sum(n is None for n in target) > 1:
        site.refuse("shape", (None, *target), "fix all sizes but one")
    return site.emit(
        "Reshape", x, {"target_shape": [-1 if n is None else n for n in target]}, part=part, shape=(x.shape[0], *target)
    )


def permute(site: Site, x: Tensor, dims: Sequence[int], part: str = "") -> Tensor:
    """Axes in another order (1-based, without the batch, as the layer Permute counts)."""
    order = list(dims)
    if order == sorted(order) and part:
        return x
    return site.emit("Permute", x, {"dims": order}, part=part, shape=(x.shape[0], *(x.shape[d] for d in order)))


def move_axis(site: Site, x: Tensor, source: int, target: int, part: str) -> Tensor:
    """The axis `source` at the place `target`; both count from 1, the batch stays."""
    order = [axis for axis in range(1, x.rank) if axis != source]
    order.insert(target - 1, source)
    return permute(site, x, order, part)


def channels_last(site: Site, x: Tensor, part: str = "nhwc") -> Tensor:
    """From (batch, channels, …) to (batch, …, channels)."""
    return move_axis(site, x, 1, x.rank - 1, part)


def channels_first(site: Site, x: Tensor, part: str = "nchw") -> Tensor:
    """From (batch, …, channels) to (batch, channels, …)."""
    return move_axis(site, x, x.rank - 1, 1, part)


def per_channel(site: Site, x: Tensor, scale: Any, offset: Any, part: str = "") -> Tensor:
    """x · scale + offset with one number per channel (last axis), kept as weights rather than in the JSON.

    A BatchNormalization with mean 0, variance 1 and epsilon 0: (x − 0) / √1 is x itself.
    """
    size = x.channels
    ones, zeros = np.ones(size, np.float32), np.zeros(size, np.float32)
    weights = [
        weight("gamma", ones if scale is None else scale, [size], lambda v: v.reshape(-1)),
        weight("beta", zeros if offset is None else offset, [size], lambda v: v.reshape(-1)),
        weight("moving_mean", zeros),
        weight("moving_variance", ones),
    ]
    flat = x if x.rank <= 4 else reshape(site, x, (count(x.shape[1:-1]), size), f"{part}_flat")
    config = {"axis": -1, "epsilon": 0.0, "center": True, "scale": True}
    y = site.emit("BatchNormalization", flat, config, part=part, weights=weights)
    return reshape(site, y, x.shape[1:], f"{part}_shape")


def linear_along(site: Site, x: Tensor, axis: int, matrix: Array, part: str) -> Tensor:
    """`matrix` (inputs, outputs) applied along one axis: a Dense without bias on that axis, moved to the end and
    back.
    """
    moved = move_axis(site, x, axis, x.rank - 1, f"{part}_last")
    units = int(matrix.shape[1])
    config = {"units": units, "use_bias": False, "activation": "linear"}
    y = site.emit(
        "Dense", moved, config, part=part, weights=[weight("kernel", matrix)], shape=(*moved.shape[:-1], units)
    )
    return move_axis(site, y, x.rank - 1, axis, f"{part}_back")


def window(site: Site, x: Tensor, axis: int, start: int, length: int, part: str) -> Tensor:
    """x[start : start + length] along an axis, with zeros where that leaves the tensor. `start` may be negative."""
    if x.shape[axis] is None:
        site.refuse("size", x.shape, "fix the input size")
    size = x.size(axis)
    before, after = max(0, -start), max(0, start + length - size)
    cut_before, cut_after = max(0, start), max(0, size - start - length)
    return pad_axis(site, cut(site, x, axis, cut_before, cut_after, f"{part}_cut"), axis, before, after, f"{part}_pad")


def cut(site: Site, x: Tensor, axis: int, before: int, after: int, part: str) -> Tensor:
    """`x` without its first and last entries along an axis."""
    if before == 0 and after == 0:
        return x
    size = x.size(axis) - before - after
    matrix = reshape(site, x, (count(x.shape[1:axis]), x.size(axis), count(x.shape[axis + 1 :])), f"{part}_in")
    shape = (x.shape[0], matrix.shape[1], size, matrix.shape[3])
    config = {"cropping": [[0, 0], [before, after]], "data_format": "channels_last"}
    y = site.emit("Cropping2D", matrix, config, part=part, shape=shape)
    return reshape(site, y, (*x.shape[1:axis], size, *x.shape[axis + 1 :]), f"{part}_out")


def pad_axis(site: Site, x: Tensor, axis: int, before: int, after: int, part: str) -> Tensor:
    """`x` with zeros before and after along an axis, whose size may be free."""
    if before == 0 and after == 0:
        return x
    old = x.shape[axis]
    size = None if old is None else old + before + after
    matrix = reshape(site, x, (count(x.shape[1:axis]), old, count(x.shape[axis + 1 :])), f"{part}_in")
    shape = (x.shape[0], matrix.shape[1], size, matrix.shape[3])
    config = {"padding": [[0, 0], [before, after]], "data_format": "channels_last"}
    y = site.emit("ZeroPadding2D", matrix, config, part=part, shape=shape)
    return reshape(site, y, (*x.shape[1:axis], size, *x.shape[axis + 1 :]), f"{part}_out")


def values(variable: Any) -> Array:
    """The values of a Keras variable, for constants that stand in the JSON."""
    return to_numpy(variable)


def _plain(value: Any) -> Any:
    """Numbers and nested lists for JSON: a float32 as the double that it equals."""
    array = np.asarray(value)
    return array.astype(np.float64).tolist()
