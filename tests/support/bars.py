"""A progress that keeps what it is told of bars."""

import pytest

from pipeline.system import progress
from pipeline.system.progress import Progress, TerminalProgress


def recording(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Progress:
    """A Progress that keeps each state of its last line, and ignores the lines above."""
    monkeypatch.setattr(progress, "STATUS_SECONDS", 0)
    return TerminalProgress(lambda line: None, said.append)
