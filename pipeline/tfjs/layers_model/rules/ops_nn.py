"""Activations and operations on images, such as `keras.ops.relu(x)`,
`keras.activations.gelu(x)`.
"""

import math

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import activations
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.conv import slide
from pipeline.tfjs.layers_model.rules.table import CORE, NN, op


@op("Tanh")
@op(
    "Elu", "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Softplus", "Softsign", module=NN
)
def _activation(call: LayerCall) -> Tensor:
    if getattr(call.layer, "alpha", 1.0) != 1.0:
        call.refuse("alpha", call.layer.alpha, "use the layer ELU")
    return blocks.activation(
        call, call.x, activations.SAME[type(call.layer).__name__.lower()]
    )


@op("HardSigmoid", "HardSilu", module=NN, note="as the activation of that name")
def _composed(call: LayerCall) -> Tensor:
    composed = (
        activations.hard_silu
        if type(call.layer).__name__ == "HardSilu"
        else activations.hard_sigmoid
    )
    return composed(call, call.x, "")


@op(
    "Gelu",
    module=NN,
    note="approximate: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))",
)
def _gelu(call: LayerCall) -> Tensor:
    x = call.x
    if not call.layer.approximate:
        return blocks.activation(call, x, "gelu")
    cube = blocks.affine(
        call, blocks.multiply(call, [x, x, x], "cube"), 0.044715, 0.0, "cubic"
    )
    inner = blocks.affine(
        call, blocks.add(call, [x, cube], "sum"), math.sqrt(2 / math.pi), 0.0, "inner"
    )
    half = blocks.affine(
        call, blocks.activation(call, inner, "tanh", "tanh"), 0.5, 0.5, "half"
    )
    return blocks.multiply(call, [x, half])


@op("Cast", module=CORE, note="to float32: a Rescaling by 1")
def _cast(call: LayerCall) -> Tensor:
    if str(call.layer.dtype) != "float32":
        call.refuse("dtype", call.layer.dtype, "cast to float32 only")
    return blocks.affine(call, call.x, 1.0, 0.0)


@op(
    "ExtractPatches",
    module="keras.src.ops.image",
    note="a convolution whose kernel is the identity: x · 1 and x · 0",
)
def _extract_patches(call: LayerCall) -> Tensor:
    layer, size = call.layer, list(call.layer.size)
    if call.x.rank != len(size) + 2:
        call.refuse("input rank", call.x.rank, "give the input a batch axis")

    def patches(x: Tensor) -> Tensor:
        filters = math.prod(size) * x.channels
        kernel = weight(
            "kernel",
            np.eye(filters, dtype=np.float32).reshape(*size, x.channels, filters),
        )
        config = {
            "filters": filters,
            "kernel_size": size,
            "padding": layer.padding,
            "use_bias": False,
        }
        for option in ("strides", "dilation_rate"):
            value = getattr(layer, option)
            config[option] = (
                [value] * len(size) if isinstance(value, int) else list(value)
            )
        return slide(
            call, f"Conv{len(size)}D", x, config | {"activation": "linear"}, [kernel]
        )

    return blocks.with_channels_last(call, patches)
