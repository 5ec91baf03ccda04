"""Progress messages: functions that take one line of text. Every stage names this parameter `progress`.

Work that takes long and can be counted opens a `bar`, too. It is drawn where `progress` can draw, which is on a
terminal; what a person has to know is in the lines.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

Progress = Callable[[str], None]


class Advance(Protocol):  # noqa: D101
    def __call__(self, count: int, numbers: str = "") -> None:
        """Say that `count` more of a bar's total are done, and what is known by now, in a few words."""


class DrawBar(Protocol):  # noqa: D101
    def __call__(self, title: str, total: int | None, unit: str) -> AbstractContextManager[Advance]:
        """Draw a bar until the end of the context. Without a total it only shows that work goes on."""


@dataclass(frozen=True)
class ProgressWithBars:
    """A Progress that can draw."""

    line: Progress
    draw_bar: DrawBar

    def __call__(self, line: str) -> None:
        """Take one line of text."""
        self.line(line)


@contextlib.contextmanager
def bar(progress: Progress, title: str, total: int | None = None, unit: str = "") -> Iterator[Advance]:
    """Show how far some work is; inside, call what this returns as it proceeds, from any thread.

    One bar is open at a time. Where `progress` cannot draw, nothing happens.
    """
    if isinstance(progress, ProgressWithBars):
        with progress.draw_bar(title, total, unit) as advance:
            yield advance
    else:
        yield _ignore


def silent(_line: str) -> None:
    """Discard progress messages."""


def to_stderr(line: str) -> None:
    """Print progress to stderr, so that stdout holds only results."""
    print(line, file=sys.stderr)


def indented(progress: Progress) -> Progress:
    """Indent lines that belong to a stage, below its name."""

    def line(text: str) -> None:
        progress(f"          {text}")

    return ProgressWithBars(line, progress.draw_bar) if isinstance(progress, ProgressWithBars) else line


def _ignore(count: int, numbers: str = "") -> None:
    """Advance no bar."""
