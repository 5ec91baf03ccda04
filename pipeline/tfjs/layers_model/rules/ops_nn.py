"""Activations and operations on images, such as `keras.ops.relu(x)`, `keras.activations.gelu(x)`."""

import math
import re

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import activations
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.conv import slide
from pipeline.tfjs.layers_model.rules.ops import CORE, NN, op

IMAGE = "keras.src.ops.image"


@op("Tanh")
@op("Elu", "Relu", "Relu6", "Selu", "Sigmoid", "Silu", "Softplus", "Softsign", module=NN)
def _activation(call: LayerCall) -> Tensor:
    if getattr(call.layer, "alpha", 1.0) != 1.0:
        call.refuse("alpha", call.layer.alpha, "use the layer ELU")
    return blocks.activation(call, call.x, activations.SAME[type(call.layer).__name__.lower()])


@op(
    *("HardShrink", "HardSigmoid", "HardSilu", "HardTanh", "LogSigmoid"),
    *("SoftShrink", "SparsePlus", "SparseSigmoid", "TanhShrink"),
    module=NN,
    note="as the activation of that name",
)
def _composed(call: LayerCall) -> Tensor:
    limit = getattr(call.layer, "threshold", 0.5)
    if limit != 0.5:
        call.refuse("argument", limit, "use the default")
    name = re.sub("(?<=[a-z])(?=[A-Z])", "_", type(call.layer).__name__).lower()
    return activations.COMPOSED[name](call, call.x, "")


@op("LeakyRelu", module=NN)
def _leaky_relu(call: LayerCall) -> Tensor:
    return activations.leaky_relu(call, call.x, "", call.layer.negative_slope)


@op("Gelu", module=NN, note="approximate: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))")
def _gelu(call: LayerCall) -> Tensor:
    x = call.x
    if not call.layer.approximate:
        return blocks.activation(call, x, "gelu")
    cube = blocks.affine(call, blocks.multiply(call, [x, x, x], "cube"), 0.044715, 0.0, "cubic")
    inner = blocks.affine(call, blocks.add(call, [x, cube], "sum"), math.sqrt(2 / math.pi), 0.0, "inner")
    half = blocks.affine(call, blocks.activation(call, inner, "tanh", "tanh"), 0.5, 0.5, "half")
    return blocks.multiply(call, [x, half])


@op("Softmax", "LogSoftmax", module=NN)
def _softmax(call: LayerCall) -> Tensor:
    axis = call.layer.axis
    if not isinstance(axis, int) or axis % call.x.rank == 0:
        call.refuse("axis", axis, "use one axis, not that of the batch")
    name = "softmax" if type(call.layer).__name__ == "Softmax" else "log_softmax"
    moved = blocks.move_axis(call, call.x, axis % call.x.rank, call.x.rank - 1, "last")
    return blocks.move_axis(call, blocks.activation(call, moved, name), call.x.rank - 1, axis % call.x.rank, "back")


@op("Cast", module=CORE, note="to float32: a Rescaling by 1")
def _cast(call: LayerCall) -> Tensor:
    if str(call.layer.dtype) != "float32":
        call.refuse("dtype", call.layer.dtype, "cast to float32 only")
    return blocks.affine(call, call.x, 1.0, 0.0)


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
    config |= {"padding": layer.padding, "use_bias": False, "activation": "linear"}
    y = slide(call, f"Conv{len(size)}D", x, config, [kernel])
    return blocks.channels_first(call, y) if first else y
