"""What is recorded of labels, pixels and repeated images, compared with plain arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets import arrays, statistics
from pipeline.datasets.statistics import describe, find_repeated
from pipeline.records import Dataset


def test_labels_and_pixels_are_described() -> None:
    images = np.zeros((4, 2, 2), np.uint8)
    images[0] = [[15, 16], [254, 255]]
    found = describe(images, np.array([2, 0, 2, 2], np.uint8), 4)
    assert found.labels == (1, 0, 3, 0)
    assert found.pixels == (13 / 16, 1 / 16, *[0.0] * 13, 2 / 16)
    ink = images / 255
    assert (found.mean, found.deviation) == (pytest.approx(ink.mean()), pytest.approx(ink.std()))


def test_images_of_floats_have_the_same_statistics_and_any_batch_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 5, 7), np.uint8)
    labels = np.zeros(50, np.int64)
    expected = describe(images, labels, 1)
    assert describe(images.astype(np.float32) / 255, labels, 1) == expected
    monkeypatch.setattr(arrays, "SEQUENTIAL_BATCH", 3)
    monkeypatch.setattr(statistics, "PIECE", 10)
    assert describe(images, labels, 1) == expected


def test_mnist_has_its_known_statistics(mnist: Dataset) -> None:
    # Those of the training images that are published everywhere to normalize MNIST with; the labels' from its page.
    found = mnist.train_statistics
    assert found is not None
    assert (round(found.mean, 4), round(found.deviation, 4)) == (0.1307, 0.3081)
    assert found.labels == (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert mnist.repeated_test_images == 0


few = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@given(few, few)
def test_repeated_images_are_found_with_the_first_equal_training_image(train: list[int], test: list[int]) -> None:
    images = [np.repeat(np.array(values, np.float32), 16).reshape(-1, 4, 4) for values in (train, test)]
    places = tuple((row, train.index(value)) for row, value in enumerate(test) if value in train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "SEQUENTIAL_BATCH", 3)
        assert find_repeated(*images) == (len(places), places)


def test_the_list_of_repeated_images_is_bounded_but_not_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "LISTED", 2)
    images = np.zeros((5, 4, 4), np.uint8)
    assert find_repeated(images, images) == (5, ((0, 0), (1, 0)))
