"""How a command ends after a signal, whatever becomes of the exception."""

import os
import signal
import subprocess
import sys
import time

import pytest

from pipeline.system.interrupts import MESSAGE, SIGNALS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends signals")

BEGIN = """
import os, signal, sys, time
from pipeline.system.interrupts import *

def wait():
    print("ready", flush=True)
    time.sleep(60)

def command():
"""
END = "\nrun_interruptibly(command)\nprint('went on')"
TIDIES = """
    try:
        wait()
    finally:
        print("tidy", flush=True)
"""
FINISHES = """
    try:
        wait()
    except KeyboardInterrupt:
        pass
"""
LOST = """
    class Deaf:
        def __del__(self):
            wait()
    Deaf()
"""  # Python prints and forgets what is raised there
# Commands that make something else of the exception, or do not notice the signal.
OTHERS = {
    "another": (
        FINISHES.replace("KeyboardInterrupt", "BaseException").replace(
            "pass", "raise ValueError('a library')"
        )
    ),
    "none": FINISHES,
    "C": (
        "    import hashlib; print('ready', flush=True); hashlib.pbkdf2_hmac('sha256',"
        " b'', b'', 10**9)"
    ),
    "exec": """    exec("print('ready', flush=True); time.sleep(60)")""",
    "lost by Python": LOST,
}


# Under nohup, which these tests must not depend on, children would inherit that SIGHUP
# is ignored.
LISTENS = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"


def start(command: str, before: str = LISTENS) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", before + BEGIN + command + END],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(
    process: subprocess.Popen[str], *numbers: signal.Signals
) -> tuple[int, str, str]:
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.1)
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_open_work_is_tidied_up(number: signal.Signals) -> None:
    assert end(start(TIDIES), number) == (130, "tidy\n", MESSAGE)


@pytest.mark.parametrize("command", OTHERS.values(), ids=OTHERS)
def test_whatever_becomes_of_the_exception_the_exit_code_is_130_without_a_traceback(
    command: str,
) -> None:
    assert end(start(command), signal.SIGTERM) == (130, "", MESSAGE)


def test_a_second_signal_ends_it_at_once() -> None:
    stubborn = FINISHES.replace("pass", "time.sleep(60); print('slept')")
    assert end(start(stubborn), signal.SIGINT, signal.SIGINT) == (130, "", MESSAGE)


def test_a_signal_that_the_caller_had_ignored_stays_ignored() -> None:
    """As `nohup` does with SIGHUP."""
    before = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    assert end(
        start("    print('ready', flush=True); time.sleep(1)", before), signal.SIGHUP
    ) == (0, "went on\n", "")


def test_a_signal_that_is_the_regular_end_is_forgotten() -> None:
    assert end(start(FINISHES.replace("pass", "forget()")), signal.SIGINT) == (
        0,
        "went on\n",
        "",
    )
