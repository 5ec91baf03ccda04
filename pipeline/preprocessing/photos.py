"""The preprocessing steps for images of any kind: colours, size and scale.

The twin of web/src/runtime/preprocess/photos.ts. Steps of the list `drawing` take and
return one image, (H, W) in grey or (H, W, 3) in colour (red, green, blue); those of the
list `image` take a batch, (N, H, W) or (N, H, W, 3).
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.preprocessing.steps import PerChannel, require_images

Array: TypeAlias = npt.NDArray[np.float64]

# of red, green and blue in luminance: ITU-R BT.601, as in Pillow's and Keras'
# "grayscale"
LUMA = (
    0.299,
    0.587,
    0.114,
)


def rgb(pixels: npt.NDArray[np.uint8], *, background: float) -> Array:
    """RGBA blended with a background from 0 (black) to 1 (white), as (H, W, 3) in 0..1:

    A·C + (1 − A)·background.
    """
    values = pixels / 255
    alpha = values[..., 3:]
    return np.asarray(alpha * values[..., :3] + (1 - alpha) * background)


def grey(pixels: npt.NDArray[np.uint8], *, background: float) -> Array:
    """The luminance of RGBA blended with a background:

    (H, W), 0 for black and 1 for white. Nothing is inverted.
    """
    return np.asarray(rgb(pixels, background=background) @ LUMA)


def cover(image: Array, *, height: int, width: int) -> Array:
    """Crop the centre to the aspect ratio of height×width, and average it to that size.

    Nothing is distorted.
    """
    # side of a new pixel, in old ones
    pixel = min(image.shape[0] / height, image.shape[1] / width)
    return _average(image, (height, width), (pixel * height, pixel * width), 0)


def contain(image: Array, *, height: int, width: int, background: float) -> Array:
    """Average the whole image to fit into the centre of height×width, with the
    background beside it.
    """
    pixel = max(image.shape[0] / height, image.shape[1] / width)
    return _average(image, (height, width), (pixel * height, pixel * width), background)


def stretch(image: Array, *, height: int, width: int) -> Array:
    """Average the whole image to height×width, whatever its aspect ratio was:

    what Keras does by default.
    """
    return _average(image, (height, width), image.shape[:2], 0)


def invert(image: Array) -> Array:
    """1 − value: bright on dark becomes dark on bright, and back."""
    return np.asarray(1 - image)


def invert_all(images: Array) -> Array:
    """`invert` for a batch: (N, H, W), or in colour (N, H, W, 3)."""
    require_images(images, "invert", colour=True)
    return invert(images)


def scale(images: Array, *, factor: float) -> Array:
    """Multiply: 1 keeps 0..1, 255 gives the raw pixels of the tutorial."""
    return np.asarray(images * factor)


def normalize(images: Array, *, mean: PerChannel, deviation: PerChannel) -> Array:
    """(value − mean) / deviation, each of them one number, or one per channel in the
    order of the image's channels.
    """
    require_images(images, "normalize", colour=True)
    channels = images.shape[3] if images.ndim == 4 else 1
    for values in (mean, deviation):
        if isinstance(values, list) and len(values) != channels:
            raise ConfigError(
                "The step normalize needs one number, or as many as the image has"
                f" channels ({channels}). Received: {values!r}. Correct it."
            )
    return np.asarray((images - mean) / deviation)


def bgr(images: Array) -> Array:
    """(N, H, W, 3) with the channels in reverse order: blue, green, red."""
    require_images(images, "bgr", colour=True)
    if images.ndim != 4:
        raise ConfigError(
            "The step bgr needs images in colour. Received: grey images. Start the"
            " drawing with rgb."
        )
    return images[..., ::-1]


def flatten(images: Array) -> Array:
    """(N, H, W) → (N, H·W), row by row; in colour (N, H, W, 3) → (N, H·W·3), pixel by
    pixel.
    """
    require_images(images, "flatten", colour=True)
    return images.reshape(len(images), math.prod(images.shape[1:]))


def channel(images: Array) -> Array:
    """(N, H, W) → (N, H, W, 1). Images in colour have channels already."""
    require_images(images, "channel")
    return images[..., np.newaxis]


def box_filter(before: int, after: int, length: float | None = None) -> Array:
    """Matrix (after, before) that averages `before` pixels to `after`, weighting each
    by the part that is covered.

    With `length`, the new pixels cover only that many old ones in the centre, or more
    than there are: those count as 0.
    """
    start = 0.0 if length is None else (before - length) / 2
    length = before if length is None else length
    edges = start + np.arange(after + 1) * length / after
    old = np.arange(before)
    covered = np.minimum(edges[1:, np.newaxis], old + 1) - np.maximum(
        edges[:-1, np.newaxis], old
    )
    return np.asarray(np.maximum(covered, 0) * after / length)


def _average(
    image: Array, after: tuple[int, int], lengths: tuple[float, ...], background: float
) -> Array:
    """Average a window in the centre of the image, `lengths` of its pixels high and
    wide, to `after` pixels.

    A new pixel is the mean over the area that it covers, with each old pixel weighted
    by its share, so that enlarged images keep hard edges. If the window is larger than
    the image, the background fills the rest.
    """
    down, across = (
        box_filter(*sides)
        for sides in zip(image.shape[:2], after, lengths, strict=True)
    )
    averaged = np.einsum("ay,yx...->ax...", down, image, optimize=True)
    averaged = np.einsum("bx,ax...->ab...", across, averaged, optimize=True)
    beside = 1 - np.outer(down.sum(axis=1), across.sum(axis=1))
    return np.asarray(
        averaged + background * (beside if image.ndim == 2 else beside[..., np.newaxis])
    )
