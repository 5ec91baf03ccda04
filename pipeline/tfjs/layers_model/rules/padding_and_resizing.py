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
    config = {option: [list(pair) for pair in getattr(call.layer, option)], "data_format": call.layer.data_format}
    return call.emit(kind, call.x, config, shape=call.shape)


@rule(
    *("ZeroPadding1D", "ZeroPadding3D", "Cropping1D", "Cropping3D"),
    reads=["padding", "cropping", "data_format"],
    note=_ONE_AXIS,
)
def _pad_or_crop(call: LayerCall) -> Tensor:
    layer, y = call.layer, call.x
    pads = hasattr(layer, "padding")
    amounts, change = (layer.padding, blocks.pad_axis) if pads else (layer.cropping, blocks.crop_axis)
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
        f"nearest in 1D and 3D: {_ONE_AXIS}; other interpolations are a matrix product along each axis; bilinear of "
        "free sizes: means of repeated pixels"
    ),
)
def _up_sampling(call: LayerCall) -> Tensor:
    layer, y, start = call.layer, call.x, blocks.first_axis(call)
    sizes = [layer.size] if isinstance(layer.size, int) else list(layer.size)
    method = getattr(layer, "interpolation", "nearest")
    if method == "nearest" and y.rank == 4:
        config = {"size": sizes, "data_format": layer.data_format, "interpolation": "nearest"}
        return call.emit("UpSampling2D", y, config, shape=call.shape)
    for axis, size in enumerate(sizes, start):
        if method == "nearest":
            y = _repeat(call, y, axis, int(size))
        elif method == "bilinear" and y.shape[axis] is None:
            y = _mean_of_repeated(call, y, axis, int(size))
        else:
            matrix = _resize_matrix(y.size(axis), y.size(axis) * size, method)
            y = blocks.linear_along(call, y, axis, matrix, f"axis{axis}")
    return blocks.identity(call, y)


def _repeat(call: LayerCall, x: Tensor, axis: int, times: int) -> Tensor:
    old = x.shape[axis]
    size = None if old is None else old * times
    config = {"size": [1, times], "data_format": "channels_last", "interpolation": "nearest"}
    return blocks.resize_axis(call, x, axis, size, "UpSampling2D", config, f"axis{axis}")


def _mean_of_repeated(call: LayerCall, x: Tensor, axis: int, times: int) -> Tensor:
    """Bilinear interpolation along one axis of an image of any size: each pixel 2n times, then every second mean of 2n.

    A window of 2n around the place of a new pixel, between two of the repeated ones, covers its two neighbours in
    proportion to their distances. At the ends it covers one only, because means leave the padding out.
    """
    if call.layer.data_format == "channels_first":
        call.refuse("size", x.shape, "fix the input size, or use channels_last")
    along = [2 * times if axis == 1 else 1, 2 * times if axis == 2 else 1]
    fine = [None if n is None else n * k for n, k in zip(x.shape[1:3], along, strict=True)]
    repeat = {"size": along, "data_format": "channels_last", "interpolation": "nearest"}
    y = call.emit("UpSampling2D", x, repeat, part=f"axis{axis}_repeat", shape=(x.shape[0], *fine, x.shape[3]))
    steps = [2 if k > 1 else 1 for k in along]
    mean = {"pool_size": along, "strides": steps, "padding": "same", "data_format": "channels_last"}
    coarse = [None if n is None else n // step for n, step in zip(fine, steps, strict=True)]
    return call.emit("AveragePooling2D", y, mean, part=f"axis{axis}_mean", shape=(x.shape[0], *coarse, x.shape[3]))


@rule(
    "Resizing",
    reads=[*_SIZE, *_ASPECT, "interpolation", "fill_mode", "fill_value", "antialias"],
    note="resizing is a matrix product along each axis (TensorFlow.js's own Resizing loses the batch)",
)
def _resizing(call: LayerCall) -> Tensor:
    if call.config["pad_to_aspect_ratio"] and call.config["fill_value"]:
        call.refuse("fill_value", call.config["fill_value"], "leave it at 0")
    return _as_matrices(call, int(call.layer.height), int(call.layer.width))


@rule("CenterCrop", reads=_SIZE, note="cropping and resizing as matrix products")
def _center_crop(call: LayerCall) -> Tensor:
    layer, x, start = call.layer, call.x, _rows_axis(call)
    spare = [x.size(start) - layer.height, x.size(start + 1) - layer.width]
    if min(spare) < 0:
        return _as_matrices(call, int(layer.height), int(layer.width))
    for axis, extra in enumerate(spare, start):
        x = blocks.crop_axis(call, x, axis, extra // 2, extra - extra // 2, f"axis{axis}")
    return blocks.identity(call, x)


def _rows_axis(call: LayerCall) -> int:
    """The axis of the rows, in a batch of images: Keras takes a single image as well, whose first axis they are."""
    if call.x.rank != 4:
        call.refuse("input rank", call.x.rank, "give the input a batch axis")
    return blocks.first_axis(call)


def _as_matrices(call: LayerCall, height: int, width: int) -> Tensor:
    """A layer that resizes, crops or both, as two matrices, found by giving it images with one bright row or column.

    The layer is linear and separable, and its weights for a pixel in the middle, which is no padding, sum to 1. So an
    image that is constant along one axis shows there what the layer does along the other.
    """
    x, start = call.x, _rows_axis(call)
    sizes = (x.size(start), x.size(start + 1))
    rows, columns = _probe(call, sizes, 0, height), _probe(call, sizes, 1, width)
    y = blocks.linear_along(call, x, start, rows, "rows")
    return blocks.identity(call, blocks.linear_along(call, y, start + 1, columns, "columns"))


def _probe(call: LayerCall, sizes: tuple[int, int], axis: int, length: int) -> Array:
    count_in = sizes[axis]
    images = np.zeros((count_in, *sizes, 1), np.float32)
    for i in range(count_in):
        images[i][(*(slice(None),) * axis, i)] = 1.0
    first = call.layer.data_format == "channels_first"
    answer = np.asarray(call.layer(images.transpose(0, 3, 1, 2) if first else images, training=False))
    plane = answer[:, 0] if first else answer[..., 0]
    matrix: Array = plane[:, :, plane.shape[2] // 2] if axis == 0 else plane[:, plane.shape[1] // 2, :]
    if matrix.shape != (count_in, length):
        raise AssertionError(f"{matrix.shape} is not {(count_in, length)}")
    return matrix


def _resize_matrix(size: int, target: int, method: str) -> Array:
    """The matrix by which Keras resizes an axis."""
    from keras import ops

    image = np.eye(size, dtype=np.float32)[:, :, None, None]
    resized: Array = np.asarray(ops.image.resize(image, (target, 1), interpolation=method, data_format="channels_last"))
    return resized[:, :, 0, 0]


@rule(
    "RandomCrop",
    reads=[*_SIZE, "bounding_box_format"],
    note="the identity where the size is already right",
)
def _random_crop(call: LayerCall) -> Tensor:
    _rows_axis(call)
    if call.shape[1:] != call.x.shape[1:]:
        call.refuse("height and width", call.shape, "crop with CenterCrop or Cropping2D in the exported model")
    return blocks.identity(call, call.x)
