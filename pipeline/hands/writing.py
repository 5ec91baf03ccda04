"""Write templates, turn their strokes into pointer events on a pad, varied at random, and paint these as the pad does.

A template is a Bézier path, written with jittered coordinates and distorted by a smooth field. Painting, in NumPy, has
round caps and smooth edges, as on the page.
"""

import functools
import itertools
import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

SIDE = 280  # pixels
COLOURS = {  # pen, pad
    "light on dark": ((255, 255, 255, 255), (0, 0, 0, 255)),
    "dark on light": ((20, 24, 32, 255), (250, 250, 248, 255)),
    "on transparent": ((26, 79, 214, 255), (0, 0, 0, 0)),
}

Points = npt.NDArray[np.float64]
Strokes = list[Points]
Writer = Callable[[int, np.random.Generator], tuple[str, Strokes]]
SIZES = (30, 250)  # pixels, the longer side of the digit including the pen's width
PENS = (8, 30)  # pixels
BOLDEST = 0.26  # pen width as a fraction of the size: beyond it the loops of an 8 close and it is illegible
SLANT = 25  # degrees in either direction
TURN = 8  # degrees in either direction
POLARITIES = ("light on dark", "dark on light", "on transparent")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A drawing; lengths in pixels, angles in degrees."""

    digit: int  # or the number of what else it is
    template: str
    strokes: tuple[Points, ...]  # pointer events, (x, y), on a pad of SIDE pixels
    pen: float
    size: float
    slant: float
    polarity: str


def drawings(write: Writer, classes: int, count: int, seed: Sequence[int]) -> list[Drawing]:
    """`count` drawings, cycling through the classes. Deterministic; a longer list starts with a shorter one."""
    return [_draw(write, index % classes, np.random.default_rng([*seed, index])) for index in range(count)]


def _draw(write: Writer, digit: int, random: np.random.Generator) -> Drawing:
    template, strokes = write(digit, random)
    size = random.uniform(*SIZES)
    pen = random.uniform(PENS[0], max(PENS[0], min(PENS[1], BOLDEST * size)))
    slant = random.uniform(-SLANT, SLANT)
    turn = np.radians(random.uniform(-TURN, TURN))
    aspect = np.exp(random.uniform(np.log(0.75), np.log(1.3)))
    # A positive slant leans to the right.
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = shape @ np.array([[1, -np.tan(np.radians(slant))], [0, 1]]) @ np.diag([aspect, 1])
    strokes = [points @ shape.T for points in strokes]

    everything = np.concatenate(strokes)
    longer = max(np.ptp(everything, axis=0).max(), 1e-3)  # a dot has no size
    strokes = [points * max(size - pen, 1) / longer for points in strokes]
    wobble, tremor = random.uniform(0, 0.02) * size, random.uniform(0, 0.006) * size
    speed = random.uniform(2, 12) * max(size / SIDE, 0.3)  # pixels between events on a straight line
    strokes = [_traced(points, speed, wobble, tremor, random) for points in strokes]

    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0) - pen / 2, everything.max(axis=0) + pen / 2
    room = np.maximum(SIDE - (high - low), 0)
    shift = random.uniform(0, 1, 2) * room - low
    return Drawing(
        digit=digit,
        template=template,
        strokes=tuple(points + shift for points in strokes),
        pen=float(pen),
        size=float((high - low).max()),
        slant=float(slant),
        polarity=str(random.choice(POLARITIES)),
    )


def _traced(points: Points, speed: float, wobble: float, tremor: float, random: np.random.Generator) -> Points:
    """Pointer events along a stroke: slower at its ends, displaced by a slow wobble and a fast tremor."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    length = along[-1]
    count = max(3, round(length / speed))
    # A finger is fast in the middle of a stroke and slow at its ends.
    ease = random.uniform(0, 0.7)
    t = np.linspace(0, 1, count)
    at = length * (t - ease * np.sin(2 * np.pi * t) / (2 * np.pi))
    events = np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)
    waves = sum(
        np.sin(2 * np.pi * (k * t[:, np.newaxis] * random.uniform(0.6, 1.4, 2) + random.uniform(0, 1, 2))) / k
        for k in (1, 2, 3)
    )
    return np.asarray(events + wobble * waves / 1.8 + random.normal(0, tremor, events.shape))


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


@functools.cache
def _templates() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("templates.toml").read_text(encoding="utf-8"))


def signs() -> list[tuple[str, str]]:
    """Name and path of each letter and thing that is no digit, in the order of the names."""
    return sorted((_templates()["letters"] | _templates()["things"]).items())


def write_digit(digit: int, random: np.random.Generator) -> tuple[str, Strokes]:
    """The template's name, and its strokes as dense points, y downwards, in any unit."""
    paths = _templates()["digits"][str(digit)]
    name = str(random.choice(sorted(paths)))
    return name, _write(paths[name], random)


def write_sign(number: int, random: np.random.Generator) -> tuple[str, Strokes]:
    """Likewise, the sign with that number in `signs`."""
    name, path = signs()[number]
    return name, _write(path, random)


def _write(path: str, random: np.random.Generator) -> Strokes:
    jitter = random.uniform(0.5, 3.0)
    strokes = [points + 0.0 for points in _sampled(path, jitter, random)]
    # One smooth field distorts all strokes, as a writer's own idea of the digit would.
    phase, turns = random.uniform(0, 2 * np.pi, (2, 2)), random.uniform(0.5, 1.2, (2, 2)) * 2 * np.pi / 100
    amount = random.uniform(0, 2.5)
    for points in strokes:
        waves = np.sin(points[:, ::-1] @ turns + phase[0]) * np.cos(points @ turns + phase[1])
        points += amount * waves
    return strokes


def _sampled(path: str, jitter: float, random: np.random.Generator) -> Strokes:
    strokes: list[list[Points]] = []
    words = path.split()
    here, at = np.zeros(2), 0
    t = np.linspace(0, 1, 25)[1:, np.newaxis]
    while at < len(words):
        count = {"M": 1, "L": 1, "C": 3}[words[at]]
        numbers = np.array([float(word) for word in words[at + 1 : at + 1 + 2 * count]]).reshape(count, 2)
        numbers += random.normal(0, jitter, numbers.shape)
        if words[at] == "M":
            strokes.append([numbers])
        elif words[at] == "L":
            strokes[-1].append(here + t * (numbers[0] - here))
        else:
            a, b, c = numbers
            strokes[-1].append((1 - t) ** 3 * here + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * c)
        here, at = numbers[-1], at + 1 + 2 * count
    return [np.concatenate(pieces) for pieces in strokes]
