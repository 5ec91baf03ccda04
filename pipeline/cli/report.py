"""How a command ends: its result for people or as one JSON document, its exit code and its log.

A command's function returns Done, and the Reporter of `options.Reported` does the rest. Whatever happens, --json
prints exactly one document.
"""

import io
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.bars import Terminal, is_drawable
from pipeline.errors import ConfigError, PipelineError, disk_error, translating_errors
from pipeline.system import interrupts
from pipeline.system.json_records import utc_now
from pipeline.system.outside import visible
from pipeline.system.progress import Progress, TerminalProgress

if TYPE_CHECKING:
    from pipeline.build_result import BuildResult

# Every document has these, besides command, exit code and error.
EMPTY: dict[str, Any] = {"stage": None, "gates": [], "data": None, "warnings": [], "training": None}


@dataclass(frozen=True, kw_only=True)
class Done:
    """The result of a command."""

    document: Any  # for --json: an object or a list, of plain values
    text: str = ""  # for people, on stdout; empty prints nothing
    note: str = ""  # for people, on stderr
    failure: PipelineError | None = None  # why the command fails although it has a result


class Reporter:
    """One call of a command: prints its progress, and its result when it ends."""

    def __init__(self, context: click.Context, *, as_json: bool = False) -> None:
        """Take the options out of the context's parameters."""
        taken = {name: context.params.pop(name, None) for name in ("as_json", "quiet", "log")}
        self.as_json, self.quiet = as_json or bool(taken["as_json"]), bool(taken["quiet"])
        self._log: Path | None = taken["log"]
        self._command = context.command_path.removeprefix(context.find_root().command_path).strip() or None
        self._build: BuildResult | None = None
        self._known: Any = None  # the document of the result, as far as there is one
        self._printed = False  # whether stdout has its document
        self._terminal = None if self.quiet or self.as_json or not is_drawable() else Terminal()
        self.progress: Progress = self._progress
        if self._terminal:
            self.progress = TerminalProgress(self._progress, self._terminal.status)
        self._ending = threading.Lock()  # held by the thread that reports the end

    def _progress(self, line: str) -> None:
        """Print and log a line of progress."""
        if self._terminal:
            self._terminal.line(visible(line))
        elif not self.quiet:
            _echo(line, err=True)
        stage = self._build.stage if self._build else None
        self._write_log({"event": "progress", "command": self._command, "stage": stage, "message": line.strip()})

    def watch(self, result: "BuildResult") -> None:
        """Take the result of a build that begins: the log and the report of a failure hold what it knows by then."""
        self._build = result

    def run(self, function: Callable[[], Done | None]) -> int:
        """Call a command's function, report how it ends, and return the exit code."""
        interrupts.set_exit_hook(self._end_at_once)
        try:
            if log := self._log:
                self._log = None  # until it can be written
                with translating_errors(log):
                    _append(log, {"event": "start", "command": self._command})
                self._log = log
            done = function()
            interrupts.raise_if_interrupted()
            if done is not None:
                self.print(done)
                if done.failure:
                    raise done.failure
        except (click.exceptions.Exit, SystemExit):
            raise
        except BaseException as error:
            self._known = self._known or getattr(error, "document", None)
            return self._end(KeyboardInterrupt() if interrupts.interrupted() else error)
        return self._end(None)

    def fail(self, error: Exception) -> int:
        """Report a failure from before the command's function, and return the exit code."""

        def function() -> None:
            raise error

        return self.run(function)

    def print(self, done: Done) -> None:
        """Print a result, as text or as a document; `_end` prints that of a failure."""
        self._known = done.document
        speaks = not self.quiet or done.failure
        if speaks and done.note:
            _echo(done.note, err=True)
        if self.as_json:
            if not done.failure:
                self._print_document(self._document(0, None))
        elif speaks and done.text:
            _echo(done.text)

    def _document(self, code: int, error: str | None) -> Any:
        if isinstance(self._known, list):
            if error is None:
                return self._known
            self._known = None
        known = self._known or (self._build.as_json() if self._build else {})
        if error:  # the document has tables as data
            error = " ".join(part for part in error.split("\n\n") if "\n" not in part) or error
        document = {"command": self._command, "exit_code": code, "error": error} | EMPTY | known
        # JSON has no number for the loss of a training that diverged
        return json.loads(json.dumps(document), parse_constant=lambda _number: None)

    def _print_document(self, document: Any) -> None:
        self._printed = True
        _echo(json.dumps(document, indent=2))

    def _end(self, error: BaseException | None) -> int:
        code, message = explain(error) if error else (0, None)
        if not self._ending.acquire(blocking=False):
            return code  # the other thread reports it
        if error:
            _print_error(error, message)
        document = self._document(code, message)
        if self.as_json and not self._printed:
            with suppress(OSError):  # of stdout, which is what failed
                self._print_document(document)
        if self._log:
            self._write_log({"event": "end", "message": document["error"] or "done"} | document)
        interrupts.set_exit_hook(None)
        return code

    def _end_at_once(self) -> None:
        """Report an interruption in another thread, for a main thread that does not get to it."""
        if self._terminal:
            self._terminal.status("")
        self._end(KeyboardInterrupt())

    def _write_log(self, facts: dict[str, Any]) -> None:
        if self._log:
            try:
                _append(self._log, facts)
            except OSError as error:
                _echo(f"Warning: The log {self._log} ends here: {error.strerror or error}.", err=True)
                self._log = None


def _append(log: Path, facts: dict[str, Any]) -> None:
    """Append a line in one call, so that runs at the same time do not mix; OSError if the disk refuses."""
    with open(log, "ab", buffering=0) as file:
        file.write(visible(json.dumps({"time": utc_now()} | facts)).encode() + b"\n")


def explain(error: BaseException) -> tuple[int, str]:
    """The exit code of an error, and its message."""
    if isinstance(error, PipelineError):
        return error.exit_code, str(error)
    if isinstance(error, click.ClickException):
        return error.exit_code, error.format_message()
    if isinstance(error, KeyboardInterrupt):
        return interrupts.EXIT_CODE, interrupts.MESSAGE.strip()
    if isinstance(error, BrokenPipeError):  # of whatever read our output, such as `head`
        return 1, "The program that read the output has ended."
    if isinstance(error, UnicodeEncodeError):  # a path, a name or a label from the command line
        received = error.object[max(0, error.start - 40) : error.end + 40]
        return ConfigError.exit_code, f"Paths, names and labels must be UTF-8. Received: {received!r}. Use another."
    if isinstance(error, OSError):
        return explain(disk_error(error, doing="read or write"))
    return 1, f"{type(error).__name__}: {error}"


def _echo(text: str | None, *, err: bool = False) -> None:
    """Print a text, whoever wrote it."""
    click.echo(visible(text or ""), err=err)


def _print_error(error: BaseException, message: str | None) -> None:
    if isinstance(error, click.ClickException):
        error.show(shown := io.StringIO())
        _echo(shown.getvalue().rstrip("\n"), err=True)
    elif isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that flushing at exit does not fail again
    elif isinstance(error, KeyboardInterrupt):
        interrupts.tell()
    elif isinstance(error, PipelineError | OSError | UnicodeEncodeError):
        _echo(f"Error: {message}", err=True)
    else:
        import traceback

        _echo("".join(traceback.format_exception(error)), err=True)
