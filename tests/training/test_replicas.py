"""Several replicas compute what one device computes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.training.replicas import shared_rows
from tests.support.workshop import python

# The same float32 terms, added in another order; some 60 steps multiply that. Worst
# seen: 2e-7.
SAME = 5e-6
CASES = ["sgd-4-32", "adam-4-4", "decay"]


@pytest.fixture(scope="module")
def report() -> Any:
    """Measurements of `replicas.py`, in one process of its own."""
    return json.loads(
        python(str(Path(__file__).parents[1] / "support" / "replicas.py"))
    )


@pytest.mark.parametrize("case", CASES)
def test_any_number_of_replicas_gives_the_weights_and_history_of_one_device(
    report: Any, case: str
) -> None:
    apart = report["apart"][case]
    assert apart["weights"] < SAME
    assert apart["history"] < SAME
    assert apart["steps"] == 0
    assert apart["copies"] == 0  # bitwise the same on all replicas


def test_each_replica_has_a_dropout_of_its_own(report: Any) -> None:
    one, other = report["masks"]
    assert one != other
    assert set(one) == set(other) == {0.0, 2.0}


def test_a_batch_must_have_an_image_for_each_replica(report: Any) -> None:
    assert "each of the 4 replicas. Received: batch_size 3." in report["refusal"]


@pytest.mark.parametrize(
    ("images", "batch", "replicas"),
    [(470, 32, 4), (470, 32, 3), (64, 32, 2), (5, 4, 4), (0, 8, 2)],
)
def test_every_image_is_taken_once_and_in_the_batch_it_belongs_to(
    images: int, batch: int, replicas: int
) -> None:
    order = np.random.default_rng(0).permutation(images)
    rows, weights = shared_rows(order, batch, replicas)
    assert (
        rows.shape
        == weights.shape
        == (replicas, -(-images // batch), -(-batch // replicas))
    )
    for step in range(rows.shape[1]):
        real = weights[:, step] > 0
        taken = rows[:, step][real]
        assert sorted(taken) == sorted(order[step * batch : (step + 1) * batch])
        assert weights[:, step].sum() == pytest.approx(1)
        counts = real.sum(axis=1)
        assert counts.max() - counts.min() <= 1
