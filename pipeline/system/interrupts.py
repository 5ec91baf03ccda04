"""Ctrl-C, SIGTERM and SIGHUP end a command with exit code 130, at any moment.

The first of them raises KeyboardInterrupt, so that what is open is tidied up. Python
loses exceptions in destructors, libraries turn them into others, and C code delays
them. So a thread ends the process after some seconds, or at the second signal, which is
safe: nothing half-written is ever in use, and the next run clears what is left.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

EXIT_CODE = 130  # what shells report after Ctrl-C: 128 + SIGINT
GRACE_SECONDS = 3.0  # to tidy up, which takes milliseconds
SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)
MESSAGE = (
    "Interrupted. What is published is whole. Run the same command again to continue.\n"
)


class _State:
    """This process's state."""

    interrupted = False
    held_back = False
    stderr = 2  # TensorFlow's start replaces file descriptor 2 for a while


def run_interruptibly(command: Callable[[], None]) -> None:
    """Call `command`, and end the process with EXIT_CODE if a signal comes meanwhile,
    whatever it raises.
    """
    # `nohup` ignores SIGHUP
    chosen = [
        number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN
    ]
    for number in chosen:
        signal.signal(number, _interrupt)
    try:
        _watch(chosen)
        command()
    finally:
        for number in chosen:  # nothing is left to tidy up
            signal.signal(number, signal.SIG_DFL)
        if _State.interrupted:
            _end_at_once()


def interrupted() -> bool:
    """Tell whether a signal came."""
    return _State.interrupted


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Inside, a signal raises KeyboardInterrupt at the end only.

    For code that an exception would end with SIGABRT: C++ that runs Python code where
    it cannot throw, such as that of modules which are being imported.
    """
    _State.held_back = True
    try:
        yield
    finally:
        _State.held_back = False
    if _State.interrupted:
        raise KeyboardInterrupt


def forget() -> None:
    """Take the signal that came for the regular end of the command."""
    _State.interrupted = False


def _watch(chosen: list[signal.Signals]) -> None:
    """Start the thread that ends the process.

    The signals wake it up even while C code computes.
    """
    import socket  # not before the handlers

    _State.stderr = os.dup(2)
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)

    def watch() -> None:
        while reader.recv(1)[0] not in chosen:
            pass
        reader.settimeout(GRACE_SECONDS)
        with contextlib.suppress(TimeoutError):
            reader.recv(1)
        _end_at_once()

    threading.Thread(target=watch, daemon=True).start()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    is_first, _State.interrupted = not _State.interrupted, True
    # where a destructor or C++ loses the exception, Python prints a traceback
    sys.unraisablehook = lambda _lost: None
    if is_first and not _State.held_back:
        raise KeyboardInterrupt


def _end_at_once() -> None:
    with contextlib.suppress(OSError):  # the terminal is gone, as after SIGHUP
        os.write(_State.stderr, MESSAGE.encode())
    os._exit(EXIT_CODE)
