"""Run a program on a pseudo-terminal, and read what a person would see there."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

# Text, ends of lines, and the sequence that erases a line.
_PARTS = re.compile(r"\r|\n|\033\[2K|[^\r\n\033]+")


class TerminalProcess:
    """`python ARGUMENTS` with a terminal as stdin, stdout and stderr."""

    def __init__(
        self, folder: Path, arguments: Sequence[str], variables: Mapping[str, str] | None = None, *, columns: int = 80
    ) -> None:
        """Start it in `folder`, with these environment variables besides the usual ones."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        package = str(Path(__file__).parents[2])
        plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**plain, "PYTHONPATH": package, "TERM": "xterm-256color", **(variables or {})},
            preexec_fn=lambda: os.login_tty(slave),
        )
        os.close(slave)
        self.output = ""

    def read_until(self, text: str) -> None:
        """Wait until this text was printed."""
        while text not in self.output:
            assert self._read(), f"ended without {text!r}: {self.output!r}"

    def press_ctrl_c(self) -> None:
        """The terminal echoes it, and sends the signal to all processes of the command."""
        os.write(self._master, b"\x03")

    def end(self) -> int:
        """Read the rest, and return the exit code."""
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait()

    def _read(self) -> bool:
        part = b""
        with contextlib.suppress(OSError):  # Linux's way to say that the other side is closed
            part = os.read(self._master, 2**16)
        self.output += part.decode(errors="replace")
        return part != b""


def seen(output: str) -> list[str]:
    """The lines that stay on an endless, wide screen."""
    lines, column = [""], 0
    for part in _PARTS.findall(re.sub(r"\033\[[\d;]*m", "", output)):
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
