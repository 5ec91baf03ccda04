"""Exact replacements for operations in a frozen TensorFlow graph that TensorFlow.js
lacks or computes wrongly.
"""

import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.tfjs.graph_model.convolutions import (
    transposed_convolution,
    transposed_convolution_3d,
)
from pipeline.tfjs.graph_model.frozen import (
    FrozenGraph,
    as_graph,
    constant,
    input_of,
    shape_of,
    splice,
)
from pipeline.tfjs.graph_model.loops import keep_list_items
from pipeline.tfjs.kernels import dilate_kernel


def safe_name(name: str) -> str:
    """`name` as TensorFlow accepts it for a placeholder."""
    cleaned = re.sub(r"[^A-Za-z0-9_.\\/]", "_", name)
    return cleaned if cleaned[:1].isalnum() else f"input{cleaned}"


def rewrite_ops(frozen: FrozenGraph) -> FrozenGraph:
    """The graph with each operation that has an exact replacement rewritten.

    Nodes keep their names.
    """
    graph_def = frozen.graph.as_graph_def()
    added = []
    for node in graph_def.node:
        if node.op in _REWRITES:
            added += _REWRITES[node.op](node, frozen)
    graph_def.node.extend(added)
    keep_list_items(graph_def)
    needed = {name.split(":")[0] for node in graph_def.node for name in node.input}
    for node in [
        node
        for node in graph_def.node
        if node.op == "Bitcast" and node.name not in needed
    ]:
        graph_def.node.remove(node)  # what is left of `_sign_bit`
    return FrozenGraph(as_graph(graph_def), frozen.weights)


def _softsign(node: Any, frozen: FrozenGraph) -> list[Any]:
    """Softsign(x) = x / (1 + |x|), its definition."""
    return splice(node, frozen, lambda x: x / (abs(x) + 1.0))


def _erfc(node: Any, frozen: FrozenGraph) -> list[Any]:
    """erfc(x) = 1 − erf(x). For large x the difference loses digits, which gelu (x ·
    erfc(−x)) then multiplies by a tail below 1e-7 of x.
    """
    import tensorflow as tf

    return splice(node, frozen, lambda x: 1.0 - tf.math.erf(x))


