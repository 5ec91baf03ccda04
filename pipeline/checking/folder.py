"""Read the files to check from a folder, within bounds."""

import os
import stat
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from pipeline.site import compress
from pipeline.site.compress import ENCODINGS
from pipeline.system.files import links_in
from pipeline.system.locks import LOCK_NAME

JSON_LIMIT = 2**24  # bytes of a manifest, pointer or signature
PAGE_LIMIT = 2**25  # bytes of a file of the page
# of one file that is fetched from an address, which is held in memory
FILE_BYTES = 2**28
SLACK = 1024  # bytes by which a compressed copy may be longer than its original


class Problem(Exception):  # noqa: N818 (what is found, not what went wrong in here)
    """Something is not as it must be; the message is half a sentence that continues the
    file's name.
    """


class Missing(Problem):
    """There is no such file."""


class Folder:
    """A folder on this machine. Paths are relative to it, with slashes."""

    def __init__(self, root: Path) -> None:
        """`root` exists."""
        self._root = root
        self._fetched: set[str] = set()

    def fetch(self, path: str, limit: int = JSON_LIMIT) -> Path:
        """The file itself; Problem if it has more than `limit` bytes or cannot be read,
        Missing if there is none.
        """
        file = self._root / inside(path)
        self._fetched.add(path)
        try:
            status = file.stat()
            if not os.access(file, os.R_OK):
                raise Problem("cannot be read (Permission denied)")
        except OSError as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            raise (
                Missing("is missing")
                if gone
                else Problem(f"cannot be read ({error.strerror})")
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise Problem("is not a file")
        if status.st_size > limit:
            raise Problem(f"has {status.st_size:,} bytes; at most {limit:,} are right")
        return file

    def copies(self, path: str, size: int) -> Iterator[tuple[str, str, bytes]]:
        """Yield the `.br` and `.gz` files beside a file of `size` bytes: path, in which
        form, unpacked content.

        Problem if one cannot be unpacked or has more than `size` bytes.
        """
        for encoding, suffix in ENCODINGS.items():
            copy = path + suffix
            if (self._root / copy).exists():
                yield (
                    copy,
                    "",
                    unpacked(
                        self.fetch(copy, size + SLACK).read_bytes(), encoding, size
                    ),
                )

    def files(self, folder: str = "", *, hidden: bool = False) -> list[str] | None:
        """All files below a folder, relative to it; locks and other hidden ones only if
        they are asked for.
        """
        prefix = f"{folder}/" if folder else ""
        below = [
            path.removeprefix(prefix) for path in self._all if path.startswith(prefix)
        ]
        return [
            path
            for path in below
            if hidden or not any(part[0] == "." for part in path.split("/"))
        ]

    def seen(self, folder: str = "") -> list[str]:
        """All files below a folder that are no copies."""
        prefix = f"{folder}/" if folder else ""
        return [
            prefix + path
            for path in self.files(folder) or ()
            if not path.endswith(tuple(ENCODINGS.values()))
        ]

    def rest(self) -> tuple[list[str], list[str]]:
        """All links, and all files that nobody has fetched, hidden ones included:

        but neither locks nor copies.
        """
        links = [
            path.relative_to(self._root).as_posix() for path in links_in(self._root)
        ]
        copies = {path for path in self.files() or () if compress.is_copy(Path(path))}
        left = {*self._all} - self._fetched - copies - {*links}
        return links, sorted(
            path for path in left if path.rpartition("/")[2] != LOCK_NAME
        )

    @cached_property
    def _all(self) -> list[str]:
        """All files, in order."""
        found = (
            Path(at) / name for at, _, names in os.walk(self._root) for name in names
        )
        return sorted(path.relative_to(self._root).as_posix() for path in found)

    def describe(self, path: str) -> str:
        """The path on this machine."""
        return str(self._root / path)


def inside(path: str) -> str:
    """The path, which must lead to a file below a folder, whatever a stranger wrote;
    Problem if it does not.
    """
    if any(part in ("", ".", "..") for part in path.split("/")) or set(path) & {
        "\\",
        ":",
        "\0",
    }:
        raise Problem("is not a path inside the folder")
    return path


def unpacked(content: bytes, encoding: str, size: int) -> bytes:
    """`compress.unpacked`, for which what is wrong is a Problem."""
    try:
        return compress.unpacked(content, encoding, size)
    except ValueError as error:
        raise Problem(str(error)) from error
