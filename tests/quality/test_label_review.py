"""Labels that the model disputes, compared with the criterion written out image by
image.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.quality import label_review
from pipeline.quality.label_review import review_labels
from pipeline.training.epochs import TrainingData
from tests.support.training import split

IMAGES, HELD_OUT, CLASSES = 90, 30, 3


@pytest.fixture(scope="module")
def model(keras: Any) -> Any:
    """Gives each of three pixels to the class of its number."""
    network = keras.Sequential(
        [keras.Input((CLASSES,)), keras.layers.Dense(CLASSES, activation="softmax")]
    )
    network.set_weights([np.eye(CLASSES) * 4, np.zeros(CLASSES)])
    return network


def some_data() -> TrainingData:
    random = np.random.default_rng(0)
    inputs = random.random((IMAGES, CLASSES), np.float32)
    labels = np.where(
        random.random(IMAGES) < 0.3,
        random.integers(0, CLASSES, IMAGES),
        inputs.argmax(axis=1),
    )
    return split(inputs, labels, IMAGES - HELD_OUT)


def written_out(probabilities: NDArray[Any], labels: NDArray[np.int64]) -> list[int]:
    """The rows with p_j at least the mean of p_j over the images with the label j, for
    the likeliest class j.
    """
    means = [probabilities[labels == j, j].mean() for j in range(CLASSES)]
    likeliest = [(row, int(each.argmax())) for row, each in enumerate(probabilities)]
    return [
        row
        for row, j in likeliest
        if j != labels[row] and probabilities[row, j] >= means[j]
    ]


def test_labels_are_disputed_as_in_confident_learning(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # several chunks, and a smaller last one
    monkeypatch.setattr(label_review, "VALIDATION_CHUNK", 8)
    data = some_data()
    labels = np.concatenate([data.labels, data.validation_labels])
    probabilities = model.predict(
        np.concatenate([data.inputs, data.validation_inputs]), verbose=0
    )
    count, disputed = review_labels(model, data)
    expected = written_out(probabilities, labels)
    wrong = int((probabilities.argmax(axis=1) != labels).sum())
    # not every wrong answer is a confident one
    assert 0 < count == len(expected) < wrong
    assert sorted(each.index for each in disputed) == expected
    # held-out images count as well
    assert any(row >= len(data.inputs) for row in expected)
    for each in disputed:
        assert (each.label, each.predicted) == (
            labels[each.index],
            probabilities[each.index].argmax(),
        )
        assert each.probability == pytest.approx(
            probabilities[each.index, each.predicted], abs=1e-6
        )
        assert each.label_probability == pytest.approx(
            probabilities[each.index, each.label], abs=1e-6
        )
    margins = [each.probability - each.label_probability for each in disputed]
    assert margins == sorted(margins, reverse=True)


def test_the_list_is_bounded_and_the_count_is_not(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, every = review_labels(model, some_data())
    monkeypatch.setattr(label_review, "LISTED", 3)
    assert review_labels(model, some_data()) == (count, every[:3])


def test_without_held_out_images_all_are_training_images(model: Any) -> None:
    data = some_data()
    data = dataclasses.replace(
        data, validation_inputs=data.inputs[:0], validation_labels=data.labels[:0]
    )
    count, disputed = review_labels(model, data)
    assert [each.index for each in disputed if each.index >= len(data.inputs)] == []
    assert count == len(disputed) > 0
