"""The drawings by which a model of digits is judged, made by a process of their own."""

import contextlib
from pathlib import Path

import numpy as np

from pipeline.judging.drawn import EACH_DIGIT, BackgroundDrawing, drawn_digits, drawn_signs
from pipeline.recipes.reading import load_recipe

STEPS = load_recipe("softmax").preprocess.drawing_steps(28, 28, 1)


def test_the_process_draws_what_this_one_would(tmp_path: Path) -> None:
    with contextlib.closing(BackgroundDrawing(STEPS, tmp_path)) as drawing:
        drawn = drawing.result()
    digits, labels = drawn_digits(STEPS)
    assert drawn.digits.shape == (10 * EACH_DIGIT, 28, 28)
    np.testing.assert_array_equal(drawn.digits, digits)
    np.testing.assert_array_equal(drawn.labels, labels)
    np.testing.assert_array_equal(drawn.signs, drawn_signs(STEPS))
    assert not list(tmp_path.iterdir())


def test_closed_early_it_leaves_neither_a_process_nor_files(tmp_path: Path) -> None:
    drawing = BackgroundDrawing(STEPS, tmp_path)
    drawing.close()
    assert drawing.worker.process.poll() is not None
    assert not list(tmp_path.iterdir())
