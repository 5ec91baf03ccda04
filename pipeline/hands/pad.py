"""Paint pointer events as the page's pad does, in NumPy: round caps, smooth edges."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SIDE = 280  # pixels
COLOURS = {  # pen, pad
    "light on dark": ((255, 255, 255, 255), (0, 0, 0, 255)),
    "dark on light": ((20, 24, 32, 255), (250, 250, 248, 255)),
    "on transparent": ((26, 79, 214, 255), (0, 0, 0, 0)),
}

Points = npt.NDArray[np.float64]


def paint(
    strokes: Sequence[Points], pen: float, polarity: str, *, pieces: int = 4, scale: float = 1
) -> npt.NDArray[np.uint8]:
    """uint8 (side, side, 4): the strokes in a pen `pen` pixels wide, with as many lines from event to event.

    The side is `scale` × SIDE.
    """
    side = round(scale * SIDE)
    cover = np.zeros((side, side))
    for stroke in strokes:
        path = _smoothed(stroke * scale, pieces)
        for a, b in itertools.pairwise(path):
            _stamp(cover, a, b, pen * scale / 2)
    colour, ground = (np.array(c, float) for c in COLOURS[polarity])
    share = cover[..., np.newaxis]
    if not ground[3]:  # only the pen's alpha varies
        painted = np.concatenate([np.broadcast_to(colour[:3], (side, side, 3)), colour[3] * share], axis=2)
        return np.where(share > 0, np.rint(painted), 0).astype(np.uint8)
    return np.asarray(np.rint(ground * (1 - share) + colour * share).astype(np.uint8))


def _smoothed(stroke: Points, pieces: int) -> Points:
    """Quadratic curves between the midpoints of the events, with the events as control points, as short lines."""
    if len(stroke) < 3:
        return stroke
    middles = (stroke[1:] + stroke[:-1]) / 2
    t = np.linspace(0, 1, pieces + 1)[1:, np.newaxis]
    curves = [
        (1 - t) ** 2 * a + 2 * (1 - t) * t * control + t**2 * b
        for a, control, b in zip(middles, stroke[1:-1], middles[1:], strict=False)
    ]
    return np.concatenate([stroke[:1], middles[:1], *curves, stroke[-1:]])


def _stamp(cover: npt.NDArray[np.float64], a: Points, b: Points, radius: float) -> None:
    low = np.maximum(np.floor(np.minimum(a, b) - radius - 1), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(a, b) + radius + 1), len(cover)).astype(int)
    if (high <= low).any():
        return
    x = np.arange(low[0], high[0]) + 0.5 - a[0]
    y = np.arange(low[1], high[1])[:, np.newaxis] + 0.5 - a[1]
    way = b - a
    along = np.clip((x * way[0] + y * way[1]) / max(float(way @ way), 1e-12), 0, 1)
    distance = np.hypot(x - along * way[0], y - along * way[1])
    part = cover[low[1] : high[1], low[0] : high[0]]
    np.maximum(part, np.clip(radius - distance + 0.5, 0, 1), out=part)
