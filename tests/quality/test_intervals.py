"""Intervals of shares, compared with published values."""

import pytest

from pipeline.quality.intervals import fall_by_chance, wilson_interval


def test_wilson_interval_equals_published_values() -> None:
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table
    # I, method 3
    assert wilson_interval(81, 263) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    assert wilson_interval(0, 20) == (0.0, pytest.approx(0.1611, abs=5e-5))
    assert wilson_interval(1, 29) == (
        pytest.approx(0.0061, abs=5e-5),
        pytest.approx(0.1718, abs=5e-5),
    )


def test_the_fall_by_chance_ends_newcombes_interval_of_a_difference() -> None:
    # Newcombe 1998, "Interval estimation for the difference between independent
    # proportions", table II, method 10: 56/70 - 48/80 = 0.2, with the interval from
    # 0.0524 to 0.3339; 9/10 - 3/10 = 0.6, from 0.1705 to 0.8090
    for first, second, upper in (
        ((56, 70), (48, 80), 0.3339),
        ((9, 10), (3, 10), 0.8090),
    ):
        one, other = ((count / images, images) for count, images in (first, second))
        assert one[0] - other[0] + fall_by_chance(one, other) == pytest.approx(
            upper, abs=5e-5
        )
