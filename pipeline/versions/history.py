"""The history of a training, stored with a version: history.json, and the weights of a linear model as they formed.

Weights are stored as bytes: weight = scale × byte + min. The images drawn from them have no more shades.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.records import EpochResult, TrainedModel
from pipeline.system.json_records import save


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
