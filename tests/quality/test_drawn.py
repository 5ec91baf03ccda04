"""The drawings by which a model of digits is judged, made once by a process of their own."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.quality import drawn as drawing
from pipeline.quality.drawn import (
    EACH_DIGIT,
    FITTED,
    MEASURED,
    drawing_meanwhile,
    drawn_digits,
    drawn_signs,
    load_drawn,
    measure_drawings,
)
from pipeline.recipes.reading import load_recipe

STEPS = load_recipe("softmax").preprocess.drawing_steps(28, 28, 1)


def test_another_process_draws_what_this_one_would_for_all_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with drawing_meanwhile(STEPS, tmp_path) as worker:
        worker.wait()
    monkeypatch.setattr(drawing, "_draw", None)  # they are there
    drawn = load_drawn(STEPS, tmp_path)
    digits, labels = drawn_digits(STEPS)
    assert drawn.digits.shape == (10 * EACH_DIGIT, 28, 28)
    np.testing.assert_array_equal(drawn.digits, digits)
    np.testing.assert_array_equal(drawn.labels, labels)
    np.testing.assert_array_equal(drawn.signs, drawn_signs(STEPS))
    assert drawn.fitted.shape == (FITTED, 28, 28)
    assert drawn.measured.shape == (MEASURED, 28, 28)
    assert set(drawn.fitted_labels) == set(drawn.measured_labels) == set(range(10))


def test_drawings_are_measured_by_their_digits() -> None:
    found = measure_drawings(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], np.float32), np.array([0, 1, 1]))
    assert (found.drawings, found.accuracy) == (3, pytest.approx(2 / 3))
    assert found.confidence == pytest.approx((0.9 + 0.6 + 0.8) / 3)
