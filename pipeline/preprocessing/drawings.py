"""The preprocessing steps for drawings; the twin of
web/src/runtime/preprocess/drawings.ts.

Steps of the list `drawing` (`ink`, `fit`, `stroke`, `center`) take one image of ink,
(H, W); those of the list `image` (`deskew`, `align`) take a batch, (N, H, W). Ink is
0..1, bright on dark.
"""

import math

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.photos import Array, box_filter
from pipeline.preprocessing.steps import require_images

NOISE = 1 / 16  # of full contrast: weaker ink is treated as paper grain or JPEG noise
# of full contrast: with less on its frame, an image has less than NOISE of grain
# everywhere
CLEAN = NOISE / 4
# pixels²: below the vertical variance of any two rows of 8-bit ink; rounding gives a
# single row 1e-13
FLAT = 1e-6
# of ink: such a pixel belongs to the stroke. Not 0.5, which is common: rounding must
# not decide
INSIDE = 0.499
FAINT = 1e-9  # ink that differs from 0 by rounding only


def ink(pixels: npt.NDArray[np.uint8]) -> Array:
    """RGBA to ink in 0..1: how much each pixel differs from the background, for light
    on dark and dark on light alike.

    With Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) and A = alpha, both in 0..1, and
    the pixels of the outer frame:
    - If their median alpha is below 0.5, the pad is transparent. Ink is A, whatever the
    colour.
    - Otherwise the background B is the median Y of those with A ≥ 0.5, and ink is A·|Y
    − B| / max(B, 1 − B): the
      difference of the pixel, blended with the background, from the background,
      relative to the largest possible one.
    Ink below NOISE becomes 0. If the frame of an opaque image has ink of at least
    CLEAN, everything that `_drawn` does not consider drawn becomes 0 too. The median of
    an even count is the mean of the middle two.
    """
    values = pixels.astype(np.float64)
    luminance = (
        0.299 * values[..., 0] + 0.587 * values[..., 1] + 0.114 * values[..., 2]
    ) / 255
    alpha = values[..., 3] / 255
    if not alpha.size:
        return alpha
    frame = np.ones(alpha.shape, bool)
    frame[1:-1, 1:-1] = False
    if np.median(alpha[frame]) < 0.5:
        return np.asarray(np.where(alpha < NOISE, 0, alpha))
    background = float(np.median(luminance[frame & (alpha >= 0.5)]))
    strength: Array = (
        alpha * np.abs(luminance - background) / max(background, 1 - background)
    )
    if strength[frame].max() >= CLEAN:
        strength = np.where(_drawn(strength), strength, 0)
    return np.asarray(np.where(strength < NOISE, 0, strength))


