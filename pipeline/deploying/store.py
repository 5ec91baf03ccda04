"""Whatever fsspec opens:

a folder, a bucket, a server. A file that only one can create keeps deployers apart.
"""

import contextlib
import importlib
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.deploying.plan import LINK, Entry, Plan, Record, SiteFiles
from pipeline.deploying.target import Target
from pipeline.errors import ConfigError, PublishError
from pipeline.site.compress import ENCODINGS
from pipeline.site.headers import content_type_for, headers_for
from pipeline.site.page import CONTENT, DEPLOYED, rank
from pipeline.system.files import make_folders, put, remove_file, write_new
from pipeline.system.outside import open_regular
from pipeline.system.progress import Progress, counter

LOCK = ".deploying"  # on a target; with a suffix, a file that is being written
_OWN = re.compile(r"\.deploying(-[0-9a-f]{16})?")
PATIENCE = 60.0  # s without a sign of life after which a lock is one that a kill left
SIGNS = 10.0  # s between signs of life
_POLL = 0.5  # s


class Store:
    """Files below the root of a target; their paths are relative to it.

    Errors are those of the driver.
    """

    def __init__(self, target: Target) -> None:
        """Connect; ConfigError if no driver has this protocol.

        The driver says what it lacks, such as a package.
        """
        import fsspec
        from fsspec.implementations.dirfs import DirFileSystem

        if target.scheme == "sftp":
            # fsspec's own driver trusts any host, and this one where it knows none
            importlib.import_module("sshfs")
        try:
            fsspec.get_filesystem_class(target.scheme)
        except ValueError as error:
            raise ConfigError(
                "The protocol must be one that fsspec knows, such as s3, gs, az, ftp"
                f" or sftp. Received: {target}. Write one of these, or install the"
                " package that adds this one to fsspec."
            ) from error
        parts = urlsplit(target.url if "://" in target.url else "")
        login = {"username": parts.username, "password": parts.password}
        login = {
            key: unquote(value)
            for key, value in login.items()
            if value and "%" in value
        }
        if target.scheme == "sftp":
            hosts = str(Path("~/.ssh/known_hosts").expanduser())
            fsspec.config.conf.setdefault("sftp", {}).setdefault("known_hosts", hosts)
        fs, root = fsspec.url_to_fs(
            str(target.path or target.url), skip_instance_cache=True, **login
        )
        self._fs, self._folder = DirFileSystem(root, fs), target.path
        # which show a file while it is being written
        self._in_place = target.scheme in (
            "file",
            "sftp",
        )
        self._driver = type(fs).__module__.partition(".")[0]
        self._there, self._owner, self._signed = dict[str, int](), b"", 0.0
        # by a lock or a file that is being written, of another deployer or of one that
        # was killed
        self.marked = False

    def listing(self) -> dict[str, int]:
        """Path → bytes of each file, LINK for what is neither file nor folder; the lock
        is left out.
        """
        self._fs.fs.invalidate_cache()
        try:
            self._fs.ls("")  # `find` keeps silent where there is nothing, or no access
        except FileNotFoundError:
            return {}
        found = self._fs.find("", detail=True)
        self.marked = any(map(_OWN.fullmatch, found))
        self._there = {
            path: int(info["size"] or 0) if info.get("type") == "file" else LINK
            for path, info in found.items()
            if not _OWN.fullmatch(path)
            and info.get("type")
            != "directory"  # by which some mark a folder of a bucket
        }
        return self._there

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None if there is none."""
        try:
            if self._folder:
                with open_regular(self._folder / path) as file:
                    return file.read()
            return bytes(self._fs.cat_file(path))
        except FileNotFoundError:
            return None

    def holds(self, site: SiteFiles, path: str, *, verify: bool) -> bool:
        """Tell whether a file there has the site's size and, with `verify`, content."""
        return self._there[path] == site.entries[path].bytes and not (
            verify and self.read(path) != site.read(path)
        )

    def put(self, path: str, content: bytes) -> None:
        """Create or replace a file in one step."""
        aside = f"{LOCK}-{secrets.token_hex(8)}"
        if self._folder and any(
            (self._folder / way).is_symlink() for way in Path(path).parents if way.name
        ):
            raise PublishError(
                "Nothing is written through a link. Received: one on the way to"
                f" {path}. Move it away."
            )
        # each step is flushed: a power cut loses, tears and reorders what is not
        if self._folder:
            make_folders((self._folder / path).parent)
            write_new(self._folder / aside, content)
            put(self._folder / aside, self._folder / path)
        elif self._in_place:
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(aside, content)
            self._fs.mv(aside, path)
        else:
            self._fs.pipe_file(path, content, **_headers(self._driver, path))

    def delete(self, path: str) -> None:
        """Delete a file, and the folders above it that are empty then."""
        remove_file(self._folder / path) if self._folder else self._fs.rm_file(path)
        with contextlib.suppress(OSError):  # not empty
            while self._in_place and (path := path.rpartition("/")[0]):
                self._fs.rmdir(path)

    def carry_out(self, plan: Plan, progress: Progress) -> bool:
        """Announce, upload, remove, and write down what is there. Returns True."""
        entries, uploaded = plan.site.entries, plan.result.uploaded
        replaced = {
            path: Entry(bytes=size, sha256="")
            for path, size in uploaded.items()
            if path in plan.known
        }
        self.put(
            DEPLOYED,
            Record(files=plan.known | entries | replaced, unfinished=True).rendered(),
        )
        advance = counter(progress, "upload", sum(uploaded.values()), "bytes")
        for path, size in uploaded.items():
            self._keep_lock(every=SIGNS if rank(path) == CONTENT else 0)
            for copy in plan.known.keys() & {
                path + suffix for suffix in ENCODINGS.values()
            }:
                self.delete(copy)
            self.put(path, plan.site.read(path))
            advance(size)
        for path in plan.result.removed:
            self._keep_lock(every=SIGNS)
            # a copy that went before its original was replaced
            with contextlib.suppress(FileNotFoundError):
                self.delete(path)
        self._keep_lock()
        self.put(DEPLOYED, plan.record)
        return True

    @contextlib.contextmanager
    def locked(self, progress: Progress) -> Iterator[None]:
        """Keep other deployers away.

        While one gives signs of life, wait; one that gives none was killed.
        """
        if not _headers(self._driver, ""):  # buckets have no folders
            self._fs.makedirs("", exist_ok=True)
        seen, since = b"", time.monotonic()
        while not self._take():
            if (there := self.read(LOCK) or b"") != seen:
                if not seen:
                    progress(
                        f"Waiting for {there.decode(errors='replace')}; {PATIENCE:.0f}"
                        " s if that was killed."
                    )
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
        finally:
            with contextlib.suppress(Exception):  # the connection may be what failed
                if self.read(LOCK) == self._owner:
                    self._fs.rm_file(LOCK)

    def _keep_lock(self, *, every: float = 0) -> None:
        """Give a sign of life, unless the last one is so many seconds old; PublishError
        if somebody took over.
        """
        if time.monotonic() - self._signed < every:
            return
        if self.read(LOCK) != self._owner:
            raise PublishError(
                "One deployment at a time. Another one took over, because for a while"
                " this one gave no sign of life. Run it again once the other one has"
                " ended."
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
        # not of drivers that only look whether there is one
        return self.read(LOCK) == self._owner

    def _sign(self) -> bytes:
        self._signed = time.monotonic()
        owner = (
            f"process {os.getpid()} on {socket.gethostname()} ({secrets.token_hex(8)})"
        )
        self._owner = owner.encode()
        return self._owner


def _headers(driver: str, path: str) -> dict[str, Any]:
    """Return how the driver of a bucket takes an object's type and caching.

    Elsewhere headers are the host's.
    """
    kind, caching = (
        content_type_for(path),
        headers_for(f"/{path}").get("Cache-Control", "no-cache"),
    )
    drivers: dict[str, dict[str, Any]] = {
        "s3fs": {"ContentType": kind, "CacheControl": caching},
        "gcsfs": {
            "content_type": kind,
            "fixed_key_metadata": {"cache_control": caching},
        },
        "adlfs": {"content_settings": {"content_type": kind, "cache_control": caching}},
    }
    return drivers.get(driver, {})
