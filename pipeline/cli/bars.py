"""Progress on a terminal: lines of text, and a last line that changes until the work ends."""

import os
import sys

ERASE_LINE = "\r\033[2K"
ROOM = 3  # columns after the last line: the ^C that a terminal echoes there must not begin another


class Terminal:
    """The terminal behind stderr. The lines that stay are those that a file would get."""

    def __init__(self) -> None:
        """Remember the terminal: TensorFlow's start replaces file descriptor 2 for a while."""
        self._terminal = os.dup(2)
        self._last = ""

    def line(self, text: str) -> None:
        """Print a line, above the last one."""
        self._write(f"{text}\n{self._last}")

    def status(self, text: str) -> None:
        """Replace the last line; "" removes it."""
        self._last = text[: (os.get_terminal_size(self._terminal).columns or 80) - ROOM]
        self._write(self._last)

    def _write(self, text: str) -> None:
        os.write(self._terminal, (ERASE_LINE + text).encode(sys.stderr.encoding, "backslashreplace"))


def is_drawable() -> bool:
    """Tell whether stderr is a terminal that can draw, and its owner has not asked for plain text (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")
