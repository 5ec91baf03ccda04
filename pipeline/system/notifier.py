"""Pass a document on to a command of the user's, which may send it wherever somebody reads it."""

import os
import signal
import subprocess
from collections.abc import Sequence


def notify(command: Sequence[str], document: str, seconds: float, *, leave: bool = False) -> str | None:
    """Run a command with the document on stdin, and return what went wrong, as the end of a sentence, or None.

    What it prints goes to stderr. After `seconds` it is ended, or with `leave` it goes on by itself.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PIPELINE_NOTIFY"}  # it may call us
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=2,
            env=environment,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C in the terminal is not meant for it
        )
    except (OSError, ValueError) as error:
        return f"cannot be run: {getattr(error, 'strerror', None) or error}"
    try:
        process.communicate(document, timeout=seconds)
    except subprocess.TimeoutExpired:
        if leave:
            return None
        os.killpg(process.pid, signal.SIGKILL)  # with what it has started
        process.communicate()
        return f"took longer than {seconds:g} s and was ended"
    return f"ended with exit code {process.returncode}" if process.returncode else None
