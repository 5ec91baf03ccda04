"""How a command ends: its result for people or as one JSON document, and its exit code.

A command's function returns Done, and the Reporter of `options.Reported` does the rest.
Whatever happens, --json prints exactly one document.
"""

import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import click

from pipeline.errors import ConfigError, PipelineError, disk_error
from pipeline.system import interrupts
from pipeline.system.outside import visible

# Every document has these, besides command, exit code and error.
EMPTY: dict[str, Any] = {
    "stage": None,
    "gates": [],
    "data": None,
    "warnings": [],
    "training": None,
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """The result of a command."""

    document: Any  # for --json: an object or a list, of plain values
    text: str = ""  # for people, on stdout; empty prints nothing
    note: str = ""  # for people, on stderr
    # why the command fails although it has a result
    failure: PipelineError | None = None


class Reporter:
    """One call of a command: prints its progress, and its result when it ends."""

    def __init__(self, context: click.Context, *, as_json: bool = False) -> None:
        """Take the options out of the context's parameters."""
        self.as_json = bool(context.params.pop("as_json", False)) or as_json
        self.quiet = bool(context.params.pop("quiet", False))
        self._command = (
            context.command_path.removeprefix(context.find_root().command_path).strip()
            or None
        )
        self._known: Any = None  # the document of the result, as far as there is one
        self._printed = False  # whether stdout has its document

    def progress(self, line: str) -> None:
        """Print a line of progress."""
        if not self.quiet:
            _echo(line, err=True)

    def run(self, function: Callable[[], Done | None]) -> int:
        """Call a command's function, report how it ends, and return the exit code."""
        try:
            done = function()
            if interrupts.interrupted():  # and the exception was lost
                raise KeyboardInterrupt
            if done is not None:
                self.print(done)
                if done.failure:
                    raise done.failure
        except (click.exceptions.Exit, SystemExit):
            raise
        except BaseException as error:
            return self.fail(error)
        return 0

    def print(self, done: Done) -> None:
        """Print a result, as text or as a document; `fail` prints that of a failure."""
        self._known = done.document
        speaks = not self.quiet or done.failure
        if speaks and done.note:
            _echo(done.note, err=True)
        if self.as_json:
            if not done.failure:
                self._print_document(0, None)
        elif speaks and done.text:
            _echo(done.text)

    def fail(self, error: BaseException) -> int:
        """Report an error, of the command's function or from before it, and return the
        exit code.
        """
        self._known = self._known or getattr(error, "document", None)
        code, message, shown = explain(
            KeyboardInterrupt() if interrupts.interrupted() else error
        )
        if isinstance(error, BrokenPipeError):
            # so that flushing at exit does not fail too
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if shown:
            _echo(shown, err=True)
        if self.as_json and not self._printed:
            with suppress(OSError):  # of stdout, which is what failed
                self._print_document(code, message)
        return code

    def _print_document(self, code: int, error: str | None) -> None:
        document = self._known
        if error or not isinstance(document, list):
            if error:  # the document has tables as data
                error = (
                    " ".join(part for part in error.split("\n\n") if "\n" not in part)
                    or error
                )
            known = document if isinstance(document, dict) else {}
            document = (
                {"command": self._command, "exit_code": code, "error": error}
                | EMPTY
                | known
            )
        # JSON has no number for the loss of a training that diverged
        document = json.loads(json.dumps(document), parse_constant=lambda _number: None)
        self._printed = True
        _echo(json.dumps(document, indent=2))


def explain(error: BaseException) -> tuple[int, str, str]:
    """The exit code of an error, its message, and what stderr gets:

    nothing where it is said at the process's end.
    """
    # a path, a name or a label from the command line
    if isinstance(error, UnicodeEncodeError):
        received = error.object[max(0, error.start - 40) : error.end + 40]
        error = ConfigError(
            f"Paths, names and labels must be UTF-8. Received: {received!r}. Use"
            " another."
        )
    # of whatever read our output, such as `head`
    if isinstance(error, BrokenPipeError):
        return 1, "The program that read the output has ended.", ""
    if isinstance(error, OSError):
        error = disk_error(error, doing="read or write")
    if isinstance(error, PipelineError):
        return error.exit_code, str(error), f"Error: {error}"
    if isinstance(error, click.ClickException):
        error.show(shown := io.StringIO())
        return error.exit_code, error.format_message(), shown.getvalue().rstrip("\n")
    if isinstance(error, KeyboardInterrupt):
        return interrupts.EXIT_CODE, interrupts.MESSAGE.strip(), ""
    return (
        1,
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
    )


def _echo(text: str, *, err: bool = False) -> None:
    """Print a text, whoever wrote it."""
    click.echo(visible(text), err=err)
