"""Dense, embeddings and the layers that do nothing at inference."""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count, weight
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.activations import follow, fused
from pipeline.tfjs.layers_model.rules.base import Site, rule

_LORA = ["lora_rank", "lora_alpha"]  # the property `kernel` (or `embeddings`) already holds the adapted weights


@rule("Dense", reads=["units", "activation", "use_bias", *_LORA])
def _dense(site: Site) -> Tensor:
    layer = site.layer
    weights = [weight("kernel", layer.kernel)] + ([weight("bias", layer.bias)] if layer.use_bias else [])
    units = int(layer.units)
    config = {"units": units, "activation": fused(layer.activation), "use_bias": bool(layer.use_bias)}
    x = site.x
    if x.rank == 1:
        site.refuse("input rank", 1, "give the input a second axis")
    y = site.emit("Dense", x, config, weights=weights, shape=(*x.shape[:-1], units))
    return follow(site, y, layer.activation)


@rule(
    "EinsumDense",
    reads=["equation", "output_shape", "activation", "bias_axes", *_LORA],
    note=("axes that are contracted together become one, a Dense, then the new axes apart again: the same sums"),
)
def _einsum_dense(site: Site) -> Tensor:
    layer, x = site.layer, site.x
    left, _, result = layer.equation.replace(" ", "").partition("->")
    source, kernel = left.split(",")
    if "..." in layer.equation:
        missing = x.rank - len(source.replace("...", ""))
        spare = "ZYXWVUTSRQ"[:missing]
        source, kernel, result = (text.replace("...", spare) for text in (source, kernel, result))
    contracted = [label for label in source if label in kernel]
    kept = [label for label in source if label not in kernel]
    new = [label for label in kernel if label not in source]
    if source != "".join(kept + contracted) or result != "".join(kept + new) or set(contracted) & set(result):
        site.refuse(
            "equation", layer.equation, "write it as 'kept axes + contracted axes, kernel -> kept axes + new axes'"
        )
    sizes = dict(zip(kernel, layer.kernel.shape, strict=True))
    rows = int(np.prod([sizes[label] for label in contracted]))
    columns = int(np.prod([sizes[label] for label in new]))
    order = [kernel.index(label) for label in (*contracted, *new)]
    matrix = weight("kernel", layer.kernel, [rows, columns], lambda k: k.transpose(order).reshape(rows, columns))
    flat = p.reshape(site, x, (*x.shape[1 : len(kept)], rows), "flat")
    y = site.emit(
        "Dense",
        flat,
        {"units": columns, "use_bias": False, "activation": "linear"},
        part="kernel",
        weights=[matrix],
        shape=(*flat.shape[:-1], columns),
    )
    y = p.reshape(site, y, site.shape[1:], "shape")
    if layer.bias is not None:
        y = p.affine(site, y, 1.0, p.values(layer.bias), "bias")
    return follow(site, p.activation(site, y, fused(layer.activation)), layer.activation)


@rule(
    "Embedding",
    "ReversibleEmbedding",
    reads=["input_dim", "output_dim", "mask_zero", "tie_weights", "logit_soft_cap", "reverse_dtype", *_LORA],
)
def _embedding(site: Site) -> Tensor:
    if site.arguments.get("reverse"):
        site.refuse("reverse", True, "use a Dense layer on the way back")
    config = {
        "input_dim": int(site.layer.input_dim),
        "output_dim": int(site.layer.output_dim),
        "mask_zero": bool(site.layer.mask_zero),
    }
    return site.emit(
        "Embedding",
        site.x,
        config,
        weights=[weight("embeddings", site.layer.embeddings)],
        shape=(*site.x.shape, config["output_dim"]),
    )


@rule("Masking", reads=["mask_value"])
def _masking(site: Site) -> Tensor:
    return site.emit("Masking", site.x, {"mask_value": float(site.layer.mask_value)})


@rule("Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D", reads=["rate", "noise_shape"])
def _dropout(site: Site) -> Tensor:
    return site.emit(type(site.layer).__name__, site.x, {"rate": float(site.layer.rate)})


@rule("GaussianNoise", reads=["stddev"])
def _noise(site: Site) -> Tensor:
    return site.emit("GaussianNoise", site.x, {"stddev": float(site.layer.stddev)})


@rule(
    "Identity",
    "ActivityRegularization",
    "SpatialDropout2D",
    "SpatialDropout3D",
    reads=["l1", "l2", "rate", "data_format", "noise_shape"],
    note="the identity at inference",
)
def _identity(site: Site) -> Tensor:
    return p.identity(site, site.x)


@rule("Flatten", reads=["data_format"], note="channels_first: the channels are moved to the end, as Keras does")
def _flatten(site: Site) -> Tensor:
    x = site.x
    if x.rank == 1:
        return p.reshape(site, x, (1,))
    if x.rank == 2:
        return p.identity(site, x)
    if site.layer.data_format == "channels_first":
        x = p.channels_last(site, x)
    size = count(x.shape[1:])
    if size is None:  # TensorFlow.js wants a Flatten of known size; a Reshape does the same
        return p.reshape(site, x, (None,))
    return site.emit("Flatten", x, {}, shape=(x.shape[0], size))


@rule("Reshape", reads=["target_shape"])
def _reshape(site: Site) -> Tensor:
    return p.reshape(site, site.x, site.shape[1:])


@rule("Permute", reads=["dims"])
def _permute(site: Site) -> Tensor:
    return p.permute(site, site.x, [int(d) for d in site.layer.dims])


@rule("RepeatVector", reads=["n"])
def _repeat_vector(site: Site) -> Tensor:
    return site.emit("RepeatVector", site.x, {"n": int(site.layer.n)}, shape=site.shape)


@rule("Rescaling", reads=["scale", "offset"])
def _rescaling(site: Site) -> Tensor:
    return p.affine(site, site.x, site.layer.scale, site.layer.offset)
