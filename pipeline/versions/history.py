"""The history of a training, stored with a version: history.json, and the weights of a linear model as they formed.

Weights are stored as bytes: weight = scale × byte + min. The images drawn from them have no more shades.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.records import TrainedModel
from pipeline.system.json_records import save, to_json

Snapshots = npt.NDArray[
    np.float32
]  # (times, weights): of each time flat, those of each pixel for all classes, then biases


def write_history(folder: Path, trained: TrainedModel, work: Path) -> dict[str, str]:
    """Write history.json and, for a linear model, snapshots.bin and first-steps.bin into `folder`.

    history.json is {"epochs", "snapshots", "first_steps"}: the results of every epoch; dtype, shape and the scale of
    the weights after each of them, which are in snapshots.bin; and the same for the first steps of the first epoch,
    which are in first-steps.bin, each with its result and a scale of its own, as weights are small at first. `work` is
    the run's folder. Returns key in the manifest's `files` → path in `folder`; nothing was trained here if it is empty.
    """
    if not trained.history:
        return {}
    files = {"history": "history.json"}
    history: dict[str, Any] = {"epochs": to_json(trained.history)}
    if trained.snapshots_path:
        with np.load(work / trained.snapshots_path, allow_pickle=False) as file:
            arrays = dict(file)
        history["snapshots"] = _write(folder / "snapshots.bin", [arrays["snapshots"]])
        history["snapshots"] |= history["snapshots"].pop("scales")[0]
        files["snapshots"] = "snapshots.bin"
        if trained.first_steps:
            described = _write(folder / "first-steps.bin", list(arrays["first_steps"][:, np.newaxis]))
            steps = zip(to_json(trained.first_steps), described.pop("scales"), strict=True)
            history["first_steps"] = {**described, "steps": [result | scale for result, scale in steps]}
            files["first_steps"] = "first-steps.bin"
    save(folder / "history.json", history)
    return files


def _write(target: Path, groups: list[Snapshots]) -> dict[str, Any]:
    """Quantize each group on its own scale, and write them one after the other; what is needed to read them again."""
    scales, quantized = [], []
    for group in groups:
        low, high = float(group.min()), float(group.max())
        scale = (high - low) / 255 or 1.0
        quantized.append(np.rint((group - low) / scale).astype(np.uint8))
        scales.append({"scale": scale, "min": low})
    whole = np.concatenate(quantized)
    target.write_bytes(whole.tobytes())
    return {"path": target.name, "dtype": "uint8", "shape": list(whole.shape), "scales": scales}
