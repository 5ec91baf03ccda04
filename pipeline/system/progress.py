"""Progress messages: functions that take one line of text. Every stage names this parameter `progress`."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


def silent(_line: str) -> None:
    """Discard progress messages."""


def to_stderr(line: str) -> None:
    """Print progress to stderr, so that stdout holds only results."""
    print(line, file=sys.stderr)


def indented(progress: Progress) -> Progress:
    """Indent lines that belong to a stage, below its name."""
    return lambda line: progress(f"          {line}")
