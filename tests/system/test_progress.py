"""Lines of progress: with seconds, and for work that takes long."""

import re

import pytest

from pipeline.system import progress
from pipeline.system.progress import counter, timed


def test_a_counter_says_now_and_then_how_far_the_work_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    advance = counter(said.append, "decode", 2000, "images")
    advance(1)
    assert said == []  # it has just begun
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    advance(1200)
    # a server need not tell the size
    counter(said.append, "download", None, "bytes")(65_536)
    assert said == ["decode 1,201/2,000 images", "download 65,536 bytes"]


def test_lines_begin_with_seconds() -> None:
    said: list[str] = []
    timed(said.append)("reading model.keras")
    assert re.fullmatch(r" +0\.\d s  reading model\.keras", said[0])
