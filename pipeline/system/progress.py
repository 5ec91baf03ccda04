"""Progress messages: functions that take one line of text. Every stage names this parameter `progress`.

Work that takes long and can be counted opens a `bar`, too. It is drawn where `progress` can draw, which is on a
terminal; elsewhere a line now and then says how far it is.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from pipeline.system.outside import visible

Progress = Callable[[str], None]
LINE_SECONDS = 20.0  # between two lines where a bar cannot be drawn


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

    One bar is open at a time. Where `progress` cannot draw, it gets a line every LINE_SECONDS.
    """
    if isinstance(progress, ProgressWithBars):
        with progress.draw_bar(title, total, unit) as advance:
            yield advance
    else:
        yield _in_lines(progress, title, total, unit)


def silent(_line: str) -> None:
    """Discard progress messages."""


def to_stderr(line: str) -> None:
    """Print progress to stderr, so that stdout holds only results."""
    print(visible(line), file=sys.stderr)


def indented(progress: Progress) -> Progress:
    """Indent lines that belong to a stage, below its name."""
    return _edited(progress, lambda text: f"          {text}")


def timed(progress: Progress) -> Progress:
    """Begin each line with the seconds since this call."""
    started = time.monotonic()
    return _edited(progress, lambda text: f"{time.monotonic() - started:5.1f} s  {text}")


def _edited(progress: Progress, edit: Callable[[str], str]) -> Progress:
    def line(text: str) -> None:
        progress(edit(text))

    return ProgressWithBars(line, progress.draw_bar) if isinstance(progress, ProgressWithBars) else line


def _in_lines(progress: Progress, title: str, total: int | None, unit: str) -> Advance:
    done, said, lock = 0, time.monotonic(), threading.Lock()

    def advance(count: int, numbers: str = "") -> None:
        nonlocal done, said
        with lock:
            done += count
            if total is None or time.monotonic() - said < LINE_SECONDS:
                return
            said = time.monotonic()
            text = f"{title} {done:,}/{total:,}{unit} {numbers}".rstrip()
        progress(text)

    return advance
