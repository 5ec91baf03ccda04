"""Things that people draw to see what a model of digits says, by a program:

paths in `signs.toml`, and doodles.
"""

import functools
import tomllib
from pathlib import Path

import numpy as np

from pipeline.pens.strokes import Points

# standard deviation of every point of a path, in hundredths of its height, from and to
JITTER = (
    0.5,
    3.0,
)
PIECES = 24  # of a line or curve
POLYGONS = 0.4  # of the strokes of doodles


@functools.cache
def paths() -> dict[str, str]:
    """The path of each, by its name."""
    found = tomllib.loads(
        Path(__file__).with_name("signs.toml").read_text(encoding="utf-8")
    )
    return dict(sorted(found.items()))


def write_sign(path: str, random: np.random.Generator) -> list[Points]:
    """The strokes of a path, each point of which was moved a little."""
    strokes: list[list[Points]] = []
    words = path.split()
    jitter = random.uniform(*JITTER)
    here, at = np.zeros(2), 0
    t = np.linspace(0, 1, PIECES + 1)[1:, np.newaxis]
    while at < len(words):
        count = {"M": 1, "L": 1, "C": 3}[words[at]]
        numbers = np.array(
            [float(word) for word in words[at + 1 : at + 1 + 2 * count]]
        ).reshape(count, 2)
        numbers += random.normal(0, jitter, numbers.shape)
        if words[at] == "M":
            strokes.append([numbers])
        elif words[at] == "L":
            strokes[-1].append(here + t * (numbers[0] - here))
        else:
            a, b, c = numbers
            strokes[-1].append(
                (1 - t) ** 3 * here
                + 3 * (1 - t) ** 2 * t * a
                + 3 * (1 - t) * t**2 * b
                + t**3 * c
            )
        here, at = numbers[-1], at + 1 + 2 * count
    return [np.concatenate(pieces) for pieces in strokes]


def doodle(random: np.random.Generator) -> list[Points]:
    """One to four strokes anywhere:

    polygons, and lines that turn evenly, some with corners.
    """
    strokes = []
    for _ in range(random.integers(1, 5)):
        if random.random() < POLYGONS:
            angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 7)))
            points = random.uniform(0.6, 1, (len(angles), 1)) * np.stack(
                [np.cos(angles), np.sin(angles)], axis=1
            )
            points = np.concatenate([points, points[:1]])
        else:
            count = random.integers(8, 40)
            turns = np.full(count, random.normal(0, 0.15))
            corners = random.random(count) < random.choice([0, 0.1])
            turns[corners] += random.choice([-1, 1]) * random.uniform(1.2, 2.6)
            headings = random.uniform(0, 2 * np.pi) + np.cumsum(turns)
            points = np.cumsum(
                np.stack([np.cos(headings), np.sin(headings)], axis=1), axis=0
            )
        points = points * random.uniform(0.25, 1) / np.ptp(points, axis=0).max()
        strokes.append(
            points
            - points.min(axis=0)
            + random.uniform(0, 1, 2) * (1 - np.ptp(points, axis=0))
        )
    return strokes
