"""The history of a training, stored with a version: history.json, and the weights of a linear model as they formed.

Weights are stored as bytes: weight = scale × byte + min. The images drawn from them have no more shades.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.records import TrainedModel
from pipeline.system.json_records import save, to_json

Snapshots = npt.NDArray[np.float32]  # (epochs, weights): each flat, those of each pixel for all classes, then biases


def write_history(folder: Path, trained: TrainedModel, work: Path) -> dict[str, str]:
    """Write history.json and, for a linear model, snapshots.bin into `folder`.

    history.json is {"epochs", "snapshots"}: the results of every epoch, and dtype, shape and the scale of the weights
    after each of them, which are in snapshots.bin. `work` is the run's folder. Returns key in the manifest's `files` →
    path in `folder`; nothing was trained here if it is empty.
    """
    if not trained.history:
        return {}
    files = {"history": "history.json"}
    history: dict[str, Any] = {"epochs": to_json(trained.history)}
    if trained.snapshots_path:
        with np.load(work / trained.snapshots_path, allow_pickle=False) as file:
            history["snapshots"] = _write(folder / "snapshots.bin", file["snapshots"])
        files["snapshots"] = "snapshots.bin"
    save(folder / "history.json", history)
    return files


def _write(target: Path, snapshots: Snapshots) -> dict[str, Any]:
    """Quantize the weights and write them; returns what is needed to read them again."""
    low, high = float(snapshots.min()), float(snapshots.max())
    scale = (high - low) / 255 or 1.0
    target.write_bytes(np.rint((snapshots - low) / scale).astype(np.uint8).tobytes())
    return {"path": target.name, "dtype": "uint8", "shape": list(snapshots.shape), "scale": scale, "min": low}
