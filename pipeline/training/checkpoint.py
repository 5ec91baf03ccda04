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


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything that the next epoch depends on."""

    key: str  # digest of everything that the run depends on; another key means another run
    strategy: str  # see TrainedModel
    variables: tuple[NDArray[Any], ...]  # the model's, then the optimizer's, in their order
    history: tuple[EpochResult, ...]
    snapshots: NDArray[np.float32]  # (epochs, weights); empty unless the model is linear


class TrainingState:
    """The history of a training run so far, saved with the weights after every epoch."""

    def __init__(
        self, model: Any, checkpoint: Checkpoint | None, path: Path | None, *, key: str, strategy: str, linear: bool
    ) -> None:
        """Load the checkpoint, if there is one, into the compiled model, whose optimizer is built.

        `path` is where to save checkpoints, if this worker does. `linear` is whether to keep the weights of every
        epoch, which the page shows as images while they form.
        """
        self._model, self._path, self._key, self.strategy, self.linear = model, path, key, strategy, linear
        self.history: list[EpochResult] = list(checkpoint.history) if checkpoint else []
        self.snapshots: list[NDArray[np.float32]] = list(checkpoint.snapshots) if checkpoint else []
        if checkpoint:
            for variable, value in zip(self._variables(), checkpoint.variables, strict=True):
                variable.assign(value)

    def add(self, result: EpochResult) -> None:
        """Append an epoch, with the weights that the model has now, and save the checkpoint."""
        self.history.append(result)
        if self.linear:
            weights = [array.ravel() for array in self._model.get_weights()]
            self.snapshots.append(np.concatenate(weights).astype(np.float32))
        if self._path:
            checkpoint = Checkpoint(
                key=self._key,
                strategy=self.strategy,
                variables=tuple(variable.value.numpy() for variable in self._variables()),
                history=tuple(self.history),
                snapshots=np.array(self.snapshots, np.float32),
            )
            save_checkpoint(self._path, checkpoint)

    def keep(self, epochs: int) -> None:
        """Forget all but the first epochs."""
        del self.history[epochs:], self.snapshots[epochs:]

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in one step."""
    meta = {"key": checkpoint.key, "strategy": checkpoint.strategy, "history": to_json(checkpoint.history)}
    arrays = {f"variable_{i}": array for i, array in enumerate(checkpoint.variables)}
    arrays |= {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8), "snapshots": checkpoint.snapshots}
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """The checkpoint of the run with this key, or None when there is none.

    A file that cannot be read counts as none: the run then starts from the beginning, which only costs time.
    """
    try:
        with open_regular(path) as stream, open_npz(stream) as file:
            meta = parse_json(file.read("meta").tobytes())
            if meta["key"] != key:
                return None
            return Checkpoint(
                key=key,
                strategy=str(meta["strategy"]),
                variables=tuple(file.read(f"variable_{i}") for i in range(len(file.names) - 2)),
                history=tuple(from_json(EpochResult, entry) for entry in meta["history"]),
                snapshots=file.read("snapshots"),
            )
    except (OSError, ValueError, KeyError, TypeError):
        return None
