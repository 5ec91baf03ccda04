"""Training in a test's own process, without other workers."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from pipeline.config import Config
from pipeline.records import Dataset, TrainedModel
from pipeline.system.progress import Progress, ProgressWithBars, silent
from pipeline.train import train_model


class StopError(Exception):
    """Stands for a crash or Ctrl-C between two epochs."""


def stopping(line: str) -> Callable[[str], None]:
    """A progress that stops the training at the first line that begins so."""

    def stop(said: str) -> None:
        if said.startswith(line):
            raise StopError

    return stop


def train(config: Config, dataset: Dataset, work: Path, key: str = "k", *, progress: Progress = silent) -> TrainedModel:
    """`train_model`, which returns None only to workers other than the chief.

    `progress` gets the lines that do not depend on how long it takes.
    """
    unseen = contextlib.nullcontext(lambda count, numbers="": None)
    lines = ProgressWithBars(progress, lambda title, total, unit: unseen)
    trained = train_model(config, dataset, work, key=key, progress=lines)
    assert trained is not None
    return trained
