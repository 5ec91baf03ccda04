"""The digits by people's pens: how they are stored, split by writer, painted and bent."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from pipeline.pens.signs import doodle, paths, write_sign
from pipeline.pens.strokes import (
    DIGITS_FILE,
    FONTS,
    LETTERS_FILE,
    PAD,
    PEN,
    SIZE,
    WRITERS,
    Part,
    bent,
    digits,
    in_box,
    letters,
    on_pad,
)
from pipeline.pens.ways import WAYS, written_otherwise


def test_parts_have_their_own_writers_and_every_digit() -> None:
    counts = {part: len(digits(part).labels) for part in WRITERS}
    assert counts == {"training": 32 * 20 + 103, "development": 8 * 20, "test": 20 * 20}
    for part in WRITERS:
        assert set(digits(part).labels) == set(range(10))
    for one, other in itertools.combinations(WRITERS, 2):
        assert not set(digits(one).writers) & set(digits(other).writers)
    # every installation carries them
    assert DIGITS_FILE.stat().st_size + LETTERS_FILE.stat().st_size <= 150_000


def test_the_fonts_that_judge_are_not_learned_from_and_none_gives_a_digit() -> None:
    learned, judges = letters("training"), letters("test")
    assert not set(learned.writers) & set(judges.writers)
    assert set(learned.writers) | set(judges.writers) == set(range(FONTS))
    assert all(chr(label).isalpha() for label in {*learned.labels, *judges.labels})


def test_a_painted_line_is_as_wide_as_the_pen_and_ends_round() -> None:
    alpha = on_pad([np.array([[0.0, 0.0], [1.0, 0.0]])])[..., 3] / 255
    assert (
        f" PEN_WIDTH = {PEN};\n"
        in (Path(__file__).parents[2] / "web/src/pad/strokes.ts").read_text()
    )
    pen, length = PEN * PAD, SIZE * PAD
    assert alpha[:, PAD // 2].sum() == pytest.approx(pen, abs=1)
    # half a disc at each end
    assert alpha.sum() == pytest.approx(pen * length + np.pi * (pen / 2) ** 2, rel=0.05)
    # in the middle
    assert alpha[:, : PAD // 2 - 9].sum() == pytest.approx(
        alpha[:, PAD // 2 + 9 :].sum(), rel=0.1
    )


def test_ink_in_a_box_touches_its_sides_and_is_as_wide_as_the_pen() -> None:
    # 4 units high with the pen
    tee = [
        np.array([[0.0, 0.0], [2.0, 0.0]]),
        np.array([[1.0, 0.0], [1.0, 3.0]]),
    ]
    painted, dot = in_box([tee, [np.array([[0.5, 0.7]])]], box=40, pen=10)
    assert painted[10:-5].sum(axis=1) == pytest.approx(10, abs=0.2)
    assert painted[:, 15].sum() == pytest.approx(40, abs=0.2)
    assert painted[:10].sum() == pytest.approx(10 * 20 + np.pi * 5**2, rel=0.01)
    assert not painted[:, 31:].any()  # at the left
    assert dot.sum() == pytest.approx(np.pi * 5**2, rel=0.01)
    assert dot[:10, :10].sum() == pytest.approx(dot.sum())


@pytest.mark.parametrize("part", WRITERS)
def test_digits_lie_on_the_pad_with_room_around_them(part: Part) -> None:
    reach = PAD * (SIZE + PEN) / 2 + 1  # from the middle
    for strokes in digits(part).strokes[::20]:
        rows, columns = np.nonzero(on_pad(strokes)[..., 3])
        for places in (rows, columns):
            assert np.abs(places + 0.5 - PAD / 2).max() <= reach


def test_bent_digits_are_other_digits_of_the_same_strokes() -> None:
    strokes = digits("training").strokes[0]
    one, same, other = (
        bent(strokes, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    for a, b, c, written in zip(one, same, other, strokes, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.shape == c.shape == written.shape
        assert not np.array_equal(a, c)
    # of the longer side
    assert np.abs(np.concatenate(one) - np.concatenate(strokes)).max() < 0.5


@pytest.mark.parametrize("digit", range(10))
def test_ways_of_writing_are_strokes_more_each_at_its_share(digit: int) -> None:
    random, written = np.random.default_rng(1), digits("training")
    rows = np.flatnonzero(written.labels == digit)
    assert len(rows) >= 64
    for share, place, *way in WAYS.get(digit, ()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(WAYS, digit, [(share, place, *way)])
            copies = [
                (
                    written.strokes[row],
                    written_otherwise(written.strokes[row], digit, random),
                )
                for row in rows
            ]
        assert all(
            np.array_equal(a, b)
            for strokes, copy in copies
            for a, b in zip(strokes, copy, strict=False)
        )
        fit = [
            len(copy) - len(strokes)
            for strokes, copy in copies
            if place(strokes) is not None
        ]
        assert {*fit} == {0, 1}
        # none where it does not fit
        assert sum(len(copy) - len(strokes) for strokes, copy in copies) == sum(fit)
        assert abs(np.mean(fit) - share) < 3 * np.sqrt(share * (1 - share) / len(fit))
    if digit not in WAYS:
        assert len(written_otherwise(written.strokes[rows[0]], digit, random)) == len(
            written.strokes[rows[0]]
        )
    else:
        assert digit in (0, 1, 2, 4, 7, 9)


def test_a_slash_leads_through_a_zero_and_a_bar_through_the_stem_of_a_seven() -> None:
    random = np.random.default_rng(2)
    turn = np.linspace(0, 2 * np.pi, 40)
    zero = np.stack([0.3 + 0.3 * np.cos(turn), 0.5 + 0.5 * np.sin(turn)], axis=1)
    seven = np.array([[0.0, 0.0], [0.6, 0.0], [0.45, 0.5], [0.3, 1.0]])
    for digit, strokes, middle in ((0, zero, (0.3, 0.5)), (7, seven, (0.45, 0.5))):
        copies = [written_otherwise([strokes], digit, random) for _ in range(60)]
        crossing = [
            max(copy[1:], key=np.ptp)
            for copy in copies
            if len(copy) > 1 and max(map(np.ptp, copy[1:])) > 0.25
        ]
        assert len(crossing) > 10
        for stroke in crossing:
            assert np.hypot(*(stroke.mean(axis=0) - middle)) < 0.1
    # it has a bar: at most a hook
    assert len(written_otherwise([seven, seven], 7, np.random.default_rng(0))) <= 3


def test_a_sign_is_a_function_of_the_seed() -> None:
    for path in paths().values():
        one, same, other = (
            write_sign(path, np.random.default_rng(seed)) for seed in (1, 1, 2)
        )
        np.testing.assert_equal(one, same)
        assert not np.array_equal(one[0], other[0])


def test_a_doodle_lies_in_the_unit_square() -> None:
    random = np.random.default_rng(1)
    for points in map(np.concatenate, (doodle(random) for _ in range(50))):
        assert points.min() >= -1e-9
        assert points.max() <= 1 + 1e-9
