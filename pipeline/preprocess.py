"""The preprocessing steps that a manifest names, in NumPy. Twin of web/src/runtime/preprocess.ts.

Two lists of steps: `drawing` turns a visitor's drawing (RGBA pixels of any size) into an H×W picture of ink in 0..1;
`image` takes such a picture, or an image of the data set, to what the model gets. Both twins compute in double
precision and return float32; they share golden fixtures (tests/fixtures/preprocess.json) and agree to 1e-6.

A step is a function here and an entry in DRAWING_STEPS or IMAGE_STEPS; its parameters are the function's keyword
arguments. Coordinates are pixel indices: the first pixel of a row has x = 0.
"""

import difflib
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError, DataError
from pipeline.images import to_ink

Array = npt.NDArray[np.float64]
Step = Mapping[str, Any]  # {"step": name, parameter: value, …}

NOISE = 1 / 16  # of full contrast: weaker ink is taken for paper grain or JPEG noise
FLAT = 1e-6  # pixels²: less vertical variance than any two rows of 8-bit ink have; rounding makes 1e-13 of a single row
INSIDE = 0.499  # of a pixel: it belongs to the stroke. Not 0.5, which is common: rounding must not decide
FAINT = 1e-9  # ink that only rounding tells from none
# Images at a time: their arrays then stay in the processor's cache. Aligning 70,000 takes 1.1 to 1.4 s on one core.
CHUNK = 64


def prepare_images(images: npt.NDArray[Any], steps: Sequence[Step]) -> npt.NDArray[np.float32]:
    """Apply the `image` steps to a batch.

    Args:
        images: (N, H, W), bright ink on dark; uint8 (0..255, divided by 255) or float (0..1).
        steps: as in the manifest, e.g. [{"step": "deskew"}, {"step": "scale", "factor": 1.0}, {"step": "flatten"}].

    Returns:
        float32, (N, …) in the shape that the last step leaves.

    Raises:
        ConfigError: an unknown step or parameter, or a step in the wrong place.
        DataError: `images` is not (N, H, W).
    """
    if images.ndim != 3:
        raise DataError(f"Images must be an array N×H×W. Received: shape {images.shape}. Reshape it.")
    calls = _resolve(steps, IMAGE_STEPS, "image")
    prepared = np.empty(0, np.float32)
    for start in range(0, max(len(images), 1), CHUNK):  # no images at all still go through once, for the shape
        batch = to_ink(images[start : start + CHUNK]).astype(np.float64)
        for function, parameters in calls:
            batch = function(batch, **parameters)
        if start == 0:
            prepared = np.empty((len(images), *batch.shape[1:]), np.float32)
        prepared[start : start + CHUNK] = batch
    return prepared


