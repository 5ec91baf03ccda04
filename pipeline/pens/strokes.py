"""The digits of `digits.npz` and the letters of `letters.npz`, split by who wrote them,
and painted as on the pad.

Nobody is in two parts. `bench/pack_pens.py` and `bench/font_letters.py` pack them:
points on a grid of GRID steps along the longer side, as the ways from point to point, a
byte for each coordinate.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

DIGITS_FILE, LETTERS_FILE = (
    Path(__file__).with_name(name) for name in ("digits.npz", "letters.npz")
)
GRID = 100  # at most 127, so that a way fits into a signed byte
Points = npt.NDArray[np.float64]  # (N, 2), x and y
Part = Literal["training", "development", "test"]
# Rows in the file's order. UJIpenchars2's own split is 40 writers to train and 20 to
# test; NumberPad is writer 60.
WRITERS: dict[Part, Sequence[int]] = {
    "training": (*range(32), 60),
    "development": range(32, 40),  # for the numbers that are fitted to drawings
    "test": range(40, 60),  # to report, and for nothing else
}
FONTS = 33
# by other designers
FONTS_OF: dict[Part, Sequence[int]] = {
    "training": range(22),
    "test": range(22, FONTS),
}
# pixels: half of the page's pad, so that there are a fourth as many to prepare
PAD = 140
PEN = 0.08  # of its side: PEN_WIDTH in web/src/pad/strokes.ts
SIZE = 0.6  # of its side: the longer side of a drawing, without half a pen at each end
TOGETHER = 16  # drawings whose pixels stay in the processor's cache
# How far `bent` goes, either way.
FIELD = 0.08  # of the longer side: how far a smooth field moves a point
SLANT, TURN, ASPECT = 15, 8, 1.25  # degrees, degrees, factor


@dataclass(frozen=True)
class Written:
    """Digits as people wrote them, or letters of fonts."""

    # of each of N; the longer side of each is 1, and y goes downwards
    strokes: list[list[Points]]
    labels: npt.NDArray[np.int64]  # (N,): the digit, or the letter's code point
    writers: npt.NDArray[np.int64]  # (N,): who wrote it, or the font


@functools.cache
def digits(part: Part) -> Written:
    """The digits by the writers of this part."""
    return _read(DIGITS_FILE, WRITERS[part])


def letters(part: Part) -> Written:
    """The letters of the fonts of this part; none of them looks like a digit."""
    return _read(LETTERS_FILE, FONTS_OF[part])


def _read(path: Path, rows: Sequence[int]) -> Written:
    with np.load(path, allow_pickle=False) as arrays:
        stored = dict(arrays)
    labels, writers = (
        stored.pop("labels").astype(np.int64),
        stored.pop("writers").astype(np.int64),
    )
    chosen = np.flatnonzero(np.isin(writers, rows))
    strokes = list(_unpack(**stored))
    return Written([strokes[row] for row in chosen], labels[chosen], writers[chosen])


def _unpack(
    ways: npt.NDArray[np.int8],
    lengths: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.uint8],
) -> Iterator[list[Points]]:
    """The strokes of each; its longer side is 1, and its corner at the top and the left
    (0, 0).
    """
    ends = np.cumsum(lengths.astype(int))
    first = 0
    for last in np.cumsum(counts.astype(int)):
        start = ends[first - 1] if first else 0
        points = (
            np.cumsum(ways[start : ends[last - 1]], axis=0, dtype=np.float64) / GRID
        )
        yield np.split(points, ends[first : last - 1] - start)
        first = last


def on_pad(strokes: Sequence[Points]) -> npt.NDArray[np.uint8]:
    """A pad's pixels, RGBA (PAD, PAD, 4), after somebody has drawn these strokes on it:

    black, alpha is the ink.
    """
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = SIZE * PAD / max(float((high - low).max()), 1e-9)  # a dot has no size
    square, half = Image.new("LA", (PAD, PAD)), PEN * PAD / 2
    draw = ImageDraw.Draw(square)
    for stroke in strokes:
        points = (stroke - (low + high) / 2) * scale + PAD / 2
        draw.line(
            [(x, y) for x, y in points.tolist()],
            fill=(0, 255),
            width=round(2 * half),
            joint="curve",
        )
        for x, y in points[[0, -1]].tolist():
            draw.ellipse((x - half, y - half, x + half, y + half), fill=(0, 255))
    return np.asarray(square.convert("RGBA"))


def in_box(
    drawings: Sequence[Sequence[Points]], *, box: int, pen: float
) -> npt.NDArray[np.float32]:
    """Ink in 0..1, (N, box, box): each drawing at the top and the left, the longer side
    of its ink as long as the box.

    A pixel has as much ink as a border at its distance, straight and along an axis,
    would leave to it. `pen` is the width of the pen, in pixels.
    """
    lines = []  # of each drawing, (lines, 4): from and to, x and y
    for strokes in drawings:
        ends = np.concatenate(
            [
                np.hstack([each[: len(each) - 1 or 1], each[-len(each) + 1 :]])
                for each in strokes
            ]
        )
        points = ends.reshape(-1, 2) - ends.reshape(-1, 2).min(axis=0)
        points *= (box - pen) / max(float(points.max()), 1e-9)
        lines.append((points + pen / 2).reshape(-1, 4).astype(np.float32))
    order, middles = (
        np.argsort([*map(len, lines)]),
        np.arange(box, dtype=np.float32) + np.float32(0.5),
    )
    painted = np.empty((len(lines), box, box), np.float32)
    for start in range(0, len(lines), TOGETHER):
        rows = order[start : start + TOGETHER]
        most = len(lines[rows[-1]])  # the others get some of their lines twice
        ends = np.stack([np.resize(lines[row], (most, 4)) for row in rows])[
            ..., np.newaxis, np.newaxis
        ]
        x, y, to_x, to_y = np.moveaxis(ends, 2, 0)
        length = np.hypot(to_x - x, to_y - y)
        across, down = (
            (to - at) / np.maximum(length, 1e-9) for at, to in ((x, to_x), (y, to_y))
        )
        across = np.where(length, across, 1)  # a dot has no direction
        x, y = middles - x, middles[:, np.newaxis] - y
        along = y * down + x * across
        along -= np.clip(along, 0, length)
        distance = np.sqrt((along**2 + (y * across - x * down) ** 2).min(axis=1))
        painted[rows] = np.clip(pen / 2 - distance + 0.5, 0, 1)
    return painted


def bent(strokes: Sequence[Points], random: np.random.Generator) -> list[Points]:
    """The strokes turned, slanted, stretched, and moved by a smooth field, one for all
    strokes.
    """
    everything = np.concatenate(strokes)
    longer = max(float(np.ptp(everything, axis=0).max()), 1e-9)
    phases, waves = (
        random.uniform(0, 2 * np.pi, (2, 2)),
        random.uniform(np.pi, 2.4 * np.pi, (2, 2)),
    )
    field = random.uniform(0, FIELD)
    turn, slant = (
        np.radians(random.uniform(-TURN, TURN)),
        np.radians(random.uniform(-SLANT, SLANT)),
    )
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = (
        shape
        @ [[1, -np.tan(slant)], [0, 1]]
        @ np.diag([ASPECT ** random.uniform(-1, 1), 1])
    )
    moved = []
    for stroke in strokes:
        points = (stroke - everything.min(axis=0)) / longer
        points = points + field * np.sin(points[:, ::-1] @ waves + phases[0]) * np.cos(
            points @ waves + phases[1]
        )
        moved.append(points @ shape.T)
    return moved
