"""Training in a test's own process, without other workers."""

from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.records import Dataset, TrainedModel
from pipeline.train import train_model


def train(config: Config, dataset: Dataset, work: Path, **options: Any) -> TrainedModel:
    """`train_model`, which returns None only to workers other than the chief."""
    trained = train_model(config, dataset, work, key="k", **options)
    assert trained is not None
    return trained
