"""The numbers of an evaluation, checked against arithmetic done by hand."""

import numpy as np
import pytest

from pipeline.quality.answers import batch_size
from tests.support.judged import measured


def test_accuracy_confusion_precision_recall_and_mistakes() -> None:
    probabilities = np.array(
        [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32
    )
    labels = np.array([0, 1, 1, 1])
    found = measured(probabilities, labels)
    assert found.test_accuracy == 0.75
    assert found.confusion == ((1, 0), (1, 2))
    a, b = found.per_class
    assert (a.precision, a.recall, a.support) == (0.5, 1.0, 1)
    assert (b.precision, b.recall, b.support) == (1.0, pytest.approx(2 / 3), 3)
    (mistake,) = found.mistakes
    assert (mistake.index, mistake.label, mistake.predicted) == (1, 1, 0)
    assert (mistake.probability, mistake.label_probability) == (
        pytest.approx(0.6),
        pytest.approx(0.4),
    )
    never_predicted = measured(
        np.array([[0.9, 0.1], [0.6, 0.4]], np.float32), np.array([0, 1])
    ).per_class[1]
    assert never_predicted.precision is None


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((28, 28), 1000),
        ((8, 8), 1000),
        ((784,), 1000),
        ((96, 96, 3), 28),
        ((256, 256, 3), 3),
    ],
)
def test_larger_images_are_answered_in_smaller_batches(
    shape: tuple[int, ...], size: int
) -> None:
    assert batch_size(np.empty((2, *shape), np.uint8)) == size
