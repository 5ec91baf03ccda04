"""Where the files to check are: a folder, or an address on the web. Both are read within bounds."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from pipeline.site import compress
from pipeline.site.compress import ENCODINGS
from pipeline.system.locks import LOCK_NAME, OWNER_NAME
from pipeline.system.outside import parse_json

JSON_LIMIT = 2**24  # bytes of a manifest, pointer or signature
PAGE_LIMIT = 2**25  # bytes of a file of the page
SLACK = 1024  # bytes by which a compressed copy may be longer than its original


class Problem(Exception):  # noqa: N818 (what is found, not what went wrong in here)
    """Something is not as it must be; the message is half a sentence that continues the file's name."""


class Missing(Problem):
    """There is no such file."""


def reason(error: Exception, otherwise: str) -> str:
    """What is wrong with a file: the problem itself, or what another error while decoding it amounts to."""
    return str(error) if isinstance(error, Problem) else otherwise


class Place(Protocol):
    """Files below a folder or an address. Paths are relative to it, with slashes."""

    def fetch(self, path: str, limit: int = JSON_LIMIT) -> Path:
        """A file on this disk with the content of `path`.

        Problem if it has more than `limit` bytes or cannot be had, Missing if there is none.
        """
        ...

    def copies(self, path: str, size: int) -> Iterator[tuple[str, bytes]]:
        """What hosts send compressed in place of a file of `size` bytes: a name for people, and the unpacked content.

        Problem if one cannot be unpacked or has more than `size` bytes.
        """
        ...

    def files(self, folder: str = "") -> list[str] | None:
        """Paths of all files below a folder, relative to it; None where folders cannot be listed, as on the web."""
        ...

    def seen(self, folder: str = "") -> list[str]:
        """Paths of the originals whose copies can be asked for: all files below a folder, or all that were fetched."""
        ...

    def describe(self, path: str) -> str:
        """The path or address, for people."""
        ...


class Folder:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        """`root` exists."""
        self._root = root
        self._fetched: set[str] = set()

    def fetch(self, path: str, limit: int = JSON_LIMIT) -> Path:
        """The file itself."""
        file = self._root / inside(path)
        self._fetched.add(path)
        try:
            status = file.stat()
            if not os.access(file, os.R_OK):
                raise Problem("cannot be read (Permission denied)")
        except OSError as error:
            gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            raise Missing("is missing") if gone else Problem(f"cannot be read ({error.strerror})") from error
        if not stat.S_ISREG(status.st_mode):
            raise Problem("is not a file")
        if status.st_size > limit:
            raise Problem(f"has {status.st_size:,} bytes; at most {limit:,} are right")
        return file

    def copies(self, path: str, size: int) -> Iterator[tuple[str, bytes]]:
        """The `.br` and `.gz` files beside it."""
        for encoding, suffix in ENCODINGS.items():
            copy = path + suffix
            if (self._root / copy).exists():
                yield self.describe(copy), unpacked(self.fetch(copy, size + SLACK).read_bytes(), encoding, size)

    def files(self, folder: str = "") -> list[str] | None:
        """All files but locks and other hidden ones."""
        top = self._root / folder
        found = []
        for current, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [(Path(current) / name).relative_to(top).as_posix() for name in sorted(names) if name[0] != "."]
        return found

    def seen(self, folder: str = "") -> list[str]:
        """All files below a folder that are no copies."""
        prefix = f"{folder}/" if folder else ""
        return [prefix + path for path in self.files(folder) or () if not path.endswith(tuple(ENCODINGS.values()))]

    def rest(self) -> tuple[list[str], list[str]]:
        """All links, and all files that nobody has fetched, hidden ones included: but neither locks nor copies."""
        links, files, listed = [], [], {*(self.files() or ())}
        for current, folders, names in os.walk(self._root):
            at = Path(current)
            for path in [*(at / name for name in names), *(at / name for name in folders if (at / name).is_symlink())]:
                relative = path.relative_to(self._root).as_posix()
                if path.is_symlink():
                    links.append(relative)
                elif relative in self._fetched or path.name in (LOCK_NAME, OWNER_NAME):
                    continue
                elif not compress.is_copy(path) or relative not in listed:
                    files.append(relative)
        return sorted(links), sorted(files)

    def describe(self, path: str) -> str:
        """The path on this machine."""
        return str(self._root / path)


def inside(path: str) -> str:
    """The path, which must lead to a file below a folder, whatever a stranger wrote; Problem if it does not."""
    if any(part in ("", ".", "..") for part in path.split("/")) or set(path) & {"\\", ":", "\0"}:
        raise Problem("is not a path inside the folder")
    return path


def read_json(place: Place, path: str) -> Any:
    """The values in a JSON file; Problem if it cannot be read."""
    try:
        return parse_json(place.fetch(path).read_bytes())
    except ValueError as error:
        raise Problem(f"is not JSON ({error})") from error


def exists(place: Place, path: str) -> bool:
    """Tell whether there is such a file, if only one that cannot be read."""
    try:
        place.fetch(path)
    except Problem as problem:
        return not isinstance(problem, Missing)
    return True


def unpacked(content: bytes, encoding: str, size: int) -> bytes:
    """`compress.unpacked`, for which what is wrong is a Problem."""
    try:
        return compress.unpacked(content, encoding, size)
    except ValueError as error:
        raise Problem(str(error)) from error
