"""Progress messages: functions that take a line of text. Every stage calls its parameter `progress`."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]


def silent(_line: str) -> None:
    """Ignore progress."""


def to_stderr(line: str) -> None:
    """Print progress where it does not mix with results."""
    print(line, file=sys.stderr)


def indented(progress: Progress) -> Progress:
    """Lines that belong to a stage, under its name."""
    return lambda line: progress(f"          {line}")
