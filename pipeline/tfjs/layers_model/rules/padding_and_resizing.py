"""Padding, cropping, upsampling and resizing."""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Array

_ONE_AXIS = "one axis at a time, with the axes before and after it merged"

_SIZE = ["height", "width", "data_format"]
_ASPECT = ["crop_to_aspect_ratio", "pad_to_aspect_ratio"]


@rule("ZeroPadding2D", "Cropping2D", reads=["padding", "cropping", "data_format"])
def _pad_or_crop_2d(call: LayerCall) -> Tensor:
    kind, start = type(call.layer).__name__, blocks.first_axis(call)
    if kind == "Cropping2D" and None in call.x.shape[start : start + 2]:
        call.refuse("input size", call.x.shape, "fix the input size")
    option = "padding" if kind == "ZeroPadding2D" else "cropping"
    config = {
        option: [list(pair) for pair in getattr(call.layer, option)],
        "data_format": call.layer.data_format,
    }
    return call.emit(kind, call.x, config, shape=call.shape)


@rule(
    *("ZeroPadding1D", "ZeroPadding3D", "Cropping1D", "Cropping3D"),
    reads=["padding", "cropping", "data_format"],
    note=_ONE_AXIS,
)
def _pad_or_crop(call: LayerCall) -> Tensor:
    layer, y = call.layer, call.x
    pads = hasattr(layer, "padding")
    amounts, change = (
        (layer.padding, blocks.pad_axis) if pads else (layer.cropping, blocks.crop_axis)
    )
    for axis, (before, after) in enumerate(
        [amounts] if isinstance(amounts[0], int) else amounts, blocks.first_axis(call)
    ):
        y = change(call, y, axis, before, after, f"axis{axis}")
    return blocks.identity(call, y)


@rule(
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    reads=["size", "data_format", "interpolation"],
    note=(
        f"nearest in 1D and 3D: {_ONE_AXIS}; other interpolations are a matrix product"
        " along each axis"
    ),
)
def _up_sampling(call: LayerCall) -> Tensor:
    layer, y, start = call.layer, call.x, blocks.first_axis(call)
    sizes = [layer.size] if isinstance(layer.size, int) else list(layer.size)
    method = getattr(layer, "interpolation", "nearest")
    if method == "nearest" and y.rank == 4:
        config = {
            "size": sizes,
            "data_format": layer.data_format,
            "interpolation": "nearest",
        }
        return call.emit("UpSampling2D", y, config, shape=call.shape)
    for axis, size in enumerate(sizes, start):
        if method == "nearest":
            y = _repeat(call, y, axis, int(size))
        else:
            matrix = _probe(call, axis - start, call.x.size(axis) * size)
            y = blocks.linear_along(call, y, axis, matrix, f"axis{axis}")
    return blocks.identity(call, y)


def _repeat(call: LayerCall, x: Tensor, axis: int, times: int) -> Tensor:
    old = x.shape[axis]
    size = None if old is None else old * times
    config = {
        "size": [1, times],
        "data_format": "channels_last",
        "interpolation": "nearest",
    }
    return blocks.resize_axis(
        call, x, axis, size, "UpSampling2D", config, f"axis{axis}"
    )


@rule(
    "Resizing",
    "CenterCrop",
    reads=[*_SIZE, *_ASPECT, "interpolation", "fill_mode", "fill_value", "antialias"],
    note=(
        "a matrix product along each axis (TensorFlow.js's own Resizing loses the"
        " batch)"
    ),
)
def _as_matrices(call: LayerCall) -> Tensor:
    """A layer that resizes, crops or both, as two matrices."""
    if call.config.get("pad_to_aspect_ratio") and call.config["fill_value"]:
        call.refuse("fill_value", call.config["fill_value"], "leave it at 0")
    x, start = call.x, blocks.first_axis(call)
    # Keras takes a single image as well, whose first axis is that of the rows
    if x.rank != 4:
        call.refuse("input rank", x.rank, "give the input a batch axis")
    for axis, length in enumerate((int(call.layer.height), int(call.layer.width))):
        x = blocks.linear_along(
            call, x, start + axis, _probe(call, axis, length), f"axis{axis}"
        )
    return blocks.identity(call, x)


def _probe(call: LayerCall, axis: int, length: int) -> Array:
    """Find what a layer does along one axis, as a matrix, by giving it images with one
    bright row or column.

    The layer is linear and separable, and its weights for a pixel in the middle, which
    is no padding, sum to 1. So an image that is constant along one axis shows there
    what the layer does along the other.
    """
    start = blocks.first_axis(call)
    sizes = (call.x.size(start), call.x.size(start + 1))
    count_in = sizes[axis]
    images = np.zeros((count_in, *sizes, 1), np.float32)
    for i in range(count_in):
        images[i][(*(slice(None),) * axis, i)] = 1.0
    first = call.layer.data_format == "channels_first"
    answer = np.asarray(
        call.layer(images.transpose(0, 3, 1, 2) if first else images, training=False)
    )
    plane = answer[:, 0] if first else answer[..., 0]
    matrix: Array = (
        plane[:, :, plane.shape[2] // 2]
        if axis == 0
        else plane[:, plane.shape[1] // 2, :]
    )
    if matrix.shape != (count_in, length):
        raise AssertionError(f"{matrix.shape} is not {(count_in, length)}")
    return matrix
