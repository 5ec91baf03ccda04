"""Prune a site and its store: delete the versions that nobody needs any more.

A folder disappears at one moment, on the site before it does in the store. So a killed run leaves whole versions, and
leftovers that the next run deletes. Histories stay as they are: they tell which version was live when.
"""

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.signing.bundle import signature_path
from pipeline.site.history import earlier_versions, periods, read_history
from pipeline.site.memory import MEMORY_NAME, changing, reconcile
from pipeline.site.removal import our_versions, unlisted_files
from pipeline.site.settings import read_settings
from pipeline.system.files import bytes_below, remove_file, remove_folder
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.ownership import manifest_in, require_usable


def prune(
    site: Path,
    out: Path,
    name: str | None = None,
    *,
    keep: int,
    days: float,
    dry_run: bool = False,
    progress: Progress = to_stderr,
) -> dict[str, int]:
    """Delete old versions of a model; without a name, those of all models.

    The newest `keep` of each model stay, and those that were live in the last `days`, are pinned, or are the target of
    the next rollback. Returns path → bytes of what was removed. A dry run changes nothing, and returns the same.

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
        doomed = _doomed(models, out, name, keep, days, progress)
        removed = {str(path): bytes_below(path) for path in doomed}
        for path in () if dry_run else doomed:
            remove_folder(path) if path.is_dir() else remove_file(path)
        return removed


def _doomed(models: Path, out: Path, name: str | None, keep: int, days: float, progress: Progress) -> list[Path]:
    """List what to remove, in order."""
    names = store.model_names(models, out)
    if name is not None and store.validate_name(name) not in names:
        raise PublishError(
            f"Only a model on the site or in the store can be pruned. Received: {name!r}. There are: "
            f"{', '.join(names) or 'none'}. Pass one of them, or the right --site and --store."
        )
    needed = {each: _needed(models, out, each, keep, days) for each in ([name] if name else names)}
    others = (_others(root, each, stay, progress) for root in (models, out) for each, stay in needed.items())
    return [path for paths in others for path in paths]


def _needed(models: Path, out: Path, name: str, keep: int, days: float) -> set[str | None]:
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
    created = {one: said.created if (said := manifest_in(folder)) else "" for one, folder in there.items()}
    # as the times of a history, which are compared as text
    start = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    recent = {period.version for period in lived if period.until is None or period.until > start}
    # With its place: several may have become live within a second.
    since = {period.version: (period.since, place) for place, period in enumerate(lived)}
    newest = sorted(there, key=lambda one: max(since.get(one, ("", -1)), (created[one], -1)), reverse=True)
    back = [version for version in earlier_versions(history, live) if version in there][-1:]
    always = {live, store.latest(out, name), *back, *pinned}
    return always | recent | {*newest[:keep]}


def _others(root: Path, name: str, needed: set[str | None], progress: Progress) -> list[Path]:
    """The other versions of ours of a model in a store or site, each with its signature before it."""
    doomed: list[Path] = []
    for folder in sorted(folder for folder in our_versions(root, name) if folder.name not in needed):
        if foreign := unlisted_files(folder):
            progress(f"{folder} stays: {foreign[0]} in it is none of ours. Move it away to prune this version.")
        else:
            doomed += [path for path in (signature_path(folder), folder) if path.exists()]
    return doomed
