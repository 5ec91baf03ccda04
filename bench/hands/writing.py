"""The hands: from a template's strokes to pointer events on a pad, with everything that differs between people."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.hands import developed, reported
from bench.hands.pad import SIDE

Points = npt.NDArray[np.float64]
FAMILIES: dict[str, Callable[[int, np.random.Generator], tuple[str, list[Points]]]] = {
    "developed": developed.write,
    "reported": reported.write,
}
SIZES = (30, 250)  # pixels, the longer side of the digit with its ink
PENS = (8, 30)  # pixels
BOLDEST = 0.26  # pen's width as a share of the size: beyond, the loops of an 8 close and nobody can read it
SLANT = 25  # degrees either way
TURN = 8  # degrees either way
POLARITIES = ("light on dark", "dark on light", "on transparent")


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One drawn digit; lengths in pixels, angles in degrees."""

    digit: int
    template: str
    strokes: tuple[Points, ...]  # pointer events, (x, y), on a pad of SIDE pixels
    pen: float
    size: float
    slant: float
    polarity: str


def drawings(family: str, count: int, seed: int) -> list[Drawing]:
    """`count` drawings, the digits in turn; a function of the arguments alone. A longer list begins like a shorter."""
    names = sorted(FAMILIES)
    return [
        _draw(FAMILIES[family], index % 10, np.random.default_rng([seed, names.index(family), index]))
        for index in range(count)
    ]


def _draw(
    write: Callable[[int, np.random.Generator], tuple[str, list[Points]]], digit: int, random: np.random.Generator
) -> Drawing:
    template, strokes = write(digit, random)
    size = random.uniform(*SIZES)
    pen = random.uniform(PENS[0], max(PENS[0], min(PENS[1], BOLDEST * size)))
    slant = random.uniform(-SLANT, SLANT)
    turn = np.radians(random.uniform(-TURN, TURN))
    aspect = np.exp(random.uniform(np.log(0.75), np.log(1.3)))
    # To the right at the top for a positive slant.
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = shape @ np.array([[1, -np.tan(np.radians(slant))], [0, 1]]) @ np.diag([aspect, 1])
    strokes = [points @ shape.T for points in strokes]

    everything = np.concatenate(strokes)
    longer = np.ptp(everything, axis=0).max()
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
    """Pointer events along a stroke: slower in bends, off by a slow wobble and a quick tremor."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    length = along[-1]
    count = max(3, round(length / speed))
    # A finger is quick in the middle of a stroke and slow at its ends.
    ease = random.uniform(0, 0.7)
    t = np.linspace(0, 1, count)
    at = length * (t - ease * np.sin(2 * np.pi * t) / (2 * np.pi))
    events = np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)
    waves = sum(
        np.sin(2 * np.pi * (k * t[:, np.newaxis] * random.uniform(0.6, 1.4, 2) + random.uniform(0, 1, 2))) / k
        for k in (1, 2, 3)
    )
    return np.asarray(events + wobble * waves / 1.8 + random.normal(0, tremor, events.shape))