def prepare_drawing(pixels: npt.NDArray[np.uint8], steps: Sequence[Step]) -> npt.NDArray[np.float32] | None:
    """Apply the `drawing` steps to one drawing.

    Args:
        pixels: uint8, (height, width, 4): red, green, blue and (not premultiplied) alpha.
        steps: as in the manifest; the first is {"step": "ink"}.

    Returns:
        float32, (H, W), ink in 0..1; None when nothing is drawn.

    Raises:
        ConfigError: an unknown step or parameter, or `ink` is not the first step.
        DataError: `pixels` is not such an array.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise DataError(f"A drawing must be uint8 H×W×4. Received: {pixels.dtype} {pixels.shape}. Convert it to RGBA.")
    calls = _resolve(steps, DRAWING_STEPS, "drawing")
    if [function is ink for function, _ in calls] != [True] + [False] * (len(calls) - 1):
        raise ConfigError(f"The steps of a drawing start with ink, once. Received: {steps!r}. Correct the manifest.")
    picture: Any = pixels
    for function, parameters in calls:
        picture = function(picture, **parameters)
        if not picture.any():
            return None
    return np.asarray(picture, np.float32)


def ink(pixels: npt.NDArray[np.uint8]) -> Array:
    """RGBA to ink in 0..1: how far each pixel differs from the background, light on dark and dark on light alike.

    With Y = 0.299 R + 0.587 G + 0.114 B and A = alpha, both in 0..1, and looking at the pixels of the outer frame:
    - Their median alpha is below 0.5: the pad is transparent. Ink is A, whatever the colour.
    - Else the background B is the median Y of those of them with A ≥ 0.5, and ink is A·|Y − B| / max(B, 1 − B):
      what the pixel, laid over the background, differs from it, relative to the most that it could.
    Ink below NOISE becomes 0. The median of an even count is the mean of the middle two.
    """
    values = pixels.astype(np.float64)
    luminance = (0.299 * values[..., 0] + 0.587 * values[..., 1] + 0.114 * values[..., 2]) / 255
    alpha = values[..., 3] / 255
    if not alpha.size:
        return alpha
    frame = np.ones(alpha.shape, bool)
    frame[1:-1, 1:-1] = False
    if np.median(alpha[frame]) < 0.5:
        strength: Array = alpha
    else:
        background = float(np.median(luminance[frame & (alpha >= 0.5)]))
        strength = alpha * np.abs(luminance - background) / max(background, 1 - background)
    return np.asarray(np.where(strength < NOISE, 0, strength))


def fit(ink: Array, *, box: int) -> Array:
    """Cut out what is drawn and scale it, area-averaged, so that its longer side has `box` pixels and its maximum is 1.

    The shorter side becomes round-half-up(box · shorter / longer) pixels, at least 1.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, math.floor(box * side / max(drawn.shape) + 0.5)) for side in drawn.shape)
    scaled = _box_filter(drawn.shape[0], height) @ drawn @ _box_filter(drawn.shape[1], width).T
    return np.asarray(scaled / scaled.max())


def stroke(ink: Array, *, width: float, thinning: float) -> Array:
    """Draw what is drawn again with a pen `width` wide, in parts of the picture's longer side L. Ink becomes 0..1.

    A pixel is inside where its ink is at least INSIDE; beyond the picture all is outside. d is a pixel's distance to
    the nearest pixel of the other kind, from centre to centre, less the half pixel to the border between them; outside
    it counts negative. A stroke's pixels lie a quarter of its width from its border on average, so the pen was
    4·mean(d inside) wide. Moving the border outwards by δ = (width·L − pen) / (2·(1 − width)) gives a pen of `width` as
    a part of the new longer side, L + 2δ. Ink is then d + δ + ½ within 0..1.

    Inwards the border moves only by the part `thinning` of that, because a bold pen looks bolder still where its
    strokes run together, and never by more than the largest d. The picture grows by a margin that has room for this.
    """
    longer = max(ink.shape)
    inside = np.pad(ink >= INSIDE, math.ceil(width * longer / (2 * (1 - width))) + 1)
    if not inside.any():
        return ink
    distance = np.where(inside, 1, -1) * (np.sqrt(_squared_distances(inside)) - 0.5)
    within = distance[inside]
    outwards = (width * longer - 4 * within.mean()) / (2 * (1 - width))
    if outwards < 0:
        outwards = max(thinning * outwards, -within.max())
    drawn = np.minimum(distance + outwards + 0.5, 1)
    return np.asarray(np.where(drawn < FAINT, 0, drawn))


def center(ink: Array, *, height: int, width: int) -> Array:
    """Place the picture in height×width with its centre of mass at the centre, shifted by parts of a pixel."""
    return np.asarray(_straighten(ink[np.newaxis], height, width, shear=False)[0])


def deskew(images: Array) -> Array:
    """Shear each picture upright along x by the ratio of its second moments, centred again. Blank ones stay blank."""
    _require_pictures(images, "deskew")
    return _straighten(images, *images.shape[1:], shear=True)


def align(images: Array, *, height: float, width: float, limit: float) -> Array:
    """Deskew, and stretch each picture so that its ink spreads alike, in one go.

    The standard deviation of the ink becomes height·H pixels down and width·W across, as far as that takes no
    stretching by more than `limit` or less than 1/limit in either direction.
    """
    _require_pictures(images, "align")
    return _straighten(images, *images.shape[1:], shear=True, spread=(height, width), limit=limit)


