"""The preprocessing steps that a manifest lists, in NumPy; the twin of
web/src/runtime/preprocess/steps.ts.

There are two lists of steps. `drawing` turns a visitor's drawing or photo (RGBA pixels
of any size) into an image of a fixed size with values in 0..1. `image` turns such an
image, or one of the data set, into the model's input. Both twins compute in double
precision and return float32; they share golden fixtures
(tests/fixtures/preprocess.json) and agree to 1e-6.

The first step of `drawing` says what the image shows: `ink`, bright on dark whatever
the colours of pen and paper, or the pixels themselves, as `grey` or `rgb`.

A step is a function in drawings.py or photos.py and an entry in DRAWING_STEPS or
IMAGE_STEPS; its parameters are the function's keyword arguments. Coordinates are pixel
indices: the first pixel of a row has x = 0.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError, DataError
from pipeline.preprocessing.drawings import align, center, deskew, fit, ink, stroke
from pipeline.preprocessing.photos import (
    bgr,
    channel,
    contain,
    cover,
    flatten,
    grey,
    invert,
    invert_all,
    normalize,
    rgb,
    scale,
    stretch,
)
from pipeline.preprocessing.steps import Function, Step, resolve

# Images per batch: their arrays stay in the processor's cache. Aligning 70,000 images
# takes 1.1 to 1.4 s on one core.
CHUNK = 64

_STARTS: dict[str, Function] = {"ink": ink, "grey": grey, "rgb": rgb}
_OF_INK: dict[str, Function] = {"fit": fit, "stroke": stroke, "center": center}
_OF_ANY: dict[str, Function] = {
    "cover": cover,
    "contain": contain,
    "stretch": stretch,
    "invert": invert,
}
DRAWING_STEPS: dict[str, Function] = _STARTS | _OF_INK | _OF_ANY
_STRAIGHTEN: dict[str, Function] = {"deskew": deskew, "align": align}
_VALUES: dict[str, Function] = {
    "invert": invert_all,
    "scale": scale,
    "normalize": normalize,
    "bgr": bgr,
}
IMAGE_STEPS: dict[str, Function] = (
    _STRAIGHTEN | _VALUES | {"flatten": flatten, "channel": channel}
)


def to_ink(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Images as ink in 0..1, float32, of the same shape:

    uint8 is divided by 255, floats are only converted.
    """
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32)


def prepare_images(
    images: npt.NDArray[Any], steps: Sequence[Step]
) -> npt.NDArray[np.float32]:
    """Apply the `image` steps to a batch of images; float32, (N, …) in the shape that
    the last step gives.

    Args:
        images: (N, H, W), grey, or ink as the data set has it, or (N, H, W, 3), red,
            green and blue; uint8 (0..255,
            divided by 255) or float (0..1). Another shape is a DataError.
        steps: as in the manifest, e.g. [{"step": "deskew"}, {"step": "scale", "factor":
            1.0}, {"step": "flatten"}].
            One that is unknown or in the wrong place is a ConfigError.
    """
    if images.ndim != 3 and not (images.ndim == 4 and images.shape[3] == 3):
        raise DataError(
            f"Images must be an array N×H×W or N×H×W×3. Received: shape {images.shape}."
            " Reshape it."
        )
    calls = resolve(steps, IMAGE_STEPS, "image")
    prepared = np.empty(0, np.float32)
    # an empty batch runs through the steps once, for the shape
    for start in range(0, max(len(images), 1), CHUNK):
        batch = to_ink(images[start : start + CHUNK]).astype(np.float64)
        for function, parameters in calls:
            batch = function(batch, **parameters)
        if start == 0:
            prepared = np.empty((len(images), *batch.shape[1:]), np.float32)
        prepared[start : start + CHUNK] = batch
    return prepared


def prepare_drawing(
    pixels: npt.NDArray[np.uint8], steps: Sequence[Step]
) -> npt.NDArray[np.float32] | None:
    """Apply the `drawing` steps to one drawing or photo.

    Args:
        pixels: uint8, (height, width, 4): red, green, blue and (not premultiplied)
            alpha. Others are a DataError.
        steps: as in the manifest; the first, and only the first, is `ink`, `grey` or
            `rgb`. Others are a ConfigError.

    Returns:
        float32 in 0..1: (H, W), ink (1 − ink after `invert`) or grey, or after `rgb`
        (H, W, 3). None if the drawing is
        empty: no ink, or, if the list starts with `grey` or `rgb`, only fully
            transparent pixels.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise DataError(
            f"A drawing must be uint8 H×W×4. Received: {pixels.dtype} {pixels.shape}."
            " Convert it to RGBA."
        )
    calls = resolve(steps, DRAWING_STEPS, "drawing")
    names = [step["step"] for step in steps]
    if [name in _STARTS for name in names] != [True] + [False] * (len(names) - 1):
        raise ConfigError(
            "The steps of a drawing must start with ink, grey or rgb, and use it only"
            f" there. Received: {steps!r}. Correct the manifest."
        )
    # so many steps, from the first on
    still_ink = [*names, "invert"].index("invert") if names[0] == "ink" else 0
    misplaced = next((name for name in names[still_ink:] if name in _OF_INK), None)
    if misplaced:
        raise ConfigError(
            f"The step {misplaced} works on ink only. Received: {misplaced} after"
            f" {names[still_ink]}. Use cover or contain."
        )
    if not still_ink and not pixels[..., 3].any():
        return None
    image: Any = pixels
    for place, (function, parameters) in enumerate(calls):
        image = function(image, **parameters)
        if place < still_ink and not image.any():
            return None
    return np.asarray(image, np.float32)
