"""Whatever fsspec opens: a folder, a bucket, a server. A file that only one can create keeps deployers apart."""

import contextlib
import importlib.util
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.deploying.plan import LINK, Target
from pipeline.errors import ConfigError, PublishError
from pipeline.system.files import make_folders, put, sync_folder
from pipeline.system.progress import Progress

LOCK = ".deploying"  # on a target; with a suffix, a file that is being written
_OWN = re.compile(r"\.deploying(-[0-9a-f]{16})?")
PATIENCE = 60.0  # s without a sign of life after which a lock is one that a kill left
SIGNS = 10.0  # s between signs of life
_POLL = 0.5  # s
# Scheme → the package of its driver. fsspec's own for SFTP takes any host for the right one.
_DRIVERS = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
    "sftp": "sshfs",
    "webdav": "webdav4[fsspec]",
}
_WRITES_IN_PLACE = ("file", "sftp")  # drivers that show a file while it is being written
# How the drivers of buckets take the headers that an object keeps.
_HEADERS: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    "s3fs": lambda headers: {name.replace("-", ""): value for name, value in headers.items()},
    "gcsfs": lambda headers: {"content_type": headers["Content-Type"], "fixed_key_metadata": _lower(headers)},
    "adlfs": lambda headers: {"content_settings": _lower(headers)},
}


class Store:
    """Files below the root of a target; their paths are relative to it. Errors are those of the driver."""

    def __init__(self, target: Target) -> None:
        """Connect. ConfigError if fsspec knows no such scheme, PublishError if a package is missing."""
        driver = _DRIVERS.get(target.scheme, "fsspec")
        is_missing = importlib.util.find_spec(driver.partition("[")[0]) is None
        parts = urlsplit(target.url if "://" in target.url else "")
        login = {"username": parts.username, "password": parts.password}
        login = {key: unquote(value) for key, value in login.items() if value and "%" in value}
        try:
            if is_missing:
                raise ImportError(f"no {driver}")
            import fsspec
            from fsspec.implementations.dirfs import DirFileSystem

            # sshfs asks for no host's key unless it is told where they are
            hosts = str(Path("~/.ssh/known_hosts").expanduser())
            fsspec.config.conf.setdefault("sftp", {}).setdefault("known_hosts", hosts)
            fs, root = fsspec.url_to_fs(str(target.path or target.url), skip_instance_cache=True, **login)
        except ImportError as error:
            raise PublishError(
                f"To deploy to {target.scheme}://, its driver must be installed. Received: {error}. "
                + (f"Install it: pip install '{driver}'" if is_missing else "Install what that names.")
            ) from error
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"A target must be a git repository, a folder, or an address that fsspec opens. Received: "
                f"{target!s:.200} ({target.hide(str(error)):.200}). Correct it, or set what its driver needs, such as "
                "FSSPEC_WEBDAV_BASE_URL for webdav://."
            ) from error
        self._fs = DirFileSystem(root, fs)
        self._in_place, self._folder = target.scheme in _WRITES_IN_PLACE, target.path
        self._keywords, self._owner, self._signed = _HEADERS.get(driver), b"", 0.0
        self.holds_headers = self._keywords is not None
        self.connections = 8 if fs.async_impl else 1

    def listing(self) -> dict[str, int]:
        """Path → bytes of each file, LINK for what is neither file nor folder; the lock is left out."""
        self._fs.fs.invalidate_cache()
        try:
            self._fs.ls("")  # `find` keeps silent where there is nothing, or no access
        except FileNotFoundError:
            return {}
        return {
            path: int(info["size"] or 0) if info.get("type") == "file" else LINK
            for path, info in self._fs.find("", detail=True).items()
            if not _OWN.fullmatch(path) and info.get("type") != "directory"  # by which some mark a folder of a bucket
        }

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        try:
            return bytes(self._fs.cat_file(path))
        except FileNotFoundError:
            return None

    def put(self, path: str, content: bytes, headers: Mapping[str, str]) -> None:
        """Create or replace a file in one step."""
        if self._in_place:
            aside = f"{LOCK}-{secrets.token_hex(8)}"
            if self._folder:  # each step is flushed: a power cut loses, tears and reorders what is not
                make_folders((self._folder / path).parent)
                with open(self._folder / aside, "xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                put(self._folder / aside, self._folder / path)
            else:
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._fs.pipe_file(aside, content)
                self._fs.mv(aside, path)
        else:
            self._fs.pipe_file(path, content, **(self._keywords(headers) if self._keywords else {}))

    def delete(self, path: str) -> None:
        """Delete a file, and the folders above it that are empty then."""
        self._fs.rm_file(path)
        if self._folder:
            sync_folder((self._folder / path).parent)
        with contextlib.suppress(OSError):  # not empty
            while self._in_place and (path := path.rpartition("/")[0]):
                self._fs.rmdir(path)

    @contextmanager
    def locked(self, progress: Progress) -> Iterator[None]:
        """Keep other deployers away. While one gives signs of life, wait; one that gives none was killed."""
        if not self.holds_headers:
            self._fs.makedirs("", exist_ok=True)
        seen, since = b"", time.monotonic()
        while not self._take():
            if (there := self.read(LOCK) or b"") != seen:
                if not seen:
                    progress(f"Waiting for {there.decode(errors='replace')}; {PATIENCE:.0f} s if that was killed.")
                seen, since = there, time.monotonic()
            elif time.monotonic() - since >= PATIENCE:
                with contextlib.suppress(FileNotFoundError):  # it has just ended
                    self._fs.rm_file(LOCK)
            time.sleep(_POLL)
        try:
            for path in self._fs.ls("", detail=False):
                if path != LOCK and _OWN.fullmatch(path):  # a killed one was writing it
                    self._fs.rm_file(path)
            yield
        except BaseException:
            with contextlib.suppress(Exception):  # the connection may be what failed
                self._release()
            raise
        self._release()

    def keep_lock(self, *, every: float = 0) -> None:
        """Give a sign of life, unless the last one is so many seconds old; PublishError if somebody took over."""
        if time.monotonic() - self._signed < every:
            return
        if self.read(LOCK) != self._owner:
            raise PublishError(
                "One deployment at a time. Another one took over, because for a while this one gave no sign of life. "
                "What this one uploaded is not pointed at. Run it again once the other one has ended."
            )
        if time.monotonic() - self._signed >= SIGNS:
            self._fs.pipe_file(LOCK, self._sign())

    def _take(self) -> bool:
        try:
            with self._fs.open(LOCK, "xb") as file:
                file.write(self._sign())
        except Exception as error:  # not every driver raises what it should
            if not isinstance(error, FileExistsError) and self.read(LOCK) is None:
                raise
            return False
        return self.read(LOCK) == self._owner  # not of drivers that only look whether there is one

    def _sign(self) -> bytes:
        self._signed = time.monotonic()
        self._owner = f"process {os.getpid()} on {socket.gethostname()} ({secrets.token_hex(8)})".encode()
        return self._owner

    def _release(self) -> None:
        if self.read(LOCK) == self._owner:
            self._fs.rm_file(LOCK)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower().replace("-", "_"): value for name, value in headers.items()}
