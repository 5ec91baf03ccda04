"""Small builds and trainings in a test's own process, without other workers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.recipes.reading import Recipe
from pipeline.records import Dataset, TrainedModel
from pipeline.system.progress import Progress, silent
from pipeline.train import train_model
from pipeline.training.epochs import TrainingData


def small_build(
    root: Path, data: Path, name: str = "x", *, gates: Any = None, **recipe: Any
) -> Config:
    """A quick build in folders of its own: two epochs, and gates that let it pass."""
    limits = {"threshold": 0.5, "class_recall": 0.0, **(gates or {})}
    values: dict[str, Any] = {
        "preprocess": {"deskew": True},
        "training": {"epochs": 2},
        "gates": limits,
        **recipe,
    }
    made = Recipe(name="small").replace(**values)
    out, site, runs = root / "out", root / "site", root / "runs"
    return Config(
        name=name,
        recipe=made,
        data=str(data),
        device="cpu",
        out=out,
        site=site,
        runs=runs,
    )


def split(inputs: Any, labels: Any, cut: int, **more: Any) -> TrainingData:
    """Data of which all from `cut` on is held out."""
    held_out: dict[str, Any] = {
        "validation_inputs": inputs[cut:],
        "validation_labels": labels[cut:],
    }
    return TrainingData(inputs=inputs[:cut], labels=labels[:cut], **held_out, **more)


class StopError(Exception):
    """Stands for a crash or Ctrl-C between two epochs."""


def stopping(line: str) -> Callable[[str], None]:
    """A progress that stops the training at the first line that begins so."""

    def stop(said: str) -> None:
        if said.startswith(line):
            raise StopError

    return stop


def train(
    config: Config,
    dataset: Dataset,
    work: Path,
    key: str = "k",
    *,
    progress: Progress = silent,
) -> TrainedModel:
    """`train_model`, which returns None only to workers other than the chief."""
    trained = train_model(config, dataset, work, key=key, progress=progress)
    assert trained is not None
    return trained
