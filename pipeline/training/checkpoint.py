"""The state of an unfinished training run, saved after every epoch in one step, so that a killed run can be resumed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.records import EpochResult
from pipeline.system.files import replacing
from pipeline.system.json_records import from_json, to_json
from pipeline.system.numpy_files import open_npz
from pipeline.system.outside import open_regular, parse_json

ARRAYS = ("variable", "snapshot")  # of each there are several in a file, numbered from 0


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything that the next epoch depends on."""

    key: str  # digest of everything that the run depends on; another key means another run
    variables: tuple[NDArray[Any], ...]  # the model's, then the optimizer's, in their order
    history: tuple[EpochResult, ...]
    snapshots: tuple[NDArray[np.float32], ...]  # flattened weights per epoch; empty unless the model is linear


class TrainingState:
    """The history of a training run so far, saved with the weights after every epoch."""

    def __init__(self, path: Path, key: str, model: Any, *, keeps: bool, linear: bool) -> None:
        """Load the checkpoint, if there is one with this key, into the compiled model, whose optimizer is built.

        `keeps` is whether this worker writes the checkpoint, `linear` whether to keep the weights of every epoch, which
        the page shows as images while they form.
        """
        self._path, self._key, self._model, self._keeps = path, key, model, keeps
        self.linear = linear
        resumed = load_checkpoint(path, key)
        self.history: list[EpochResult] = list(resumed.history) if resumed else []
        self.snapshots: list[NDArray[np.float32]] = list(resumed.snapshots) if resumed else []
        if resumed:
            for variable, value in zip(self._variables(), resumed.variables, strict=True):
                variable.assign(value)

    def add(self, result: EpochResult) -> None:
        """Append an epoch, and save the checkpoint."""
        self.history.append(result)
        if self.linear:
            self.snapshots.append(self._snapshot())
        if self._keeps:
            checkpoint = Checkpoint(
                key=self._key,
                variables=tuple(variable.value.numpy() for variable in self._variables()),
                history=tuple(self.history),
                snapshots=tuple(self.snapshots),
            )
            save_checkpoint(self._path, checkpoint)

    def replace_last(self, result: EpochResult) -> None:
        """Replace the last epoch by one with the weights that the model has now, in memory only."""
        self.history[-1] = result
        if self.linear:
            self.snapshots[-1] = self._snapshot()

    def delete(self) -> None:
        """Delete the checkpoint, once training is complete."""
        self._path.unlink(missing_ok=True)

    def _snapshot(self) -> NDArray[np.float32]:
        return np.concatenate([array.ravel() for array in self._model.get_weights()]).astype(np.float32)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in one step."""
    meta = json.dumps({"key": checkpoint.key, "history": to_json(checkpoint.history)}).encode()
    arrays: dict[str, NDArray[Any]] = {"meta": np.frombuffer(meta, np.uint8)}
    for kind in ARRAYS:
        arrays |= {f"{kind}_{i}": array for i, array in enumerate(getattr(checkpoint, f"{kind}s"))}
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """The checkpoint of the run with this key, or None when there is none.

    A file that cannot be read counts as none: the run then starts from the beginning, which only costs time.
    """
    if not path.exists():
        return None
    try:
        with open_regular(path) as stream, open_npz(stream) as file:
            meta = parse_json(file.read("meta").tobytes())
            if meta["key"] != key:
                return None
            return Checkpoint(
                key=key,
                history=tuple(from_json(EpochResult, entry) for entry in meta["history"]),
                **{
                    f"{kind}s": tuple(file.read(f"{kind}_{i}") for i in range(_count(file.names, f"{kind}_")))
                    for kind in ARRAYS
                },
            )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _count(names: list[str], prefix: str) -> int:
    return sum(name.startswith(prefix) for name in names)
