"""Exact replacements for operations in a frozen TensorFlow graph that TensorFlow.js lacks or computes wrongly."""

import re
import string
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.tfjs.graph_model.frozen import FrozenGraph, as_graph, constant
from pipeline.tfjs.graph_model.loops import keep_list_items
from pipeline.tfjs.kernels import block_diagonal, dilate_kernel, dilated_size


def safe_name(name: str) -> str:
    """`name` as TensorFlow accepts it for a placeholder."""
    cleaned = re.sub(r"[^A-Za-z0-9_.\\/]", "_", name)
    return cleaned if cleaned[:1].isalnum() else f"input{cleaned}"


def rewrite_ops(frozen: FrozenGraph) -> FrozenGraph:
    """The graph with each operation that has an exact replacement rewritten. Nodes keep their names."""
    graph_def = frozen.graph.as_graph_def()
    added = []
    for node in graph_def.node:
        if node.op in _REWRITES:
            added += _REWRITES[node.op](node, frozen)
    graph_def.node.extend(added)
    keep_list_items(graph_def)
    needed = {name.split(":")[0] for node in graph_def.node for name in node.input}
    for node in [node for node in graph_def.node if node.op == "Bitcast" and node.name not in needed]:
        graph_def.node.remove(node)  # what is left of `_sign_bit`
    return FrozenGraph(as_graph(graph_def), frozen.weights)


def _input(frozen: FrozenGraph, name: str) -> Any:
    """The tensor that a node takes, by its name in the node."""
    return frozen.graph.get_tensor_by_name(name if ":" in name else f"{name}:0")


def _shape_of(frozen: FrozenGraph, name: str) -> list[int | None]:
    """The shape of a node's input, by the input's name; every rewrite that asks for it needs the rank."""
    shape = _input(frozen, name).shape
    return [None] if shape.rank is None else list(shape.as_list())


def _splice(node: Any, frozen: FrozenGraph, function: Callable[..., Any]) -> list[Any]:
    """Replace `node` with the operations of a function of its inputs; it becomes the identity of their result."""
    import tensorflow as tf

    taken = [_input(frozen, name) for name in node.input]
    specs = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in taken]
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
    kind = concrete.outputs[0].dtype.as_datatype_enum
    node.attr.clear()
    node.attr["T"].type = kind
    return helpers


def _softsign(node: Any, frozen: FrozenGraph) -> list[Any]:
    """Softsign(x) = x / (1 + |x|), its definition."""
    return _splice(node, frozen, lambda x: x / (abs(x) + 1.0))


def _erfc(node: Any, frozen: FrozenGraph) -> list[Any]:
    """erfc(x) = 1 − erf(x). For large x the difference loses digits, which gelu (x · erfc(−x)) then multiplies by a
    tail below 1e-7 of x.
    """
    import tensorflow as tf

    return _splice(node, frozen, lambda x: 1.0 - tf.math.erf(x))