def scale(images: Array, *, factor: float) -> Array:
    """Multiply: 1 keeps 0..1, 255 gives the raw pixels of the tutorial."""
    return np.asarray(images * factor)


def flatten(images: Array) -> Array:
    """(N, H, W) → (N, H·W), row by row."""
    _require_pictures(images, "flatten")
    return images.reshape(len(images), math.prod(images.shape[1:]))


def channel(images: Array) -> Array:
    """(N, H, W) → (N, H, W, 1)."""
    _require_pictures(images, "channel")
    return images[..., np.newaxis]


Function = Callable[..., Array]
DRAWING_STEPS: dict[str, Function] = {"ink": ink, "fit": fit, "stroke": stroke, "center": center}
IMAGE_STEPS: dict[str, Function] = {
    "deskew": deskew,
    "align": align,
    "scale": scale,
    "flatten": flatten,
    "channel": channel,
}

# What a number must be beyond what its type says.
_SHARE = ("above 0 and at most 0.5", lambda value: 0 < value <= 0.5)
RULES: dict[tuple[str, str], tuple[str, Callable[[float], bool]]] = {
    ("stroke", "width"): _SHARE,
    ("stroke", "thinning"): ("in 0..1", lambda value: 0 <= value <= 1),
    ("align", "height"): _SHARE,
    ("align", "width"): _SHARE,
    ("align", "limit"): ("at least 1", lambda value: value >= 1),
}


def _box_filter(before: int, after: int) -> Array:
    """Matrix (after, before) that averages `before` pixels to `after`, by the share of each that a new one covers."""
    edges = np.arange(after + 1) * before / after
    old = np.arange(before)
    covered = np.minimum(edges[1:, np.newaxis], old + 1) - np.maximum(edges[:-1, np.newaxis], old)
    return np.asarray(np.maximum(covered, 0) * after / before)


def _squared_distances(inside: npt.NDArray[np.bool_]) -> Array:
    """Squared distance of each pixel to the nearest pixel of the other kind, centre to centre."""
    rows, columns = inside.shape
    down = np.full((rows, columns), np.inf)  # to the nearest of the other kind in the pixel's own column
    for y in range(1, rows):
        down[y] = np.where(inside[y] == inside[y - 1], down[y - 1] + 1, 1)
    for y in range(rows - 2, -1, -1):
        down[y] = np.minimum(down[y], np.where(inside[y] == inside[y + 1], down[y + 1] + 1, 1))
    same = inside[:, :, np.newaxis] == inside[:, np.newaxis, :]  # (y, x, another x)
    across = np.subtract.outer(np.arange(columns), np.arange(columns)) ** 2
    return np.asarray((across + np.where(same, (down**2)[:, np.newaxis, :], 0)).min(axis=2))


