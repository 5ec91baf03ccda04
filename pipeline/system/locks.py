"""One writer at a time in a folder: a second process waits, and says for whom.

The lock is the operating system's, on the file `.lock`: it ends with the process that holds it, however that ends, so
nothing ever has to be unlocked by hand. Its holder is named in a second file, because a locked file cannot be read on
Windows and older releases of filelock empty it when they try to lock it.
"""

import errno
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.system.files import make_folders, remove_stale_temporaries, write_files_atomically
from pipeline.system.progress import Progress, to_stderr

LOCK_NAME = ".lock"
OWNER_NAME = ".lock-owner.json"
# A wait that ends sooner is not worth a line, and a holder has written its name by then (it takes about a millisecond).
QUIET_SECONDS = 0.3

_held = threading.local()  # .folders: those that this thread holds, so that it never waits for itself


@contextmanager
def exclusive(folder: Path, *, progress: Progress = to_stderr) -> Iterator[None]:
    """Hold `folder` (made if missing) for this process alone; waits, and says once for whom, when another has it.

    The same thread may enter again. Waiting can be interrupted with Ctrl-C.

    Raises:
        OSError: the folder, or the lock file in it, cannot be written.
    """
    make_folders(folder)
    key = folder.resolve()
    folders: set[Path] = _held.__dict__.setdefault("folders", set())
    if key in folders:
        yield
        return

    from filelock import FileLock, Timeout  # imported late: only commands that write need it

    lock = FileLock(key / LOCK_NAME)
    owner = key / OWNER_NAME
    try:
        lock.acquire(timeout=QUIET_SECONDS)
    except Timeout:
        progress(f"Waiting for {_describe(owner)} in {folder} to end.")
        lock.acquire()
    except NotImplementedError as error:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK), str(folder)) from error
    try:
        remove_stale_temporaries(key)  # of a process that was killed while it held the lock
        write_files_atomically([(owner, _own_name())])
        folders.add(key)
        try:
            yield
        finally:
            folders.discard(key)
            owner.unlink(missing_ok=True)
    finally:
        lock.release()


def _own_name() -> bytes:
    return json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()


def _describe(owner: Path) -> str:
    try:
        known = json.loads(owner.read_bytes())
        return f"process {int(known['pid'])}, which has been working since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process, which is working"  # it has just ended, or has not written its name yet
