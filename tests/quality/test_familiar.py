"""The rule that tells what is unlike a class: what it computes, and how often it is wrong on MNIST and on drawings."""

import numpy as np
import pytest

from pipeline.data.arrays import load_images
from pipeline.preprocessing.apply import prepare_images
from pipeline.quality.drawings import make_drawings
from pipeline.quality.familiar import (
    DIRECTIONS,
    LEAST,
    WITHIN,
    flagged,
    flagged_drawings,
    learn_familiar,
)
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset, Flagged

PREPROCESS = load_recipe("softmax").preprocess
STEPS = PREPROCESS.image_steps()
FLAT = [{"step": "flatten"}]


def clouds(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of two classes: 6 × 6 numbers around another mean each, and most different along one direction."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    means, ways = np.random.default_rng(0).random((2, 2, 36))
    along = random.normal(0, 3, (count, 1)) * ways[labels]
    return (means[labels] + along + random.normal(0, 0.01, (count, 36))).reshape(count, 6, 6), labels


def test_what_lies_along_the_principal_directions_of_a_class_is_like_it_and_what_does_not_is_not() -> None:
    images, labels = clouds(1200)
    familiar = learn_familiar(images, labels, 2, FLAT)
    assert familiar is not None
    assert familiar.pictures.shape == (2, 1 + DIRECTIONS, 36)
    others, classes = clouds(400, seed=2)
    inside = flagged(familiar.unlike(others, classes))
    assert inside.flagged / inside.images == pytest.approx(1 - WITHIN, abs=0.04)
    assert familiar.unlike(others, 1 - classes).sum() == 400  # each is unlike the other class


def test_distances_are_those_of_the_stored_bytes() -> None:
    images, labels = clouds(1200)
    familiar = learn_familiar(images, labels, 2, FLAT)
    assert familiar is not None
    mean, *directions = familiar.pictures[1].astype(np.float64)
    apart = images[1].ravel() - (familiar.mean.scale * mean + familiar.mean.min)
    ways = [familiar.direction.scale * way + familiar.direction.min for way in directions]
    expected = apart @ apart - sum((apart @ way) ** 2 for way in ways)
    assert familiar.distances(images[1:2], labels[1:2])[0] == pytest.approx(expected)


def test_of_the_digits_those_count_that_are_read_correctly() -> None:
    answers = np.eye(3)[[0, 1, 1, 2, 0]]  # three digits, the last of them misread, and two signs
    unlike = np.array([True, False, True, True, False])
    found = flagged_drawings(unlike, answers, np.array([0, 1, 2]))
    assert found == {"drawings": Flagged(images=2, flagged=1), "signs": Flagged(images=2, flagged=1)}


def test_there_is_no_rule_from_few_or_from_large_images() -> None:
    images, labels = clouds(4 * LEAST)
    assert learn_familiar(images, labels, 2, FLAT) is not None
    assert learn_familiar(images[:-1], labels[:-1], 2, FLAT) is None
    large = np.broadcast_to(np.uint8(0), (4 * LEAST, 256, 256))
    assert learn_familiar(large, labels, 2, FLAT) is None


def test_signs_are_flagged_far_more_often_than_test_images_and_drawn_digits(mnist: Dataset) -> None:
    """By the classes that they are, as a model without mistakes would say; the signs by their nearest class."""
    images = load_images(mnist)
    familiar = learn_familiar(images.train, images.train_labels, 10, STEPS)
    assert familiar is not None
    drawn = make_drawings(PREPROCESS.drawing_steps(28, 28))
    signs = prepare_images(drawn.signs, STEPS)
    nearest = np.stack([familiar.distances(signs, np.full(len(signs), label)) for label in range(10)]).argmin(axis=0)
    rates = {
        "test": flagged(familiar.unlike(prepare_images(images.test, STEPS), images.test_labels)),
        "drawings": flagged(familiar.unlike(prepare_images(drawn.digits, STEPS), drawn.labels)),
        "signs": flagged(familiar.unlike(signs, nearest)),
    }
    shares = {name: found.flagged / found.images for name, found in rates.items()}
    assert familiar.pictures.shape == (10, 1 + DIRECTIONS, 14 * 14)
    assert familiar.pictures.nbytes <= 40_000  # the page downloads them
    assert shares["test"] < 0.09
    assert shares["drawings"] < 0.18  # people write otherwise than MNIST's writers
    assert shares["signs"] > 0.8  # by the class that is nearest, which is kinder than the model's own answer
