"""The numbers of an evaluation, checked against arithmetic done by hand."""

import numpy as np
import pytest

from tests.support.judged import measured


def test_accuracy_confusion_precision_recall_and_mistakes() -> None:
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    labels = np.array([0, 1, 1, 1])
    found = measured(probabilities, labels)
    assert found.test_accuracy == 0.75
    assert found.confusion == ((1, 0), (1, 2))
    a, b = found.per_class
    assert (a.precision, a.recall, a.support) == (0.5, 1.0, 1)
    assert (b.precision, b.recall, b.support) == (1.0, pytest.approx(2 / 3), 3)
    (mistake,) = found.mistakes
    assert (mistake.index, mistake.label, mistake.predicted) == (1, 1, 0)
    assert (mistake.probability, mistake.label_probability) == (pytest.approx(0.6), pytest.approx(0.4))


def test_precision_is_unknown_for_a_class_that_is_never_predicted() -> None:
    found = measured(np.array([[0.9, 0.1], [0.6, 0.4]], np.float32), np.array([0, 1]))
    assert found.per_class[1].precision is None
