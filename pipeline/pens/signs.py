"""Letters and things that people draw to see what a model of digits says: paths in `signs.toml`, varied at random."""

import functools
import tomllib
from pathlib import Path

import numpy as np

from pipeline.pens.pack import Points

JITTER = (0.5, 3.0)  # standard deviation of every point of a path, in hundredths of its height, from and to
PIECES = 24  # of a line or curve


@functools.cache
def paths() -> dict[str, str]:
    """The path of each, by its name."""
    tables = tomllib.loads(Path(__file__).with_name("signs.toml").read_text(encoding="utf-8"))
    return dict(sorted((tables["letters"] | tables["things"]).items()))


def write_sign(path: str, random: np.random.Generator) -> list[Points]:
    """The strokes of a path, each point of which was moved a little."""
    strokes: list[list[Points]] = []
    words = path.split()
    jitter = random.uniform(*JITTER)
    here, at = np.zeros(2), 0
    t = np.linspace(0, 1, PIECES + 1)[1:, np.newaxis]
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