def _drawn(strength: Array) -> npt.NDArray[np.bool_]:
    """Where a photo shows the ink of a pen, as opposed to ruled lines, grain or shadows
    of the paper.

    The two are separated by Otsu's threshold (1979): of the levels floor(255·ink +
    1/2), the lowest k that maximises (n·S − N·s)² / (n·(N − n)), with n, s the count
    and sum of the levels up to k, and N, S those of all. Pixels above k are drawn and,
    for the soft edges of the strokes, so are the eight pixels around each of them.
    """
    levels = np.floor(255 * strength + 0.5).astype(np.int64)
    counts = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    n, s = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    below = np.flatnonzero((n > 0) & (n < n[-1]))
    if not below.size:
        return np.zeros(strength.shape, bool)  # all have the same level
    apart = (n * s[-1] - n[-1] * s)[below] ** 2 / (n * (n[-1] - n))[below]
    strong = np.pad(levels > below[apart.argmax()], 1)
    height, width = strength.shape
    around = [strong[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.asarray(np.any(around, axis=0))


def fit(ink: Array, *, box: int) -> Array:
    """Crop to the drawn pixels and scale, area-averaged, so that the longer side has
    `box` pixels and the maximum is 1.

    The shorter side becomes round-half-up(box · shorter / longer) pixels, at least 1.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (
        max(1, math.floor(box * side / max(drawn.shape) + 0.5)) for side in drawn.shape
    )
    scaled = (
        box_filter(drawn.shape[0], height) @ drawn @ box_filter(drawn.shape[1], width).T
    )
    return np.asarray(scaled / scaled.max())


def stroke(ink: Array, *, width: float, thinning: float) -> Array:
    """Redraw the strokes with a pen of `width`, as a fraction of the longer side L of
    the image. Ink becomes 0..1.

    A pixel is inside if its ink is at least INSIDE; everything beyond the image is
    outside. d is the distance of a pixel to the nearest pixel of the other kind, centre
    to centre, minus the half pixel to the border between them; it is negative outside.
    The pixels of a stroke are a quarter of its width from its border on average, so the
    pen was 4·mean(d inside) wide. Moving the border outwards by δ = (width·L − pen) /
    (2·(1 − width)) gives a pen of `width` as a fraction of the new longer side, L + 2δ.
    Ink is then d + δ + ½, clipped to 0..1.

    Inwards, the border moves only by the fraction `thinning` of δ, because a bold pen
    looks even bolder where its strokes merge, and never by more than the largest d. The
    image grows by a margin with enough room for this.
    """
    longer = max(ink.shape)
    margin = math.ceil(width * longer / (2 * (1 - width))) + 1
    inside = np.pad(ink >= INSIDE, margin)
    if not inside.any():
        return ink
    distance = np.where(inside, 1, -1) * (
        np.sqrt(_squared_distances(inside, margin)) - 0.5
    )
    within = distance[inside]
    outwards = (width * longer - 4 * within.mean()) / (2 * (1 - width))
    if outwards < 0:
        outwards = max(thinning * outwards, -within.max())
    drawn = np.minimum(distance + outwards + 0.5, 1)
    return np.asarray(np.where(drawn < FAINT, 0, drawn))


def center(ink: Array, *, height: int, width: int) -> Array:
    """Place the image, or each of (N, H, W), in height×width, its centre of mass at the
    centre to a part of a pixel.
    """
    centred = _straighten(ink.reshape(-1, *ink.shape[-2:]), height, width, shear=False)
    return centred.reshape(*ink.shape[:-2], height, width)


def deskew(images: Array) -> Array:
    """Shear each image upright along x by the ratio of its second moments, and centre
    it. Blank images stay blank.
    """
    require_images(images, "deskew")
    return _straighten(images, *images.shape[1:], shear=True)


def align(images: Array, *, height: float, width: float, limit: float) -> Array:
    """Deskew, and stretch each image so that the spread of its ink is the same, in one
    resampling.

    The standard deviation of the ink becomes height·H pixels vertically and width·W
    horizontally, with the stretching limited to 1/limit..limit in either direction.
    """
    require_images(images, "align")
    return _straighten(
        images, *images.shape[1:], shear=True, spread=(height, width), limit=limit
    )


def _squared_distances(inside: npt.NDArray[np.bool_], most: float) -> Array:
    """Squared distance of each pixel to the nearest of the other kind, centre to
    centre; outside, at most `most`².
    """
    y = np.arange(len(inside), dtype=np.float64)[:, np.newaxis]
    changes = inside[1:] != inside[:-1]
    # the rows of the nearest of the other kind in the same column
    above, below = np.full((2, *inside.shape), np.inf)
    above[1:], below[:-1] = (
        np.where(changes, y[:-1], -np.inf),
        np.where(changes, y[1:], np.inf),
    )
    above[0] = -np.inf
    above, below = (
        np.maximum.accumulate(above),
        np.minimum.accumulate(below[::-1])[::-1],
    )
    # (2, H, W): from within, from outside
    down = np.where([inside, ~inside], np.minimum(y - above, below - y) ** 2, 0)
    down[1] = np.minimum(down[1], most**2)
    nearest = down.copy()
    for x in range(1, inside.shape[1]):  # columns to the left and to the right
        if x * x >= nearest.max():
            break
        for here, there in (
            (np.s_[..., x:], np.s_[..., :-x]),
            (np.s_[..., :-x], np.s_[..., x:]),
        ):
            np.minimum(nearest[here], down[there] + x * x, out=nearest[here])
    return np.asarray(np.where(inside, nearest[0], nearest[1]))


def _straighten(
    images: Array,
    height: int,
    width: int,
    *,
    shear: bool,
    spread: tuple[float, float] | None = None,
    limit: float = 1.0,
) -> Array:
    """Resample each image bilinearly so that its centre of mass is at the centre of
    height×width.

    out(y, x) = image(cy + v, cx + h·(x − width/2) + a·v) with v = k·(y − height/2),
    zero outside, where (cx, cy) is the centre of mass and
    - a is the shear: Σ ink (x−cx)(y−cy) / Σ ink (y−cy)², or 0 without `shear` or if all
    ink is in one row;
    - k and h are the standard deviations of the ink, vertically and, sheared,
    horizontally, relative to `spread` times
      height and width, clipped to 1/limit..limit; 1 without `spread`.

    The centre is at width/2, not (width − 1)/2, because it is in MNIST: over its 60,000
    training images the mean centre of mass is (14.007, 13.996), uniform over
    13.5..14.5, which is what whole-pixel shifts towards 14 give.
    """
    count, rows, columns = images.shape
    # Moments about the target centre, in one product: Σ ink · (1, x, y, xy, y², x²).
    y, x = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(rows) - height / 2, np.arange(columns) - width / 2, indexing="ij"
        )
    )
    terms = np.stack([np.ones(rows * columns), x, y, x * y, y * y, x * x], axis=1)
    sums = images.reshape(count, rows * columns) @ terms
    mass = np.where(sums[:, 0] > 0, sums[:, 0], 1)
    dx, dy, xy, yy, xx = (sums[:, 1:] / mass[:, np.newaxis]).T
    covariance, variance = xy - dx * dy, yy - dy * dy
    slope = np.divide(
        covariance, variance, out=np.zeros(count), where=(variance > FLAT) & shear
    )
    down = across = np.ones(count)
    if spread:
        sheared = xx - dx * dx - slope * covariance
        down = np.clip(
            np.sqrt(np.maximum(variance, 0)) / (spread[0] * height), 1 / limit, limit
        )
        across = np.clip(
            np.sqrt(np.maximum(sheared, 0)) / (spread[1] * width), 1 / limit, limit
        )

    # Sampling is separable: y depends only on the row, x on row and column. A frame of
    # zeros represents everything outside, and indices further out are clipped to it.
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    lower = down[:, np.newaxis] * (np.arange(height) - height / 2)
    whole, part = _split(dy[:, np.newaxis] + lower + height / 2)
    each = np.arange(count)[:, np.newaxis]
    part = part[:, :, np.newaxis]
    above, below = (
        framed[each, np.clip(whole + step, -1, rows) + 1] for step in (0, 1)
    )
    lines = above * (1 - part) + below * part

    left = across[:, np.newaxis] * (np.arange(width) - width / 2)
    shift = dx[:, np.newaxis] + slope[:, np.newaxis] * lower + width / 2
    whole, part = _split(shift[:, :, np.newaxis] + left[:, np.newaxis, :])
    start = (np.arange(count * height) * (columns + 2)).reshape(count, height, 1)
    before, after = (
        np.take(lines, np.clip(whole + step, -1, columns) + 1 + start)
        for step in (0, 1)
    )
    return np.asarray(before * (1 - part) + after * part)


def _split(place: Array) -> tuple[npt.NDArray[np.intp], Array]:
    whole = np.floor(place)
    return whole.astype(np.intp), place - whole
