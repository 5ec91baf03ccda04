"""Lines of progress: with seconds, and for bars that cannot be drawn."""

import re

import pytest

from pipeline.system import progress
from pipeline.system.progress import bar, timed
from tests.support.bars import recording


def test_a_bar_that_cannot_be_drawn_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    with bar(said.append, "verify", 2000, " samples") as advance:
        advance(1)
        assert said == []  # it has just begun
        monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
        advance(1200)
        advance(799, "fast")  # the caller has a line of its own
    assert said == ["verify 1,201/2,000 samples"]
    with bar(said.append, "convert") as advance:
        advance(1)
    assert len(said) == 1


def test_lines_begin_with_seconds_and_a_terminals_last_line_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    timed(said.append)("reading model.keras")
    assert re.fullmatch(r" +0\.\d s  reading model\.keras", said[0])
    drawn: list[str] = []
    with bar(timed(recording(drawn, monkeypatch)), "read", 40, " rows") as advance:
        advance(20)
        advance(10, "fast")
    assert drawn[:2] == ["read", f"read {'━' * 5:<10} 20/40 rows  "]
    assert re.fullmatch(r"read ━{7} {3} 30/40 rows, 0 s left  fast", drawn[2])
    assert drawn[3:] == [""]
