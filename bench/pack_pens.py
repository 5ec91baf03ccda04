"""Pack strokes into small files for `pipeline/pens/`, such as its `digits.npz`.

    python -m bench.pack_pens uji-digits.json numberpad-digits.json

Each source is a list of {"label": "7", "strokes": [[[x, y], …], …]}, y downwards, in
the order of the writers. Lines are simplified by Douglas and Peucker's algorithm (1973)
and rounded to the grid.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.pens.strokes import DIGITS_FILE, GRID, Points

# of the longer side: how far a point that is left out may lie from the line
TOLERANCE = 0.008


def pack(strokes: Iterable[list[Points]]) -> dict[str, npt.NDArray[Any]]:
    """Arrays of signed and unsigned bytes from the strokes of each digit, which
    `unpack` gives back, simplified.
    """
    ways, lengths, counts = [], [], []
    for digit in strokes:
        everything = np.concatenate(digit)
        longer = max(float(np.ptp(everything, axis=0).max()), 1e-9)  # a dot has no size
        at = np.zeros(2)
        for stroke in digit:
            points = np.rint(
                _simplified((stroke - everything.min(axis=0)) / longer) * GRID
            )
            ways.append(np.diff(points, axis=0, prepend=at[np.newaxis]))
            lengths.append(len(points))
            at = points[-1]
        counts.append(len(digit))
    return {
        "ways": np.concatenate(ways).astype(np.int8),
        "lengths": np.array(lengths, np.uint8),
        "counts": np.array(counts, np.uint8),
    }


def _simplified(points: Points) -> Points:
    """The points without those that lie within TOLERANCE of the line between their
    neighbours.
    """
    way = points[-1] - points[0]
    apart = points - points[0]
    length = float(np.hypot(*way))
    distances = (
        np.abs(apart[:, 0] * way[1] - apart[:, 1] * way[0]) / length
        if length
        else np.hypot(*apart.T)
    )
    farthest = int(distances.argmax())
    if len(points) < 3 or distances[farthest] <= TOLERANCE:
        return points[[0, -1]] if len(points) > 1 else points
    return np.concatenate(
        [_simplified(points[: farthest + 1])[:-1], _simplified(points[farthest:])]
    )


def _write(uji: str, numberpad: str) -> None:
    """Pack two digits by each of UJIpenchars2's 60 writers, and an eighth of
    NumberPad's as those of one more.
    """
    strokes, labels, writers = [], [], []
    for source in (uji, numberpad):
        seen = dict.fromkeys("0123456789", 0)
        for each in json.loads(Path(source).read_text(encoding="utf-8"))[
            :: 1 if source == uji else 8
        ]:
            strokes.append([np.array(stroke, np.float64) for stroke in each["strokes"]])
            labels.append(int(each["label"]))
            writers.append(seen[each["label"]] // 2 if source == uji else 60)
            seen[each["label"]] += 1
    arrays = pack(strokes) | {
        "labels": np.array(labels, np.uint8),
        "writers": np.array(writers, np.uint8),
    }
    np.savez_compressed(DIGITS_FILE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    _write(*sys.argv[1:])
