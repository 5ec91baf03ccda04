"""The preprocessing steps for drawings: what is ink, and where it lies. Twin of web/src/runtime/preprocess/drawings.ts.

Those of the list `drawing` (`ink`, `fit`, `stroke`, `center`) take one picture of ink, (H, W); those of the list
`image` (`deskew`, `align`) take many, (N, H, W). Ink is 0..1, bright on dark.
"""

import math

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.photos import Array, box_filter
from pipeline.preprocessing.steps import require_pictures

NOISE = 1 / 16  # of full contrast: weaker ink is taken for paper grain or JPEG noise
CLEAN = NOISE / 4  # of full contrast: with less on its frame, a picture has less than NOISE of grain everywhere
FLAT = 1e-6  # pixels²: less vertical variance than any two rows of 8-bit ink have; rounding makes 1e-13 of a single row
INSIDE = 0.499  # of a pixel: it belongs to the stroke. Not 0.5, which is common: rounding must not decide
FAINT = 1e-9  # ink that only rounding tells from none


def ink(pixels: npt.NDArray[np.uint8]) -> Array:
    """RGBA to ink in 0..1: how far each pixel differs from the background, light on dark and dark on light alike.

    With Y = 0.299 R + 0.587 G + 0.114 B and A = alpha, both in 0..1, and looking at the pixels of the outer frame:
    - Their median alpha is below 0.5: the pad is transparent. Ink is A, whatever the colour.
    - Else the background B is the median Y of those of them with A ≥ 0.5, and ink is A·|Y − B| / max(B, 1 − B):
      what the pixel, laid over the background, differs from it, relative to the most that it could.
    Ink below NOISE becomes 0, and where the frame of an opaque picture has ink of CLEAN, so does what no pen drew, see
    `_drawn`. The median of an even count is the mean of the middle two.
    """
    values = pixels.astype(np.float64)
    luminance = (0.299 * values[..., 0] + 0.587 * values[..., 1] + 0.114 * values[..., 2]) / 255
    alpha = values[..., 3] / 255
    if not alpha.size:
        return alpha
    frame = np.ones(alpha.shape, bool)
    frame[1:-1, 1:-1] = False
    if np.median(alpha[frame]) < 0.5:
        return np.asarray(np.where(alpha < NOISE, 0, alpha))
    background = float(np.median(luminance[frame & (alpha >= 0.5)]))
    strength: Array = alpha * np.abs(luminance - background) / max(background, 1 - background)
    if strength[frame].max() >= CLEAN:
        strength = np.where(_drawn(strength), strength, 0)
    return np.asarray(np.where(strength < NOISE, 0, strength))


def _drawn(strength: Array) -> npt.NDArray[np.bool_]:
    """Where a photo shows a pen's ink, and not ruled lines, grain or shadows of the paper: the stronger of two kinds.

    What parts them is Otsu's threshold (1979): of the levels floor(255·ink + 1/2), the lowest k for which
    (n·S − N·s)² / (n·(N − n)) is largest, with n, s the count and sum of the levels up to k, and N, S those of all.
    Drawn is what lies above k, and for the soft edges of its strokes each of the eight pixels around it.
    """
    levels = np.floor(255 * strength + 0.5).astype(np.int64)
    counts = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    n, s = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    below = np.flatnonzero((n > 0) & (n < n[-1]))
    if not below.size:
        return np.zeros(strength.shape, bool)  # all alike
    apart = (n * s[-1] - n[-1] * s)[below] ** 2 / (n * (n[-1] - n))[below]
    strong = np.pad(levels > below[apart.argmax()], 1)
    height, width = strength.shape
    around = [strong[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.asarray(np.any(around, axis=0))


def fit(ink: Array, *, box: int) -> Array:
    """Cut out what is drawn and scale it, area-averaged, so that its longer side has `box` pixels and its maximum is 1.

    The shorter side becomes round-half-up(box · shorter / longer) pixels, at least 1.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, math.floor(box * side / max(drawn.shape) + 0.5)) for side in drawn.shape)
    scaled = box_filter(drawn.shape[0], height) @ drawn @ box_filter(drawn.shape[1], width).T
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
    require_pictures(images, "deskew")
    return _straighten(images, *images.shape[1:], shear=True)


def align(images: Array, *, height: float, width: float, limit: float) -> Array:
    """Deskew, and stretch each picture so that its ink spreads alike, in one go.

    The standard deviation of the ink becomes height·H pixels down and width·W across, as far as that takes no
    stretching by more than `limit` or less than 1/limit in either direction.
    """
    require_pictures(images, "align")
    return _straighten(images, *images.shape[1:], shear=True, spread=(height, width), limit=limit)


def _squared_distances(inside: npt.NDArray[np.bool_]) -> Array:
    """Squared distance of each pixel to the nearest pixel of the other kind, centre to centre."""
    rows, columns = inside.shape
    down = np.full((rows, columns), np.inf)  # to the nearest of the other kind in the pixel's own column
    for y in range(1, rows):
        down[y] = np.where(inside[y] == inside[y - 1], down[y - 1] + 1, 1)
    for y in range(rows - 2, -1, -1):
        down[y] = np.minimum(down[y], np.where(inside[y] == inside[y + 1], down[y + 1] + 1, 1))
    across = np.subtract.outer(np.arange(columns), np.arange(columns)) ** 2
    distances = np.empty((rows, columns))
    for y in range(rows):  # one at a time: all together take columns times the memory
        same = inside[y][:, np.newaxis] == inside[y]  # (x, another x)
        distances[y] = (across + np.where(same, down[y] ** 2, 0)).min(axis=1)
    return distances


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
