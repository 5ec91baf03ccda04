"""Which training labels the trained model contradicts with confidence: most of them are
mistakes in the labels.

The criterion is that of confident learning (Northcutt, Jiang and Chuang 2021). A class
has as its threshold the mean probability that the model gives to it for the images with
its label. A label is disputed if the model prefers another class, and gives it at least
that class's threshold. Northcutt's model has not seen the image that it judges; ours
was trained on eleven of twelve, and a large network learns wrong labels by heart. The
count is thus a lower bound, and the gate on the held-out images is beside it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.data.arrays import drop_cached_pages
from pipeline.records import Mistake
from pipeline.training.compiled_epoch import VALIDATION_CHUNK
from pipeline.training.epochs import TrainingData

LISTED = 200  # disputed labels that are kept, the most certain first


def review_labels(model: Any, data: TrainingData) -> tuple[int, list[Mistake]]:
    """How many labels of a training run the model disputes, and the most certain;
    `index` is that in `data`.

    The held-out images follow those that were trained on.
    """
    return dispute(
        _answers(model, data), np.concatenate([data.labels, data.validation_labels])
    )


def dispute(
    answers: Iterable[NDArray[np.float32]], labels: NDArray[np.int64]
) -> tuple[int, list[Mistake]]:
    """How many of the labels (N,) are disputed by the answers (n, classes), batch by
    batch, and the most certain.
    """
    # The class that the model prefers, the probability of that class, and that of the
    # label: all that is kept.
    predicted = np.empty(len(labels), np.int64)
    probability, given = (
        np.empty(len(labels), np.float32),
        np.empty(len(labels), np.float32),
    )
    row = 0
    for scores in answers:
        rows, each = slice(row, row + len(scores)), np.arange(len(scores))
        predicted[rows] = scores.argmax(axis=1)
        probability[rows], given[rows] = (
            scores[each, predicted[rows]],
            scores[each, labels[rows]],
        )
        row += len(scores)
    thresholds = np.bincount(labels, weights=given) / np.maximum(np.bincount(labels), 1)
    disputed = np.flatnonzero(
        (predicted != labels) & (probability >= thresholds[predicted])
    )
    certain = disputed[
        np.argsort(given[disputed] - probability[disputed], kind="stable")
    ][:LISTED]
    return len(disputed), [
        Mistake(
            index=int(i),
            label=int(labels[i]),
            predicted=int(predicted[i]),
            probability=float(probability[i]),
            label_probability=float(given[i]),
        )
        for i in certain
    ]


def _answers(model: Any, data: TrainingData) -> Iterator[NDArray[np.float32]]:
    """The model's answers to all images of a training run, (n, classes), batch by
    batch.
    """
    import tensorflow as tf

    # Without XLA, which would compile for the last, smaller chunk once more, and takes
    # longer to compile than to run.
    images = tf.TensorSpec((None, *data.inputs.shape[1:]), data.inputs.dtype)
    answer = tf.function(
        lambda batch: model(data.to_input(batch), training=False), autograph=False
    )
    answer = answer.get_concrete_function(images)
    for part in (data.inputs, data.validation_inputs):
        for start in range(0, len(part), VALIDATION_CHUNK):
            yield answer(tf.constant(part[start : start + VALIDATION_CHUNK])).numpy()
            drop_cached_pages(part)
