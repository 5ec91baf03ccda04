"""Convolutions that TensorFlow.js cannot run, as ones that it can, which compute the
same.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.tfjs.graph_model.frozen import FrozenGraph, shape_of, splice
from pipeline.tfjs.kernels import block_diagonal, dilated_size


def transposed_convolution(node: Any, frozen: FrozenGraph) -> list[Any]:
    """The same with the channels last and a kernel without gaps:

    TensorFlow.js reads neither of these options.
    """
    import tensorflow as tf

    first = node.attr["data_format"].s == b"NCHW"
    to_last = [0, 2, 3, 1] if first else [0, 1, 2, 3]
    strides, rates = (
        [node.attr[name].list.i[axis] for axis in to_last]
        for name in ("strides", "dilations")
    )
    if not first and max(rates) == 1:
        return []
    padding = node.attr["padding"].s.decode()

    def convolved(sizes: Any, kernel: Any, x: Any) -> Any:
        # zeros after each entry, which Grappler computes, without the last ones
        if max(rates) > 1:
            gaps = [
                [0, 0],
                [0, rates[1] - 1],
                [0, 0],
                [0, rates[2] - 1],
                [0, 0],
                [0, 0],
            ]
            rows, columns = dilated_size(kernel.shape[:2], rates[1:3])
            sides = [
                size * rate
                for size, rate in zip(kernel.shape[:2], rates[1:3], strict=True)
            ]
            kernel = tf.reshape(
                tf.pad(kernel[:, None, :, None], gaps), [*sides, *kernel.shape[2:]]
            )[:rows, :columns]
        y = tf.nn.conv2d_transpose(
            tf.transpose(x, to_last),
            kernel,
            tf.gather(sizes, to_last),
            strides,
            padding,
        )
        return tf.transpose(y, [0, 3, 1, 2]) if first else y

    return splice(node, frozen, convolved)


def transposed_convolution_3d(node: Any, frozen: FrozenGraph) -> list[Any]:
    """A convolution of the flipped kernel with strides − 1 zeros between the entries:
    TensorFlow.js has no other.

    With padding p before, y[i] = Σ x[j] · k[i + p − j · stride] on each axis.
    """
    import tensorflow as tf

    first = node.attr["data_format"].s == b"NCDHW"
    to_last = [0, 2, 3, 4, 1] if first else [0, 1, 2, 3, 4]
    strides = [node.attr["strides"].list.i[axis] for axis in to_last[1:4]]
    given, made = (
        [shape_of(frozen, name)[axis] for axis in to_last[1:4]]
        for name in (node.input[2], node.name)
    )
    sizes: list[Any] = [
        size for size in zip(given, made, strides, strict=True) if None not in size
    ]
    if max(node.attr["dilations"].list.i) > 1 or len(sizes) < 3:
        return []
    is_same = node.attr["padding"].s == b"SAME"

    def convolved(_: Any, kernel: Any, x: Any) -> Any:
        x = tf.transpose(x, to_last)
        sides = [[0, 0]]
        for axis, (count, wanted, stride) in enumerate(sizes, 1):
            before, after = x.shape.as_list()[1:axis], x.shape.as_list()[axis + 1 :]
            rows = tf.reshape(x, [-1, count, 1, math.prod(after)])
            length, size = (count - 1) * stride + 1, kernel.shape[axis - 1]
            rows = tf.pad(rows, [[0, 0], [0, 0], [0, stride - 1], [0, 0]])
            rows = tf.reshape(rows, [-1, count * stride, math.prod(after)])[:, :length]
            x = tf.reshape(rows, [-1, *before, length, *after])
            skipped = max(length - 1 + size - wanted, 0) // 2 if is_same else 0
            sides.append([size - 1 - skipped, wanted + skipped - length])
        flipped = tf.transpose(tf.reverse(kernel, [0, 1, 2]), [0, 1, 2, 4, 3])
        y = tf.nn.conv3d(tf.pad(x, [*sides, [0, 0]]), flipped, [1] * 5, "VALID")
        return tf.transpose(y, [0, 4, 1, 2, 3]) if first else y

    return splice(node, frozen, convolved)


def is_compiled(layer: Any) -> bool:
    """Tell whether Keras runs a layer's convolution through XLA, whose calls
    TensorFlow.js cannot read.
    """
    return hasattr(layer, "convolution_op") and (
        layer.groups != 1 or _is_volume_with_channels_first(layer)
    )


def _is_volume_with_channels_first(layer: Any) -> bool:
    return bool(layer.rank == 3 and layer.data_format == "channels_first")


def uncompiled_convolution(layer: Any) -> Callable[[Any, Any], Any]:
    """`convolution_op` of such a layer, which computes the same without groups, and a
    volume with the channels last.

    It is a depthwise one where each group has one channel, and else a dense one whose
    kernel is zero between groups: x · 0 adds nothing.
    """
    from keras import ops

    kernel = np.asarray(layer.kernel)
    *sides, channels, filters = kernel.shape
    # TensorFlow has no other depthwise ones
    known = len(sides) < 3 and len(set(layer.strides)) == 1
    if channels == 1 and known:
        convolve, kernel = (
            ops.depthwise_conv,
            kernel.reshape(*sides, layer.groups, filters // layer.groups),
        )
    else:
        convolve, kernel = ops.conv, block_diagonal(kernel, layer.groups)

    def convolution_op(inputs: Any, _: Any) -> Any:
        padding = layer.padding
        if padding == "causal":
            inputs, padding = ops.pad(inputs, layer._compute_causal_padding()), "valid"
        if not _is_volume_with_channels_first(layer):
            return convolve(
                inputs,
                kernel,
                tuple(layer.strides),
                padding,
                layer.data_format,
                layer.dilation_rate,
            )
        x = ops.transpose(inputs, (0, 2, 3, 4, 1))
        y = convolve(
            x,
            kernel,
            tuple(layer.strides),
            padding,
            "channels_last",
            layer.dilation_rate,
        )
        return ops.transpose(y, (0, 4, 1, 2, 3))

    return convolution_op


def resize_images(
    x: Any, height: int, width: int, data_format: str, *, interpolation: str
) -> Any:
    """Compute Keras' UpSampling2D, whose own code cannot be traced for images of any
    size.
    """
    import tensorflow as tf

    x = tf.transpose(x, [0, 2, 3, 1]) if data_format == "channels_first" else x
    y = tf.image.resize(x, tf.shape(x)[1:3] * [height, width], interpolation)
    return tf.transpose(y, [0, 3, 1, 2]) if data_format == "channels_first" else y