def _band_part(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The band of a matrix by comparing row and column indices: TensorFlow.js gets a negative count ("all") wrong."""
    import tensorflow as tf

    def band(x: Any, lower: Any, upper: Any) -> Any:
        below, above = tf.cast(lower, tf.int32), tf.cast(upper, tf.int32)
        distance = tf.range(tf.shape(x)[-2])[:, None] - tf.range(tf.shape(x)[-1])[None, :]
        near = tf.logical_or(below < 0, distance <= below) & tf.logical_or(above < 0, -distance <= above)
        return tf.logical_and(x, near) if x.dtype == tf.bool else tf.where(near, x, tf.zeros_like(x))

    return _splice(node, frozen, band)


def _diagonal(node: Any, frozen: FrozenGraph) -> list[Any]:
    """A constant diagonal matrix, such as the identity that `keras.ops.image.extract_patches` convolves with."""
    import tensorflow as tf

    part = tf.compat.v1.graph_util.extract_sub_graph(frozen.graph.as_graph_def(), [node.name])
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

    channels = _shape_of(frozen, node.input[0])[-1]
    rows, columns = node.attr["ksizes"].list.i[1:3]
    if channels is None or node.attr["T"].type != tf.float32.as_datatype_enum:
        return []
    depth = rows * columns * channels
    kernel = np.eye(depth, dtype=np.float32).reshape(rows, columns, channels, depth)
    strides, rates = (list(node.attr[name].list.i) for name in ("strides", "rates"))
    if max(strides) > 1 and max(rates) > 1:  # TensorFlow.js takes only one of them
        kernel, rates = dilate_kernel(kernel, rates[1:3]), [1, 1, 1, 1]
    padding = node.attr["padding"].s.decode()
    return _splice(node, frozen, lambda x: tf.nn.conv2d(x, kernel, strides, padding, dilations=rates))


def _einsum(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The same sum with a small letter for each axis: TensorFlow.js takes A for a, and knows no ellipsis."""
    left, _, right = node.attr["equation"].s.decode().replace(" ", "").partition("->")
    sources = left.split(",")
    ranks = [len(_shape_of(frozen, name)) for name in node.input[: len(sources)]]
    spare = [rank - len(source.replace("...", "")) for source, rank in zip(sources, ranks, strict=True)]
    longest = max((n for n, source in zip(spare, sources, strict=True) if "..." in source), default=0)
    labels = dict.fromkeys(left.replace(",", "").replace(".", ""))
    letters = iter(string.ascii_lowercase)
    names = {label: next(letters, "") for label in labels}
    hidden = [next(letters, "") for _ in range(longest)]
    if "" in names.values() or "" in hidden:
        return []

    def written(source: str, missing: int) -> str:
        before, dots, after = source.partition("...")
        middle = hidden[longest - missing :] if dots else []
        return "".join([*(names[one] for one in before), *middle, *(names[one] for one in after)])

    inputs = ",".join(written(*one) for one in zip(sources, spare, strict=True))
    node.attr["equation"].s = f"{inputs}->{written(right, longest)}".encode()
    return []


def _bias(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The bias with an axis for each after its own: TensorFlow.js adds it to the last one, except to a convolution."""
    import tensorflow as tf

    to, after = _input(frozen, node.input[0]).op.type, [1] * (len(_shape_of(frozen, node.input[0])) - 2)
    if node.attr["data_format"].s != b"NCHW" or to == "Conv2D" or not after:
        return []
    return _splice(node, frozen, lambda x, bias: x + tf.reshape(bias, [-1, *after]))


def _transposed_convolution(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The same with the channels last and a kernel without gaps: TensorFlow.js reads neither of these options."""
    import tensorflow as tf

    first = node.attr["data_format"].s == b"NCHW"
    to_last = [0, 2, 3, 1] if first else [0, 1, 2, 3]
    strides, rates = ([node.attr[name].list.i[axis] for axis in to_last] for name in ("strides", "dilations"))
    if not first and max(rates) == 1:
        return []
    padding = node.attr["padding"].s.decode()

    def convolved(sizes: Any, kernel: Any, x: Any) -> Any:
        if max(rates) > 1:  # zeros after each entry, which Grappler computes, without the last ones
            gaps = [[0, 0], [0, rates[1] - 1], [0, 0], [0, rates[2] - 1], [0, 0], [0, 0]]
            rows, columns = dilated_size(kernel.shape[:2], rates[1:3])
            sides = [size * rate for size, rate in zip(kernel.shape[:2], rates[1:3], strict=True)]
            kernel = tf.reshape(tf.pad(kernel[:, None, :, None], gaps), [*sides, *kernel.shape[2:]])[:rows, :columns]
        y = tf.nn.conv2d_transpose(tf.transpose(x, to_last), kernel, tf.gather(sizes, to_last), strides, padding)
        return tf.transpose(y, [0, 3, 1, 2]) if first else y

    return _splice(node, frozen, convolved)


def _cumulative(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The axis counted from the front: TensorFlow.js (4.22) gives a result of another rank for a negative one."""
    import tensorflow as tf

    rank = _input(frozen, node.input[0]).shape.rank
    axis = tf.get_static_value(_input(frozen, node.input[1]))
    if axis is None or rank is None or axis >= 0:
        return []
    node.input[1] = f"{node.name}/axis_from_the_front"
    return [constant(node.input[1], axis + rank)]


def _sign_bit(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The bits of a float32 that Keras masks to find negative zeros, as before every argmax: 1 / x tells these, too."""
    import tensorflow as tf

    bits, mask = _input(frozen, node.input[0]), tf.get_static_value(_input(frozen, node.input[1]))
    if bits.op.type != "Bitcast" or bits.op.inputs[0].dtype != tf.float32 or mask != tf.int32.min:
        return []
    node.input[:] = [bits.op.inputs[0].name.removesuffix(":0")]
    return _splice(node, frozen, lambda x: tf.where(tf.where(tf.equal(x, 0.0), 1.0 / x, x) < 0.0, mask, 0))


def _fft_2d(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The transform of the rows, then that of the columns. Real and imaginary parts are transposed apart, because
    TensorFlow.js transposes no complex tensors.
    """
    import tensorflow as tf

    def transposed(x: Any) -> Any:
        return tf.complex(tf.linalg.matrix_transpose(tf.math.real(x)), tf.linalg.matrix_transpose(tf.math.imag(x)))

    def twice(x: Any) -> Any:
        return transposed(tf.signal.fft(transposed(tf.signal.fft(x))))

    return _splice(node, frozen, twice)


def _bucketize(node: Any, frozen: FrozenGraph) -> list[Any]:
    """How many boundaries are not above x, as in Discretization; all of them for NaN, as in TensorFlow."""
    import tensorflow as tf

    boundaries = list(node.attr["boundaries"].list.f)

    def buckets(x: Any) -> Any:
        below = tf.less(tf.cast(x, tf.float32)[..., None], tf.constant(boundaries, tf.float32))
        return tf.reduce_sum(tf.cast(tf.logical_not(below), tf.int32), -1)

    return _splice(node, frozen, buckets)


_REWRITES: dict[str, Callable[[Any, FrozenGraph], list[Any]]] = {
    "Softsign": _softsign,
    "Erfc": _erfc,
    "MatrixBandPart": _band_part,
    "MatrixDiagV3": _diagonal,
    "ExtractImagePatches": _extract_patches,
    "Einsum": _einsum,
    "BiasAdd": _bias,
    "Conv2DBackpropInput": _transposed_convolution,
    "FFT2D": _fft_2d,
    "Cumsum": _cumulative,
    "Cumprod": _cumulative,
    "BitwiseAnd": _sign_bit,
    "Bucketize": _bucketize,
}


def on_reversed_inputs(layer: Any) -> Callable[..., Any]:
    """`inner_loop` of a recurrent layer that runs backwards, forwards on reversed inputs and a reversed mask.

    Keras' own unrolled loop (3.15) reverses the mask for the states, but not for the outputs that it sets to zero.
    """
    import tensorflow as tf

    loop = layer.inner_loop

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        layer.go_backwards = False
        try:
            reversed_mask = None if mask is None else tf.reverse(mask, [1])
            return loop(tf.reverse(sequences, [1]), initial_state, reversed_mask, training=training)
        finally:
            layer.go_backwards = True

    return inner_loop


def ungrouped_convolution(layer: Any) -> Callable[[Any, Any], Any]:
    """`convolution_op` of a grouped convolution without groups, which computes the same.

    It is a depthwise one where each group has one channel, and else a dense one whose kernel is zero between groups:
    x · 0 adds nothing. Keras runs grouped convolutions through XLA, whose calls TensorFlow.js cannot read.
    """
    from keras import ops

    kernel = np.asarray(layer.kernel)
    *sides, channels, filters = kernel.shape
    known = len(sides) < 3 and len(set(layer.strides)) == 1  # TensorFlow has no other depthwise ones
    if channels == 1 and known:
        convolve, kernel = ops.depthwise_conv, kernel.reshape(*sides, layer.groups, filters // layer.groups)
    else:
        convolve, kernel = ops.conv, block_diagonal(kernel, layer.groups)

    def convolution_op(inputs: Any, _: Any) -> Any:
        padding = layer.padding
        if padding == "causal":
            inputs, padding = ops.pad(inputs, layer._compute_causal_padding()), "valid"
        return convolve(inputs, kernel, tuple(layer.strides), padding, layer.data_format, layer.dilation_rate)

    return convolution_op


def resize_images(x: Any, height: int, width: int, data_format: str, *, interpolation: str) -> Any:
    """Compute Keras' UpSampling2D, whose own code cannot be traced for images of any size."""
    import tensorflow as tf

    x = tf.transpose(x, [0, 2, 3, 1]) if data_format == "channels_first" else x
    y = tf.image.resize(x, tf.shape(x)[1:3] * [height, width], interpolation)
    return tf.transpose(y, [0, 3, 1, 2]) if data_format == "channels_first" else y
