"""Convolutions.

Options that TensorFlow.js lacks become another kernel, other padding, or one more axis
of size 1.
"""

from typing import Any

from pipeline.tfjs.kernels import block_diagonal, dilate_kernel, dilated_size
from pipeline.tfjs.layers_model.graph import Shape, Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.activations import (
    apply_unfused_activation,
    fusable_name,
)
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Weight

Config = dict[str, Any]
_CONV = [
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "data_format",
    "dilation_rate",
    "groups",
    "activation",
]
_COMMON = [*_CONV, "use_bias", "rank", "lora_rank", "lora_alpha"]
_DEPTHWISE = [*_COMMON, "depth_multiplier"]


def _dilated_weight(
    call: LayerCall, name: str, kernel: Any
) -> tuple[Weight, list[int]]:
    """The kernel of a dilated layer as an undilated one, and its spatial size."""
    rates = list(call.layer.dilation_rate)
    sizes = dilated_size(kernel.shape[: len(rates)], rates)
    return (
        weight(
            name,
            kernel,
            [*sizes, *kernel.shape[len(rates) :]],
            lambda k: dilate_kernel(k, rates),
        ),
        sizes,
    )


def _config(call: LayerCall, **changes: Any) -> Config:
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


def slide(
    call: LayerCall,
    kind: str,
    x: Tensor,
    config: Config,
    kernels: list[Weight],
    part: str = "",
) -> Tensor:
    """Call a layer that slides over `x`, with the bias if the config has one."""
    filters = (
        config["filters"]
        if "filters" in config
        else x.channels * config["depth_multiplier"]
    )
    weights = (
        [*kernels, weight("bias", call.layer.bias)] if config["use_bias"] else kernels
    )
    if kind.endswith("Transpose"):
        spatial = _transposed(x, config)
    else:
        rates = config.get("dilation_rate", [1] * (x.rank - 2))
        lengths = zip(
            x.shape[1:-1], config["kernel_size"], config["strides"], rates, strict=True
        )
        spatial = tuple(
            blocks.slid_length(n, k, s, config["padding"], rate)
            for n, k, s, rate in lengths
        )
    return call.emit(
        kind,
        x,
        config,
        part=part,
        weights=weights,
        shape=(x.shape[0], *spatial, filters),
    )


