"""The state of an unfinished training run, saved after every epoch in one step, so that
a killed run can be resumed.
"""

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

PICTURES = 6  # on the page, of the weights as they form


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """Everything that the next epoch depends on."""

    # digest of everything that the run depends on; another key means another run
    key: str
    strategy: str  # see TrainedModel
    # the model's, then the optimizer's, in their order
    variables: tuple[NDArray[Any], ...]
    history: tuple[EpochResult, ...]
    # (n, 2): steps of training, accuracy on the held-out images or NaN
    moments: NDArray[np.float64]
    # (n, weights): those of each moment; empty unless the model is linear
    snapshots: NDArray[np.float32]


def even_steps(total: float) -> list[int]:
    """At most PICTURES steps from 0 to the last one, at even distances in log(1 +
    step): most is learned first.
    """
    return sorted(
        {round(step) for step in np.expm1(np.linspace(0, np.log1p(total), PICTURES))}
    )


class TrainingState:
    """The history of a training run so far, saved with the weights after every
    epoch.
    """

    def __init__(
        self,
        model: Any,
        checkpoint: Checkpoint | None,
        path: Path | None,
        *,
        key: str,
        strategy: str,
        steps: int,
    ) -> None:
        """Load the checkpoint, if there is one, into the compiled model, whose
        optimizer is built.

        `path` is where to save checkpoints, if this worker does. `steps` is those in an
        epoch of a linear model, whose weights the page shows as images while they form;
        0 keeps none.
        """
        self._model, self._path, self._key, self.strategy, self.steps = (
            model,
            path,
            key,
            strategy,
            steps,
        )
        self.history: list[EpochResult] = list(checkpoint.history) if checkpoint else []
        self._moments: list[Any] = list(checkpoint.moments) if checkpoint else []
        self._snapshots: list[NDArray[np.float32]] = (
            list(checkpoint.snapshots) if checkpoint else []
        )
        if checkpoint:
            for variable, value in zip(
                self._variables(), checkpoint.variables, strict=True
            ):
                variable.assign(value)

    def add(self, result: EpochResult) -> None:
        """Append an epoch, with the weights that the model has now, and save the
        checkpoint.
        """
        self.history.append(result)
        if self.steps:
            self.keep_weights(result.epoch * self.steps, result.validation_accuracy)
        if self._path:
            checkpoint = Checkpoint(
                key=self._key,
                strategy=self.strategy,
                variables=tuple(
                    variable.value.numpy() for variable in self._variables()
                ),
                history=tuple(self.history),
                moments=np.array(self._moments, np.float64),
                snapshots=np.array(self._snapshots, np.float32),
            )
            save_checkpoint(self._path, checkpoint)

    def keep_weights(self, step: int, accuracy: float | None) -> None:
        """Append a snapshot of the weights that the model has now, after so many steps,
        unless the last one is that.
        """
        if self._moments and self._moments[-1][0] == step:
            return
        self._moments.append((step, accuracy))
        self._snapshots.append(
            np.concatenate([array.ravel() for array in self._model.get_weights()])
        )

    def film(self) -> dict[str, NDArray[Any]]:
        """The snapshots that the page shows, those nearest to `even_steps`; arrays as
        in Checkpoint.
        """
        moments = np.array(self._moments, np.float64)
        places = np.log1p(moments[:, 0])
        wanted = np.log1p(even_steps(moments[-1, 0]))
        nearest = np.unique(np.abs(places[:, None] - wanted).argmin(axis=0))
        chosen = nearest if len(moments) > PICTURES else np.arange(len(moments))
        return {
            "moments": moments[chosen],
            "snapshots": np.array(self._snapshots, np.float32)[chosen],
        }

    def keep(self, epochs: int) -> None:
        """Forget all but the first epochs."""
        kept = sum(step < epochs * self.steps for step, _ in self._moments)
        del self.history[epochs:], self._moments[kept:], self._snapshots[kept:]

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint in one step."""
    meta = {
        "key": checkpoint.key,
        "strategy": checkpoint.strategy,
        "history": to_json(checkpoint.history),
    }
    arrays = {f"variable_{i}": array for i, array in enumerate(checkpoint.variables)}
    arrays |= {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
    arrays |= {"moments": checkpoint.moments, "snapshots": checkpoint.snapshots}
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """The checkpoint of the run with this key, or None when there is none.

    A file that cannot be read counts as none: the run then starts from the beginning,
    which only costs time.
    """
    try:
        with open_regular(path) as stream, open_npz(stream) as file:
            meta = parse_json(file.read("meta").tobytes())
            if meta["key"] != key:
                return None
            return Checkpoint(
                key=key,
                strategy=str(meta["strategy"]),
                variables=tuple(
                    file.read(f"variable_{i}") for i in range(len(file.names) - 3)
                ),
                history=tuple(
                    from_json(EpochResult, entry) for entry in meta["history"]
                ),
                moments=file.read("moments"),
                snapshots=file.read("snapshots"),
            )
    except (OSError, ValueError, KeyError, TypeError):
        return None
