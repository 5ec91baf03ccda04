"""The history of a training, stored with a version: history.json, and the weights of a linear model as they formed.

Weights are stored as bytes: weight = scale × byte + min. The images drawn from them have no more shades.
`weights_sheet` draws the final ones as a PNG, for the model card; the page itself draws on canvases.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from pipeline.records import EpochResult, TrainedModel
from pipeline.system.json_records import save

COLUMNS = 5
TILE = 112  # target length of a tile's longer side in pixels; approximate, because weights are scaled by an integer
MARGIN = 4  # pixels around each tile

# The page's scale on white (--against-far … --for-far in theme.css; a test compares them), distinguishable with any
# kind of color vision. Colors in between are interpolated linearly.
SCALE = ("#782a04", "#ea8440", "#ffffff", "#4a8fd6", "#0a2d63")
FRAME = "#d8d1c2"  # --line
SHADES = 255  # odd, so that 0 is white; the palette's last entry is the frame's color


@dataclass(frozen=True, kw_only=True)
class Snapshots:
    """The weights after each epoch: those of each pixel for all classes, then biases; weight = scale × byte + min."""

    path: str
    dtype: str
    shape: tuple[int, ...]  # epochs, weights
    scale: float
    min: float


@dataclass(frozen=True, kw_only=True)
class History:
    """The results of every epoch, and of a linear model how its weights formed."""

    epochs: tuple[EpochResult, ...]
    snapshots: Snapshots | None = field(default=None, metadata={"sparse": True})


def write_history(folder: Path, trained: TrainedModel, work: Path) -> dict[str, str]:
    """Write history.json and, for a linear model, snapshots.bin into `folder`.

    `work` is the run's folder. Returns key in the manifest's `files` → path in `folder`; nothing was trained here if it
    is empty.
    """
    if not trained.history:
        return {}
    files = {"history": "history.json"}
    snapshots = None
    if trained.snapshots_path:
        with np.load(work / trained.snapshots_path, allow_pickle=False) as file:
            snapshots = _write(folder / "snapshots.bin", file["snapshots"])
        files["snapshots"] = "snapshots.bin"
    save(folder / "history.json", History(epochs=trained.history, snapshots=snapshots))
    return files


def _write(target: Path, snapshots: npt.NDArray[np.float32]) -> Snapshots:
    """Quantize the weights and write them; returns what is needed to read them again."""
    low, high = float(snapshots.min()), float(snapshots.max())
    scale = (high - low) / 255 or 1.0
    target.write_bytes(np.rint((snapshots - low) / scale).astype(np.uint8).tobytes())
    return Snapshots(path=target.name, dtype="uint8", shape=snapshots.shape, scale=scale, min=low)


def weights_sheet(kernel: npt.NDArray[np.floating[Any]], height: int, width: int) -> bytes:
    """Draw the weights, float (height · width, classes), as a PNG file, on a common scale from −max|w| to +max|w|.

    Classes are laid out in reading order, COLUMNS per row, in cells of equal size: a tile with MARGIN around it. Unused
    cells are white.
    """
    classes = kernel.shape[1]
    zoom = max(1, round(TILE / max(height, width)))
    largest = float(np.abs(kernel).max()) or 1.0
    middle = SHADES // 2
    shades = np.rint(middle + kernel.T.reshape(classes, height, width) / largest * middle).astype(np.uint8)
    tiles = shades.repeat(zoom, axis=1).repeat(zoom, axis=2)

    cell_height, cell_width = tiles.shape[1] + 2 * MARGIN, tiles.shape[2] + 2 * MARGIN
    sheet = np.full((-(-classes // COLUMNS) * cell_height, COLUMNS * cell_width), middle, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // COLUMNS * cell_height + MARGIN, index % COLUMNS * cell_width + MARGIN
        sheet[top - 1 : top + len(tile) + 1, left - 1 : left + tile.shape[1] + 1] = SHADES  # frame; the tile covers it
        sheet[top : top + len(tile), left : left + tile.shape[1]] = tile
    image = Image.fromarray(sheet)
    image.putpalette(_palette().tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _palette() -> npt.NDArray[np.uint8]:
    """uint8 (256, 3): SHADES colors along the scale, then the frame's color."""
    stops = np.array([ImageColor.getrgb(color) for color in SCALE])
    at = np.linspace(0, len(stops) - 1, SHADES)
    shades = np.stack([np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], axis=1)
    return np.asarray(np.rint(np.vstack([shades, ImageColor.getrgb(FRAME)])), np.uint8)
