"""What makes a child process end with this one, even if this one is killed: a pipe that closes with it.

The child's stdin is the reading end, and a thread of the child waits for its end: `end_with_parent` in Python,
`web/verify/parent.mjs` in JavaScript. This works on every system and needs nobody to clean up.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lifeline() -> Iterator[int]:
    """The stdin for a child, as a file descriptor; children that still have it end with the block."""
    reader, writer = os.pipe()  # no child inherits the writing end
    try:
        yield reader
    finally:
        os.close(writer)
        os.close(reader)


def end_with_parent() -> None:
    """In a child whose stdin is a `lifeline`: end this process, whatever it is doing, when its parent ends."""

    def wait() -> None:
        os.read(0, 1)  # nothing is ever written
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
