"""One writer at a time in a folder: a second process waits, and says so.

The operating system locks the file `.lock` and releases it when the holder exits,
however it exits, so nothing ever has to be unlocked by hand.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.system.files import make_folders, remove_stale_temporaries
from pipeline.system.progress import Progress, to_stderr

LOCK_NAME = ".lock"
QUIET_SECONDS = 0.3  # a shorter wait is not worth a message


@contextmanager
def exclusive(folder: Path, *, progress: Progress = to_stderr) -> Iterator[None]:
    """Hold an exclusive lock on `folder`, which is created if missing; while another
    process has it, wait.

    A wait is reported once and can be interrupted with Ctrl-C. A thread that holds the
    lock may take it again.
    """
    # imported here because only commands that write need it
    from filelock import (
        FileLock,
        Timeout,
    )

    make_folders(folder)
    key = folder.resolve()
    lock = FileLock(key / LOCK_NAME, is_singleton=True)
    try:
        lock.acquire(timeout=QUIET_SECONDS)
    except Timeout:
        progress(f"Waiting for another process to finish in {folder}.")
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(folder)) from error
    try:
        if lock.lock_counter == 1:
            # left by a process that was killed while it held the lock
            remove_stale_temporaries(key)
        yield
    finally:
        # the disk fails, but what was done is done: the system releases it at exit
        with contextlib.suppress(OSError):
            lock.release()
