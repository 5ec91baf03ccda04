"""The history of a training, stored with a version: history.json, and the weights of a
linear model as they formed.

weights.png shows the last of them to readers without JavaScript, one picture per class
from left to right: blue where ink counts for the class, orange where it counts against
it.

Weights are stored as bytes: weight = scale × (byte - 64). The images drawn from them
have no more shades.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.records import EpochResult, TrainedModel
from pipeline.system.json_records import save
from pipeline.versions.manifest import ImageSize

FOR, AGAINST = (74, 143, 214), (234, 132, 64)  # readable on light and on dark paper


@dataclass(frozen=True, kw_only=True)
class Film:
    """The weights at some moments:

    those of each pixel for all classes, then biases; weight = scale × (byte - 64).
    """

    path: str
    dtype: str
    shape: tuple[int, ...]  # moments, weights
    steps: tuple[int, ...]  # of training before each moment
    accuracies: tuple[float | None, ...]  # 0..1, of the held-out images at each moment
    # of each moment: the first weights are a hundredth of the last
    scales: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """The results of every epoch, and of a linear model how its weights formed."""

    epochs: tuple[EpochResult, ...]
    film: Film | None = field(default=None, metadata={"sparse": True})


def write_history(
    folder: Path, trained: TrainedModel, work: Path, size: ImageSize
) -> dict[str, str]:
    """Write history.json and, for a linear model, film.bin and weights.png into
    `folder`.

    `work` is the run's folder. Returns key in the manifest's `files` → path in
    `folder`; nothing was trained here if it is empty.
    """
    if not trained.history:
        return {}
    files = {"history": "history.json"}
    film = None
    if trained.snapshots_path:
        with np.load(work / trained.snapshots_path, allow_pickle=False) as file:
            weights = file["snapshots"]
            film = _write(folder / "film.bin", weights, file["moments"])
        files["film"] = "film.bin"
        if size.channels == 1:
            _picture(weights[-1], size).save(folder / "weights.png", optimize=True)
            files["weights_picture"] = "weights.png"
    save(folder / "history.json", History(epochs=trained.history, film=film))
    return files


def _picture(weights: npt.NDArray[np.float32], size: ImageSize) -> Image.Image:
    """Draw a linear model's weights; where they are 0 the page shows through."""
    pixels = size.height * size.width
    classes = weights.size // (pixels + 1)
    kernel = weights[: pixels * classes].reshape(size.height, size.width, classes)
    rows = kernel.transpose(0, 2, 1).reshape(size.height, classes * size.width)
    colours = np.where(rows[..., None] > 0, np.array(FOR), np.array(AGAINST))
    opacity = 255 * np.abs(rows) / (np.abs(rows).max() or 1)
    return Image.fromarray(
        np.concatenate([colours, opacity[..., None]], axis=2).astype(np.uint8), "RGBA"
    )


def _write(
    target: Path, weights: npt.NDArray[np.float32], moments: npt.NDArray[np.float64]
) -> Film:
    """Quantize the weights to 7 bits, which pictures show as well as 8 and brotli packs
    into two thirds.
    """
    scales = np.abs(weights).max(axis=1) / 63
    scales[scales == 0] = 1
    target.write_bytes(
        (np.rint(weights / scales[:, None]) + 64).astype(np.uint8).tobytes()
    )
    return Film(
        path=target.name,
        dtype="uint8",
        shape=weights.shape,
        steps=tuple(int(step) for step, _ in moments),
        accuracies=tuple(
            None if np.isnan(accuracy) else float(accuracy) for _, accuracy in moments
        ),
        scales=tuple(scales.tolist()),
    )
