"""The drawings that the evaluation and bench/drawings measure with."""

import numpy as np
import pytest

from pipeline.hands import practice
from pipeline.hands.writing import BOLDEST, SIDE, Writer, drawings, paint, signs, write_digit, write_sign
from pipeline.preprocessing.drawings import ink

WRITERS: dict[Writer, int] = {practice.write: 10, write_digit: 10, write_sign: len(signs())}


@pytest.mark.parametrize(("write", "classes"), WRITERS.items())
def test_drawings_are_a_function_of_the_seed(write: Writer, classes: int) -> None:
    one, longer, other = (drawings(write, classes, count, (seed,)) for count, seed in ((10, 1), (20, 1), (10, 2)))
    for a, b, c in zip(one, longer, other, strict=False):
        assert a.template == b.template
        assert all(np.array_equal(x, y) for x, y in zip(a.strokes, b.strokes, strict=True))
        assert not np.array_equal(a.strokes[0], c.strokes[0])


@pytest.mark.parametrize(("write", "classes"), WRITERS.items())
def test_everything_is_drawn_whole_on_the_pad_by_a_pen_that_leaves_it_readable(write: Writer, classes: int) -> None:
    drawn = drawings(write, classes, 60, (3,))
    assert {d.digit for d in drawn} == set(range(classes))
    for d in drawn:
        everything = np.concatenate(d.strokes)
        assert everything.min() >= d.pen / 2 - 1e-9
        assert everything.max() <= SIDE - d.pen / 2 + 1e-9
        assert d.pen <= max(8, BOLDEST * 250)
        assert d.template == "dot" or d.pen < 0.4 * d.size


@pytest.mark.parametrize("polarity", ["light on dark", "dark on light", "on transparent"])
def test_a_painted_line_is_as_wide_as_the_pen_and_ends_round(polarity: str) -> None:
    painted = ink(paint([np.array([[100.0, 140.0], [140.0, 140.0], [180.0, 140.0]])], 20, polarity))
    painted = painted / painted.max()  # dark grey on light grey is not all of the contrast
    assert painted[:, 140].sum() == pytest.approx(20, abs=0.1)  # of 8-bit shades
    assert painted.sum() == pytest.approx(20 * 80 + np.pi * 10**2, rel=0.01)  # with half a disc at each end
    assert painted[0, 0] == 0
