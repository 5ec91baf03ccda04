"""Targets that fsspec opens: folders, in which a file is written aside and renamed, and buckets of whole objects."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from pipeline.deploying.site_files import LOCK_FOLDER

OWNER = f"{LOCK_FOLDER}/owner.json"
_UPLOAD = f"{LOCK_FOLDER}/upload"  # the file that is being written


class Store(Protocol):
    """Files below the root of a target; their paths are relative to it. Errors are those of the library beneath."""

    holds_headers: bool
    connections: int  # uploads at once

    def listing(self) -> dict[str, int]:
        """Path → bytes of each file, that of the lock left out; empty if there is nothing."""
        ...

    def read(self, path: str) -> bytes | None:
        """The content of a file; None if there is none."""
        ...

    def put(self, path: str, source: Path, headers: Mapping[str, str]) -> None:
        """Create or replace a file in one step."""
        ...

    def delete(self, paths: Iterable[str], left: Iterable[str]) -> None:
        """Delete files in this order, then the folders that have none of those that are left."""
        ...

    def lock(self, owner: bytes, name: str) -> bool:
        """Create OWNER with this content, unless it exists; `name` is of letters and digits, the same for a machine."""
        ...

    def unlock(self) -> None:
        """Delete what `lock` created, and what is left of an upload."""
        ...


class FolderStore:
    """A folder on this machine, an SFTP server or a WebDAV server."""

    holds_headers = False
    connections = 1

    def __init__(
        self,
        fs: Any,
        root: str,
        *,
        put: Callable[[str, str], object],
        replace: Callable[[str, str], object] | None,
        create: Callable[[str, str], object],
    ) -> None:
        """The functions that take two paths.

        Args:
            fs: does everything else.
            root: the folder.
            put: uploads a file.
            replace: renames a file to one that may exist; None where `put` shows a file once it is whole.
            create: renames a folder; fails if there is one of that name that is not empty.
        """
        self._fs, self._root = fs, root
        self._put, self._replace, self._create = put, replace, create
        self._folders: set[str] = set()  # that exist

    def listing(self) -> dict[str, int]:
        """See Store."""
        self._folders.clear()
        found: dict[str, int] = {}
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                entries = self._fs.ls(self._at(folder), detail=True)
            except FileNotFoundError:
                if folder:
                    raise
                return {}
            self._folders.add(folder)
            for entry in entries:
                path = str(PurePosixPath(folder, PurePosixPath(entry["name"].replace("\\", "/")).name))
                if path == LOCK_FOLDER or path.startswith(f"{LOCK_FOLDER}-"):
                    continue
                if entry["type"] == "directory":
                    waiting.append(path)
                else:
                    found[path] = int(entry["size"] or 0)
        return found

    def read(self, path: str) -> bytes | None:
        """See Store."""
        try:
            return bytes(self._fs.cat_file(self._at(path)))
        except FileNotFoundError:
            return None

    def put(self, path: str, source: Path, headers: Mapping[str, str]) -> None:  # noqa: ARG002 (as in every store)
        """See Store. What is being written lies in the lock's folder, so a kill leaves nothing elsewhere."""
        self._make_folder(path.rpartition("/")[0])
        self._put(str(source), self._at(_UPLOAD if self._replace else path))
        if self._replace:
            self._replace(self._at(_UPLOAD), self._at(path))

    def delete(self, paths: Iterable[str], left: Iterable[str]) -> None:
        """See Store."""
        paths = list(paths)
        for path in paths:
            self._fs.rm_file(self._at(path))
        needed, empty = _folders_of(left), _folders_of(paths)
        for folder in sorted(empty - needed, key=len, reverse=True):
            with contextlib.suppress(OSError):  # somebody put something there meanwhile
                self._fs.rmdir(self._at(folder))
            self._folders.discard(folder)

    def lock(self, owner: bytes, name: str) -> bool:
        """See Store. The folder appears with its owner in it, by a renaming that fails if there is one."""
        mine = f"{LOCK_FOLDER}-{name}"
        self._fs.makedirs(self._at(mine), exist_ok=True)
        self._fs.pipe_file(self._at(f"{mine}/owner.json"), owner)
        for _ in range(2):
            try:
                self._create(self._at(mine), self._at(LOCK_FOLDER))
                return True
            except Exception:  # each package raises its own: what lies there now says why
                if not self._fs.exists(self._at(LOCK_FOLDER)):
                    raise
                if self.read(OWNER) is not None:
                    break
                self.unlock()  # a kill left it empty
        self._fs.rm_file(self._at(f"{mine}/owner.json"))
        self._fs.rmdir(self._at(mine))
        return False

    def unlock(self) -> None:
        """See Store."""
        for path in (_UPLOAD, OWNER):
            with contextlib.suppress(FileNotFoundError):
                self._fs.rm_file(self._at(path))
        with contextlib.suppress(OSError):  # the next deployer has it
            self._fs.rmdir(self._at(LOCK_FOLDER))

    def _make_folder(self, folder: str) -> None:
        if folder not in self._folders:
            self._fs.makedirs(self._at(folder), exist_ok=True)
            self._folders |= _folders_of([f"{folder}/"])

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/") or "/" if self._root else path


class BucketStore:
    """A bucket, or what lies below a prefix in one. Its objects are replaced whole, and keep the headers they get."""

    holds_headers = True
    connections = 8

    def __init__(self, fs: Any, root: str, keywords: Callable[[Mapping[str, str]], dict[str, Any]]) -> None:
        """`keywords` turns HTTP headers into the arguments that the library takes for them."""
        self._fs, self._root, self._keywords = fs, root, keywords

    def listing(self) -> dict[str, int]:
        """See Store."""
        self._fs.invalidate_cache()
        found = self._fs.find(self._root, detail=True)
        paths = {name.removeprefix(self._root).strip("/"): int(info["size"] or 0) for name, info in found.items()}
        return {path: size for path, size in paths.items() if path and path != OWNER}

    def read(self, path: str) -> bytes | None:
        """See Store."""
        try:
            return bytes(self._fs.cat_file(self._at(path)))
        except FileNotFoundError:
            return None

    def put(self, path: str, source: Path, headers: Mapping[str, str]) -> None:
        """See Store."""
        self._fs.put_file(str(source), self._at(path), **self._keywords(headers))

    def delete(self, paths: Iterable[str], left: Iterable[str]) -> None:  # noqa: ARG002 (as in every store)
        """See Store. Buckets have no folders."""
        for path in paths:
            self._fs.rm_file(self._at(path))

    def lock(self, owner: bytes, name: str) -> bool:  # noqa: ARG002 (as in every store)
        """See Store. Stores that ignore the condition are asked before and after, which leaves a moment between."""
        if self.read(OWNER) is not None:
            return False
        try:
            self._fs.pipe_file(self._at(OWNER), owner, mode="create")
        except FileExistsError:
            return False
        return self.read(OWNER) == owner

    def unlock(self) -> None:
        """See Store."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._at(OWNER))

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def _folders_of(paths: Iterable[str]) -> set[str]:
    """All folders that lie on the way to some paths, the root left out."""
    return {str(folder) for path in paths for folder in PurePosixPath(f"{path}x").parents if str(folder) != "."}
