"""Small exact operations that rewrites are built from. Each says why it is exact."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Shape, Tensor, count, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.weights import Array, Weight


def identity(call: LayerCall, x: Tensor, part: str = "") -> Tensor:
    """`x` itself, mask included."""
    return call.emit("Activation", x, {"activation": "linear"}, part=part)


def activation(call: LayerCall, x: Tensor, name: str, part: str = "") -> Tensor:
    """One of TensorFlow.js's own activations, by its name there."""
    return call.emit("Activation", x, {"activation": name}, part=part)


def affine(
    call: LayerCall, x: Tensor, scale: Any = 1.0, offset: Any = 0.0, part: str = ""
) -> Tensor:
    """x · scale + offset, with numbers or arrays that broadcast against `x` without its
    batch: one product, one sum.
    """
    return call.emit(
        "Rescaling", x, {"scale": _plain(scale), "offset": _plain(offset)}, part=part
    )


def negative(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """−x. Exact: changing the sign does not round."""
    return affine(call, x, -1.0, 0.0, part)


def relu(
    call: LayerCall, x: Tensor, part: str, max_value: float | None = None
) -> Tensor:
    """min(max(x, 0), max_value). Exact: comparing does not round."""
    return call.emit(
        "ReLU",
        x,
        {} if max_value is None else {"max_value": float(max_value)},
        part=part,
    )


def add(
    call: LayerCall,
    tensors: Sequence[Tensor],
    part: str = "",
    shape: Shape | None = None,
) -> Tensor:
    """Their sum, from left to right."""
    return call.emit("Add", tensors, part=part, shape=shape or broadcast(tensors))


def multiply(call: LayerCall, tensors: Sequence[Tensor], part: str = "") -> Tensor:
    """Their product, from left to right."""
    return call.emit("Multiply", tensors, part=part, shape=broadcast(tensors))


def broadcast(tensors: Sequence[Tensor]) -> Shape:
    """Shape of an element-wise operation on tensors of equal rank."""
    sizes = zip(*(tensor.shape for tensor in tensors), strict=True)
    return tuple(
        next((n for n in axis if n is not None and n != 1), None if None in axis else 1)
        for axis in sizes
    )


def reshape(
    call: LayerCall, x: Tensor, shape: Sequence[int | None], part: str = ""
) -> Tensor:
    """The same values in another shape (given without the batch).

    At most one size may be free.
    """
    target = tuple(shape)
    if target == x.shape[1:] and part:
        return x
    if sum(n is None for n in target) > 1:
        call.refuse("shape", (None, *target), "fix all sizes but one")
    return call.emit(
        "Reshape",
        x,
        {"target_shape": [-1 if n is None else n for n in target]},
        part=part,
        shape=(x.shape[0], *target),
    )


def permute(call: LayerCall, x: Tensor, dims: Sequence[int], part: str = "") -> Tensor:
    """The axes in another order, counted from 1 without the batch, as in the layer
    Permute.
    """
    order = list(dims)
    if order == sorted(order) and part:
        return x
    return call.emit(
        "Permute",
        x,
        {"dims": order},
        part=part,
        shape=(x.shape[0], *(x.shape[d] for d in order)),
    )


def move_axis(
    call: LayerCall, x: Tensor, source: int, target: int, part: str
) -> Tensor:
    """The axis `source` moved to the index `target`; both count from 1, the batch stays
    first.
    """
    order = [axis for axis in range(1, x.rank) if axis != source]
    order.insert(target - 1, source)
    return permute(call, x, order, part)


def along(
    call: LayerCall,
    x: Tensor,
    axis: int,
    apply: Callable[[Tensor], Tensor],
    prefix: str = "",
) -> Tensor:
    """Call `apply` with one axis of `x` moved to the end, and move it back."""
    y = apply(move_axis(call, x, axis, x.rank - 1, f"{prefix}last"))
    return move_axis(call, y, y.rank - 1, axis, f"{prefix}back")


def with_channels_last(call: LayerCall, apply: Callable[[Tensor], Tensor]) -> Tensor:
    """Call `apply` with the channels last, and move them back where they came first."""
    return (
        along(call, call.x, 1, apply)
        if call.layer.data_format == "channels_first"
        else apply(call.x)
    )


def merged(
    call: LayerCall, x: Tensor, apply: Callable[[Tensor], Tensor], prefix: str = ""
) -> Tensor:
    """Apply a layer of the last axis to `x`, whose other axes become one:

    TensorFlow.js takes rank 4 at most.
    """
    if x.rank > 4:
        x, shape = (
            reshape(call, x, (count(x.shape[1:-1]), x.channels), f"{prefix}flat"),
            x.shape[1:],
        )
        return reshape(call, apply(x), shape, f"{prefix}shape")
    return apply(x)


def slid_length(
    size: int | None, kernel: int, stride: int, padding: str, rate: int = 1
) -> int | None:
    """How many places a window takes along an axis of this size."""
    if size is None:
        return None
    return (
        -(-size // stride)
        if padding == "same"
        else (size - (kernel - 1) * rate - 1) // stride + 1
    )


def first_axis(call: LayerCall) -> int:
    """The first spatial axis of the input."""
    return 2 if getattr(call.layer, "data_format", None) == "channels_first" else 1


def channels_last(call: LayerCall, x: Tensor, part: str = "nhwc") -> Tensor:
    """From (batch, channels, …) to (batch, …, channels)."""
    return move_axis(call, x, 1, x.rank - 1, part)


def channels_first(call: LayerCall, x: Tensor, part: str = "nchw") -> Tensor:
    """From (batch, …, channels) to (batch, channels, …)."""
    return move_axis(call, x, x.rank - 1, 1, part)


def per_channel(
    call: LayerCall, x: Tensor, scale: Any, offset: Any, part: str = ""
) -> Tensor:
    """x · scale + offset with one number per channel (last axis), kept as weights
    rather than in the JSON.

    A BatchNormalization with mean 0, variance 1 and epsilon 0: (x − 0) / √1 is x
    itself.
    """
    size = x.channels
    ones, zeros = np.ones(size, np.float32), np.zeros(size, np.float32)
    weights = [
        weight(
            "gamma", ones if scale is None else scale, [size], lambda v: v.reshape(-1)
        ),
        weight(
            "beta", zeros if offset is None else offset, [size], lambda v: v.reshape(-1)
        ),
        weight("moving_mean", zeros),
        weight("moving_variance", ones),
    ]
    config = {"axis": -1, "epsilon": 0.0, "center": True, "scale": True}
    return merged(
        call,
        x,
        lambda y: call.emit(
            "BatchNormalization", y, config, part=part, weights=weights
        ),
        f"{part}_",
    )


def dense(call: LayerCall, x: Tensor, weights: Sequence[Weight], part: str) -> Tensor:
    """A Dense without activation, of a kernel and perhaps a bias."""
    units = int(weights[0].shape[1])
    config = {"units": units, "use_bias": len(weights) > 1, "activation": "linear"}
    return call.emit(
        "Dense", x, config, part=part, weights=weights, shape=(*x.shape[:-1], units)
    )


def linear_along(
    call: LayerCall, x: Tensor, axis: int, matrix: Array, part: str
) -> Tensor:
    """`matrix` (inputs, outputs) applied along one axis:

    that axis moved to the end, a Dense without bias, and back.
    """
    return along(
        call,
        x,
        axis,
        lambda last: dense(call, last, [weight("kernel", matrix)], part),
        f"{part}_",
    )


def window(
    call: LayerCall, x: Tensor, axis: int, start: int, length: int, part: str
) -> Tensor:
    """x[start :

    start + length] along an axis, with zeros outside of the tensor. `start` may be
    negative.
    """
    if x.shape[axis] is None:
        call.refuse("size", x.shape, "fix the input size")
    size = x.size(axis)
    before, after = max(0, -start), max(0, start + length - size)
    cut = crop_axis(
        call, x, axis, max(0, start), max(0, size - start - length), f"{part}_cut"
    )
    return pad_axis(call, cut, axis, before, after, f"{part}_pad")


def crop_axis(
    call: LayerCall, x: Tensor, axis: int, before: int, after: int, part: str
) -> Tensor:
    """`x` without its first and last entries along an axis."""
    if before == 0 and after == 0:
        return x
    config = {"cropping": [[0, 0], [before, after]], "data_format": "channels_last"}
    return resize_axis(
        call, x, axis, x.size(axis) - before - after, "Cropping2D", config, part
    )


def pad_axis(
    call: LayerCall, x: Tensor, axis: int, before: int, after: int, part: str
) -> Tensor:
    """`x` with zeros before and after along an axis, whose size may be free."""
    if before == 0 and after == 0:
        return x
    old = x.shape[axis]
    size = None if old is None else old + before + after
    config = {"padding": [[0, 0], [before, after]], "data_format": "channels_last"}
    return resize_axis(call, x, axis, size, "ZeroPadding2D", config, part)


def resize_axis(
    call: LayerCall,
    x: Tensor,
    axis: int,
    size: int | None,
    kind: str,
    config: dict[str, Any],
    part: str,
) -> Tensor:
    """A 2D layer that changes the size of its second axis, applied to any axis:

    those before and after are merged.
    """
    outer, inner = x.shape[1:axis], x.shape[axis + 1 :]
    matrix = reshape(call, x, (count(outer), x.shape[axis], count(inner)), f"{part}_in")
    y = call.emit(
        kind,
        matrix,
        config,
        part=part,
        shape=(x.shape[0], matrix.shape[1], size, matrix.shape[3]),
    )
    return reshape(call, y, (*outer, size, *inner), f"{part}_out")


def _plain(value: Any) -> Any:
    """Numbers and nested lists for JSON: a float32 as the double that it equals."""
    return np.asarray(value).astype(np.float64).tolist()
