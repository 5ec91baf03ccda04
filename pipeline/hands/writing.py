"""Turn a template's strokes into pointer events on a pad, varied at random."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.hands.pad import SIDE

Points = npt.NDArray[np.float64]
Writer = Callable[[int, np.random.Generator], tuple[str, list[Points]]]
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
