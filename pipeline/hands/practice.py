"""Templates of the digits to train and tune with: arcs and lines with random parameters.

They are independent of those in `digits`, on which accuracy is reported.
"""

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Strokes = list[Points]


class _Chance:
    """Samples the parameters of a template."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    def __call__(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def maybe(self, share: float) -> bool:
        return bool(self.random.random() < share)


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Points:
    """Part of an ellipse from angle `start` to `end` in degrees: 0 is right, 90 is down (y is downwards)."""
    angle = np.radians(np.linspace(start, end, max(8, int(abs(end - start) / 6))))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def _line(*corners: tuple[float, float]) -> Points:
    """Straight segments from corner to corner."""
    t = np.linspace(0, 1, 20, endpoint=False)[:, np.newaxis]
    pieces = [np.array(a) + t * (np.array(b) - np.array(a)) for a, b in itertools.pairwise(corners)]
    return np.concatenate([*pieces, np.array([corners[-1]])])


def _bend(a: tuple[float, float], b: tuple[float, float], by: float) -> Points:
    """A line that bulges to its left by a fraction of its length."""
    t = np.linspace(0, 1, 25)[:, np.newaxis]
    start, way = np.array(a), np.array(b) - np.array(a)
    return np.asarray(start + t * way + 4 * by * t * (1 - t) * np.array([way[1], -way[0]]))


def _joined(*pieces: Points) -> Points:
    return np.concatenate(pieces)


def _zero(c: _Chance) -> Strokes:
    rx = c(0.2, 0.46)
    start = -90 + c(-35, 35)
    way = -1 if c.maybe(0.8) else 1
    points = _arc(0, 0.5, rx, 0.5, start, start + way * (360 + c(-22, 30)))
    points[:, 0] += np.linspace(0, c(-0.04, 0.04), len(points))  # the end misses the start
    return [points]


def _one_bare(c: _Chance) -> Strokes:
    return [_bend((0, 0), (c(-0.04, 0.04), 1), c(-0.05, 0.05))]


def _one_flag(c: _Chance) -> Strokes:
    out, down = c(0.1, 0.34), c(0.08, 0.32)
    return [_joined(_bend((-out, down), (0, 0), c(-0.05, 0.12)), _line((0, 0), (c(-0.03, 0.03), 1)))]


def _one_base(c: _Chance) -> Strokes:
    stem = _one_flag(c) if c.maybe(0.8) else _one_bare(c)
    half = c(0.14, 0.3)
    return [*stem, _line((-half, 1 + c(-0.03, 0.03)), (half, 1 + c(-0.03, 0.03)))]


def _two_top(c: _Chance) -> tuple[Points, tuple[float, float]]:
    rx, ry = c(0.24, 0.34), c(0.22, 0.3)
    bow = _arc(0, ry, rx, ry, c(175, 215), c(370, 400))
    return bow, (float(bow[-1, 0]), float(bow[-1, 1]))


def _two_plain(c: _Chance) -> Strokes:
    bow, end = _two_top(c)
    foot = (-c(0.24, 0.36), c(0.95, 1.0))
    base = _bend(foot, (c(0.25, 0.42), c(0.94, 1.02)), c(-0.08, 0.06))
    return [_joined(bow, _bend(end, foot, c(-0.1, 0.0)), base)]


def _two_looped(c: _Chance) -> Strokes:
    bow, end = _two_top(c)
    r = c(0.06, 0.12)
    loop = _arc(-c(0.16, 0.26), 0.94 - r, r * 1.3, r, 60, 330)
    start = (float(loop[0, 0]), float(loop[0, 1]))
    out = _bend((float(loop[-1, 0]), float(loop[-1, 1])), (c(0.28, 0.42), c(0.92, 1.0)), c(-0.14, 0.0))
    return [_joined(bow, _bend(end, start, c(-0.12, -0.02)), loop, out)]


def _three_round(c: _Chance) -> Strokes:
    waist = c(0.42, 0.52)
    top = _arc(0, waist / 2, c(0.22, 0.32), waist / 2, c(195, 225), 450)
    low = (1 - waist) / 2
    belly = _arc(0, waist + low, c(0.28, 0.38), low, -90, c(135, 165))
    gap = _line((0, waist), (-c(0, 0.12), waist), (0, waist))
    return [_joined(top, gap, belly)]


def _three_flat(c: _Chance) -> Strokes:
    half, waist = c(0.24, 0.34), c(0.36, 0.46)
    low = (1 - waist) / 2
    corner = (-c(0.02, 0.12), waist)
    belly = _arc(corner[0], waist + low, half + c(0.02, 0.12), low, -90, c(125, 165))
    return [_joined(_line((-half, c(0, 0.05)), (half, c(-0.02, 0.04)), corner), belly)]


def _four_open(c: _Chance) -> Strokes:
    bar, right = c(0.5, 0.68), c(0.3, 0.44)
    left = -c(0.22, 0.36)
    stem = c(0.08, 0.24)
    first = _line((left + c(-0.02, 0.14), c(0, 0.1)), (left, bar), (right, bar + c(-0.06, 0.03)))
    return [first, _line((stem + c(-0.02, 0.06), c(0, 0.35)), (stem, 1))]


def _four_rounded(c: _Chance) -> Strokes:
    left, depth = -c(0.24, 0.34), c(0.42, 0.56)
    stem = c(0.2, 0.32)
    cup = _bend((left + c(0, 0.08), 0), (left + 0.04, depth), c(-0.06, 0.1))
    bar = _bend((left + 0.04, depth), (stem, depth - c(-0.02, 0.12)), c(-0.14, -0.02))
    return [_joined(cup, bar), _bend((stem + c(0, 0.08), c(-0.04, 0.08)), (stem - c(0, 0.06), 1), c(-0.04, 0.04))]


def _four_closed(c: _Chance) -> Strokes:
    bar, stem = c(0.58, 0.74), c(0.06, 0.22)
    left, right = -c(0.3, 0.42), stem + c(0.1, 0.24)
    start = (stem + c(-0.04, 0.04), c(-0.02, 0.04))
    outline = _line(start, (left, bar), (right, bar + c(-0.03, 0.03)))
    if c.maybe(0.4):
        return [_joined(_line((stem, 1), start), outline)]
    return [outline, _line((stem, 0), (stem + c(-0.04, 0.04), 1))]


def _five(c: _Chance) -> Strokes:
    left, shoulder, low = -c(0.18, 0.28), c(0.36, 0.5), 0.0
    low = (1 - shoulder) / 2
    top = c(-0.02, 0.04)
    belly = _arc(-0.02, shoulder + low - c(0, 0.04), c(0.28, 0.38), low + c(0, 0.05), c(-140, -110), c(120, 155))
    neck = _line((left + c(0, 0.06), top), (left, shoulder + c(-0.05, 0.04)))
    roof = _line((left + 0.02, top), (c(0.2, 0.36), top + c(-0.06, 0.03)))
    if c.maybe(0.5):
        return [_joined(neck, belly), roof]
    return [_joined(roof[::-1], neck, belly)]


def _five_curved(c: _Chance) -> Strokes:
    top = _arc(0.06, 0.26, c(0.24, 0.3), 0.26, -c(40, 70), -215)
    belly = _arc(0.0, 0.72, c(0.28, 0.34), c(0.26, 0.3), c(-110, -95), c(120, 155))
    return [_joined(top, belly)]


def _six_curved(c: _Chance) -> Strokes:
    r, rx = c(0.2, 0.29), c(0.24, 0.34)
    stem = _bend((c(0.06, 0.3), 0), (-rx, 1 - r), -c(0.1, 0.22))
    return [_joined(stem, _arc(0, 1 - r, rx, r, 180, -180 + c(-50, 40)))]


def _six_straight(c: _Chance) -> Strokes:
    r, rx = c(0.22, 0.3), c(0.24, 0.32)
    stem = _bend((c(-0.1, 0.16), 0), (-rx, 1 - r), c(-0.08, 0.0))
    return [_joined(stem, _arc(0, 1 - r, rx, r, 180, -160 + c(-40, 30)))]


def _seven(c: _Chance) -> Strokes:
    left, right = -c(0.26, 0.36), c(0.24, 0.36)
    foot = (c(-0.2, 0.1), 1)
    corner = (right, c(-0.04, 0.04))
    roof = _bend((left, c(0, 0.06)), corner, c(-0.05, 0.06))
    if c.maybe(0.3):
        roof = _joined(_line((left - 0.01, c(0.08, 0.2)), (left, 0.02)), roof)
    return [_joined(roof, _bend(corner, foot, c(-0.1, 0.06)))]


def _seven_crossed(c: _Chance) -> Strokes:
    strokes = _seven(c)
    height = c(0.42, 0.6)
    middle = float(strokes[0][np.argmin(abs(strokes[0][25:, 1] - height)) + 25, 0])
    return [*strokes, _line((middle - c(0.14, 0.26), height + c(-0.02, 0.05)), (middle + c(0.14, 0.26), height))]


def _eight_crossing(c: _Chance) -> Strokes:
    t = np.linspace(0, 2 * np.pi, 90) + c(-0.5, 0.5) + np.pi / 4
    waist, top, bottom = c(0.42, 0.5), c(0.2, 0.3), c(0.26, 0.36)
    x, y = np.sin(2 * t), -np.cos(t)
    width = np.where(y < 0, top, bottom)
    points = np.stack([width * x * c(0.9, 1.1), np.where(y < 0, waist + y * waist, waist + y * (1 - waist))], axis=1)
    if c.maybe(0.5):
        points[:, 0] *= -1
    return [points[: len(points) - int(c(0, 5))]]


def _eight_circles(c: _Chance) -> Strokes:
    waist = c(0.4, 0.52)
    low = (1 - waist) / 2
    start = c(-120, -30)
    above = _arc(0, waist / 2, c(0.18, 0.28), waist / 2, start, start - 360 + c(-15, 15))
    below = _arc(c(-0.03, 0.03), waist + low, c(0.24, 0.34), low, -90, 270 + c(-15, 15))
    return [above, below]


def _nine_loop(c: _Chance) -> tuple[Points, float]:
    rx, ry = c(0.22, 0.32), c(0.2, 0.28)
    return _arc(0, ry, rx, ry, c(-50, -5), -360 + c(-12, 8)), rx


def _nine_straight(c: _Chance) -> Strokes:
    loop, rx = _nine_loop(c)
    loop_end = (float(loop[-1, 0]), float(loop[-1, 1]))
    return [_joined(loop, _line(loop_end, (rx + c(-0.12, 0.04), 1)))]


def _nine_stick(c: _Chance) -> Strokes:
    loop, rx = _nine_loop(c)
    return [loop, _line((rx + c(-0.02, 0.04), c(-0.04, 0.1)), (rx + c(-0.08, 0.04), 1))]


def _nine_curved(c: _Chance) -> Strokes:
    loop, _ = _nine_loop(c)
    loop_end = (float(loop[-1, 0]), float(loop[-1, 1]))
    return [_joined(loop, _bend(loop_end, (c(-0.26, 0.06), 1), c(0.02, 0.2)))]


TEMPLATES: dict[int, dict[str, Callable[[_Chance], Strokes]]] = {
    0: {"ring": _zero},
    1: {"bare": _one_bare, "flag": _one_flag, "base": _one_base},
    2: {"plain": _two_plain, "looped": _two_looped},
    3: {"round": _three_round, "flat": _three_flat},
    4: {"open": _four_open, "rounded": _four_rounded, "closed": _four_closed},
    5: {"angular": _five, "curved": _five_curved},
    6: {"curved": _six_curved, "straight": _six_straight},
    7: {"plain": _seven, "crossed": _seven_crossed},
    8: {"crossing": _eight_crossing, "circles": _eight_circles},
    9: {"straight": _nine_straight, "stick": _nine_stick, "curved": _nine_curved},
}


def write(digit: int, random: np.random.Generator) -> tuple[str, Strokes]:
    """Write a digit once: the template's name, and its strokes as dense points, y downwards, in any unit."""
    name = str(random.choice(sorted(TEMPLATES[digit])))
    return name, TEMPLATES[digit][name](_Chance(random))
