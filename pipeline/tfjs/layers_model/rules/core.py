"""Dense, embeddings and the layers that do nothing at inference."""

import string

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count, to_numpy, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.activations import (
    apply_unfused_activation,
    fusable_name,
)
from pipeline.tfjs.layers_model.rules.table import rule

# the property `kernel` (or `embeddings`) already holds the adapted weights
_LORA = [
    "lora_rank",
    "lora_alpha",
]
_NOTHING = "the identity at inference"
_PASSED_ON = [
    "Identity",
    "ActivityRegularization",
    "SpatialDropout2D",
    "SpatialDropout3D",
]
_AUGMENTATIONS = (
    *(
        "AugMix",
        "AutoContrast",
        "CutMix",
        "MixUp",
        "RandAugment",
        "RandomBrightness",
        "RandomColorDegeneration",
    ),
    *(
        "RandomColorJitter",
        "RandomContrast",
        "RandomElasticTransform",
        "RandomErasing",
        "RandomFlip",
    ),
    *(
        "RandomGaussianBlur",
        "RandomGrayscale",
        "RandomHue",
        "RandomInvert",
        "RandomPerspective",
        "RandomPosterization",
    ),
    *(
        "RandomRotation",
        "RandomSaturation",
        "RandomSharpness",
        "RandomShear",
        "RandomTranslation",
        "RandomZoom",
    ),
)


@rule("Dense", reads=["units", "activation", "use_bias", *_LORA])
def _dense(call: LayerCall) -> Tensor:
    layer = call.layer
    weights = [weight("kernel", layer.kernel)] + (
        [weight("bias", layer.bias)] if layer.use_bias else []
    )
    units = int(layer.units)
    config = {
        "units": units,
        "activation": fusable_name(layer.activation),
        "use_bias": bool(layer.use_bias),
    }
    x = call.x
    if x.rank == 1:
        call.refuse("input rank", 1, "give the input a second axis")
    y = call.emit("Dense", x, config, weights=weights, shape=(*x.shape[:-1], units))
    return apply_unfused_activation(call, y, layer.activation)


@rule(
    "EinsumDense",
    reads=["equation", "output_shape", "activation", "bias_axes", *_LORA],
    note=(
        "the contracted axes merged into one, a Dense, then the new axes split again:"
        " the same sums"
    ),
)
def _einsum_dense(call: LayerCall) -> Tensor:
    layer, x = call.layer, call.x
    left, _, result = layer.equation.replace(" ", "").partition("->")
    source, kernel = left.split(",")
    if "..." in layer.equation:
        missing = x.rank - len(source.replace("...", ""))
        unused = [
            label for label in string.ascii_letters if label not in layer.equation
        ]
        spare = "".join(unused[:missing])
        source, kernel, result = (
            text.replace("...", spare) for text in (source, kernel, result)
        )
    contracted = [label for label in source if label in kernel]
    kept = [label for label in source if label not in kernel]
    new = [label for label in kernel if label not in source]
    if (
        source != "".join(kept + contracted)
        or result != "".join(kept + new)
        or set(contracted) & set(result)
    ):
        call.refuse(
            "equation",
            layer.equation,
            "write it as 'kept axes + contracted axes, kernel -> kept axes + new axes'",
        )
    sizes = dict(zip(kernel, layer.kernel.shape, strict=True))
    rows = int(np.prod([sizes[label] for label in contracted]))
    columns = int(np.prod([sizes[label] for label in new]))
    order = [kernel.index(label) for label in (*contracted, *new)]
    matrix = weight(
        "kernel",
        layer.kernel,
        [rows, columns],
        lambda k: k.transpose(order).reshape(rows, columns),
    )
    flat = blocks.reshape(call, x, (*x.shape[1 : len(kept)], rows), "flat")
    y = blocks.reshape(
        call, blocks.dense(call, flat, [matrix], "kernel"), call.shape[1:], "shape"
    )
    if layer.bias is not None:
        y = blocks.affine(call, y, 1.0, to_numpy(layer.bias), "bias")
    return apply_unfused_activation(
        call,
        blocks.activation(call, y, fusable_name(layer.activation)),
        layer.activation,
    )


@rule(
    "Embedding",
    "ReversibleEmbedding",
    reads=[
        "input_dim",
        "output_dim",
        "mask_zero",
        "tie_weights",
        "logit_soft_cap",
        "reverse_dtype",
        *_LORA,
    ],
)
def _embedding(call: LayerCall) -> Tensor:
    if call.arguments.get("reverse"):
        call.refuse("reverse", True, "use a Dense layer on the way back")
    layer, width = call.layer, int(call.layer.output_dim)
    config = {
        "input_dim": int(layer.input_dim),
        "output_dim": width,
        "mask_zero": bool(layer.mask_zero),
    }
    weights = [weight("embeddings", layer.embeddings)]
    return call.emit(
        "Embedding", call.x, config, weights=weights, shape=(*call.x.shape, width)
    )


@rule("Masking", reads=["mask_value"])
@rule("GaussianNoise", reads=["stddev"])
@rule(
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "SpatialDropout1D",
    reads=["rate", "noise_shape"],
)
def _one_number(call: LayerCall) -> Tensor:
    option = next(
        name for name in ("mask_value", "stddev", "rate") if name in call.config
    )
    return call.emit(
        type(call.layer).__name__, call.x, {option: float(call.config[option])}
    )


@rule(
    *_PASSED_ON, reads=["l1", "l2", "rate", "data_format", "noise_shape"], note=_NOTHING
)
@rule(*_AUGMENTATIONS, reads=["*"], note=_NOTHING)
@rule(
    "StochasticDepth",
    reads=["drop_path_rate"],
    module="keras.src.applications",
    note=_NOTHING,
)
@rule("StopGradient", reads=["*"], module="keras.src.ops.core", note=_NOTHING)
def _identity(call: LayerCall) -> Tensor:
    return blocks.identity(call, call.x)


@rule(
    "Flatten",
    reads=["data_format"],
    note="channels_first: the channels are moved to the end, as Keras does",
)
def _flatten(call: LayerCall) -> Tensor:
    x = call.x
    if x.rank == 1:
        return blocks.reshape(call, x, (1,))
    if x.rank == 2:
        return blocks.identity(call, x)
    if call.layer.data_format == "channels_first":
        x = blocks.channels_last(call, x)
    size = count(x.shape[1:])
    # TensorFlow.js needs to know the size for a Flatten, but not for a Reshape
    if size is None:
        return blocks.reshape(call, x, (None,))
    return call.emit("Flatten", x, {}, shape=(x.shape[0], size))


@rule("Permute", reads=["dims"])
def _permute(call: LayerCall) -> Tensor:
    return blocks.permute(call, call.x, [int(d) for d in call.layer.dims])


@rule("RepeatVector", reads=["n"])
def _repeat_vector(call: LayerCall) -> Tensor:
    return call.emit("RepeatVector", call.x, {"n": int(call.layer.n)}, shape=call.shape)


@rule("Rescaling", reads=["scale", "offset"])
def _rescaling(call: LayerCall) -> Tensor:
    return blocks.affine(call, call.x, call.layer.scale, call.layer.offset)
