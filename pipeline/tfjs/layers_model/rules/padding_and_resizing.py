"""Padding, cropping, upsampling and resizing."""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, count
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, rule
from pipeline.tfjs.weights import Array

_ONE_AXIS = "an axis at a time, with all others merged around it"


def _first_axis(site: Site) -> int:
    return 2 if getattr(site.layer, "data_format", None) == "channels_first" else 1


@rule("ZeroPadding2D", reads=["padding", "data_format"])
def _zero_padding2d(site: Site) -> Tensor:
    layer = site.layer
    config = {"padding": [list(pair) for pair in layer.padding], "data_format": layer.data_format}
    return site.emit("ZeroPadding2D", site.x, config, shape=site.shape)


@rule("ZeroPadding1D", "ZeroPadding3D", reads=["padding", "data_format"], note=_ONE_AXIS)
def _zero_padding(site: Site) -> Tensor:
    layer, y = site.layer, site.x
    pairs = [layer.padding] if isinstance(layer.padding[0], int) else layer.padding
    for axis, (before, after) in enumerate(pairs, _first_axis(site)):
        y = p.pad_axis(site, y, axis, before, after, f"axis{axis}")
    return p.identity(site, y)


@rule("Cropping2D", reads=["cropping", "data_format"])
def _cropping2d(site: Site) -> Tensor:
    layer, start = site.layer, _first_axis(site)
    if any(site.x.shape[axis] is None for axis in (start, start + 1)):
        site.refuse("input size", site.x.shape, "fix the input size")
    config = {"cropping": [list(pair) for pair in layer.cropping], "data_format": layer.data_format}
    return site.emit("Cropping2D", site.x, config, shape=site.shape)


@rule("Cropping1D", "Cropping3D", reads=["cropping", "data_format"], note=_ONE_AXIS)
def _cropping(site: Site) -> Tensor:
    layer, y = site.layer, site.x
    pairs = [layer.cropping] if isinstance(layer.cropping[0], int) else layer.cropping
    for axis, (before, after) in enumerate(pairs, _first_axis(site)):
        y = p.cut(site, y, axis, before, after, f"axis{axis}")
    return p.identity(site, y)


@rule(
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    reads=["size", "data_format", "interpolation"],
    note=(f"nearest in 1D and 3D: {_ONE_AXIS}; other interpolations are a matrix product along each axis"),
)
def _up_sampling(site: Site) -> Tensor:
    layer, y, start = site.layer, site.x, _first_axis(site)
    sizes = [layer.size] if isinstance(layer.size, int) else list(layer.size)
    method = getattr(layer, "interpolation", "nearest")
    if method == "nearest" and y.rank == 4:
        config = {"size": sizes, "data_format": layer.data_format, "interpolation": "nearest"}
        return site.emit("UpSampling2D", y, config, shape=site.shape)
    for axis, size in enumerate(sizes, start):
        if method == "nearest":
            y = _repeat(site, y, axis, int(size))
        else:
            matrix = _resize_matrix(y.size(axis), y.size(axis) * size, method)
            y = p.linear_along(site, y, axis, matrix, f"axis{axis}")
    return p.identity(site, y)


def _repeat(site: Site, x: Tensor, axis: int, times: int) -> Tensor:
    old = x.shape[axis]
    size = None if old is None else old * times
    flat = p.reshape(site, x, (count(x.shape[1:axis]), old, count(x.shape[axis + 1 :])), f"axis{axis}_in")
    config = {"size": [1, times], "data_format": "channels_last", "interpolation": "nearest"}
    shape = (x.shape[0], flat.shape[1], size, flat.shape[3])
    y = site.emit("UpSampling2D", flat, config, part=f"axis{axis}", shape=shape)
    return p.reshape(site, y, (*x.shape[1:axis], size, *x.shape[axis + 1 :]), f"axis{axis}_out")


@rule(
    "Resizing",
    reads=[
        "height",
        "width",
        "interpolation",
        "crop_to_aspect_ratio",
        "pad_to_aspect_ratio",
        "fill_mode",
        "fill_value",
        "antialias",
        "data_format",
    ],
    note="resizing is a matrix product along each axis (TensorFlow.js's own Resizing loses the batch)",
)
def _resizing(site: Site) -> Tensor:
    if site.config["pad_to_aspect_ratio"]:
        site.refuse("pad_to_aspect_ratio", True, "pad and resize with layers of their own")
    return _as_matrices(site, int(site.layer.height), int(site.layer.width))


@rule("CenterCrop", reads=["height", "width", "data_format"], note="cropping and resizing as matrix products")
def _center_crop(site: Site) -> Tensor:
    layer, x, start = site.layer, site.x, _first_axis(site)
    spare = [x.size(start) - layer.height, x.size(start + 1) - layer.width]
    if min(spare) < 0:
        return _as_matrices(site, int(layer.height), int(layer.width))
    for axis, extra in enumerate(spare, start):
        x = p.cut(site, x, axis, extra // 2, extra - extra // 2, f"axis{axis}")
    return p.identity(site, x)


def _as_matrices(site: Site, height: int, width: int) -> Tensor:
    """A layer that resizes, crops or both, as two matrices found by giving it pictures with one bright row or column.

    What it does is linear and separable, and its weights for one pixel sum to 1: a picture that is constant across the
    other axis shows one axis alone.
    """
    x, start = site.x, _first_axis(site)
    sizes = (x.size(start), x.size(start + 1))
    rows, columns = _probe(site, sizes, 0, height), _probe(site, sizes, 1, width)
    y = p.linear_along(site, x, start, rows, "rows")
    return p.identity(site, p.linear_along(site, y, start + 1, columns, "columns"))


def _probe(site: Site, sizes: tuple[int, int], axis: int, length: int) -> Array:
    count_in = sizes[axis]
    pictures = np.zeros((count_in, *sizes, 1), np.float32)
    for i in range(count_in):
        pictures[(i, *[slice(None)] * axis, i)] = 1.0
    first = site.layer.data_format == "channels_first"
    answer = np.asarray(site.layer(pictures.transpose(0, 3, 1, 2) if first else pictures, training=False))
    plane = answer[:, 0] if first else answer[..., 0]
    matrix: Array = plane[:, :, 0] if axis == 0 else plane[:, 0, :]
    if matrix.shape != (count_in, length):
        raise AssertionError(f"{matrix.shape} is not {(count_in, length)}")
    return matrix


def _resize_matrix(size: int, target: int, method: str) -> Array:
    """The matrix by which Keras resizes an axis."""
    from keras import ops

    picture = np.eye(size, dtype=np.float32)[:, :, None, None]
    resized: Array = np.asarray(
        ops.image.resize(picture, (target, 1), interpolation=method, data_format="channels_last")
    )
    return resized[:, :, 0, 0]


@rule(
    *("AugMix", "AutoContrast", "CutMix", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration"),
    *("RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip"),
    *("RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization"),
    *("RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom"),
    reads=["*"],
    note="the identity at inference",
)
def _augmentation(site: Site) -> Tensor:
    return p.identity(site, site.x)


@rule("RandomCrop", reads=["height", "width", "data_format", "bounding_box_format"], note="the identity where it fits")
def _random_crop(site: Site) -> Tensor:
    if site.shape[1:] != site.x.shape[1:]:
        site.refuse("height and width", site.shape, "crop with CenterCrop or Cropping2D in the exported model")
    return p.identity(site, site.x)
