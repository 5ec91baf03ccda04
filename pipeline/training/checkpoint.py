"""The state of an unfinished training run, replaced after every epoch in one step, so that a killed run can resume."""

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.records import EpochResult
from pipeline.system.json_records import from_json, to_json


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything that the next epoch depends on."""

    key: str  # digest of what the run is made from; another key means another run
    variables: tuple[NDArray[Any], ...]  # the model's, then the optimizer's, in their order
    history: tuple[EpochResult, ...]
    snapshots: tuple[NDArray[np.float32], ...]  # flattened weights per epoch; empty for models that keep none


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write to a temporary file, then rename."""
    meta = json.dumps({"key": checkpoint.key, "history": to_json(checkpoint.history)}).encode()
    arrays: dict[str, NDArray[Any]] = {"meta": np.frombuffer(meta, np.uint8)}
    arrays |= {f"variable_{i}": v for i, v in enumerate(checkpoint.variables)}
    arrays |= {f"snapshot_{i}": s for i, s in enumerate(checkpoint.snapshots)}
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, **arrays)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """The checkpoint of the run with this key, or None when there is none.

    A file that cannot be read is no checkpoint either: the run starts again, which costs time and nothing else.
    """
    if not path.exists():
        return None
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            if meta["key"] != key:
                return None
            return Checkpoint(
                key=key,
                variables=tuple(file[f"variable_{i}"] for i in range(_count(file, "variable_"))),
                history=tuple(from_json(EpochResult, entry) for entry in meta["history"]),
                snapshots=tuple(file[f"snapshot_{i}"] for i in range(_count(file, "snapshot_"))),
            )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _count(file: Any, prefix: str) -> int:
    return sum(name.startswith(prefix) for name in file.files)
