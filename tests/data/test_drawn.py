"""The drawings that are added to MNIST's training images."""

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipeline
from pipeline.data.arrays import Images, load_images
from pipeline.data.cache import default_cache_dir
from pipeline.data.drawn import SMALL, small
from pipeline.data.prepare import prepare_data
from pipeline.hands.writing import paint
from pipeline.recipes.fields import DataRecipe
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset

DRAWN = 22


@pytest.fixture(scope="module")
def with_drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, Images]:
    steps = load_recipe("softmax").preprocess.drawing_steps(28, 28)
    folders: Any = {"cache_dir": default_cache_dir(), "work_dir": tmp_path_factory.mktemp("work")}
    dataset = prepare_data("mnist", **folders, recipe=DataRecipe(drawn=DRAWN), drawing_steps=steps)
    return dataset, load_images(dataset)


def test_they_come_before_mnist_whose_images_stay(mnist: Dataset, with_drawn: tuple[Dataset, Images]) -> None:
    dataset, images = with_drawn
    before = load_images(mnist)
    assert (dataset.drawn_images, dataset.train_images, dataset.test_images) == (DRAWN, 60_000 + DRAWN, 10_000)
    assert dataset.digest != mnist.digest
    assert np.array_equal(images.train[DRAWN:], before.train)
    assert np.array_equal(images.train_labels[DRAWN:], before.train_labels)
    assert np.array_equal(images.test, before.test)
    assert np.array_equal(images.test_labels, before.test_labels)


def test_each_digit_is_there_twice_as_drawn_and_as_a_small_picture(with_drawn: tuple[Dataset, Images]) -> None:
    _, images = with_drawn
    drawn, digits = images.train[:DRAWN], images.train_labels[:DRAWN]
    assert digits.tolist() == [digit for number in range(DRAWN // 2) for digit in (number % 10,) * 2]
    assert drawn.dtype == np.uint8
    assert (drawn.max(axis=(1, 2)) == 255).all()
    assert not any(np.array_equal(a, b) for a, b in zip(drawn[::2], drawn[1::2], strict=True))
    # the same digit, a little blurred: far more alike than one digit and the next
    flat = drawn.reshape(DRAWN, -1).astype(float)
    alike = np.corrcoef(flat)
    assert np.diag(alike[::2, 1::2]).mean() > 0.85
    assert np.diag(alike[::2, 3::2]).mean() < 0.6


def test_other_data_gets_none(small_npz: Path, tmp_path: Path) -> None:
    dataset = prepare_data(
        str(small_npz), cache_dir=tmp_path / "cache", work_dir=tmp_path, recipe=DataRecipe(drawn=DRAWN)
    )
    assert dataset.drawn_images == 0


def test_a_small_picture_has_few_pixels_of_few_shades() -> None:
    ink = paint([np.array([[60.0, 60.0], [200.0, 90.0], [80.0, 220.0]])], 20, "on transparent")[..., 3] / 255
    sides = set()
    for seed in range(40):
        picture = small(ink, np.random.default_rng(seed))
        assert picture.shape[0] == picture.shape[1]
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert not picture[0].any()
        sides.add(picture.shape[0])
    assert len(sides) == SMALL[1] - SMALL[0] + 1


def test_what_is_trained_on_does_not_know_what_is_reported_on() -> None:
    folder = Path(pipeline.__file__).parent
    for path in [*(folder / "data").glob("*.py"), folder / "hands" / "practice.py"]:
        names = {
            name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            for name in [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        }
        reported = {f"pipeline.hands.{name}" for name in ("digits", "signs", "templates")}
        assert not names & reported, path