def _band_part(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The band of a matrix by comparing row and column indices:

    TensorFlow.js gets a negative count ("all") wrong.
    """
    import tensorflow as tf

    def band(x: Any, lower: Any, upper: Any) -> Any:
        below, above = tf.cast(lower, tf.int32), tf.cast(upper, tf.int32)
        distance = (
            tf.range(tf.shape(x)[-2])[:, None] - tf.range(tf.shape(x)[-1])[None, :]
        )
        near = tf.logical_or(below < 0, distance <= below) & tf.logical_or(
            above < 0, -distance <= above
        )
        return (
            tf.logical_and(x, near)
            if x.dtype == tf.bool
            else tf.where(near, x, tf.zeros_like(x))
        )

    return splice(node, frozen, band)


def _diagonal(node: Any, frozen: FrozenGraph) -> list[Any]:
    """A constant diagonal matrix, such as the identity that
    `keras.ops.image.extract_patches` convolves with.
    """
    import tensorflow as tf

    part = tf.compat.v1.graph_util.extract_sub_graph(
        frozen.graph.as_graph_def(), [node.name]
    )
    if any(one.op == "Placeholder" for one in part.node):
        return []
    frozen.fill(part, frozen.weights)
    with tf.compat.v1.Session(graph=as_graph(part)) as session:
        folded = constant(node.name, session.run(f"{node.name}:0"))
    node.Clear()
    node.CopyFrom(folded)
    return []


def _extract_patches(node: Any, frozen: FrozenGraph) -> list[Any]:
    """Patches as a convolution whose kernel is the identity: x · 1 and x · 0."""
    import tensorflow as tf

    channels = shape_of(frozen, node.input[0])[-1]
    rows, columns = node.attr["ksizes"].list.i[1:3]
    if channels is None or node.attr["T"].type != tf.float32.as_datatype_enum:
        return []
    depth = rows * columns * channels
    kernel = np.eye(depth, dtype=np.float32).reshape(rows, columns, channels, depth)
    strides, rates = (list(node.attr[name].list.i) for name in ("strides", "rates"))
    if max(strides) > 1 and max(rates) > 1:  # TensorFlow.js takes only one of them
        kernel, rates = dilate_kernel(kernel, rates[1:3]), [1, 1, 1, 1]
    padding = node.attr["padding"].s.decode()
    return splice(
        node,
        frozen,
        lambda x: tf.nn.conv2d(x, kernel, strides, padding, dilations=rates),
    )


def _einsum(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The same sum with a small letter for each axis:

    TensorFlow.js takes A for a, and knows no ellipsis.
    """
    left, _, right = node.attr["equation"].s.decode().replace(" ", "").partition("->")
    sources = left.split(",")
    ranks = [len(shape_of(frozen, name)) for name in node.input[: len(sources)]]
    spare = [
        rank - len(source.replace("...", ""))
        for source, rank in zip(sources, ranks, strict=True)
    ]
    longest = max(
        (n for n, source in zip(spare, sources, strict=True) if "..." in source),
        default=0,
    )
    labels = dict.fromkeys(left.replace(",", "").replace(".", ""))
    letters = iter(string.ascii_lowercase)
    names = {label: next(letters, "") for label in labels}
    hidden = [next(letters, "") for _ in range(longest)]
    if "" in names.values() or "" in hidden:
        return []

    def written(source: str, missing: int) -> str:
        before, dots, after = source.partition("...")
        middle = hidden[longest - missing :] if dots else []
        return "".join(
            [*(names[one] for one in before), *middle, *(names[one] for one in after)]
        )

    inputs = ",".join(written(*one) for one in zip(sources, spare, strict=True))
    node.attr["equation"].s = f"{inputs}->{written(right, longest)}".encode()
    return []


def _bias(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The bias with an axis for each after its own:

    TensorFlow.js adds it to the last one, except to a convolution.
    """
    import tensorflow as tf

    to, after = (
        input_of(frozen, node.input[0]).op.type,
        [1] * (len(shape_of(frozen, node.input[0])) - 2),
    )
    if node.attr["data_format"].s != b"NCHW" or to == "Conv2D" or not after:
        return []
    return splice(node, frozen, lambda x, bias: x + tf.reshape(bias, [-1, *after]))


def _cumulative(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The axis counted from the front:

    TensorFlow.js (4.22) gives a result of another rank for a negative one.
    """
    import tensorflow as tf

    rank = input_of(frozen, node.input[0]).shape.rank
    axis = tf.get_static_value(input_of(frozen, node.input[1]))
    if axis is None or rank is None or axis >= 0:
        return []
    node.input[1] = f"{node.name}/axis_from_the_front"
    return [constant(node.input[1], axis + rank)]


def _sign_bit(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The bits of a float32 that Keras masks to find negative zeros, as before every
    argmax: 1 / x tells these, too.
    """
    import tensorflow as tf

    bits, mask = (
        input_of(frozen, node.input[0]),
        tf.get_static_value(input_of(frozen, node.input[1])),
    )
    if (
        bits.op.type != "Bitcast"
        or bits.op.inputs[0].dtype != tf.float32
        or mask != tf.int32.min
    ):
        return []
    node.input[:] = [bits.op.inputs[0].name.removesuffix(":0")]
    return splice(
        node,
        frozen,
        lambda x: tf.where(tf.where(tf.equal(x, 0.0), 1.0 / x, x) < 0.0, mask, 0),
    )


def _fft_2d(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The transform of the rows, then that of the columns. Real and imaginary parts are
    transposed apart, because TensorFlow.js transposes no complex tensors.
    """
    import tensorflow as tf

    def transposed(x: Any) -> Any:
        return tf.complex(
            tf.linalg.matrix_transpose(tf.math.real(x)),
            tf.linalg.matrix_transpose(tf.math.imag(x)),
        )

    def twice(x: Any) -> Any:
        return transposed(tf.signal.fft(transposed(tf.signal.fft(x))))

    return splice(node, frozen, twice)


def _bucketize(node: Any, frozen: FrozenGraph) -> list[Any]:
    """How many boundaries are not above x, as in Discretization; all of them for NaN,
    as in TensorFlow.
    """
    import tensorflow as tf

    boundaries = list(node.attr["boundaries"].list.f)

    def buckets(x: Any) -> Any:
        below = tf.less(
            tf.cast(x, tf.float32)[..., None], tf.constant(boundaries, tf.float32)
        )
        return tf.reduce_sum(tf.cast(tf.logical_not(below), tf.int32), -1)

    return splice(node, frozen, buckets)


_REWRITES: dict[str, Callable[[Any, FrozenGraph], list[Any]]] = {
    "Softsign": _softsign,
    "Erfc": _erfc,
    "MatrixBandPart": _band_part,
    "MatrixDiagV3": _diagonal,
    "ExtractImagePatches": _extract_patches,
    "Einsum": _einsum,
    "BiasAdd": _bias,
    "Conv2DBackpropInput": transposed_convolution,
    "Conv3DBackpropInputV2": transposed_convolution_3d,
    "FFT2D": _fft_2d,
    "Cumsum": _cumulative,
    "Cumprod": _cumulative,
    "BitwiseAnd": _sign_bit,
    "Bucketize": _bucketize,
}


def on_reversed_inputs(layer: Any) -> Callable[..., Any]:
    """`inner_loop` of a recurrent layer that runs backwards, forwards on reversed
    inputs and a reversed mask.

    Keras' own unrolled loop (3.15) reverses the mask for the states, but not for the
    outputs that it sets to zero.
    """
    import tensorflow as tf

    loop = layer.inner_loop

    def inner_loop(
        sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        layer.go_backwards = False
        try:
            reversed_mask = None if mask is None else tf.reverse(mask, [1])
            return loop(
                tf.reverse(sequences, [1]),
                initial_state,
                reversed_mask,
                training=training,
            )
        finally:
            layer.go_backwards = True

    return inner_loop
