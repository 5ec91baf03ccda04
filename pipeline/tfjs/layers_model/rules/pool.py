"""Pooling layers."""

from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Array


@rule(
    *(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)),
    reads=["pool_size", "strides", "padding", "data_format"],
    note="1D with channels_first: the channels are moved to the end and back",
)
def _pool(call: LayerCall) -> Tensor:
    layer, space = call.layer, call.x.rank - 2
    sizes, strides = _list(layer.pool_size, space), _list(layer.strides or layer.pool_size, space)
    return _pooled(call, type(layer).__name__, sizes, strides, layer.padding)


def _pooled(call: LayerCall, kind: str, sizes: list[int], strides: list[int], padding: str) -> Tensor:
    first = call.layer.data_format == "channels_first"
    x = blocks.channels_last(call, call.x) if first else call.x
    config: dict[str, Any] = {"pool_size": sizes, "strides": strides, "padding": padding}
    if len(sizes) > 1:
        config["data_format"] = "channels_last"
    lengths = zip(x.shape[1:-1], sizes, strides, strict=True)
    spatial = [blocks.slid_length(n, k, s, padding) for n, k, s in lengths]
    y = call.emit(kind, x, config, shape=(x.shape[0], *spatial, x.shape[-1]))
    return blocks.channels_first(call, y) if first else y


@rule(
    *(f"Global{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)),
    reads=["data_format", "keepdims"],
    note="keepdims: a Reshape; 3D: over one merged axis with the same values",
)
def _global_pool(call: LayerCall) -> Tensor:
    layer = call.layer
    kind = type(layer).__name__
    if kind == "GlobalAveragePooling1D":
        call.refuse_masks()
    x = blocks.channels_last(call, call.x) if layer.data_format == "channels_first" else call.x
    config = {}
    if x.rank == 5:  # an average over equal parts is the average of their averages
        x = blocks.reshape(call, x, (count(x.shape[1:3]), x.shape[3], x.channels), "merge")
    if x.rank == 4:
        config, kind = {"data_format": "channels_last"}, kind.replace("3D", "2D")
    y = call.emit(kind, x, config, shape=(x.shape[0], x.channels))
    return blocks.reshape(call, y, call.shape[1:], "keepdims") if layer.keepdims else y


@rule(
    *(f"AdaptiveAveragePooling{n}D" for n in (1, 2, 3)),
    reads=["output_size", "data_format"],
    note="an average per axis is a matrix product along that axis: Dense without bias",
)
def _adaptive_average(call: LayerCall) -> Tensor:
    y = call.x
    for axis, size in enumerate(_list(call.layer.output_size, y.rank - 2), blocks.first_axis(call)):
        y = blocks.linear_along(call, y, axis, _windows(y.size(axis), size), f"axis{axis}")
    return blocks.identity(call, y)


@rule(
    *(f"AdaptiveMaxPooling{n}D" for n in (1, 2, 3)),
    reads=["output_size", "data_format"],
    note="sizes that divide evenly: an ordinary MaxPooling",
)
def _adaptive_max(call: LayerCall) -> Tensor:
    sizes = _list(call.layer.output_size, call.x.rank - 2)
    pairs = [(call.x.size(axis), size) for axis, size in enumerate(sizes, blocks.first_axis(call))]
    if any(old % new for old, new in pairs):
        call.refuse("output_size", sizes, "use sizes that divide the input")
    pool = [old // new for old, new in pairs]
    return _pooled(call, f"MaxPooling{len(pool)}D", pool, pool, "valid")


def _windows(size: int, parts: int) -> Array:
    """Averages over windows of an axis: number i holds floor(i · size / parts) … ceil((i + 1) · size / parts)."""
    matrix = np.zeros((size, parts), np.float32)
    for part in range(parts):
        start, stop = part * size // parts, -(-(part + 1) * size // parts)
        matrix[start:stop, part] = 1 / (stop - start)
    return matrix


def _list(value: int | tuple[int, ...], length: int) -> list[int]:
    return [int(value)] * length if isinstance(value, int) else [int(n) for n in value]
