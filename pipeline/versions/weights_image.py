"""The weights of a linear model as a PNG: what the page draws on canvases, for readers without JavaScript."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

COLUMNS = 5
TILE = 112  # pixels of a template's longer side, more or less: weights are magnified by a whole factor
MARGIN = 4  # pixels around each template
STRIP = 26  # pixels below it, on which the page writes its label (web/src/page/static.css)

# The page's scale on white (--against-far … --for-far in page.css; a test compares them): told apart with any kind of
# colour vision. Between two colours the mixture is linear.
SCALE = ("#782a04", "#ea8440", "#ffffff", "#4a8fd6", "#0a2d63")
FRAME = "#d8d1c2"  # --line
SHADES = 255  # of the scale: an odd number, so that 0 is white; the palette's last colour is the frame's


def weights_sheet(kernel: npt.NDArray[np.floating[Any]], height: int, width: int) -> bytes:
    """One picture of every class's weights, on one scale from −max|w| to +max|w|.

    The templates stand in reading order, COLUMNS to a row, in cells of one size: MARGIN around the template and, below,
    STRIP for its label. Cells without a template are white.

    Args:
        kernel: weights, (height · width, classes).
        height: of the images, in pixels.
        width: of the images, in pixels.

    Returns:
        The content of a PNG file.
    """
    classes = kernel.shape[1]
    zoom = max(1, round(TILE / max(height, width)))
    largest = float(np.abs(kernel).max()) or 1.0
    middle = SHADES // 2
    shades = np.rint(middle + kernel.T.reshape(classes, height, width) / largest * middle).astype(np.uint8)
    tiles = shades.repeat(zoom, axis=1).repeat(zoom, axis=2)

    cell_height, cell_width = tiles.shape[1] + 2 * MARGIN + STRIP, tiles.shape[2] + 2 * MARGIN
    sheet = np.full((-(-classes // COLUMNS) * cell_height, COLUMNS * cell_width), middle, np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // COLUMNS * cell_height + MARGIN, place % COLUMNS * cell_width + MARGIN
        sheet[top - 1 : top + len(tile) + 1, left - 1 : left + tile.shape[1] + 1] = SHADES  # the frame, then over it
        sheet[top : top + len(tile), left : left + tile.shape[1]] = tile
    picture = Image.fromarray(sheet)
    picture.putpalette(_palette().tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _palette() -> npt.NDArray[np.uint8]:
    """(256, 3): SHADES colours along the scale, then the frame's."""
    stops = np.array([_rgb(colour) for colour in SCALE])
    at = np.linspace(0, len(stops) - 1, SHADES)
    shades = np.stack([np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(np.rint(np.vstack([shades, _rgb(FRAME)])), np.uint8)


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour.removeprefix("#")))
