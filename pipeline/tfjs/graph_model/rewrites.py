"""Exact replacements for operations in a frozen TensorFlow graph that TensorFlow.js lacks or computes wrongly."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.tfjs.kernels import block_diagonal


def safe_name(name: str) -> str:
    """`name` as TensorFlow accepts it for a placeholder."""
    cleaned = re.sub(r"[^A-Za-z0-9_.\\/]", "_", name)
    return cleaned if cleaned[:1].isalnum() else f"input{cleaned}"


def as_graph(graph_def: Any) -> Any:
    """The graph of a GraphDef, as Grappler takes it."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
    return graph


def rewrite_ops(graph: Any) -> Any:
    """The GraphDef of `graph` with each operation that has an exact replacement rewritten. Nodes keep their names."""
    graph_def = graph.as_graph_def()
    added = []
    for node in graph_def.node:
        if node.op in _REWRITES:
            added += _REWRITES[node.op](node)
    graph_def.node.extend(added)
    return graph_def


def _make(name: str, op: str, inputs: list[str], like: Any) -> Any:
    from tensorflow.core.framework import node_def_pb2

    node = node_def_pb2.NodeDef(name=name, op=op, input=inputs)
    node.attr["T"].CopyFrom(like.attr["T"])
    return node


def _constant(name: str, values: Any) -> Any:
    import tensorflow as tf
    from tensorflow.core.framework import node_def_pb2

    tensor = tf.make_tensor_proto(values)
    node = node_def_pb2.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def _softsign(node: Any) -> list[Any]:
    """Softsign(x) = x / (1 + |x|), its definition."""
    name, x = node.name, node.input[0]
    node.op = "RealDiv"
    node.input[:] = [x, f"{name}/denominator"]
    return [
        _constant(f"{name}/one", np.float32(1)),
        _make(f"{name}/abs", "Abs", [x], node),
        _make(f"{name}/denominator", "AddV2", [f"{name}/abs", f"{name}/one"], node),
    ]


def _erfc(node: Any) -> list[Any]:
    """erfc(x) = 1 − erf(x). For large x the difference loses digits, which gelu (x · erfc(−x)) then multiplies by a
    tail below 1e-7 of x.
    """
    name, x = node.name, node.input[0]
    node.op = "Sub"
    node.input[:] = [f"{name}/one", f"{name}/erf"]
    return [_constant(f"{name}/one", np.float32(1)), _make(f"{name}/erf", "Erf", [x], node)]


def _band_part(node: Any) -> list[Any]:
    """The band of a matrix by comparing row and column indices: TensorFlow.js gets a negative count ("all") wrong."""
    import tensorflow as tf

    kind = tf.dtypes.as_dtype(node.attr["T"].type)
    index = tf.dtypes.as_dtype(node.attr["Tindex"].type)

    def band(x: Any, lower: Any, upper: Any) -> Any:
        below, above = tf.cast(lower, tf.int32), tf.cast(upper, tf.int32)
        distance = tf.range(tf.shape(x)[-2])[:, None] - tf.range(tf.shape(x)[-1])[None, :]
        near = tf.logical_or(below < 0, distance <= below) & tf.logical_or(above < 0, -distance <= above)
        return tf.logical_and(x, near) if kind == tf.bool else tf.where(near, x, tf.zeros_like(x))

    return _splice(node, band, [tf.TensorSpec(None, kind), tf.TensorSpec([], index), tf.TensorSpec([], index)])


def _splice(node: Any, function: Callable[..., Any], specs: list[Any]) -> list[Any]:
    """Replace `node` with the operations of a traced function; `node` itself becomes the identity of their result."""
    import tensorflow as tf

    concrete = tf.function(function, input_signature=specs, autograph=False).get_concrete_function()
    outside = dict(zip([tensor.op.name for tensor in concrete.inputs], node.input, strict=True))

    def renamed(name: str) -> str:
        return str(outside.get(name, f"{node.name}/{name}"))

    helpers = []
    for one in concrete.graph.as_graph_def().node:
        if one.name not in outside:
            one.input[:] = [renamed(name) for name in one.input]
            one.name = renamed(one.name)
            helpers.append(one)
    node.op = "Identity"
    node.input[:] = [renamed(concrete.outputs[0].op.name)]
    del node.attr["Tindex"]
    return helpers


_REWRITES: dict[str, Callable[[Any], list[Any]]] = {"Softsign": _softsign, "Erfc": _erfc, "MatrixBandPart": _band_part}


def ungrouped_convolution(layer: Any) -> Callable[[Any, Any], Any]:
    """`convolution_op` of a grouped convolution as a dense one whose kernel is zero between groups: x · 0 adds nothing.

    Keras runs grouped convolutions through XLA, whose calls TensorFlow.js cannot read.
    """
    from keras import ops

    kernel = block_diagonal(np.asarray(layer.kernel), layer.groups)

    def convolution_op(inputs: Any, _: Any) -> Any:
        return ops.conv(inputs, kernel, list(layer.strides), layer.padding, layer.data_format, layer.dilation_rate)

    return convolution_op
