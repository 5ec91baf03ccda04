"""The drawings by which a model of digits is judged, made by a process of their own."""

import contextlib
from pathlib import Path

import numpy as np

from pipeline.quality.drawn import EACH_DIGIT, FITTED, MEASURED, BackgroundDrawing, drawn_digits, drawn_signs
from pipeline.recipes.reading import load_recipe

STEPS = load_recipe("softmax").preprocess.drawing_steps(28, 28, 1)


def test_the_process_draws_what_this_one_would(tmp_path: Path) -> None:
    work, cache = tmp_path / "work", tmp_path / "cache"
    work.mkdir()
    with contextlib.closing(BackgroundDrawing(STEPS, work, cache)) as drawing:
        drawn = drawing.result()
    digits, labels = drawn_digits(STEPS)
    assert drawn.digits.shape == (10 * EACH_DIGIT, 28, 28)
    np.testing.assert_array_equal(drawn.digits, digits)
    np.testing.assert_array_equal(drawn.labels, labels)
    np.testing.assert_array_equal(drawn.signs, drawn_signs(STEPS))
    assert drawn.fitted.shape == (FITTED, 28, 28)
    assert drawn.measured.shape == (MEASURED, 28, 28)
    assert set(drawn.fitted_labels) == set(drawn.measured_labels) == set(range(10))
    assert not list(work.iterdir())
    # The next one finds them, and where none can be kept they are drawn all the same.
    (kept,) = cache.glob("decoded/*/drawn.npz")
    marked = dict(np.load(kept)) | {"signs": np.zeros((1, 28, 28), np.float32)}
    np.savez(kept, allow_pickle=False, **marked)
    with contextlib.closing(BackgroundDrawing(STEPS, work, cache)) as drawing:
        assert len(drawing.result().signs) == 1
    with contextlib.closing(BackgroundDrawing(STEPS, work, kept)) as drawing:
        np.testing.assert_array_equal(drawing.result().fitted, drawn.fitted)


def test_closed_early_it_leaves_neither_a_process_nor_files(tmp_path: Path) -> None:
    drawing = BackgroundDrawing(STEPS, tmp_path, tmp_path)
    drawing.close()
    assert drawing.worker.process.poll() is not None
    assert not list(tmp_path.iterdir())
