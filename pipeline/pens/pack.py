"""Strokes in small files, read by `strokes`: `digits.npz` and `letters.npz`, which `bench/pack_pens.py` packs.

Points lie on a grid of GRID steps along the longer side; a file has the ways from point to point, a byte for each
coordinate.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

DIGITS_FILE, LETTERS_FILE = (Path(__file__).with_name(name) for name in ("digits.npz", "letters.npz"))
GRID = 100  # at most 127, so that a way fits into a signed byte
Points = npt.NDArray[np.float64]  # (N, 2), x and y


def unpack(
    ways: npt.NDArray[np.int8], lengths: npt.NDArray[np.uint8], counts: npt.NDArray[np.uint8]
) -> Iterator[list[Points]]:
    """The strokes of each digit; its longer side is 1, and its corner at the top and the left (0, 0)."""
    ends = np.cumsum(lengths.astype(int))
    first = 0
    for last in np.cumsum(counts.astype(int)):
        start = ends[first - 1] if first else 0
        points = np.cumsum(ways[start : ends[last - 1]], axis=0, dtype=np.float64) / GRID
        yield np.split(points, ends[first : last - 1] - start)
        first = last
