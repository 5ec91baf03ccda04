"""The drawings by which a model of digits is judged, prepared by a process of their
own.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.pens.strokes import digits
from pipeline.quality import drawings
from pipeline.quality.drawings import (
    BENT,
    MOST_MISREAD,
    draw_meanwhile,
    load_drawn,
    make_drawings,
    make_rule,
    measure_drawings,
    misread_drawings,
)
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset
from pipeline.system.json_records import to_json

RECIPE = load_recipe("softmax").preprocess


def test_another_process_makes_what_this_one_would_for_all_builds(
    mnist: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_meanwhile(mnist, RECIPE, tmp_path).wait()
    made = make_drawings(RECIPE.drawing_steps(28, 28))
    rule = make_rule(mnist, RECIPE, made)
    monkeypatch.setattr(drawings, "make_drawings", None)  # they are there
    drawn, found = load_drawn(mnist, RECIPE, tmp_path)
    assert rule is not None
    assert found is not None
    np.testing.assert_equal(vars(drawn), vars(made))
    np.testing.assert_equal(vars(found), vars(rule))
    assert drawn.digits.shape == (400, 28, 28)
    np.testing.assert_array_equal(drawn.labels, digits("test").labels)
    assert drawn.fitted.shape == ((1 + BENT) * 160, 28, 28)
    np.testing.assert_array_equal(
        drawn.fitted_labels[:160], digits("development").labels
    )


def test_the_interval_is_over_the_writers() -> None:
    answers = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    labels = np.array([0, 1, 1, 1])
    found = measure_drawings(answers, labels, np.array([3, 3, 7, 7]))
    # 1 of 2 and 2 of 2
    assert (found.drawings, found.writers, found.accuracy) == (
        4,
        2,
        0.75,
    )
    assert found.confidence == pytest.approx((0.9 + 0.6 + 0.8 + 0.7) / 4)
    assert found.accuracy_interval == (
        pytest.approx(0.75 - 2.093 * 0.5**1.5 / 2**0.5),
        1.0,
    )


def test_the_surest_mistakes_are_kept_as_strokes_in_four_kilobytes() -> None:
    test = digits("test")
    answers = np.full((400, 10), 0.01, np.float32)
    answers[np.arange(400), test.labels] = 0.9
    # The digits with the most points, each taken for the next one, ever surer.
    longest = np.argsort(
        [-sum(map(len, strokes)) for strokes in test.strokes], kind="stable"
    )[: MOST_MISREAD + 3]
    for rank, row in enumerate(longest):
        answers[row, (test.labels[row] + 1) % 10] = 0.91 + rank / 1000
    found = misread_drawings(answers)
    assert [each.label for each in found] == test.labels[
        longest[: -MOST_MISREAD - 1 : -1]
    ].tolist()
    assert {(each.predicted - each.label) % 10 for each in found} == {1}
    assert found[0].probability == pytest.approx(0.91 + (MOST_MISREAD + 2) / 1000)
    for each, row in zip(found, longest[::-1], strict=False):
        for points, stroke in zip(each.strokes, test.strokes[row], strict=True):
            np.testing.assert_allclose(
                np.reshape(points, (-1, 2)) / 100, stroke, atol=1e-9
            )
    assert len(json.dumps(to_json(found), separators=(",", ":"))) < 4096
    assert misread_drawings(np.eye(10)[test.labels]) == ()
