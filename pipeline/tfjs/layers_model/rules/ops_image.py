"""Operations on images."""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.ops import op

IMAGE = "keras.src.ops.image"


@op("ExtractPatches", module=IMAGE, note="a convolution whose kernel is the identity: x · 1 and x · 0")
def _extract_patches(call: LayerCall) -> Tensor:
    layer, first = call.layer, call.layer.data_format == "channels_first"
    size = list(layer.size)
    if call.x.rank != len(size) + 2:
        call.refuse("input rank", call.x.rank, "give the input a batch axis")
    x = blocks.channels_last(call, call.x) if first else call.x
    strides, rates = (
        [value] * len(size) if isinstance(value, int) else list(value) for value in (layer.strides, layer.dilation_rate)
    )
    filters = int(np.prod(size)) * x.channels
    kernel = weight("kernel", np.eye(filters, dtype=np.float32).reshape(*size, x.channels, filters))
    config = {"filters": filters, "kernel_size": size, "strides": strides, "dilation_rate": rates}
    lengths = [
        blocks.slid_length(*one[:3], layer.padding, one[3])
        for one in zip(x.shape[1:-1], size, strides, rates, strict=True)
    ]
    y = call.emit(
        f"Conv{len(size)}D",
        x,
        config | {"padding": layer.padding, "use_bias": False, "activation": "linear"},
        weights=[kernel],
        shape=(x.shape[0], *lengths, filters),
    )
    return blocks.channels_first(call, y) if first else y