def _straighten(
    images: Array,
    height: int,
    width: int,
    *,
    shear: bool,
    spread: tuple[float, float] | None = None,
    limit: float = 1.0,
) -> Array:
    """Move each image, by bilinear samples, so that its centre of mass lies at the centre of height×width.

    out(y, x) = image(cy + v, cx + h·(x − width/2) + a·v) with v = k·(y − height/2), zero outside, where (cx, cy) is the
    centre of mass and
    - a the shear: Σ ink (x−cx)(y−cy) / Σ ink (y−cy)², or 0 without `shear` or where all ink lies in one row;
    - k and h the standard deviations of the ink down and, sheared, across, in parts of `spread` times height and width,
      between 1/limit and limit; 1 without `spread`.

    The centre is at width/2, not (width − 1)/2, because MNIST's own lies there: over its 60,000 training images the
    mean centre of mass is (14.007, 13.996), spread evenly over 13.5..14.5, as whole-pixel shifts towards 14 leave it.
    """
    count, rows, columns = images.shape
    # Moments about the aimed-at centre, all in one product: Σ ink · (1, x, y, xy, y², x²).
    y, x = (
        axis.ravel()
        for axis in np.meshgrid(np.arange(rows) - height / 2, np.arange(columns) - width / 2, indexing="ij")
    )
    terms = np.stack([np.ones(rows * columns), x, y, x * y, y * y, x * x], axis=1)
    sums = images.reshape(count, rows * columns) @ terms
    mass = np.where(sums[:, 0] > 0, sums[:, 0], 1)
    dx, dy, xy, yy, xx = (sums[:, 1:] / mass[:, np.newaxis]).T
    covariance, variance = xy - dx * dy, yy - dy * dy
    slope = np.divide(covariance, variance, out=np.zeros(count), where=(variance > FLAT) & shear)
    down = across = np.ones(count)
    if spread:
        sheared = xx - dx * dx - slope * covariance
        down = np.clip(np.sqrt(np.maximum(variance, 0)) / (spread[0] * height), 1 / limit, limit)
        across = np.clip(np.sqrt(np.maximum(sheared, 0)) / (spread[1] * width), 1 / limit, limit)

    # Sampling is separable: y depends on the row alone, and x on row and column. A frame of zeros stands for everything
    # outside, and indices that point further out are clipped onto it.
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    lower = down[:, np.newaxis] * (np.arange(height) - height / 2)
    whole, part = _split(dy[:, np.newaxis] + lower + height / 2)
    each = np.arange(count)[:, np.newaxis]
    part = part[:, :, np.newaxis]
    above, below = (framed[each, np.clip(whole + step, -1, rows) + 1] for step in (0, 1))
    lines = above * (1 - part) + below * part

    left = across[:, np.newaxis] * (np.arange(width) - width / 2)
    shift = dx[:, np.newaxis] + slope[:, np.newaxis] * lower + width / 2
    whole, part = _split(shift[:, :, np.newaxis] + left[:, np.newaxis, :])
    start = (np.arange(count * height) * (columns + 2)).reshape(count, height, 1)
    before, after = (np.take(lines, np.clip(whole + step, -1, columns) + 1 + start) for step in (0, 1))
    return np.asarray(before * (1 - part) + after * part)


def _split(place: Array) -> tuple[npt.NDArray[np.intp], Array]:
    whole = np.floor(place)
    return whole.astype(np.intp), place - whole


def _require_pictures(images: Array, name: str) -> None:
    if images.ndim != 3:
        raise ConfigError(
            f"The step {name} needs images N×H×W. Received: shape {images.shape} from the steps before it. "
            "Put flatten or channel last, and only one of them."
        )


def _resolve(
    steps: Sequence[Step], table: Mapping[str, Function], kind: str
) -> list[tuple[Function, dict[str, int | float]]]:
    """The functions and parameters of the named steps, checked before anything is computed."""
    calls = []
    for step in steps:
        parameters = dict(step)
        name = parameters.pop("step", None)
        if name not in table:
            raise ConfigError(f"Unknown step in {kind}. Received: {name!r}.{_nearest(str(name), table)}")
        wanted = [p for p in inspect.signature(table[name]).parameters.values() if p.kind is p.KEYWORD_ONLY]
        known = {p.name: p.annotation for p in wanted}
        for key in [*parameters, *known]:
            if key not in known:
                raise ConfigError(f"The step {name} has no parameter {key!r}.{_nearest(key, known)}")
            if key not in parameters:
                raise ConfigError(f"The step {name} lacks its parameter {key!r}. Received: {dict(step)!r}. Add it.")
            _check_parameter(f"{key} of the step {name}", parameters[key], known[key], RULES.get((name, key)))
        calls.append((table[name], parameters))
    return calls


def _check_parameter(what: str, value: Any, kind: type, rule: tuple[str, Callable[[float], bool]] | None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"{what} must be a finite number. Received: {value!r}. Correct it.")
    if kind is int and not (isinstance(value, int) and value >= 1):
        raise ConfigError(f"{what} must be a whole number of pixels, at least 1. Received: {value!r}. Correct it.")
    if rule and not rule[1](value):
        raise ConfigError(f"{what} must be {rule[0]}. Received: {value!r}. Correct it.")


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(known) or 'none'}."
