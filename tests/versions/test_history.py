"""The picture of the weights: where each template stands, and what its colours mean."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.versions.history import FRAME, MARGIN, SCALE, weights_sheet

ROOT = Path(__file__).parents[2]


def sheet(kernel: np.ndarray[Any, Any], height: int, width: int) -> np.ndarray[Any, Any]:
    """The pixels as (rows, columns, 3)."""
    with Image.open(io.BytesIO(weights_sheet(kernel, height, width))) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture.convert("RGB"))


def colour(pixel: np.ndarray[Any, Any]) -> str:
    return "#" + bytes(pixel.tolist()).hex()


@pytest.mark.parametrize(("classes", "rows"), [(2, 1), (5, 1), (6, 2), (10, 2), (101, 21)])
def test_templates_stand_five_to_a_row_in_equal_cells(classes: int, rows: int) -> None:
    kernel = np.full((28 * 28, classes), 0.5, np.float32)
    pixels = sheet(kernel, 28, 28)
    cell = 112 + 2 * MARGIN
    assert pixels.shape == (rows * cell, 5 * cell, 3)
    filled = pixels[MARGIN + 56 :: cell, MARGIN + 56 :: cell]  # the middle of each template
    assert [colour(p) for p in filled.reshape(-1, 3)] == [SCALE[-1]] * classes + [SCALE[2]] * (5 * rows - classes)


def test_every_weight_is_where_its_pixel_is_on_one_scale_for_all_classes() -> None:
    kernel = np.zeros((28 * 28, 2), np.float32)
    kernel[3 * 28 + 5, 0] = 2.0  # row 3, column 5: the largest of all
    kernel[4 * 28 + 6, 1] = -2.0
    kernel[0, 1] = 1.0
    pixels = sheet(kernel, 28, 28)
    first, second = (pixels[MARGIN : MARGIN + 112, left : left + 112] for left in (MARGIN, 112 + 3 * MARGIN))
    for tile in (first, second):
        blocks = tile.reshape(28, 4, 28, 4, 3)
        assert (blocks == blocks[:, :1, :, :1]).all()  # each weight is a square of 4 × 4
    assert colour(first[3 * 4, 5 * 4]) == SCALE[4]
    assert colour(second[4 * 4, 6 * 4]) == SCALE[0]
    # half way: the middle colour of that side, to within the half shade that 127 steps leave
    assert np.abs(second[0, 0].astype(int) - list(bytes.fromhex(SCALE[3][1:]))).max() <= 1
    assert colour(first[0, 0]) == SCALE[2] == "#ffffff"
    assert colour(pixels[MARGIN - 1, MARGIN + 50]) == FRAME


@pytest.mark.parametrize(
    ("height", "width"), [(4, 4), (8, 100), pytest.param(256, 256, marks=pytest.mark.all_only), (28, 10)]
)
def test_other_sizes_fit_and_untrained_weights_are_white(height: int, width: int) -> None:
    pixels = sheet(np.zeros((height * width, 3), np.float32), height, width)
    assert {colour(p) for p in np.unique(pixels.reshape(-1, 3), axis=0)} == {"#ffffff", FRAME}


def test_the_same_weights_give_the_same_file() -> None:
    kernel = np.random.default_rng(1).normal(size=(784, 10)).astype(np.float32)
    content = weights_sheet(kernel, 28, 28)
    assert content == weights_sheet(kernel, 28, 28)
    assert len(content) < 60_000


def test_the_colours_are_those_of_the_page() -> None:
    page = (ROOT / "web/src/page/theme.css").read_text()
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", page[: page.index("@media")]))
    names = ("against-far", "against-near", None, "for-near", "for-far")
    assert [light[name] if name else "#ffffff" for name in names] == list(SCALE)
    assert light["line"] == FRAME
