"""Progress messages:

functions that take one line of text. Every stage names this parameter `progress`.
"""

import sys
import threading
import time
from collections.abc import Callable

from pipeline.system.outside import visible

Progress = Callable[[str], None]
Advance = Callable[[int], None]  # takes how many more are done
LINE_SECONDS = 10.0  # between two lines of a counter


def counter(progress: Progress, title: str, total: int | None, unit: str) -> Advance:
    """For work that may take long:

    a function to call as it proceeds, from any thread, which now and then says so.
    """
    done, said, lock = 0, time.monotonic(), threading.Lock()
    of_all = f"/{total:,}" if total else ""

    def advance(count: int) -> None:
        nonlocal done, said
        with lock:
            done, now = done + count, time.monotonic()
            if now - said >= LINE_SECONDS:
                said = now
                progress(f"{title} {done:,}{of_all} {unit}")

    return advance


def silent(_line: str) -> None:
    """Discard progress messages."""


def to_stderr(line: str) -> None:
    """Print progress to stderr, so that stdout holds only results."""
    print(visible(line), file=sys.stderr)


def noted(progress: Progress) -> tuple[list[str], Progress]:
    """A list, and a function that tells a line and adds it to that, for the document of
    a run.
    """
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        progress(line)

    return lines, tell


def indented(progress: Progress) -> Progress:
    """Indent lines that belong to a stage, below its name."""
    return lambda line: progress(f"          {line}")


def timed(progress: Progress) -> Progress:
    """Begin each line with the seconds since this call."""
    started = time.monotonic()
    return lambda line: progress(f"{time.monotonic() - started:5.1f} s  {line}")
