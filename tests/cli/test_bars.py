"""A terminal shows a bar that vanishes, and the lines of any other output."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pexpect
import pytest

import pipeline
from pipeline.cli.bars import ROOM
from pipeline.system.interrupts import MESSAGE

if os.name == "nt":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)

BAR = "━"
# More than a terminal is wide, and what other terminals' libraries take for markup or for colors.
LINE = f"[bold]wide[/bold] {'0123456789 ' * 20}:tada: 'text' 3.14"
LINES = [LINE, LINE, LINE, "done"]
WORK = """
with bar(progress, "work", 3, " steps") as advance:
    for step in range(3):
        progress(LINE)
        advance(1, f"loss {step}.5")
    THEN
"""
WAIT = "progress('ready'); import time; time.sleep(1000)"
IN_C = "progress('ready'); import hashlib; hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)"


def program(then: str = "pass") -> list[str]:
    """A program in which `pipeline rollback` does some work with a bar instead."""
    body = WORK.replace("THEN", then).replace("\n", "\n    ")
    source = f"""
from pipeline.site import releases
from pipeline.system.progress import bar
LINE = {LINE!r}
def rollback(*_, progress, **__):{body}
    progress('done')
    raise SystemExit(0)
releases.rollback = rollback
from pipeline.__main__ import main
main()
"""
    return ["-c", source, "rollback", "digits"]


def start(folder: Path, arguments: Sequence[str], columns: int = 80, variables: Any = None) -> pexpect.spawn:
    """Start `python ARGUMENTS` on a terminal, with these environment variables besides the usual ones."""
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    usual = {"PYTHONPATH": str(Path(pipeline.__file__).parents[1]), "TERM": "xterm-256color"}
    terminal = pexpect.spawn(
        sys.executable, list(arguments), cwd=folder, env=plain | usual | (variables or {}), dimensions=(24, columns),
        encoding="utf-8", timeout=None,
    )  # fmt: skip
    terminal.logfile_read = io.StringIO()
    return terminal


def end(terminal: pexpect.spawn) -> tuple[int, str]:
    """Wait for the end; the exit code, and all that was printed."""
    terminal.expect(pexpect.EOF)
    return terminal.wait(), terminal.logfile_read.getvalue()


def seen(output: str) -> list[str]:
    """The lines that stay on an endless, wide screen."""
    lines, column = [""], 0
    for part in re.findall(r"\r|\n|\033\[2K|[^\r\n\033]+", re.sub(r"\033\[[\d;]*m", "", output)):
        if part == "\r":
            column = 0
        elif part == "\n":
            lines.append("")
            column = 0
        elif part == "\033[2K":
            lines[-1] = ""
        else:
            lines[-1] = lines[-1][:column].ljust(column) + part + lines[-1][column + len(part) :]
            column += len(part)
    return [line for line in lines if line]


@pytest.mark.parametrize("columns", [80, 40])
def test_a_bar_shows_how_far_the_work_is_fits_leaves_room_for_ctrl_c_and_vanishes(tmp_path: Path, columns: int) -> None:
    code, output = end(start(tmp_path, program(), columns=columns))
    assert code == 0
    bars = [line for line in re.split(r"[\r\n]+", unstyled(output)) if BAR in line]
    assert bars
    assert max(map(len, bars)) <= columns - ROOM
    assert ("3/3 steps, 0 s left  loss 2.5" in bars[-1]) == (columns > 40)
    assert seen(output) == LINES


@pytest.mark.parametrize(
    ("options", "variables", "lines"),
    [([], {"NO_COLOR": "1"}, LINES), ([], {"TERM": "dumb"}, LINES), (["--json"], {}, LINES), (["--quiet"], {}, [])],
    ids=["NO_COLOR", "dumb", "json", "quiet"],
)
def test_elsewhere_are_only_lines(
    tmp_path: Path, options: list[str], variables: dict[str, str], lines: list[str]
) -> None:
    code, output = end(start(tmp_path, [*program(), *options], variables=variables))
    assert code == 0
    assert output.splitlines()[:4] == lines
    assert "\033" not in output


def test_a_file_gets_only_lines(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(pipeline.__file__).parents[1])}
    command = [sys.executable, *program()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert done.stderr.splitlines() == LINES
    assert done.stdout == ""


def test_an_error_leaves_its_message_and_no_bar(tmp_path: Path) -> None:
    then = "from pipeline.errors import PublishError; raise PublishError('There is no such version.')"
    said = [LINE, LINE, LINE, "Error: There is no such version."]
    code, output = end(start(tmp_path, program(then)))
    assert (code, BAR in output, seen(output)) == (6, True, said)
    code, output = end(start(tmp_path, program(then), variables={"NO_COLOR": "1"}))
    assert (code, output.splitlines()) == (6, said)


@pytest.mark.parametrize(("then", "signals"), [(WAIT, 1), (IN_C, 2)], ids=["in Python", "in C, twice"])
def test_ctrl_c_leaves_its_message_and_no_bar(tmp_path: Path, then: str, signals: int) -> None:
    """The second in C ends the process where it is: nothing of the first one's tidying up happens."""
    terminal = start(tmp_path, program(then))
    terminal.expect("(?s)ready.*3/3 steps|3/3 steps.*ready")
    for _ in range(signals):
        terminal.sendintr()
    code, output = end(terminal)
    assert code == 130
    assert seen(output) == [LINE, LINE, LINE, "ready", MESSAGE.strip()]


def unstyled(output: str) -> str:
    return re.sub(r"\033\[[\d;]*[A-Za-z]", "", output)
