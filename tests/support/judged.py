"""Records of a build for tests of its gates:

two classes, six training and four test images.
"""

import dataclasses
from typing import Any

from pipeline.quality.evaluate import measure
from pipeline.records import (
    Dataset,
    EpochResult,
    Evaluation,
    SplitStatistics,
    TrainedModel,
)

# Half of the pixels are black, half white.
STATISTICS = SplitStatistics(
    labels=(3, 3), pixels=(0.5, *[0.0] * 14, 0.5), mean=0.5, deviation=0.5
)

_DATASET = Dataset(
    name="x", source="file", path="x", digest="d", labels=("a", "b"), image_height=28, image_width=28, train_images=6,
    test_images=4, train_statistics=STATISTICS,
    test_statistics=dataclasses.replace(STATISTICS, labels=(1, 3)),
)  # fmt: skip
_EPOCH = EpochResult(
    epoch=1,
    loss=0.1,
    accuracy=1,
    validation_loss=None,
    validation_accuracy=None,
    learning_rate=0.1,
    seconds=1,
)
_TRAINED = TrainedModel(
    model_path="model.keras", snapshots_path=None, weights_digest="w", parameters=1, history=(_EPOCH,),
    training_images=6, validation_images=0, disputed_labels=0, disputed=(), seed=1, device="CPU", strategy="xla",
    seconds=1, environment={},
)  # fmt: skip


def measured(
    probabilities: Any, labels: Any, names: tuple[str, ...] = ("a", "b"), **changes: Any
) -> Evaluation:
    """An evaluation of these answers."""
    files = {
        "weights_digest": "w",
        "probabilities_path": "p.npy",
        "probabilities_digest": "p",
    }
    return measure(probabilities, labels, names, **({"loss": 0.1} | files | changes))


def dataset(**changes: Any) -> Dataset:
    return dataclasses.replace(_DATASET, **changes)


def trained(validation_accuracy: float | None = None, **changes: Any) -> TrainedModel:
    history = (dataclasses.replace(_EPOCH, validation_accuracy=validation_accuracy),)
    return dataclasses.replace(_TRAINED, history=history, **changes)
