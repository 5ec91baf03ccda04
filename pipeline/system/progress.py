"""Progress messages: functions that take one line of text. Every stage names this parameter `progress`.

Work that takes long and can be counted opens a `bar`, too. On a terminal it is a last line that changes; elsewhere a
line now and then says how far the work is.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.system.outside import visible

Progress = Callable[[str], None]
LINE_SECONDS = 20.0  # between two lines in a file
STATUS_SECONDS = 0.1  # between two changes of a terminal's last line
BAR_WIDTH = 10


class Advance(Protocol):  # noqa: D101
    def __call__(self, count: int, numbers: str = "") -> None:
        """Say that `count` more of the total are done, and what is known by now, in a few words.

        With these words a file gets no line: the caller writes its own.
        """


@dataclass(frozen=True)
class TerminalProgress:
    """A Progress with a last line that can change."""

    line: Progress
    status: Progress  # replaces the last line; "" removes it

    def __call__(self, line: str) -> None:
        """Take one line of text."""
        self.line(line)


@contextlib.contextmanager
def bar(progress: Progress, title: str, total: int | None = None, unit: str = "") -> Iterator[Advance]:
    """Show how far some work is; inside, call what this returns as it proceeds, from any thread.

    One bar is open at a time. Without a total, a terminal shows the title alone, and a file nothing.
    """
    status = progress.status if isinstance(progress, TerminalProgress) else None
    done, shown, lock = 0, time.monotonic(), threading.Lock()
    first: tuple[int, float] | None = None  # how much was done when, at the first call

    def advance(count: int, numbers: str = "") -> None:
        nonlocal done, shown, first
        with lock:
            done, now = done + count, time.monotonic()
            first = first or (done, now)
            if not total:
                return
            counted = f"{done:,}/{total:,}{unit}"
            if status and (done >= total or now - shown >= STATUS_SECONDS):
                shown = now
                drawn, new = "━" * (BAR_WIDTH * done // total), done - first[0]
                left = f", {(now - first[1]) * (total - done) / new:,.0f} s left" if new else ""
                status(f"{title} {drawn:<{BAR_WIDTH}} {counted}{left}  {numbers}")
            elif not status and not numbers and now - shown >= LINE_SECONDS:
                shown = now
                progress(f"{title} {counted}")

    if status:
        status(title)
    try:
        yield advance
    finally:
        if status:
            status("")


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

    return TerminalProgress(line, progress.status) if isinstance(progress, TerminalProgress) else line
