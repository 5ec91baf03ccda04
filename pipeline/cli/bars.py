"""Progress on a terminal: lines of text, and below them the bar of what is being done, drawn by rich."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import click

from pipeline.system.progress import Advance

if TYPE_CHECKING:
    from rich.progress import Progress

REFRESHES = 5  # a second; each takes a few milliseconds
SPEED_SECONDS = 3600.0  # over which speed is measured: an epoch can take minutes
ERASE_LINE = b"\r\033[2K"
ROOM = 3  # columns after a bar: the ^C that a terminal echoes there must not begin another line
WIDE = 72  # columns from which on a bar has room for numbers


class Terminal:
    """The terminal behind stderr. A bar vanishes when its work ends; the lines are those that a file would get."""

    def __init__(self) -> None:
        """Remember the terminal: TensorFlow's start replaces file descriptor 2 for a while."""
        self._file = os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding, errors=sys.stderr.errors)
        self._bar: Progress | None = None

    def line(self, text: str) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar:
            self._bar.console.out(text, highlight=False)
        else:
            click.echo(text, err=True)

    def erase_bar(self) -> None:
        """Remove the bar, if there is one, of a process that ends at once."""
        if self._bar:
            os.write(self._file.fileno(), ERASE_LINE)

    @contextlib.contextmanager
    def bar(self, title: str, total: int | None, unit: str) -> Iterator[Advance]:
        """Draw a bar until the end of the context; see `DrawBar`."""
        self._bar = bar = _make_bar(self._file, counts=total is not None)
        task = bar.add_task(title, total=total, unit=unit, numbers="")

        def advance(count: int, numbers: str = "") -> None:
            bar.update(task, numbers=numbers)
            bar.advance(task, count)

        try:
            with bar:
                yield advance
        finally:
            self._bar = None


def is_drawable() -> bool:
    """Whether stderr is a terminal that can draw, and whose owner did not ask for plain text (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")


def _make_bar(file: IO[str], *, counts: bool) -> "Progress":
    """What draws one bar in one line; imports rich, which takes 0.1 s without Keras and 0.02 s with it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.table import Column

    class CursorStays(Console):
        def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002
            return False  # a process that is killed could not show it again

    def text(template: str) -> TextColumn:
        return TextColumn(template, markup=False, table_column=Column(no_wrap=True))

    console = CursorStays(file=file, width=(os.get_terminal_size(file.fileno()).columns or 80) - ROOM)
    columns = [SpinnerColumn("line"), text("{task.description}"), BarColumn(None, table_column=Column(ratio=1))]
    if counts:
        columns += [text("{task.completed:,}/{task.total:,}{task.fields[unit]}")]
        columns += [text("{task.fields[numbers]}")] if console.width >= WIDE else []
        columns += [TimeRemainingColumn(compact=True), text("left")]
    else:
        columns += [TimeElapsedColumn()]
    return Progress(
        *columns,
        console=console,
        refresh_per_second=REFRESHES,
        speed_estimate_period=SPEED_SECONDS,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        expand=True,
    )
