"""Convolutions. Options that TensorFlow.js lacks become another kernel, other padding, or one more axis of size 1."""

from collections.abc import Sequence
from typing import Any

from pipeline.tfjs.kernels import block_diagonal, dilate_kernel, dilated_size
from pipeline.tfjs.layers_model.graph import Shape, Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.activations import apply_unfused_activation, fusable_name
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Weight

_CONV = ["filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "groups", "activation"]
_COMMON = [*_CONV, "use_bias", "rank", "lora_rank", "lora_alpha"]
_DEPTHWISE = [*_COMMON, "depth_multiplier"]


def _dilated_weight(call: LayerCall, name: str, kernel: Any) -> tuple[Weight, list[int]]:
    """The kernel of a dilated layer as an undilated one, and its spatial size."""
    rates = list(call.layer.dilation_rate)
    sizes = dilated_size(kernel.shape[: len(rates)], rates)
    return weight(name, kernel, [*sizes, *kernel.shape[len(rates) :]], lambda k: dilate_kernel(k, rates)), sizes


def _bias(call: LayerCall) -> list[Weight]:
    return [weight("bias", call.layer.bias)] if call.layer.use_bias else []


def _config(call: LayerCall, **changes: Any) -> dict[str, Any]:
    layer = call.layer
    config = {
        "kernel_size": list(layer.kernel_size),
        "strides": list(layer.strides),
        "padding": layer.padding,
        "data_format": "channels_last",
        "use_bias": bool(layer.use_bias),
        "activation": fusable_name(layer.activation),
    }
    return config | changes


def _length(size: int | None, kernel: int, stride: int, padding: str, rate: int = 1) -> int | None:
    if size is None:
        return None
    return -(-size // stride) if padding == "same" else (size - (kernel - 1) * rate - 1) // stride + 1


def _spatial(x: Tensor, config: dict[str, Any], rates: Sequence[int]) -> Shape:
    lengths = zip(x.shape[1:-1], config["kernel_size"], config["strides"], rates, strict=True)
    return tuple(_length(n, k, s, config["padding"], rate) for n, k, s, rate in lengths)


@rule(
    "Conv1D",
    "Conv2D",
    "Conv3D",
    reads=_COMMON,
    note=(
        "groups: a dense kernel that is zero between groups, or depthwise where each channel is a group; "
        "causal: zeros in front"
    ),
)
def _conv(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    rates = list(layer.dilation_rate)
    config = _config(call, filters=int(layer.filters), dilation_rate=rates)
    if layer.padding == "causal":
        x = blocks.pad_axis(call, x, 1, (layer.kernel_size[0] - 1) * rates[0], 0, "causal")
        config["padding"] = "valid"
    channels = x.channels
    kernel = weight("kernel", layer.kernel)
    if layer.groups == channels and x.rank == 4 and max(rates) == 1:
        y = _grouped_as_depthwise(call, x, config)
    else:
        if layer.groups > 1:
            groups = int(layer.groups)
            shape = [*layer.kernel.shape[:-2], channels, config["filters"]]
            kernel = weight("kernel", layer.kernel, shape, lambda k: block_diagonal(k, groups))
        y = call.emit(
            type(layer).__name__,
            x,
            config,
            weights=[kernel, *_bias(call)],
            shape=(x.shape[0], *_spatial(x, config, rates), config["filters"]),
        )
    return apply_unfused_activation(call, _from_last(call, y, first), layer.activation)


def _grouped_as_depthwise(call: LayerCall, x: Tensor, config: dict[str, Any]) -> Tensor:
    """A convolution with one input channel per group: output o of channel i has index i · multiplier + o in both."""
    multiplier = config.pop("filters") // x.channels
    del config["dilation_rate"]
    shape = [*call.layer.kernel_size, x.channels, multiplier]
    kernel = weight("depthwise_kernel", call.layer.kernel, shape, lambda k: k.reshape(shape))
    spatial = _spatial(x, config, [1, 1])
    return call.emit(
        "DepthwiseConv2D",
        x,
        config | {"depth_multiplier": multiplier},
        weights=[kernel, *_bias(call)],
        shape=(x.shape[0], *spatial, x.channels * multiplier),
    )


@rule(
    "DepthwiseConv2D",
    "DepthwiseConv1D",
    reads=_DEPTHWISE,
    note=("dilation: a kernel with zeros between its entries; 1D: an axis of size 1"),
)
def _depthwise(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernel, sizes = _dilated_weight(call, "depthwise_kernel", layer.kernel)
    config = _config(call, kernel_size=sizes, depth_multiplier=int(layer.depth_multiplier))
    x, kernels, config, flat = _as_2d(call, x, [kernel], config)
    channels = x.channels * config["depth_multiplier"]
    y = call.emit(
        "DepthwiseConv2D",
        x,
        config,
        weights=[*kernels, *_bias(call)],
        shape=(x.shape[0], *_spatial(x, config, [1, 1]), channels),
    )
    return apply_unfused_activation(call, _from_last(call, _from_2d(call, y, flat), first), layer.activation)


@rule("SeparableConv2D", "SeparableConv1D", reads=_DEPTHWISE, note="1D: an axis of size 1")
def _separable(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernels = [
        weight("depthwise_kernel", layer.depthwise_kernel),
        weight("pointwise_kernel", layer.pointwise_kernel),
    ]
    multiplier, rates = int(layer.depth_multiplier), list(layer.dilation_rate)
    config = _config(call, filters=int(layer.filters), depth_multiplier=multiplier, dilation_rate=rates)
    if config["padding"] == "causal":
        x = blocks.pad_axis(call, x, 1, (layer.kernel_size[0] - 1) * rates[0], 0, "causal")
        config["padding"] = "valid"
    x, kernels, config, flat = _as_2d(call, x, kernels, config)
    y = call.emit(
        "SeparableConv2D",
        x,
        config,
        weights=[*kernels, *_bias(call)],
        shape=(x.shape[0], *_spatial(x, config, config["dilation_rate"]), config["filters"]),
    )
    return apply_unfused_activation(call, _from_last(call, _from_2d(call, y, flat), first), layer.activation)


@rule(
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    reads=[*_COMMON, "output_padding"],
    note=(
        "dilation: a kernel with zeros between its entries; output_padding: the same window of the full result; 1D: an "
        "axis of size 1"
    ),
)
def _transpose(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernel, sizes = _dilated_weight(call, "kernel", layer.kernel)
    plain = layer.output_padding is None and max(layer.dilation_rate) == 1
    config = _config(call, filters=int(layer.filters), kernel_size=sizes)
    if plain:
        x, kernels, config, flat = _as_2d(call, x, [kernel], config)
        y = call.emit(
            _transpose_class(x),
            x,
            config,
            weights=[*kernels, *_bias(call)],
            shape=(x.shape[0], *_transposed(x, config), config["filters"]),
        )
        y = _from_2d(call, y, flat)
    else:
        y = _full_transpose(call, x, kernel, config, first)
    return apply_unfused_activation(call, _from_last(call, y, first), layer.activation)


def _full_transpose(call: LayerCall, x: Tensor, kernel: Weight, config: dict[str, Any], first: bool) -> Tensor:
    """The full transposed convolution without bias, then the window of it that Keras keeps, then the bias."""
    spatial = call.shape[2:] if first else call.shape[1:-1]
    plain = config | {"padding": "valid", "use_bias": False, "activation": "linear"}
    x2, kernels, plain, flat = _as_2d(call, x, [kernel], plain)
    shape = (x2.shape[0], *_transposed(x2, plain), plain["filters"])
    y = call.emit(_transpose_class(x2), x2, plain, part="full", weights=kernels, shape=shape)
    y = _from_2d(call, y, flat)
    for axis, (length, size, stride) in enumerate(
        zip(spatial, config["kernel_size"], config["strides"], strict=True), 1
    ):
        if length is None:
            call.refuse("output_padding or dilation_rate", x.shape, "fix the input size")
        y = blocks.window(
            call, y, axis, _first_kept(x.size(axis), length, size, stride, config["padding"]), length, f"axis{axis}"
        )
    if config["use_bias"]:
        y = blocks.per_channel(call, y, None, call.layer.bias, "bias")
    return blocks.activation(call, y, config["activation"])


def _first_kept(size: int, length: int, kernel: int, stride: int, padding: str) -> int:
    """Where the window starts in the full result: the padding in front of a convolution from `length` to `size`."""
    return 0 if padding == "valid" else max(0, (size - 1) * stride + kernel - length) // 2


def _transpose_class(x: Tensor) -> str:
    return "Conv3DTranspose" if x.rank == 5 else "Conv2DTranspose"


def _transposed(x: Tensor, config: dict[str, Any]) -> Shape:
    lengths = zip(x.shape[1:-1], config["kernel_size"], config["strides"], strict=True)
    extra = config["padding"] == "valid"
    return tuple(None if n is None else n * s + (max(k - s, 0) if extra else 0) for n, k, s in lengths)


def _to_last(call: LayerCall) -> tuple[Tensor, bool]:
    """The input with its channels last, and whether they were first."""
    first = call.layer.data_format == "channels_first"
    return (blocks.channels_last(call, call.x) if first else call.x), first


def _from_last(call: LayerCall, y: Tensor, first: bool) -> Tensor:
    """Back to channels first. TensorFlow.js can do some of this itself, but not with every layer correctly."""
    if first and fusable_name(call.layer.activation) in ("softmax", "log_softmax"):
        call.refuse("activation with data_format", "channels_first", "add the activation as a layer of its own")
    return blocks.channels_first(call, y) if first else y


def _as_2d(
    call: LayerCall, x: Tensor, kernels: list[Weight], config: dict[str, Any]
) -> tuple[Tensor, list[Weight], dict[str, Any], bool]:
    """A 1D layer as a 2D one whose second axis has size 1, over which a kernel of size 1 slides once."""
    if x.rank != 3:
        return x, kernels, config, False
    x = blocks.reshape(call, x, (x.shape[1], 1, x.shape[2]), "2d")
    wide = [_insert_axis(one) if len(one.shape) == 3 else one for one in kernels]
    changes = {key: [config[key][0], 1] for key in ("kernel_size", "strides", "dilation_rate") if key in config}
    return x, wide, config | changes, True


def _insert_axis(one: Weight) -> Weight:
    shape = (one.shape[0], 1, *one.shape[1:])
    return Weight(one.name, shape, lambda: one.read().reshape(shape))


def _from_2d(call: LayerCall, y: Tensor, flat: bool) -> Tensor:
    return blocks.reshape(call, y, (y.shape[1], y.shape[3]), "1d") if flat else y
