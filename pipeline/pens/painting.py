"""Paint strokes as the page's pad does, with round ends and joints, and bend them as other hands would write them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipeline.pens.pack import Points

PAD = 140  # pixels: half of the page's pad, so that there are a fourth as many to prepare
PEN = 0.08  # of its side: PEN_WIDTH in web/src/pad/strokes.ts
SIZE = 0.6  # of its side: the longer side of a drawing, without half a pen at each end
# How far `bent` goes, either way.
FIELD = 0.08  # of the longer side: how far a smooth field moves a point
SLANT, TURN, ASPECT = 15, 8, 1.25  # degrees, degrees, factor


def ink(strokes: Sequence[Points], *, side: int, pen: float, size: float) -> npt.NDArray[np.uint8]:
    """Paint in the middle of a square of `side` pixels: 255 where there is ink, and else 0; (side, side).

    Args:
        strokes: points (N, 2) of each, in any unit, y downwards.
        side: of the square, pixels.
        pen: its width, pixels.
        size: of the longer side of what the middle of the pen passes, pixels.
    """
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = size / max(float((high - low).max()), 1e-9)  # a dot has no size
    square = Image.new("L", (side, side))
    draw = ImageDraw.Draw(square)
    for stroke in strokes:
        points = (stroke - (low + high) / 2) * scale + side / 2
        draw.line([(x, y) for x, y in points.tolist()], fill=255, width=round(pen), joint="curve")
        for x, y in points[[0, -1]].tolist():
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(square)


def on_transparent(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """RGBA pixels (H, W, 4), as the pad gives them: black, with the ink as alpha."""
    pixels = np.zeros((*ink.shape, 4), np.uint8)
    pixels[..., 3] = ink
    return pixels


def on_pad(strokes: Sequence[Points]) -> npt.NDArray[np.uint8]:
    """A pad's pixels, RGBA (PAD, PAD, 4), after somebody has drawn these strokes on it."""
    return on_transparent(ink(strokes, side=PAD, pen=PEN * PAD, size=SIZE * PAD))


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
