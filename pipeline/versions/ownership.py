"""Whose folder it is: nothing is ever written into a site or a store that this pipeline
did not begin.

A file marks ours. Whatever else a folder holds, without that file it is somebody's, and
refused.
"""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pipeline.errors import UNCHANGED, ConfigError, PublishError, translating_errors
from pipeline.system.files import (
    is_inside,
    links_in,
    remove_stale_temporaries,
    write_files_atomically,
)
from pipeline.system.locks import LOCK_NAME, exclusive
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, read_manifest

Kind = Literal["site", "store"]

MARKER_NAME = ".keras-web-pipeline"  # hosts do not need it
PAGE_MARK = (  # in every index.html of ours: the link to the model card
    'data-words="card"'
)
FORMAT = 1  # increased when a pipeline of this format must not write into the folder
_OPTIONS: dict[Kind, str] = {"site": "--site", "store": "--store"}
# that only we write
_FILLED: dict[Kind, tuple[str, ...]] = {
    "site": ("assets", "models", "page.json"),
    "store": ("",),
}
_STATES: dict[Kind, str] = {  # after an error of the disk
    "site": "Visitors get the former version or the new one, whole.",
    "store": UNCHANGED,
}


@contextmanager
def claimed(folder: Path, kind: Kind, *, progress: Progress) -> Iterator[None]:
    """Hold the lock of a site or store of ours. One that is missing or empty is created
    and marked first.

    A site is cleared of what a killed run left there.

    Raises:
        PublishError: the folder is somebody else's; nothing in it was touched.
        DiskError: it cannot be read, locked or marked, or the block raised OSError.
    """
    with contextlib.ExitStack() as lock:
        require_ours(folder, kind)
        with translating_errors(folder):
            lock.enter_context(exclusive(folder, progress=progress))
            if not (folder / MARKER_NAME).exists():
                write_files_atomically([(folder / MARKER_NAME, render_marker(kind))])
        with translating_errors(folder, state=_STATES[kind]):
            for part in _FILLED[kind] if kind == "site" else ():
                remove_stale_temporaries(folder / part, deep=True)
            yield


@contextmanager
def both_claimed(
    site: Path, out: Path, *, create: bool = False, progress: Progress
) -> Iterator[Path]:
    """Hold the locks of the store `out` and of the site, where these exist; with
    `create`, they do from now on.

    Yields the site's folder of models. Raises as `claimed` does.
    """
    folders: list[tuple[Path, Kind]] = [(out, "store"), (site, "site")]
    with contextlib.ExitStack() as locks:
        for folder, kind in folders:
            if create or folder.is_dir():
                locks.enter_context(claimed(folder, kind, progress=progress))
        remove_stale_temporaries(out, deep=True)
        yield site / "models"


def require_usable(site: Path, out: Path) -> None:
    """Raise an error unless the site and the store of versions are two folders, and
    neither is somebody else's.

    Raises:
        ConfigError: one is inside the other.
        PublishError: one holds files and was not made by this pipeline.
    """
    if is_inside(site, out) or is_inside(out, site):
        raise ConfigError(
            "The site and the exported models must be in two folders, neither inside"
            f" the other. Received: --site {site} and --store {out}. Change one of"
            " them."
        )
    require_ours(site, "site")
    require_ours(out, "store")


def require_writable(folder: Path) -> None:
    """Raise DiskError unless the folder, or the nearest one above it that exists, can
    be written into.
    """
    with translating_errors(folder):
        try:
            nearest = next(
                path
                for path in (folder.absolute(), *folder.absolute().parents)
                if path.exists()
            )
            tempfile.TemporaryFile(
                dir=nearest
            ).close()  # permissions say nothing about read-only disks
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(folder)) from error


def require_ours(folder: Path, kind: Kind) -> None:
    """Raise PublishError unless the folder is missing, empty, or a site or store of
    ours, without links to others.
    """
    with translating_errors(folder, doing="read"):
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        if MARKER_NAME in names:
            _check_marker(folder / MARKER_NAME, kind)
            require_no_links(*(folder / part for part in _FILLED[kind]))
        # A run that was killed when it had only begun left a lock, or the marker being
        # written.
        elif foreign := [
            name
            for name in names
            if name != LOCK_NAME and not name.startswith(f".{MARKER_NAME}.")
        ]:
            raise PublishError(
                f"A {kind} must be in a folder of its own. Received: {folder}, which"
                f" holds {min(foreign)} and was not made by this pipeline:"
                f" {MARKER_NAME} is missing. Nothing was changed. Pass {_OPTIONS[kind]}"
                " a new folder, which may be inside that one. If this is a copy of a"
                f" {kind} that lost that file, put it back: {json.dumps(_marker(kind))}"
            )


def require_no_links(*paths: Path) -> None:
    """Raise PublishError if one of these paths, or one below it, is a symbolic link:

    it may lead to others' files.
    """
    if links := [
        link
        for path in paths
        for link in ([path] if path.is_symlink() else links_in(path))
    ]:
        raise PublishError(
            f"Files must not be written through a link. Received: {links[0]}. Nothing"
            " was changed. Put a copy of what it leads to in its place, or move the"
            " link away."
        )


def is_our_page(index: Path) -> bool:
    """Tell whether an index.html is missing or ours; models may have been copied into
    somebody's own website.
    """
    return not index.is_symlink() and (
        not index.is_file() or PAGE_MARK.encode() in index.read_bytes()
    )


def manifest_in(folder: Path) -> Manifest | None:
    """Return the manifest in a folder, if there is one that can be read."""
    try:
        return read_manifest(folder / MANIFEST_NAME)
    except (OSError, ValueError, PublishError):
        return None


def render_marker(kind: Kind) -> bytes:
    """Return the content of the marker."""
    return f"{json.dumps(_marker(kind))}\n".encode()


def _marker(kind: Kind) -> dict[str, object]:
    return {"made_by": "keras-web-pipeline", "kind": kind, "format": FORMAT}


def _check_marker(path: Path, kind: Kind) -> None:
    try:
        if (content := read_json(path)) == _marker(kind):
            return
        received = json.dumps(content)
    except ValueError as error:
        received = str(error)
    raise PublishError(
        f"{path} must say {json.dumps(_marker(kind))}. Received: {received:.100}."
        f" Nothing was changed. Pass {_OPTIONS[kind]} another folder. If this is a"
        f" {kind} with a damaged marker, write that into it."
    )
