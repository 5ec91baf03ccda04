"""Write a template once: a Bézier path with jittered coordinates, distorted by a smooth field."""

import functools
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Strokes = list[Points]


@functools.cache
def _templates() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


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
