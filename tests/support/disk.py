"""Stand between a process and the disk: on every way from Python to it.

These are the functions of `os`, opened files, locks, and the system call that Python
reaches through ctypes. A test that wants to see or disturb the calls does so in a
forked process, for good.
"""

import builtins
import ctypes
import fcntl
import functools
import io
import os
import pickle
from collections.abc import Callable
from typing import Any

# Functions of `os` that reach the disk. Others of the standard library (pathlib,
# shutil) call these.
_FUNCTIONS = (
    *(
        "open",
        "close",
        "read",
        "write",
        "stat",
        "lstat",
        "fstat",
        "scandir",
        "listdir",
        "mkdir",
        "rmdir",
    ),
    *(
        "unlink",
        "remove",
        "rename",
        "replace",
        "utime",
        "link",
        "symlink",
        "readlink",
        "chmod",
        "truncate",
        "access",
    ),
)


def forked(work: Callable[[], object]) -> tuple[int, Any]:
    """Run this in a forked process:

    its exit code, and what it returns; None if it was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            real = io.open
            answer = work()
            with real(writer, "wb") as pipe:
                pickle.dump(answer, pipe)
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        answered = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, (pickle.loads(answered) if answered else None)  # noqa: S301 (our own child's)


class Watch:
    """Receive each call of the code under test, and make it."""

    def call(
        self, name: str, real: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        """Make a call:

        of a function of `os` by its name, "… file" of an opened file, or "exchange" of
        the library.
        """
        raise NotImplementedError

    def closed(self, path: Any, mode: str) -> None:
        """Told of each opened file that was closed."""

    def watch(self) -> None:
        """Put this between the process and the disk."""
        for name in _FUNCTIONS:
            setattr(os, name, functools.partial(self.call, name, getattr(os, name)))
        # Without a cut of the power no test can tell, and it takes most of the time.
        os.fsync = functools.partial(self.call, "fsync", lambda descriptor: None)
        fcntl.flock = functools.partial(self.call, "flock", fcntl.flock)
        builtins.open = io.open = functools.partial(self._open, io.open)
        real = ctypes.CDLL
        ctypes.CDLL = lambda *args, **options: _Library(self, real(*args, **options))  # type: ignore[misc,assignment]

    def _open(
        self,
        real: Callable[..., Any],
        file: Any,
        mode: str = "r",
        *args: Any,
        **options: Any,
    ) -> Any:
        return _File(
            self, self.call("open file", real, file, mode, *args, **options), file, mode
        )


class _File:
    """An opened file."""

    def __init__(self, disk: Watch, file: Any, path: Any, mode: str) -> None:
        self._disk, self._file, self._path, self._mode = disk, file, path, mode

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, *args: Any) -> Any:
        return self._disk.call("read file", self._file.read, *args)

    def readinto(self, buffer: Any) -> Any:
        return self._disk.call("read file", self._file.readinto, buffer)

    def write(self, content: Any) -> Any:
        return self._disk.call("write file", self._file.write, content)

    def flush(self) -> None:
        self._disk.call("flush file", self._file.flush)

    def close(self) -> None:
        self._disk.call("close file", self._file.close)
        self._disk.closed(self._path, self._mode)


class _Library:
    """The system's library, which exchanges two folders; its functions set errno and
    return -1 when they fail.
    """

    def __init__(self, disk: Watch, library: Any) -> None:
        self._disk, self._library = disk, library

    def __getattr__(self, name: str) -> Any:
        return functools.partial(
            self._disk.call, "exchange", getattr(self._library, name)
        )
