"""The templates for reporting only: Bézier paths with jittered coordinates, distorted by a smooth field.

Nothing in the pipeline is tuned on them.
"""

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Strokes = list[Points]

# Paths in a frame 60 wide and 100 high, y downwards: M starts a stroke, L draws a line, C a cubic curve.
PATHS: dict[int, dict[str, str]] = {
    0: {
        "anticlockwise": "M 33 2 C 10 2 2 30 2 52 C 2 80 14 98 32 98 C 52 98 60 76 60 50 C 60 22 50 2 30 3",
        "clockwise": "M 24 4 C 44 -2 60 16 60 48 C 60 82 46 98 30 98 C 10 98 1 76 1 48 C 1 22 12 6 27 2",
        "narrow": "M 34 0 C 20 4 12 28 12 52 C 12 82 20 100 32 100 C 44 100 50 76 50 48 C 50 22 44 0 31 1",
        "open": "M 40 8 C 22 -4 4 18 2 48 C 0 84 16 100 34 97 C 54 94 62 60 58 34 C 56 22 50 12 44 8",
        "overshoot": "M 44 6 C 26 -6 2 14 2 54 C 2 86 18 98 32 98 C 50 98 58 78 58 54 C 58 24 46 4 30 10",
        "round": "M 32 12 C 8 12 -6 30 -6 54 C -6 76 10 90 30 90 C 52 90 66 74 66 52 C 66 28 50 12 30 12",
    },
    1: {
        "bare": "M 30 0 L 30 100",
        "bowed": "M 31 0 C 29 30 32 70 30 100",
        "flag": "M 10 26 L 32 0 L 32 100",
        "small flag": "M 20 14 L 32 0 L 31 100",
        "curved flag": "M 8 24 C 18 20 28 10 32 0 L 32 100",
        "flag and base": "M 12 22 L 32 0 L 32 100 M 10 100 L 54 100",
        "base": "M 30 0 L 30 99 M 12 100 L 50 100",
    },
    2: {
        "plain": "M 6 24 C 8 4 28 0 38 2 C 56 6 58 26 48 44 C 40 58 16 82 4 98 L 60 98",
        "looped": "M 4 22 C 10 -2 52 -6 52 24 C 52 50 28 84 12 94 C 0 100 -4 84 8 82 C 22 80 40 100 62 92",
        "zed": "M 6 12 C 22 -4 52 0 50 22 C 48 42 18 74 4 96 L 58 96",
        "swan": "M 8 28 C 6 8 22 0 34 2 C 54 6 54 30 42 52 C 32 70 16 86 6 96 C 18 86 36 104 60 92",
        "upright": "M 4 30 C 2 -8 58 -8 54 28 C 52 52 10 70 4 98 L 56 99",
    },
    3: {
        "round": "M 6 12 C 18 -4 54 -2 52 24 C 50 44 30 46 22 48 C 40 46 58 54 56 74 C 54 100 16 104 2 86",
        "flat": "M 6 4 L 52 4 L 26 40 C 46 36 58 54 56 72 C 54 100 18 104 2 88",
        "wide": "M 2 16 C 14 -8 60 -2 54 26 C 50 44 34 48 24 48 C 44 48 64 58 58 80 C 52 102 12 104 -2 84",
        "looped": "M 8 10 C 24 -6 52 2 48 26 C 44 46 22 54 20 46 C 20 40 34 44 44 52"
        " C 60 64 58 96 30 98 C 18 98 8 94 2 86",
        "sharp": "M 4 8 C 20 -2 50 0 50 20 C 50 36 36 44 20 50 C 44 50 56 62 54 78 C 52 98 16 102 4 92",
    },
    4: {
        "open": "M 14 2 L 6 56 L 60 56 M 44 24 L 44 100",
        "open tall": "M 12 4 L 8 52 L 60 50 M 48 0 L 46 100",
        "closed": "M 44 100 L 44 2 L 2 66 L 62 66",
        "closed two strokes": "M 42 2 L 2 64 L 62 64 M 42 4 L 42 100",
        "curved": "M 12 2 C 6 20 4 38 6 48 C 12 62 36 56 50 50 M 52 2 C 52 30 48 70 46 100",
        "one stroke": "M 10 2 C 8 20 4 36 4 50 C 16 58 38 56 50 50 C 54 32 54 10 54 4 C 52 34 48 68 46 100",
    },
    5: {
        "two strokes": "M 14 4 L 10 44 C 26 32 58 38 56 66 C 54 98 18 102 2 88 M 14 4 L 56 4",
        "one stroke": "M 54 4 L 14 4 L 10 44 C 28 34 56 40 56 66 C 56 98 18 102 2 88",
        "like an S": "M 54 4 C 34 2 14 4 12 18 C 10 40 12 44 28 46 C 46 48 58 60 54 78 C 48 102 14 100 4 90",
        "low belly": "M 16 4 L 12 40 C 34 38 54 48 52 72 C 50 94 24 102 4 98 M 16 4 L 50 2",
        "wide belly": "M 52 2 L 12 4 L 6 46 C 26 30 64 36 62 64 C 60 100 12 106 -2 86",
    },
    6: {
        "curved": "M 46 2 C 22 12 4 40 4 68 C 4 90 18 98 32 98 C 50 98 58 84 58 72"
        " C 58 56 44 50 32 50 C 18 50 6 62 5 74",
        "straight": "M 42 0 L 8 58 C 2 80 12 98 32 98 C 50 98 58 84 56 72 C 52 52 18 52 8 70",
        "hooked": "M 52 10 C 42 -2 22 2 12 24 C 2 46 0 98 30 98 C 48 98 56 86 56 74"
        " C 56 60 44 52 34 52 C 20 52 8 62 6 76",
        "small loop": "M 34 0 C 14 20 4 50 6 76 C 8 96 22 100 34 98 C 50 94 52 72 40 66 C 28 62 12 72 8 82",
        "curl": "M 40 2 C 16 18 2 54 4 76 C 8 100 46 102 52 82 C 56 62 34 56 22 64 C 12 70 10 80 16 86",
    },
    7: {
        "plain": "M 4 4 L 58 4 L 22 100",
        "crossed": "M 4 4 L 58 4 L 22 100 M 16 50 L 54 50",
        "hooked": "M 4 18 L 6 4 L 58 4 C 44 34 30 64 26 100",
        "curved": "M 2 8 C 20 2 42 6 58 4 C 40 36 28 64 24 100",
        "hooked and crossed": "M 4 16 L 6 4 L 56 4 C 42 34 30 64 24 100 M 14 54 L 50 50",
        "steep": "M 6 6 L 52 4 C 48 30 42 70 38 100",
    },
    8: {
        "one stroke": "M 48 14 C 36 -6 6 0 8 24 C 10 46 54 52 56 76 C 56 102 4 106 4 78"
        " C 4 52 50 44 50 20 C 48 8 40 2 30 2",
        "two circles": "M 30 2 C 6 2 4 46 30 46 C 54 46 54 2 30 2 M 30 46 C -2 46 -4 98 30 98 C 62 98 60 46 30 46",
        "open top": "M 52 8 C 40 -4 10 0 10 24 C 12 44 54 54 54 76 C 52 100 6 104 6 78 C 6 56 44 46 54 12",
        "from the middle": "M 30 48 C 8 40 6 4 32 2 C 56 2 54 36 30 48 C -4 62 0 98 30 98 C 60 98 62 60 30 48",
        "slim": "M 44 12 C 34 -6 12 2 14 24 C 16 44 48 54 48 78 C 46 102 12 102 12 78 C 12 56 44 42 46 14",
    },
    9: {
        "straight": "M 52 12 C 40 -4 6 -2 6 28 C 6 54 40 58 50 22 L 52 8 L 50 100",
        "curved": "M 50 16 C 42 -4 6 -2 6 28 C 6 52 44 54 52 18 C 56 46 52 82 30 100",
        "hooked": "M 52 14 C 40 -6 4 -2 4 26 C 4 54 44 54 52 20 C 54 60 56 96 32 98 C 20 98 14 94 10 88",
        "circle and stick": "M 32 2 C 4 2 2 50 30 50 C 58 50 58 2 32 2 M 54 4 L 48 100",
        "slanting": "M 48 8 C 30 -6 2 10 8 34 C 14 54 44 42 54 10 L 30 100",
    },
}


def write(digit: int, random: np.random.Generator) -> tuple[str, Strokes]:
    """Write a digit once: the template's name, and its strokes as dense points, y downwards, in any unit."""
    name = str(random.choice(sorted(PATHS[digit])))
    jitter = random.uniform(0.5, 3.0)
    strokes = [points + 0.0 for points in _sampled(PATHS[digit][name], jitter, random)]
    # One smooth field distorts all strokes, as a writer's own idea of the digit would.
    phase, turns = random.uniform(0, 2 * np.pi, (2, 2)), random.uniform(0.5, 1.2, (2, 2)) * 2 * np.pi / 100
    amount = random.uniform(0, 2.5)
    for points in strokes:
        waves = np.sin(points[:, ::-1] @ turns + phase[0]) * np.cos(points @ turns + phase[1])
        points += amount * waves
    return name, strokes


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
