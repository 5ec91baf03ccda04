"""The digits by people's pens that are added to MNIST's training images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.arrays import Images, load_images
from pipeline.data.cache import default_cache_dir
from pipeline.data.prepare import prepare_data
from pipeline.pens import ATTRIBUTION
from pipeline.pens.strokes import digits, on_pad
from pipeline.preprocessing.apply import prepare_drawing
from pipeline.recipes.fields import DataRecipe
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset

STEPS = load_recipe("softmax").preprocess.drawing_steps(28, 28)
WRITTEN = digits("training")
ADDED = 2 * len(WRITTEN.labels)


@pytest.fixture(scope="module")
def with_pens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Images]:
    folders: Any = {
        "cache_dir": default_cache_dir(),
        "work_dir": tmp_path_factory.mktemp("work"),
    }
    dataset = prepare_data(
        "mnist", **folders, recipe=DataRecipe(pens=2), drawing_steps=STEPS
    )
    return dataset, load_images(dataset)


def test_they_come_before_mnist_whose_images_stay(
    mnist: Dataset, with_pens: tuple[Dataset, Images]
) -> None:
    dataset, images = with_pens
    before = load_images(mnist)
    assert (dataset.drawn_images, dataset.train_images, dataset.test_images) == (
        ADDED,
        60_000 + ADDED,
        10_000,
    )
    assert dataset.digest != mnist.digest
    assert dataset.attribution == f"{mnist.attribution}; pens: {ATTRIBUTION}"
    assert images.train_labels[:ADDED].tolist() == [*WRITTEN.labels, *WRITTEN.labels]
    assert np.array_equal(images.train[ADDED:], before.train)
    assert np.array_equal(images.train_labels[ADDED:], before.train_labels)
    assert np.array_equal(images.test, before.test)
    assert np.array_equal(images.test_labels, before.test_labels)


def test_the_first_copy_is_what_the_page_makes_of_the_strokes(
    with_pens: tuple[Dataset, Images],
) -> None:
    """Painted with the pen that `stroke` would redraw them with, they are as it makes
    them: within 0.03 on average.
    """
    _, images = with_pens
    apart = []
    for row in range(0, len(WRITTEN.labels), 40):
        page = prepare_drawing(on_pad(WRITTEN.strokes[row]), STEPS)
        assert page is not None
        apart.append(float(np.abs(images.train[row] / 255 - page).mean()))
    # measured 0.020; two digits of one label differ by 0.11
    assert np.mean(apart) < 0.03


def test_other_data_gets_none(small_npz: Path, tmp_path: Path) -> None:
    dataset = prepare_data(
        str(small_npz),
        cache_dir=tmp_path / "cache",
        work_dir=tmp_path,
        recipe=DataRecipe(pens=1),
    )
    assert dataset.drawn_images == 0
