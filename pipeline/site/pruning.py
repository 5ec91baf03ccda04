"""Prune a site and its store: delete the versions that nobody needs any more, and the page's old assets.

A folder disappears at one moment, on the site before it does in the store. So a killed run leaves whole versions, and
leftovers that the next run deletes. Histories stay as they are: they tell which version was live when.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.signing.bundle import signature_path
from pipeline.site.built_page import EMBEDS, hashed_assets, named_assets
from pipeline.site.compress import copies_of, write_with_copies
from pipeline.site.history import earlier_versions, periods, read_history
from pipeline.site.memory import MEMORY_NAME, changing, reconcile
from pipeline.site.page import RECORD_NAME, read_record, renewed
from pipeline.site.removal import Removed, our_versions
from pipeline.site.settings import read_settings
from pipeline.system.files import bytes_below, remove_file, remove_folder
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, read_manifest
from pipeline.versions.ownership import require_usable

# How the names begin of the modules that pages elsewhere can pin: integrity.json lists those of the present release.
PINNABLE = tuple(f"{Path(name).stem}-" for name in EMBEDS if name.endswith(".js"))


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What stays in any case, besides what is live, pinned, or the version to which the next rollback returns."""

    keep: int = 5  # versions of each model, the newest
    days: float = 30.0  # the time in which a version was live, or an asset in use
    old_code: bool = False  # whether code of earlier releases goes although pinned snippets elsewhere may name it

    @property
    def start(self) -> datetime:
        """When the days began, in UTC."""
        return datetime.now(UTC) - timedelta(days=self.days)


def prune(
    site: Path,
    out: Path,
    name: str | None = None,
    *,
    retention: Retention,
    dry_run: bool = False,
    progress: Progress = to_stderr,
) -> list[Removed]:
    """Delete the versions of a model that the retention does not keep; without a name, those of all models and assets.

    Args:
        site: the published site.
        out: the store of versions.
        name: a model; None for all, and for the page's old assets.
        retention: what stays.
        dry_run: change nothing, and return what would be removed.
        progress: called when another process holds a lock.

    Raises:
        ConfigError: `site` and `out` overlap, or the name cannot be a model's.
        PublishError: there is no such model, or nobody can know which versions are needed: a pointer cannot be read, or
            the site is missing. Nothing was removed.
        DiskError: something cannot be deleted. Each version is whole or gone.
    """
    require_usable(site, out)
    models = site / "models"
    with contextlib.nullcontext() if dry_run else changing(site, out, progress=progress):
        if dry_run and out.is_dir() and site.is_dir():
            reconcile(site, out, may_write=False, progress=progress)
        doomed = _doomed(models, out, name, retention)
        removed = [Removed(path=str(path), bytes=bytes_below(path)) for path in doomed]
        if not dry_run:
            if (site / RECORD_NAME).is_file():
                gone = {path.relative_to(site).as_posix() for path in doomed if path.is_relative_to(site)}
                write_with_copies([renewed(site, {}, gone)])
            for path in doomed:
                if path.is_dir():
                    remove_folder(path)
                else:
                    remove_file(path)
        return removed


def _doomed(models: Path, out: Path, name: str | None, retention: Retention) -> list[Path]:
    """What to remove, in order."""
    names = store.model_names(models, out)
    if name is not None and store.validate_name(name) not in names:
        raise PublishError(
            f"Only a model on the site or in the store can be pruned. Received: {name!r}. There are: "
            f"{', '.join(names) or 'none'}. Pass one of them, or the right --site and --out."
        )
    on_site: list[Path] = []
    in_store: list[Path] = []
    for each in [name] if name else names:
        needed = _needed(models, out, each, retention)
        on_site += _others(models, each, needed)
        in_store += _others(out, each, needed)
    if name is None:
        assets = old_assets(models.parent, since=retention.start.timestamp(), old_code=retention.old_code)
        on_site += [path for asset in assets for path in (*copies_of(asset), asset)]
    return on_site + in_store


def _needed(models: Path, out: Path, name: str, retention: Retention) -> set[str | None]:
    """The versions of a model that stay."""
    live = store.latest(models, name)
    if live is None and (our_versions(models, name) or (out / name / MEMORY_NAME).exists()):
        raise PublishError(
            f"To prune {name}, the site must say which version of it is live. Received: no pointer in {models / name}. "
            "Nothing was removed. Pass the right --site, or publish the model again."
        )
    history, pinned = read_history(models, name), read_settings(models, name).pinned
    lived = periods(history, live)
    there = {folder.name: folder for root in (models, out) for folder in our_versions(root, name)}
    start = retention.start.strftime("%Y-%m-%dT%H:%M:%SZ")  # as the times of a history, which are compared as text
    recent = {period.version for period in lived if period.until is None or period.until > start}
    # With its place: several may have become live within a second.
    since = {period.version: (period.since, place) for place, period in enumerate(lived)}
    newest = sorted(there, key=lambda one: max(since.get(one, ("", -1)), (_created(there[one]), -1)), reverse=True)
    back = [version for version in earlier_versions(history, live) if version in there][-1:]
    always = {live, store.latest(out, name), *back, *pinned}
    return always | recent | {*newest[: retention.keep]}


def _created(folder: Path) -> str:
    try:
        return read_manifest(folder / MANIFEST_NAME).created
    except PublishError:  # damaged
        return ""


def _others(root: Path, name: str, needed: set[str | None]) -> list[Path]:
    """The other versions of ours of a model in a store or site, each with its signature before it."""
    folders = sorted(folder for folder in our_versions(root, name) if folder.name not in needed)
    return [path for folder in folders for path in (signature_path(folder), folder) if path.exists()]


def old_assets(site: Path, *, since: float, old_code: bool) -> list[Path]:
    """The assets that no file of the site names, directly or through others, and that nobody can still be loading.

    Whoever has the page of an earlier release open loads its parts for as long as it is open. That is taken to be over
    if the present release has been there since before `since`, in seconds since 1970.

    Modules that pages elsewhere can pin, by address and hash, stay with all parts that they name, also those of earlier
    releases, unless `old_code` says that these go. So do files that the site's record does not list: they are not ours.
    """
    recorded = read_record(site) or {}
    assets = {name: path for path in hashed_assets(site) if (name := f"assets/{path.name}") in recorded}
    pinnable = {} if old_code else {name: path for name, path in assets.items() if path.name.startswith(PINNABLE)}
    needed = named_assets(site, [*_texts(site), *pinnable.values()]) | pinnable.keys()
    used = [path.stat().st_mtime for name, path in assets.items() if name in needed]
    if max(used, default=since) >= since:
        return []
    return [path for name, path in assets.items() if name not in needed]


def _texts(site: Path) -> Iterator[Path]:
    """The files of a site that may name assets, those that its owner put there included."""
    for entry in site.glob("[!.]*"):
        if entry.name not in ("assets", "models", RECORD_NAME):
            found = entry.rglob("*") if entry.is_dir() else [entry]
            yield from (path for path in found if path.suffix in (".html", ".js", ".json", ".css") and path.is_file())
