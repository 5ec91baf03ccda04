"""The preprocessing steps for pictures of any kind: colours, size and scale.

Twin of web/src/runtime/preprocess/photos.ts. Those of the list `drawing` take and give one picture, (H, W) in grey or
(H, W, 3) in colour (red, green, blue); those of the list `image` take many, (N, H, W) or (N, H, W, 3).
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.preprocessing.steps import PerChannel, require_pictures

Array: TypeAlias = npt.NDArray[np.float64]

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue in luminance: ITU-R BT.601, as in Pillow's and Keras' "grayscale"


def rgb(pixels: npt.NDArray[np.uint8], *, background: float) -> Array:
    """RGBA, laid over a background from 0 (black) to 1 (white), as (H, W, 3) in 0..1: A·C + (1 − A)·background."""
    values = pixels / 255
    alpha = values[..., 3:]
    return np.asarray(alpha * values[..., :3] + (1 - alpha) * background)


def grey(pixels: npt.NDArray[np.uint8], *, background: float) -> Array:
    """The luminance of RGBA, laid over a background: (H, W), 0 for black and 1 for white. Nothing is inverted."""
    return np.asarray(rgb(pixels, background=background) @ LUMA)


def cover(picture: Array, *, height: int, width: int) -> Array:
    """The largest part in the middle that has the sides' ratio, area-averaged to height×width. Nothing is stretched."""
    pixel = min(picture.shape[0] / height, picture.shape[1] / width)  # side of a new pixel, in old ones
    return _average(picture, (height, width), (pixel * height, pixel * width), 0)


def contain(picture: Array, *, height: int, width: int, background: float) -> Array:
    """All of the picture in the middle of height×width, area-averaged, with the background beside it."""
    pixel = max(picture.shape[0] / height, picture.shape[1] / width)
    return _average(picture, (height, width), (pixel * height, pixel * width), background)


def stretch(picture: Array, *, height: int, width: int) -> Array:
    """All of the picture, area-averaged to height×width, whatever its sides' ratio was. Keras' default."""
    return _average(picture, (height, width), picture.shape[:2], 0)


def scale(images: Array, *, factor: float) -> Array:
    """Multiply: 1 keeps 0..1, 255 gives the raw pixels of the tutorial."""
    return np.asarray(images * factor)


def normalize(images: Array, *, mean: PerChannel, deviation: PerChannel) -> Array:
    """(value − mean) / deviation, each of them one number, or one for each channel in the order that they have here."""
    require_pictures(images, "normalize", colour=True)
    channels = images.shape[3] if images.ndim == 4 else 1
    for values in (mean, deviation):
        if isinstance(values, list) and len(values) != channels:
            raise ConfigError(
                f"The step normalize needs one number, or as many as the picture has channels ({channels}). "
                f"Received: {values!r}. Correct it."
            )
    return np.asarray((images - mean) / deviation)


def bgr(images: Array) -> Array:
    """(N, H, W, 3) with the channels in the opposite order: blue, green, red."""
    require_pictures(images, "bgr", colour=True)
    if images.ndim != 4:
        raise ConfigError("The step bgr needs pictures in colour. Received: grey ones. Start the drawing with rgb.")
    return images[..., ::-1]


def flatten(images: Array) -> Array:
    """(N, H, W) → (N, H·W), row by row; in colour (N, H, W, 3) → (N, H·W·3), pixel by pixel."""
    require_pictures(images, "flatten", colour=True)
    return images.reshape(len(images), math.prod(images.shape[1:]))


def channel(images: Array) -> Array:
    """(N, H, W) → (N, H, W, 1). Pictures in colour have their channels."""
    require_pictures(images, "channel")
    return images[..., np.newaxis]


def box_filter(before: int, after: int, length: float | None = None) -> Array:
    """Matrix (after, before) that averages `before` pixels to `after`, by the share of each that a new one covers.

    With `length`, the new ones share so many of the old ones in the middle; what lies beyond the old ones counts as 0.
    """
    start = 0.0 if length is None else (before - length) / 2
    length = before if length is None else length
    edges = start + np.arange(after + 1) * length / after
    old = np.arange(before)
    covered = np.minimum(edges[1:, np.newaxis], old + 1) - np.maximum(edges[:-1, np.newaxis], old)
    return np.asarray(np.maximum(covered, 0) * after / length)


def _average(picture: Array, after: tuple[int, int], lengths: tuple[float, ...], background: float) -> Array:
    """Average a window in the middle of the picture, `lengths` of its pixels high and wide, to `after` pixels.

    A new pixel is the mean over the area that it covers: all that lies there counts, each old pixel by its share. What
    is enlarged thus keeps hard edges. Where the window is larger than the picture, the background lies beside it.
    """
    down, across = (box_filter(*sides) for sides in zip(picture.shape[:2], after, lengths, strict=True))
    averaged = np.einsum("ay,yx...->ax...", down, picture, optimize=True)
    averaged = np.einsum("bx,ax...->ab...", across, averaged, optimize=True)
    beside = 1 - np.outer(down.sum(axis=1), across.sum(axis=1))
    return np.asarray(averaged + background * (beside if picture.ndim == 2 else beside[..., np.newaxis]))
