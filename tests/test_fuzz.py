"""Every kind of file from outside, damaged at random: read, or refused in a sentence,
in bounded time and memory.

The engine, and how to try a case again, are in tests/support/fuzz.
"""

import os
from pathlib import Path

import pytest

from tests.support.fuzz import engine
from tests.support.fuzz.engine import fuzz
from tests.support.fuzz.kinds import FEW, KINDS, MANY


def test_every_kind_has_its_share() -> None:
    assert FEW.keys() < KINDS.keys() == MANY.keys()
    assert sum(MANY.values()) >= 2000


BROKEN = """
import os, time
from pathlib import Path
from pipeline.errors import DataError
from tests.support.fuzz import kinds

def use(folder):
    [number] = folder.iterdir()
    match int(number.name):
        case 1: raise DataError("a sentence")
        case 2: raise DataError("")
        case 3: {}["key"]
        case 4: time.sleep(60)
        case 5: os.abort()
        case 6: b"x" * 2_100_000_000  # stays the most that the process ever took

def make(rng, folder):
    (folder / folder.name).touch()

kinds.KINDS["broken"] = kinds.Kind(make, use)
"""


def test_forbidden_outcomes_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(BROKEN)  # Python imports it first
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(tmp_path), str(Path(__file__).parents[1])])
    )
    monkeypatch.setattr(engine, "MAKING_SECONDS", 5 - engine.SECONDS)
    outcome = fuzz("broken", 7, keep=tmp_path)
    assert outcome.counts == {"read": 1, "DataError": 1}
    words = [
        "without a sentence",
        "KeyError: \"'key'\"",
        "no end in 5 s",
        "ended with -6",
        " MB",
    ]
    assert [failure.case for failure in outcome.failures] == [2, 3, 4, 5, 6]
    for failure, word in zip(outcome.failures, words, strict=True):
        assert word in failure.what
        assert list(failure.kept.glob(str(failure.case)))


@pytest.mark.parametrize("kind", FEW)
def test_some_damaged_inputs(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    _try(kind, FEW[kind], 1, capsys)


@pytest.mark.all_only
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
