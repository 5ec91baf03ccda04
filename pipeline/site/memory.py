"""The store's memory of the sites that it fills: the releases of each model, and what
its owner decided.

A site says the same in latest.json, history.json, settings.json and index.json. Losing
one must end no hold or pin. So every command that changes a site compares both copies
first, and restores what the site has lost. The store is written
last: after a crash it is one change behind, and catches up with the next one.
`changing` does all this.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import PublishError
from pipeline.signing.bundle import find_signature, signature_path
from pipeline.site.compress import write_copies, write_with_copies
from pipeline.site.history import HISTORY_NAME, Release, read_history, that_was_live
from pipeline.site.index import INDEX_NAME, Index, published_names, read_index
from pipeline.site.pointers import first_of, render_latest
from pipeline.site.settings import (
    SETTINGS_NAME,
    Settings,
    read_settings,
    write_settings,
)
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import dump_json, from_json, to_json
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME
from pipeline.versions.ownership import both_claimed
from pipeline.versions.store import DamagedVersion, Version

T = TypeVar("T")

MEMORY_NAME = "sites.json"  # in a model's folder of the store


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """The release state of a model on a site."""

    live: str
    history: tuple[Release, ...]  # of versions that were live
    settings: Settings = field(default_factory=Settings)
    index: Index = field(default_factory=Index)  # of all models


def remember(site: Path, out: Path) -> None:
    """Bring up to date what the store `out` remembers of a site.

    The caller holds both locks and translates errors.
    """
    models = site / "models"
    contents = []
    index = _readable(lambda: read_index(models)) or Index()
    for name in published_names(models):
        if (live := store.latest(models, name)) is None:
            continue
        history = tuple(that_was_live(read_history(models, name), live))
        state = Remembered(
            live=live,
            history=history,
            settings=read_settings(models, name),
            index=index,
        )
        known = _read(out, name)
        if known.get(_key(site, out)) != state:
            (out / name).mkdir(exist_ok=True)
            contents.append(
                (
                    out / name / MEMORY_NAME,
                    dump_json(to_json({**known, _key(site, out): state})).encode(),
                )
            )
    write_files_atomically(contents)


def reconcile(site: Path, out: Path, *, may_write: bool = True, warn: Progress) -> None:
    """Restore what a site has lost and its store remembers; `warn` gets a line for each
    file.

    The longer of two histories is right, and the settings that were changed last. The
    caller holds both locks and translates errors.

    Raises:
        PublishError: something is lost, without `may_write`; or the site shows a
        version that the store remembers as
            replaced, as an old copy of a site does: a version that was rolled back
            could be live again.
    """
    models, index = site / "models", Index()
    for path in sorted(out.glob(f"[a-z0-9]*/{MEMORY_NAME}")):
        known = _read(out, path.parent.name).get(_key(site, out))
        if known is not None:
            _reconcile(models, path, known, may_write, warn)
            index = known.index
    names, there = published_names(models), _readable(lambda: read_index(models))
    if index.names and names and not (there and there.names):
        write_with_copies(
            [index.of(names, first_of(models, names)).rendered(models)]
            if may_write
            else []
        )
        warn(
            f"{models / INDEX_NAME} was lost or damaged: what {out} remembers takes its"
            " place."
        )


def _reconcile(
    models: Path, memory: Path, known: Remembered, may_write: bool, warn: Progress
) -> None:
    name = memory.parent.name
    folder = models / name
    settings = _readable(lambda: read_settings(models, name)) or Settings()
    newest = _newest(settings, known.settings)
    lost = [SETTINGS_NAME] if newest != settings else []
    history, live = (
        _readable(lambda: read_history(models, name)) or [],
        _readable(lambda: store.latest(models, name)),
    )
    if len(history) < len(known.history):
        lost.append(HISTORY_NAME)
    # A later entry of the site's history is a release that the store does not know yet:
    # killed, or of another machine.
    if live not in (
        None,
        known.live,
        *(entry.version for entry in history[len(known.history) :]),
    ):
        if tuple(history) != known.history:
            raise PublishError(
                "A site and its store must agree on what is live. Received:"
                f" {folder / LATEST_NAME} with {live}, which {memory} remembers as"
                f" replaced by {known.live}. Nothing was changed. To show {known.live}"
                f" again, delete {folder / LATEST_NAME}; to keep {live}, delete"
                f" {memory}: then holds and pins are what the site says."
            )
        live = None  # the site's own history says that its pointer is old
    published = None
    if live is None:
        root = models if (folder / known.live).is_dir() else memory.parent.parent
        # the next build makes it again, unless the model is held
        with contextlib.suppress(DamagedVersion):
            published = store.open_version(root / name / known.live)
            lost.append(LATEST_NAME)
    if lost and not may_write:
        raise PublishError(
            f"A site must have what its store remembers. Received: {folder} with a"
            f" lost, damaged or old {', '.join(lost)}. Run it without --dry-run, which"
            " restores that."
        )
    if SETTINGS_NAME in lost:
        write_settings(models, name, newest)
    pointers = (
        [(folder / HISTORY_NAME, dump_json(known.history).encode())]
        if HISTORY_NAME in lost
        else []
    )
    if published:
        # before any pointer names it
        published = put_back(published, models, memory.parent.parent, warn=warn)
        pointers.append((folder / LATEST_NAME, render_latest(published)))
    write_with_copies(pointers)
    for file in lost:
        warn(
            f"{folder / file} was lost, damaged or old, and is restored as {memory}"
            " remembers it."
        )


def put_back(version: Version, models: Path, out: Path, *, warn: Progress) -> Version:
    """Copy a version to the site that lost or damaged it, with the signature that the
    store `out` holds.
    """
    published = store.copy_version(version, models, progress=warn)
    write_copies(published.folder)
    signed, shown = (
        signature_path(root / version.name / version.id) for root in (out, models)
    )
    if find_signature(signed) and not shown.is_file():
        write_files_atomically([(shown, signed.read_bytes())])
    return published


def _newest(one: Settings, other: Settings) -> Settings:
    """The settings that were changed last; if each was changed alone, all that one of
    them holds or pins.
    """
    if one.revision != other.revision:
        return max(one, other, key=lambda settings: settings.revision)
    pinned = tuple(sorted({*one.pinned, *other.pinned}))
    return Settings(revision=one.revision, held=one.held or other.held, pinned=pinned)


def _readable(read: Callable[[], T]) -> T | None:
    """The content of a file of the site; None if it is damaged, which counts as
    lost.
    """
    try:
        return read()
    except (PublishError, ValueError):
        return None


def _read(out: Path, name: str) -> dict[str, Remembered]:
    """The release states of a model by the sites that they are of; none if the store
    remembers nothing readable.
    """
    path = out / name / MEMORY_NAME
    try:
        return parse_memory(read_json(path))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} is damaged: {error}. Repair it, or delete it: then holds and pins"
            " are what the site says."
        ) from error


def parse_memory(content: Any) -> dict[str, Remembered]:
    """The release states by site from the values of their JSON; ValueError if they do
    not fit.
    """
    return from_json(dict[str, Remembered], content, ignore_unknown=True)


def _key(site: Path, out: Path) -> str:
    """The name of a site in its store:

    the way from one to the other, which a move of both keeps.
    """
    return os.path.relpath(site.resolve(), out.resolve())


@contextmanager
def changing(
    site: Path,
    out: Path,
    *,
    create: bool = False,
    progress: Progress,
    warn: Progress | None = None,
) -> Iterator[Path]:
    """Hold the locks of both, as `both_claimed` does, and yield the site's folder of
    models.

    On entry, restores what the site has lost, as `reconcile` does; on exit, the store
    remembers the changes.
    """
    with both_claimed(site, out, create=create, progress=progress) as models:
        both = out.is_dir() and site.is_dir()
        if both:
            reconcile(site, out, warn=warn or progress)
        yield models
        if both:
            remember(site, out)


def live_version(site: Path, out: Path, name: str) -> str | None:
    """The live version of a model, or of a site that was lost, the one that its store
    remembers.
    """
    known = _read(out, name).get(_key(site, out))
    return store.latest(site / "models", name) or (known.live if known else None)


def require_published(site: Path, name: str) -> str:
    """The live version of a model; PublishError if the site shows no model of this
    name.
    """
    models = site / "models"
    live = store.latest(models, store.validate_name(name))
    if live is None:
        raise PublishError(
            f"The site must show a model of this name. Received: {name!r} in {site}."
            f" Published: {', '.join(published_names(models)) or 'nothing'}. Publish it"
            " first, or pass the right --site."
        )
    return live
