"""Activations and the like as operations: `keras.ops.relu(x)`, `keras.activations.gelu(x)`."""

import math

from pipeline.tfjs.layers_model.graph import Tensor
from pipeline.tfjs.layers_model.rules import activations as a
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site
from pipeline.tfjs.layers_model.rules.ops import CORE, NN, op


@op("Tanh")
def _tanh(site: Site) -> Tensor:
    return p.activation(site, site.x, "tanh")


_SAME = {
    "Elu": "elu",
    "Relu": "relu",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Silu": "swish",
    "Softplus": "softplus",
    "Softsign": "softsign",
}
_COMPOSED = {
    "HardShrink": "hard_shrink",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh",
    "LogSigmoid": "log_sigmoid",
    "SoftShrink": "soft_shrink",
    "SparsePlus": "sparse_plus",
    "SparseSigmoid": "sparse_sigmoid",
    "TanhShrink": "tanh_shrink",
}


@op(*_SAME, module=NN)
def _activation(site: Site) -> Tensor:
    if getattr(site.layer, "alpha", 1.0) != 1.0:
        site.refuse("alpha", site.layer.alpha, "use the layer ELU")
    return p.activation(site, site.x, _SAME[type(site.layer).__name__])


@op(*_COMPOSED, module=NN, note="as the activation of that name")
def _composed(site: Site) -> Tensor:
    limit = getattr(site.layer, "threshold", 0.5)
    if limit != 0.5:
        site.refuse("argument", limit, "use the default")
    return a.COMPOSED[_COMPOSED[type(site.layer).__name__]](site, site.x, "")


@op("LeakyRelu", module=NN)
def _leaky_relu(site: Site) -> Tensor:
    return a.leaky_relu(site, site.x, "", site.layer.negative_slope)


@op("Gelu", module=NN, note="approximate: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))")
def _gelu(site: Site) -> Tensor:
    x = site.x
    if not site.layer.approximate:
        return p.activation(site, x, "gelu")
    cube = p.affine(site, p.multiply(site, [x, x, x], "cube"), 0.044715, 0.0, "cubic")
    inner = p.affine(site, p.add(site, [x, cube], "sum"), math.sqrt(2 / math.pi), 0.0, "inner")
    half = p.affine(site, p.activation(site, inner, "tanh", "tanh"), 0.5, 0.5, "half")
    return p.multiply(site, [x, half])


@op("Softmax", "LogSoftmax", module=NN)
def _softmax(site: Site) -> Tensor:
    axis = site.layer.axis
    if not isinstance(axis, int) or axis % site.x.rank == 0:
        site.refuse("axis", axis, "use one axis, not that of the batch")
    name = "softmax" if type(site.layer).__name__ == "Softmax" else "log_softmax"
    moved = p.move_axis(site, site.x, axis % site.x.rank, site.x.rank - 1, "last")
    return p.move_axis(site, p.activation(site, moved, name), site.x.rank - 1, axis % site.x.rank, "back")


@op("Cast", module=CORE, note="to float32: a Rescaling by 1")
def _cast(site: Site) -> Tensor:
    if str(site.layer.dtype) != "float32":
        site.refuse("dtype", site.layer.dtype, "cast to float32 only")
    return p.affine(site, site.x, 1.0, 0.0)


@op("StopGradient", module=CORE, note="the identity at inference")
def _stop_gradient(site: Site) -> Tensor:
    return p.identity(site, site.x)
