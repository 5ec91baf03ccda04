"""Paint pointer events as the page's pad does, in NumPy: round caps, smooth edges."""

import itertools
import math
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
    if ground[3]:
        return np.asarray(np.rint(ground * (1 - share) + colour * share).astype(np.uint8))
    painted = np.zeros((side, side, 4), np.uint8)
    painted[cover > 0, :3] = colour[:3]
    painted[..., 3] = np.rint(colour[3] * cover)  # only the pen's alpha varies
    return painted


def _smoothed(stroke: Points, pieces: int) -> Points:
    """Quadratic curves between the midpoints of the events, with the events as control points, as short lines."""
    if len(stroke) < 3:
        return stroke
    middles = (stroke[1:] + stroke[:-1]) / 2
    t = np.linspace(0, 1, pieces + 1)[1:, np.newaxis]
    a, control, b = (points[:, np.newaxis] for points in (middles[:-1], stroke[1:-1], middles[1:]))
    curves = (1 - t) ** 2 * a + 2 * (1 - t) * t * control + t**2 * b
    return np.concatenate([stroke[:1], middles[:1], curves.reshape(-1, 2), stroke[-1:]])


def _stamp(cover: npt.NDArray[np.float64], a: Points, b: Points, radius: float) -> None:
    # Most lines are a few pixels long: in NumPy, ten operations on two numbers would take as long as all their pixels.
    (start_x, start_y), (end_x, end_y) = a.tolist(), b.tolist()
    way_x, way_y = end_x - start_x, end_y - start_y
    left, right = _reach(start_x, end_x, radius, len(cover))
    top, bottom = _reach(start_y, end_y, radius, len(cover))
    if right <= left or bottom <= top:
        return
    x = np.arange(left, right) + (0.5 - start_x)
    y = np.arange(top, bottom)[:, np.newaxis] + (0.5 - start_y)
    along = (x * way_x + y * way_y) / max(way_x * way_x + way_y * way_y, 1e-12)
    np.minimum(np.maximum(along, 0, out=along), 1, out=along)
    distance = np.hypot(x - along * way_x, y - along * way_y)
    part = cover[top:bottom, left:right]
    np.maximum(part, np.minimum(radius - distance + 0.5, 1), out=part)


def _reach(a: float, b: float, radius: float, side: int) -> tuple[int, int]:
    """The pixels along one axis that a line from a to b can touch: the first, and the one after the last."""
    return max(math.floor(min(a, b) - radius - 1), 0), min(math.ceil(max(a, b) + radius + 1), side)
