"""Ctrl-C, SIGTERM and SIGHUP end a command with exit code 130, at any moment.

The first of them raises KeyboardInterrupt, so that what is open is tidied up. An exception alone is not enough: Python
loses it in a destructor or a callback from C, a library may turn it into another one, and it waits while C code
computes. So a thread ends the process if it still runs some seconds later, or at the second signal, after calling what
`set_last_words` was given: a machine that reads our output is told of the interruption in any case. That is safe: a
process may be killed anywhere, as nothing half-written is ever in use, helpers end with their parent, and the next run
clears what is left. And a command that came to its end in spite of a signal has the exit code 130, too.

This module is imported before anything else, so it imports little.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

EXIT_CODE = 130  # what shells report after Ctrl-C: 128 + SIGINT
GRACE_SECONDS = 3.0  # to tidy up, which takes milliseconds
ARRIVAL_SECONDS = 1.0  # of a signal that a helper got at the same moment, which takes milliseconds
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
MESSAGE = "Interrupted. What is published is whole. Run the same command again to continue.\n"


class _State:
    """Of this process; changed by its main thread alone."""

    installed = False
    interrupted = False
    ending = False  # nothing is left to tidy up
    held_back = False  # until `held_back` ends
    grace = GRACE_SECONDS
    last_words: Callable[[], None] | None = None
    stderr = 2  # TensorFlow's start replaces file descriptor 2 for a while
    told = threading.Lock()  # held once the message has been printed
    before_message = ""


def run_interruptibly(command: Callable[[], None]) -> None:
    """Call `command`, and end the process with EXIT_CODE if a signal came meanwhile."""
    if _State.installed:  # by a caller
        command()
        return
    try:
        _install()
        command()
    except BaseException:
        _prepare_end()
        if not _State.interrupted:
            raise
    _prepare_end()
    if _State.interrupted:
        _end_at_once()  # sys.exit would not do: Python dies of SIGINT if C code has run Python code that it interrupted


def interrupted() -> bool:
    """Whether a signal came that was not forgotten."""
    return _State.interrupted


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt again if an earlier one was lost. Called where work begins that takes long."""
    if interrupted():
        raise KeyboardInterrupt


def raise_if_shared(code: int) -> None:
    """Raise KeyboardInterrupt if a helper's exit code says that it ended by a signal that came for this process, too.

    A terminal sends its signals to both; on a busy machine a helper can be gone before this process knows of its own.
    """
    until = time.monotonic() + ARRIVAL_SECONDS
    while -code in SIGNALS and not interrupted() and time.monotonic() < until:
        time.sleep(0.01)
    if -code in SIGNALS:
        raise_if_interrupted()


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Inside, the first signal raises KeyboardInterrupt at the end only.

    For code that an exception would end with SIGABRT: C++ that runs Python code where it cannot throw, such as that of
    modules which are being imported.
    """
    before, _State.held_back = _State.held_back, True
    try:
        yield
    finally:
        _State.held_back = before
    if not before:
        raise_if_interrupted()


def forget() -> None:
    """Take the signal that came for the regular end of the command."""
    _State.interrupted = False


def allow(seconds: float) -> None:
    """From now on, let this much more time pass between a signal and the end. A second signal still ends it at once."""
    _State.grace = GRACE_SECONDS + seconds


def set_last_words(function: Callable[[], None] | None) -> None:
    """What to call, in a signal's handler or another thread, before the process is ended where it is."""
    _State.last_words = function


def begin_message_with(text: str) -> None:
    """What to print before MESSAGE, to remove what is drawn on the terminal's last line."""
    _State.before_message = text


def tell() -> None:
    """Print MESSAGE, once."""
    if _State.told.acquire(blocking=False):
        with contextlib.suppress(OSError):  # the terminal is gone, as after SIGHUP
            os.write(_State.stderr, (_State.before_message + MESSAGE).encode())


def _install() -> None:
    chosen = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # `nohup` ignores SIGHUP
    _State.installed = True
    for number in chosen:
        signal.signal(number, _interrupt)
    import socket  # not before the handlers

    _State.stderr = os.dup(2)
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)  # written to even while C code computes

    def watch() -> None:
        while reader.recv(1)[0] not in chosen:
            pass
        first = time.monotonic()
        while (left := first + _State.grace - time.monotonic()) > 0:
            reader.settimeout(left)
            with contextlib.suppress(TimeoutError):
                reader.recv(1)
                break
        _end_at_once()

    threading.Thread(target=watch, daemon=True).start()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    if _State.interrupted or _State.ending:
        _end_at_once()
    _State.interrupted = True
    if not _State.held_back:
        raise KeyboardInterrupt


def _prepare_end() -> None:
    """From now on a signal ends the process where it is. While Python itself ends it calls no handlers any more."""
    _State.ending = True
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # for a shell this is 130 as well


def _end_at_once() -> None:
    tell()
    with contextlib.suppress(Exception):  # nobody is left to tell
        if _State.last_words:
            _State.last_words()
    os._exit(EXIT_CODE)
