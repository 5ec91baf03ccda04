"""A terminal shows a bar that vanishes, and the lines of any other output."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from pipeline.cli.bars import ROOM
from pipeline.system.interrupts import MESSAGE

if os.name == "nt":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)
from tests.support.terminal import TerminalProcess, seen

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


@pytest.mark.parametrize("columns", [80, 40])
def test_a_bar_shows_how_far_the_work_is_fits_leaves_room_for_ctrl_c_and_vanishes(tmp_path: Path, columns: int) -> None:
    terminal = TerminalProcess(tmp_path, program(), columns=columns)
    assert terminal.end() == 0
    bars = [line for line in re.split(r"[\r\n]+", unstyled(terminal.output)) if BAR in line]
    assert bars
    assert max(map(len, bars)) <= columns - ROOM
    assert ("3/3 steps, 0 s left  loss 2.5" in bars[-1]) == (columns > 40)
    assert seen(terminal.output) == LINES


@pytest.mark.parametrize(
    ("options", "variables", "lines"),
    [([], {"NO_COLOR": "1"}, LINES), ([], {"TERM": "dumb"}, LINES), (["--json"], {}, LINES), (["--quiet"], {}, [])],
    ids=["NO_COLOR", "dumb", "json", "quiet"],
)
def test_elsewhere_are_only_lines(
    tmp_path: Path, options: list[str], variables: dict[str, str], lines: list[str]
) -> None:
    terminal = TerminalProcess(tmp_path, [*program(), *options], variables)
    assert terminal.end() == 0
    assert terminal.output.splitlines()[:4] == lines
    assert "\033" not in terminal.output


def test_a_file_gets_only_lines(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(pipeline.__file__).parents[1])}
    command = [sys.executable, *program()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env=environment)
    assert done.stderr.splitlines() == LINES
    assert done.stdout == ""


def test_an_error_leaves_its_message_and_no_bar(tmp_path: Path) -> None:
    then = "from pipeline.errors import PublishError; raise PublishError('There is no such version.')"
    terminal = TerminalProcess(tmp_path, program(then))
    assert terminal.end() == 6
    assert BAR in terminal.output
    assert seen(terminal.output) == [LINE, LINE, LINE, "Error: There is no such version."]
    terminal = TerminalProcess(tmp_path, program(then), {"NO_COLOR": "1"})
    assert terminal.end() == 6
    assert terminal.output.splitlines() == [LINE, LINE, LINE, "Error: There is no such version."]


@pytest.mark.parametrize(("then", "signals"), [(WAIT, 1), (IN_C, 2)], ids=["in Python", "in C, twice"])
def test_ctrl_c_leaves_its_message_and_no_bar(tmp_path: Path, then: str, signals: int) -> None:
    """The second in C ends the process where it is: nothing of the first one's tidying up happens."""
    terminal = TerminalProcess(tmp_path, program(then))
    terminal.read_until("ready")
    terminal.read_until("3/3 steps")
    for _ in range(signals):
        terminal.press_ctrl_c()
    assert terminal.end() == 130
    assert seen(terminal.output) == [LINE, LINE, LINE, "ready", MESSAGE.strip()]


def unstyled(output: str) -> str:
    return re.sub(r"\033\[[\d;]*[A-Za-z]", "", output)
