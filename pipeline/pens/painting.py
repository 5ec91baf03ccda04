"""Paint strokes as the page's pad does, with round ends and joints, and bend them as other hands would write them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipeline.pens.strokes import Points

PAD = 140  # pixels: half of the page's pad, so that there are a fourth as many to prepare
PEN = 0.08  # of its side: PEN_WIDTH in web/src/pad/strokes.ts
SIZE = 0.6  # of its side: the longer side of a drawing, without half a pen at each end
TOGETHER = 16  # drawings whose pixels stay in the processor's cache
# How far `bent` goes, either way.
FIELD = 0.08  # of the longer side: how far a smooth field moves a point
SLANT, TURN, ASPECT = 15, 8, 1.25  # degrees, degrees, factor


def on_pad(strokes: Sequence[Points]) -> npt.NDArray[np.uint8]:
    """A pad's pixels, RGBA (PAD, PAD, 4), after somebody has drawn these strokes on it: black, alpha is the ink."""
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = SIZE * PAD / max(float((high - low).max()), 1e-9)  # a dot has no size
    square, half = Image.new("LA", (PAD, PAD)), PEN * PAD / 2
    draw = ImageDraw.Draw(square)
    for stroke in strokes:
        points = (stroke - (low + high) / 2) * scale + PAD / 2
        draw.line([(x, y) for x, y in points.tolist()], fill=(0, 255), width=round(2 * half), joint="curve")
        for x, y in points[[0, -1]].tolist():
            draw.ellipse((x - half, y - half, x + half, y + half), fill=(0, 255))
    return np.asarray(square.convert("RGBA"))


def in_box(drawings: Sequence[Sequence[Points]], *, box: int, pen: float) -> npt.NDArray[np.float32]:
    """Ink in 0..1, (N, box, box): each drawing at the top and the left, the longer side of its ink as long as the box.

    A pixel has as much ink as a border at its distance, straight and along an axis, would leave to it. `pen` is the
    width of the pen, in pixels.
    """
    lines = []  # of each drawing, (lines, 4): from and to, x and y
    for strokes in drawings:
        ends = np.concatenate([np.hstack([each[: len(each) - 1 or 1], each[-len(each) + 1 :]]) for each in strokes])
        points = ends.reshape(-1, 2) - ends.reshape(-1, 2).min(axis=0)
        points *= (box - pen) / max(float(points.max()), 1e-9)
        lines.append((points + pen / 2).reshape(-1, 4).astype(np.float32))
    order, middles = np.argsort([*map(len, lines)]), np.arange(box, dtype=np.float32) + np.float32(0.5)
    painted = np.empty((len(lines), box, box), np.float32)
    for start in range(0, len(lines), TOGETHER):
        rows = order[start : start + TOGETHER]
        most = len(lines[rows[-1]])  # the others get some of their lines twice
        ends = np.stack([np.resize(lines[row], (most, 4)) for row in rows])[..., np.newaxis, np.newaxis]
        x, y, to_x, to_y = np.moveaxis(ends, 2, 0)
        length = np.hypot(to_x - x, to_y - y)
        across, down = ((to - at) / np.maximum(length, 1e-9) for at, to in ((x, to_x), (y, to_y)))
        across = np.where(length, across, 1)  # a dot has no direction
        x, y = middles - x, middles[:, np.newaxis] - y
        along = y * down + x * across
        along -= np.clip(along, 0, length)
        distance = np.sqrt((along**2 + (y * across - x * down) ** 2).min(axis=1))
        painted[rows] = np.clip(pen / 2 - distance + 0.5, 0, 1)
    return painted


def bent(strokes: Sequence[Points], random: np.random.Generator) -> list[Points]:
    """The strokes turned, slanted, stretched, and moved by a smooth field, one for all strokes."""
    everything = np.concatenate(strokes)
    longer = max(float(np.ptp(everything, axis=0).max()), 1e-9)
    phases, waves = random.uniform(0, 2 * np.pi, (2, 2)), random.uniform(np.pi, 2.4 * np.pi, (2, 2))
    field = random.uniform(0, FIELD)
    turn, slant = np.radians(random.uniform(-TURN, TURN)), np.radians(random.uniform(-SLANT, SLANT))
    shape = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = shape @ [[1, -np.tan(slant)], [0, 1]] @ np.diag([ASPECT ** random.uniform(-1, 1), 1])
    moved = []
    for stroke in strokes:
        points = (stroke - everything.min(axis=0)) / longer
        points = points + field * np.sin(points[:, ::-1] @ waves + phases[0]) * np.cos(points @ waves + phases[1])
        moved.append(points @ shape.T)
    return moved
