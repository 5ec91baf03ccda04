"""Interrupt whole builds at many moments, and say how each ended.

`bench faults` counts the same outcomes.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.workshop import PIPELINE, Workshop

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a build ended that got a signal."""

    number: signal.Signals
    after: float  # seconds from its start
    code: int  # negative: the number of the signal that ended it
    stdout: str
    stderr: str

    @property
    def kind(self) -> str:
        """The way it ended, in words; "PROBLEM: …" if it is not one that is promised."""
        if self.code == -self.number:
            # Before the first line of ours, or after the last: Python's own way. A
            # shell reports 130 after Ctrl-C.
            return "ended by the signal itself, before or after the command"
        if "Traceback" in self.stderr:
            return "PROBLEM: a traceback"
        if self.code == 130:
            return "130"
        if self.code == 0 and "is published in" in self.stdout:
            return "had finished"
        return f"PROBLEM: exit code {self.code}"


def interrupt(
    command: Sequence[str], folder: Path, number: signal.Signals, after: float
) -> Outcome | None:
    """Start a command, send it a signal, and wait for its end and that of its helpers;
    None if it had ended before.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_listen,
    )
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=after)
            return None
        os.killpg(process.pid, number)  # as a terminal sends it
        stdout, stderr = process.communicate()
        while any(is_alive(member) for member in _in_session(process.pid)):
            time.sleep(0.02)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    code = process.returncode
    return Outcome(number=number, after=after, code=code, stdout=stdout, stderr=stderr)


def _listen() -> None:
    """Take signals as on a terminal:

    under `nohup` and in the background of a shell, commands inherit ignoring them.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def sweep(workshop: Workshop, moments: int) -> list[Outcome]:
    """Interrupt a build at this many moments, spread evenly from its start to its end,
    with each signal in turn.

    The site must be whole after each.
    """
    command = [sys.executable, *PIPELINE, *workshop.build_arguments("--force")]
    started = time.monotonic()
    subprocess.run(command, cwd=workshop.folder, capture_output=True, check=True)
    whole = time.monotonic() - started
    outcomes = []
    for i in range(moments):
        number = SIGNALS[i % len(SIGNALS)]
        while True:
            outcome = interrupt(
                command, workshop.folder, number, whole * (i + 0.5) / moments
            )
            workshop.check_site()
            if outcome is not None:
                break
            whole *= 0.9  # the machine was busier when it was measured
        outcomes.append(outcome)
    return outcomes


def is_alive(pid: int) -> bool:
    """Return whether the process runs; one that ended and that nobody has waited for
    does not, as in some containers.

    An orphan goes to process 1, and not every process 1 waits for it.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def _in_session(session: int) -> list[int]:
    """The processes of a session."""
    members = []
    for pid in psutil.pids():
        with contextlib.suppress(OSError):  # it has just ended
            members += [pid] if os.getsid(pid) == session else []
    return members
