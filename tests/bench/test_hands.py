"""The drawings that bench/drawings measures with."""

import numpy as np
import pytest

from bench.hands.pad import SIDE, paint
from bench.hands.writing import BOLDEST, FAMILIES, drawings
from pipeline.preprocessing.drawings import ink


@pytest.mark.parametrize("family", FAMILIES)
def test_drawings_are_a_function_of_the_seed(family: str) -> None:
    one, longer, other = drawings(family, 10, 1), drawings(family, 20, 1), drawings(family, 10, 2)
    for a, b, c in zip(one, longer, other, strict=False):
        assert a.template == b.template
        assert all(np.array_equal(x, y) for x, y in zip(a.strokes, b.strokes, strict=True))
        assert not np.array_equal(a.strokes[0], c.strokes[0])


@pytest.mark.parametrize("family", FAMILIES)
def test_every_digit_is_drawn_whole_on_the_pad_by_a_pen_that_leaves_it_readable(family: str) -> None:
    drawn = drawings(family, 60, 3)
    assert {d.digit for d in drawn} == set(range(10))
    for d in drawn:
        everything = np.concatenate(d.strokes)
        assert everything.min() >= d.pen / 2 - 1e-9
        assert everything.max() <= SIDE - d.pen / 2 + 1e-9
        assert d.pen <= max(8, BOLDEST * 250)
        assert d.pen < 0.4 * d.size


@pytest.mark.parametrize("polarity", ["light on dark", "dark on light", "on transparent"])
def test_a_painted_line_is_as_wide_as_the_pen_and_ends_round(polarity: str) -> None:
    painted = ink(paint([np.array([[100.0, 140.0], [140.0, 140.0], [180.0, 140.0]])], 20, polarity))
    painted = painted / painted.max()  # dark grey on light grey is not all of the contrast
    assert painted[:, 140].sum() == pytest.approx(20, abs=0.1)  # of 8-bit shades
    assert painted.sum() == pytest.approx(20 * 80 + np.pi * 10**2, rel=0.01)  # with half a disc at each end
    assert painted[0, 0] == 0
