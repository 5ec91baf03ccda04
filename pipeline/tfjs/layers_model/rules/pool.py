"""Pooling layers."""

from typing import Any

from pipeline.tfjs.layers_model.graph import Tensor, count
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import rule


@rule(
    *(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)),
    reads=["pool_size", "strides", "padding", "data_format"],
    note="1D with channels_first: the channels are moved to the end and back",
)
def _pool(call: LayerCall) -> Tensor:
    layer, kind = call.layer, type(call.layer).__name__
    sizes, strides = (
        _list(one, call.x.rank - 2)
        for one in (layer.pool_size, layer.strides or layer.pool_size)
    )
    return blocks.with_channels_last(
        call, lambda x: _pooled(call, x, kind, sizes, strides)
    )


def _pooled(
    call: LayerCall, x: Tensor, kind: str, sizes: list[int], strides: list[int]
) -> Tensor:
    padding = call.layer.padding
    config: dict[str, Any] = {
        "pool_size": sizes,
        "strides": strides,
        "padding": padding,
    }
    if len(sizes) > 1:
        config["data_format"] = "channels_last"
    lengths = zip(x.shape[1:-1], sizes, strides, strict=True)
    spatial = [blocks.slid_length(n, k, s, padding) for n, k, s in lengths]
    return call.emit(kind, x, config, shape=(x.shape[0], *spatial, x.shape[-1]))


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
    x = (
        blocks.channels_last(call, call.x)
        if layer.data_format == "channels_first"
        else call.x
    )
    config = {}
    if x.rank == 5:  # an average over equal parts is the average of their averages
        x = blocks.reshape(
            call, x, (count(x.shape[1:3]), x.shape[3], x.channels), "merge"
        )
    if x.rank == 4:
        config, kind = {"data_format": "channels_last"}, kind.replace("3D", "2D")
    y = call.emit(kind, x, config, shape=(x.shape[0], x.channels))
    return blocks.reshape(call, y, call.shape[1:], "keepdims") if layer.keepdims else y


def _list(value: int | tuple[int, ...], length: int) -> list[int]:
    return [int(value)] * length if isinstance(value, int) else [int(n) for n in value]
