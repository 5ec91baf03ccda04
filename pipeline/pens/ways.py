"""Ways of writing that few people in `digits.npz` have, each a stroke more: slash, bar,
foot, flag, hook, loop, curl.

Headings are in degrees: 0 goes to the right, 90 down. The longer side of a digit is 1.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.pens.strokes import Points

# where the stroke begins or crosses; None if this digit gets none
Place = Callable[[Sequence[Points]], Points | None]
Range = tuple[float, float]
PIECES = 8  # of a stroke
# the way of a one in lengths of its line: one with a flag or a foot comes less far
PLAIN = 0.97
SWAY = 0.02  # standard deviation of where a stroke is put


def written_otherwise(
    strokes: Sequence[Points], label: int, random: np.random.Generator
) -> list[Points]:
    """Return a digit with those strokes of its label's ways that this copy gets, each
    by its share.
    """
    added = []
    for share, place, heading, turn, length, crosses in WAYS.get(label, ()):
        at = place(strokes)
        if at is None or random.random() >= share:
            continue
        angles = np.radians(
            random.uniform(*heading)
            + random.uniform(*turn) * (np.arange(PIECES) + 0.5) / PIECES
        )
        pieces = (
            np.stack([np.cos(angles), np.sin(angles)], axis=1)
            * random.uniform(*length)
            / PIECES
        )
        stroke = np.concatenate([np.zeros((1, 2)), np.cumsum(pieces, axis=0)])
        added.append(
            stroke - crosses * stroke.mean(axis=0) + at + random.normal(0, SWAY, 2)
        )
    return [*strokes, *added]


def _middle(strokes: Sequence[Points]) -> Points:
    points = np.concatenate(strokes)
    return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)


def _lowest(strokes: Sequence[Points]) -> Points:
    return max(np.concatenate(strokes), key=lambda point: float(point[1]))


def _top_of_line(strokes: Sequence[Points]) -> Points | None:
    [points, *more] = strokes
    way = np.hypot(*np.diff(points, axis=0).T).sum()
    is_line = not more and np.hypot(*(points[-1] - points[0])) >= PLAIN * way
    return min(points, key=lambda point: float(point[1])) if is_line else None


def _stem(strokes: Sequence[Points]) -> Points | None:
    stem = strokes[0][strokes[0][:, 0].argmax() :]
    return (
        None if strokes[1:] else stem[np.abs(stem[:, 1] - stem[:, 1].mean()).argmin()]
    )


def _corner(strokes: Sequence[Points]) -> Points:
    return max(strokes[0], key=lambda point: float(point[1] - point[0]))


# By digit: share, place, heading, how far that turns, length, and whether the place is
# the stroke's middle.
# a curl
# a hook
WAYS: dict[int, Sequence[tuple[float, Place, Range, Range, Range, bool]]] = {
    0: [(0.4, _middle, (-95, -30), (-12, 12), (0.8, 1.5), True)],  # a slash
    1: [
        (0.6, _top_of_line, (120, 175), (-25, 25), (0.15, 0.6), False),  # a flag
        (0.25, _lowest, (-10, 5), (-12, 12), (0.25, 0.8), True),  # a foot
    ],
    2: [(0.2, _corner, (110, 160), (360, 360), (0.3, 0.9), False)],  # a loop
    4: [(0.1, _lowest, (-10, 5), (-12, 12), (0.25, 0.8), True)],  # a foot
    7: [
        (0.6, _stem, (-20, 5), (-12, 12), (0.3, 0.8), True),  # a bar
        (
            0.25,
            lambda strokes: strokes[0][0],
            (60, 120),
            (0, 0),
            (0.08, 0.25),
            False,
        ),
    ],
    9: [
        (0.5, lambda strokes: strokes[-1][-1], (90, 160), (20, 110), (0.25, 0.8), False)
    ],
}
