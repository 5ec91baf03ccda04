"""Shares with what chance adds to them:

intervals of proportions, and of the difference between two.
"""

import math

Z_95 = 1.959963984540054  # the normal distribution's 97.5 % quantile


def wilson_interval(successes: float, trials: int) -> tuple[float, float]:
    """Wilson score interval of a proportion (Wilson 1927), which stays valid near 0 and
    1, unlike the normal one.
    """
    share, z = successes / trials, Z_95
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def least_beyond_chance(share: float, trials: int) -> float:
    """The lowest proportion of so many trials that is above a share beyond chance: its
    95 % interval is. 1 if none is.
    """
    successes = next(
        (count for count in range(trials) if wilson_interval(count, trials)[0] > share),
        trials,
    )
    return successes / trials


def fall_by_chance(first: tuple[float, int], second: tuple[float, int]) -> float:
    """How far the first of two equal shares may fall below the second by chance:
    Newcombe's interval (1998, method 10).

    Each is a share and the number of images. The 95 % interval of the difference first
    - second ends this far above the difference that was measured.
    """
    _, upper = wilson_interval(first[0] * first[1], first[1])
    lower, _ = wilson_interval(second[0] * second[1], second[1])
    return math.hypot(upper - first[0], second[0] - lower)
