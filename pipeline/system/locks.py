"""One writer at a time in a folder: a second process waits, and says which process it is waiting for.

The operating system locks the file `.lock` and releases it when the holder exits, however it exits, so nothing ever has
to be unlocked by hand. The holder is named in a second file, because a locked file cannot be read on Windows and older
releases of filelock truncate it when they try to lock it.
"""

import contextlib
import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.system.files import make_folders, remove_stale_temporaries, write_files_atomically
from pipeline.system.json_records import utc_now
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress, to_stderr

LOCK_NAME = ".lock"
OWNER_NAME = ".lock-owner.json"
# A shorter wait is not worth a message, and by then the holder has written its name (it takes about a millisecond).
QUIET_SECONDS = 0.3

_held = threading.local()  # .folders: those this thread holds, so that it never waits for itself


class BusyError(Exception):
    """Another process has the lock."""


@contextmanager
def exclusive(folder: Path, *, wait: bool = True, progress: Progress = to_stderr) -> Iterator[None]:
    """Hold an exclusive lock on `folder`, which is created if missing; while another process has it, wait.

    A wait is reported once and can be interrupted with Ctrl-C. A thread that holds the lock may take it again. Without
    `wait`, a lock that another process has is a BusyError.
    """
    make_folders(folder)
    key = folder.resolve()
    folders: set[Path] = _held.__dict__.setdefault("folders", set())
    if key in folders:
        yield
        return

    from filelock import FileLock, Timeout  # imported here because only commands that write need it

    lock = FileLock(key / LOCK_NAME)
    owner = key / OWNER_NAME
    try:
        lock.acquire(timeout=QUIET_SECONDS)
    except Timeout as error:
        if not wait:
            raise BusyError(f"{_describe(owner)} is using {folder}") from error
        progress(f"Waiting for {_describe(owner)} to finish in {folder}.")
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(folder)) from error
    try:
        remove_stale_temporaries(key)  # left by a process that was killed while it held the lock
        try:
            write_files_atomically([(owner, json.dumps({"pid": os.getpid(), "since": utc_now()}).encode())])
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):  # a full disk must not keep us from freeing some of it
                raise
        folders.add(key)
        try:
            yield
        finally:
            folders.discard(key)
    finally:
        # What was done under the lock is done, also when the disk fails now: the system releases it at exit.
        with contextlib.suppress(OSError):
            owner.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            lock.release()


def _describe(owner: Path) -> str:
    try:
        known = read_json(owner)
        return f"process {int(known['pid'])} (started {known['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"  # it has just finished, or has not written its name yet