@rule(
    "Conv1D",
    "Conv2D",
    "Conv3D",
    reads=_COMMON,
    note=(
        "groups: a dense kernel that is zero between groups, or depthwise where each"
        " channel is a group; causal: zeros in front"
    ),
)
def _conv(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    config = _config(
        call, filters=int(layer.filters), dilation_rate=list(layer.dilation_rate)
    )
    x, config = _causal(call, x, config)
    channels = x.channels
    kernel = weight("kernel", layer.kernel)
    if layer.groups == channels and x.rank == 4 and max(layer.dilation_rate) == 1:
        y = _grouped_as_depthwise(call, x, config)
    else:
        if layer.groups > 1:
            groups = int(layer.groups)
            shape = [*layer.kernel.shape[:-2], channels, config["filters"]]
            kernel = weight(
                "kernel", layer.kernel, shape, lambda k: block_diagonal(k, groups)
            )
        y = slide(call, type(layer).__name__, x, config, [kernel])
    return _finished(call, y, first)


def _causal(call: LayerCall, x: Tensor, config: Config) -> tuple[Tensor, Config]:
    """Causal padding as zeros in front."""
    if config["padding"] != "causal":
        return x, config
    before = (config["kernel_size"][0] - 1) * config["dilation_rate"][0]
    return blocks.pad_axis(call, x, 1, before, 0, "causal"), config | {
        "padding": "valid"
    }


def _grouped_as_depthwise(call: LayerCall, x: Tensor, config: Config) -> Tensor:
    """A convolution with one input channel per group:

    output o of channel i has index i · multiplier + o in both.
    """
    multiplier = config.pop("filters") // x.channels
    del config["dilation_rate"]
    shape = [*call.layer.kernel_size, x.channels, multiplier]
    kernel = weight(
        "depthwise_kernel", call.layer.kernel, shape, lambda k: k.reshape(shape)
    )
    return slide(
        call, "DepthwiseConv2D", x, config | {"depth_multiplier": multiplier}, [kernel]
    )


@rule(
    "DepthwiseConv2D",
    "DepthwiseConv1D",
    reads=_DEPTHWISE,
    note="dilation: a kernel with zeros between its entries; 1D: an axis of size 1",
)
def _depthwise(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernel, sizes = _dilated_weight(call, "depthwise_kernel", layer.kernel)
    config = _config(
        call, kernel_size=sizes, depth_multiplier=int(layer.depth_multiplier)
    )
    x, kernels, config, flat = _as_2d(call, x, [kernel], config)
    return _finished(
        call,
        _from_2d(call, slide(call, "DepthwiseConv2D", x, config, kernels), flat),
        first,
    )


@rule(
    "SeparableConv2D", "SeparableConv1D", reads=_DEPTHWISE, note="1D: an axis of size 1"
)
def _separable(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernels = [
        weight(name, getattr(layer, name))
        for name in ("depthwise_kernel", "pointwise_kernel")
    ]
    multiplier, rates = int(layer.depth_multiplier), list(layer.dilation_rate)
    config = _config(
        call,
        filters=int(layer.filters),
        depth_multiplier=multiplier,
        dilation_rate=rates,
    )
    x, config = _causal(call, x, config)
    x, kernels, config, flat = _as_2d(call, x, kernels, config)
    return _finished(
        call,
        _from_2d(call, slide(call, "SeparableConv2D", x, config, kernels), flat),
        first,
    )


@rule(
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    reads=[*_COMMON, "output_padding"],
    note=(
        "dilation: a kernel with zeros between its entries; output_padding: the same"
        " window of the full result; 1D: an axis of size 1"
    ),
)
def _transpose(call: LayerCall) -> Tensor:
    layer = call.layer
    x, first = _to_last(call)
    kernel, sizes = _dilated_weight(call, "kernel", layer.kernel)
    config = _config(call, filters=int(layer.filters), kernel_size=sizes)
    if layer.output_padding is None and max(layer.dilation_rate) == 1:
        y = _whole_transpose(call, x, kernel, config)
    else:
        y = _full_transpose(call, x, kernel, config, first)
    return _finished(call, y, first)


def _whole_transpose(
    call: LayerCall, x: Tensor, kernel: Weight, config: Config, part: str = ""
) -> Tensor:
    x, kernels, config, flat = _as_2d(call, x, [kernel], config)
    kind = "Conv3DTranspose" if x.rank == 5 else "Conv2DTranspose"
    return _from_2d(call, slide(call, kind, x, config, kernels, part), flat)


def _full_transpose(
    call: LayerCall, x: Tensor, kernel: Weight, config: Config, first: bool
) -> Tensor:
    """The full transposed convolution without bias, then the window of it that Keras
    keeps, then the bias.
    """
    spatial = call.shape[2:] if first else call.shape[1:-1]
    plain = config | {"padding": "valid", "use_bias": False, "activation": "linear"}
    y = _whole_transpose(call, x, kernel, plain, "full")
    for i, length in enumerate(spatial):
        if length is None:
            call.refuse(
                "output_padding or dilation_rate", x.shape, "fix the input size"
            )
        start = 0
        # the padding in front of a convolution from `length` to the size of x
        if config["padding"] != "valid":
            start = (
                max(
                    0,
                    (x.size(i + 1) - 1) * config["strides"][i]
                    + config["kernel_size"][i]
                    - length,
                )
                // 2
            )
        y = blocks.window(call, y, i + 1, start, length, f"axis{i + 1}")
    if config["use_bias"]:
        y = blocks.per_channel(call, y, None, call.layer.bias, "bias")
    return blocks.activation(call, y, config["activation"])


def _transposed(x: Tensor, config: Config) -> Shape:
    lengths = zip(x.shape[1:-1], config["kernel_size"], config["strides"], strict=True)
    extra = config["padding"] == "valid"
    return tuple(
        None if n is None else n * s + (max(k - s, 0) if extra else 0)
        for n, k, s in lengths
    )


def _to_last(call: LayerCall) -> tuple[Tensor, bool]:
    """The input with its channels last, and whether they were first."""
    first = call.layer.data_format == "channels_first"
    return (blocks.channels_last(call, call.x) if first else call.x), first


def _finished(call: LayerCall, y: Tensor, first: bool) -> Tensor:
    """Back to channels first, then the activation.

    TensorFlow.js does some of this itself, but not always correctly.
    """
    if first and fusable_name(call.layer.activation) in ("softmax", "log_softmax"):
        call.refuse(
            "activation with data_format",
            "channels_first",
            "add the activation as a layer of its own",
        )
    return apply_unfused_activation(
        call, blocks.channels_first(call, y) if first else y, call.layer.activation
    )


def _as_2d(
    call: LayerCall, x: Tensor, kernels: list[Weight], config: Config
) -> tuple[Tensor, list[Weight], Config, bool]:
    """A 1D layer as a 2D one whose second axis has size 1, over which a kernel of size
    1 slides once.
    """
    if x.rank != 3:
        return x, kernels, config, False
    x = blocks.reshape(call, x, (x.shape[1], 1, x.shape[2]), "2d")
    wide = [_with_second_axis(one) for one in kernels]
    changes = {
        key: [config[key][0], 1]
        for key in ("kernel_size", "strides", "dilation_rate")
        if key in config
    }
    return x, wide, config | changes, True


def _with_second_axis(one: Weight) -> Weight:
    shape = (one.shape[0], 1, *one.shape[1:])
    return Weight(one.name, shape, lambda: one.read().reshape(shape))


def _from_2d(call: LayerCall, y: Tensor, flat: bool) -> Tensor:
    return blocks.reshape(call, y, (y.shape[1], y.shape[3]), "1d") if flat else y
