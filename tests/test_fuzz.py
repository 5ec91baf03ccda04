"""Every kind of file from outside, damaged at random: read, or refused in a sentence, in bounded time and memory.

The engine, and how to try a case again, are in tests/support/fuzz.
"""

import pytest

from tests.support.fuzz.engine import fuzz
from tests.support.fuzz.kinds import FEW, KINDS, MANY


def test_every_kind_has_its_share() -> None:
    assert KINDS.keys() == FEW.keys() == MANY.keys()
    assert sum(MANY.values()) >= 2000


@pytest.mark.parametrize("kind", KINDS)
def test_some_damaged_inputs(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    _try(kind, FEW[kind], 1, capsys)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_many_damaged_inputs(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    _try(kind, MANY[kind], 2, capsys)


def _try(kind: str, cases: int, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = fuzz(kind, cases, seed=seed)
    with capsys.disabled():
        print(f"\n{outcome}", end="")
    assert sum(outcome.counts.values()) + len(outcome.failures) == cases
    assert not outcome.failures, "\n".join(map(str, outcome.failures))
