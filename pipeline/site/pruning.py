"""Delete versions that nobody needs any more, or a model as a whole, and nothing that
is not ours.

A folder disappears at one moment, on the site before it does in the store. So a killed
run leaves whole versions, and leftovers that the next run deletes. Histories stay as
they are: they tell which version was live when. No page ever lists a model without its
files. A manifest or a pointer says what is ours.
"""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.signing.bundle import SUFFIX, signature_path
from pipeline.site.compress import is_copy, original_of, write_with_copies
from pipeline.site.history import HISTORY_NAME, earlier_versions, periods, read_history
from pipeline.site.index import former_index, published_names
from pipeline.site.memory import MEMORY_NAME, changing, put_back, reconcile
from pipeline.site.page import renamed
from pipeline.site.pointers import first_of, live_manifest
from pipeline.site.settings import SETTINGS_NAME, folders_of, read_settings
from pipeline.system.files import bytes_below, is_temporary, remove_file, remove_folder
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, read_manifest
from pipeline.versions.ownership import manifest_in, require_usable

_POINTERS = (LATEST_NAME, HISTORY_NAME, SETTINGS_NAME, MEMORY_NAME)


def prune(
    site: Path,
    out: Path,
    name: str | None = None,
    *,
    keep: int,
    days: float,
    dry_run: bool = False,
    progress: Progress = to_stderr,
    warn: Progress | None = None,
) -> dict[str, int]:
    """Delete old versions of a model; without a name, those of all models.

    The newest `keep` of each model stay, and those that were live in the last `days`,
    are pinned, or are the target of the next rollback. Damaged ones of the site are
    restored from the store; `warn`, or else `progress`, gets a line for each. Returns
    path → bytes of what was removed. A dry run changes nothing, and says and returns
    the same.

    Raises:
        ConfigError: `site` and `out` overlap, or the name cannot be a model's.
        PublishError: there is no such model, or nobody can know which versions are
        needed: a pointer cannot be read, or
            the site is missing. Nothing was removed.
        DiskError: something cannot be deleted. Each version is whole or gone.
    """
    require_usable(site, out)
    models, warn = site / "models", warn or progress
    with (
        contextlib.nullcontext()
        if dry_run
        else changing(site, out, progress=progress, warn=warn)
    ):
        if dry_run and out.is_dir() and site.is_dir():
            reconcile(site, out, may_write=False, warn=warn)
        doomed = _doomed(models, out, name, keep, days, progress)
        removed = {str(path): bytes_below(path) for path in doomed}
        for path in () if dry_run else doomed:
            remove_folder(path) if path.is_dir() else remove_file(path)
        for each in [name] if name else store.model_names(models):
            restore_versions(models, out, each, doomed, warn, dry_run=dry_run)
        return removed


def restore_versions(
    models: Path,
    out: Path,
    name: str,
    spare: list[Path],
    warn: Progress,
    *,
    quick: bool = False,
    dry_run: bool = False,
) -> None:
    """Restore from the store `out` a model's damaged versions on the site, but `spare`,
    and lost ones that are pinned.

    `warn` is told. `quick`, for builds, trusts compressed copies as old as their
    originals. The caller has both locks.
    """
    # a pinned one may be in the store alone
    lived = {entry.version for entry in read_history(models, name)}
    pinned = {
        models / name / one
        for one in read_settings(models, name).pinned
        if one in lived
    }
    for folder in sorted(
        {*store.version_folders(models, name), *pinned}.difference(spare)
    ):
        stored = out / name / folder.name
        if (quick and _seems_whole(folder, stored)) or unlisted_files(folder):
            continue
        whole, lost = store.undamaged(stored), not folder.exists()
        if not whole and (
            lost
            or (folder in our_versions(models, name) and not store.undamaged(folder))
        ):
            off = (
                f"`pipeline versions pin {name} {folder.name}"
                f" --off{folders_of(models.parent, out)}` and "
            )
            step = f"Restore a backup, or {off if folder in pinned else ''}delete it."
            warn(f"{folder} is lost or damaged, and not whole in {out}. {step}")
        elif whole and lost:
            warn(
                f"{folder} was lost, though it is pinned. The copy in {out} takes its"
                " place."
            )
        if whole:
            (
                store.undamaged(folder, warn, like=whole)
                if dry_run
                else put_back(whole, models, out, warn=warn)
            )


def _seems_whole(folder: Path, stored: Path) -> bool:
    """Tell whether files are as their manifest says, which is as in the store, and
    copies as old as their originals.
    """
    try:
        files = read_manifest(folder / MANIFEST_NAME).listed_files
        copies = [path for path in folder.rglob("*") if is_copy(path)]
        aged = any(
            path.stat().st_mtime_ns != path.with_suffix("").stat().st_mtime_ns
            for path in copies
        )
        said = {
            (one / MANIFEST_NAME).read_bytes()
            for one in (folder, stored)
            if one.is_dir()
        }
        return (
            not aged
            and len(said) == 1
            and not any(store.difference(folder / one.path, one) for one in files)
        )
    except (OSError, PublishError):
        return False


def _doomed(
    models: Path,
    out: Path,
    name: str | None,
    keep: int,
    days: float,
    progress: Progress,
) -> list[Path]:
    """List what to remove, in order."""
    names = store.model_names(models, out)
    if name is not None and store.validate_name(name) not in names:
        raise PublishError(
            "Only a model on the site or in the store can be pruned. Received:"
            f" {name!r}. There are: {', '.join(names) or 'none'}. Pass one of them, or"
            " the right --site and --store."
        )
    needed = {
        each: _needed(models, out, each, keep, days)
        for each in ([name] if name else names)
    }
    others = (
        _others(root, each, stay, progress)
        for root in (models, out)
        for each, stay in needed.items()
    )
    return [path for paths in others for path in paths]


def _needed(
    models: Path, out: Path, name: str, keep: int, days: float
) -> set[str | None]:
    """The versions of a model that stay."""
    live = store.latest(models, name)
    if live is None and (
        our_versions(models, name) or (out / name / MEMORY_NAME).exists()
    ):
        raise PublishError(
            f"To prune {name}, the site must say which version of it is live. Received:"
            f" no pointer in {models / name}. Nothing was removed. Pass the right"
            " --site, or publish the model again."
        )
    history, pinned = read_history(models, name), read_settings(models, name).pinned
    lived = periods(history, live)
    there = {
        folder.name: folder
        for root in (models, out)
        for folder in our_versions(root, name)
    }
    created = {
        one: said.created if (said := manifest_in(folder)) else ""
        for one, folder in there.items()
    }
    # as the times of a history, which are compared as text
    start = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    recent = {
        period.version
        for period in lived
        if period.until is None or period.until > start
    }
    # With its place: several may have become live within a second.
    since = {
        period.version: (period.since, place) for place, period in enumerate(lived)
    }
    newest = sorted(
        there,
        key=lambda one: max(since.get(one, ("", -1)), (created[one], -1)),
        reverse=True,
    )
    back = [version for version in earlier_versions(history, live) if version in there][
        -1:
    ]
    return {live, store.latest(out, name), *back, *pinned} | recent | {*newest[:keep]}


def _others(
    root: Path, name: str, needed: set[str | None], progress: Progress
) -> list[Path]:
    """The other versions of ours of a model in a store or site, each with its signature
    before it.
    """
    doomed: list[Path] = []
    for folder in sorted(
        folder for folder in our_versions(root, name) if folder.name not in needed
    ):
        if foreign := unlisted_files(folder):
            progress(
                f"{folder} stays: {foreign[0]} in it is none of ours. Move it away to"
                " prune this version."
            )
        else:
            doomed += [
                path for path in (signature_path(folder), folder) if path.exists()
            ]
    return doomed


def remove_model(
    site: Path, out: Path, name: str, *, progress: Progress = to_stderr
) -> tuple[dict[str, int], str | None]:
    """Remove a model from a site and its store. Pages that embed it lose it.

    The page's list comes first, then the model's folder on the site, which disappears
    at one moment, then the store's. A run that is killed in between can be run again.
    Returns path → bytes of the folders that were removed, and the model with which the
    page opens now, if that was the removed one.

    Raises:
        ConfigError: `site` and `out` overlap, or the name cannot be a model's.
        PublishError: it is the only model of the site, which is removed by deleting the
        site, the live version of the
            model with which the page would open cannot be read, or a folder holds what
            is not ours. Nothing was removed.
        DiskError: a folder cannot be written.
    """
    require_usable(site, out)
    on_site, in_store = site / "models" / store.validate_name(name), out / name
    with changing(site, out, progress=progress):
        there = [folder for folder in (on_site, in_store) if folder.is_dir()]
        for folder in there:
            require_our_model(folder)
        removed = {str(folder): bytes_below(folder) for folder in there}
        # may refuse
        contents, default = (
            _page_without(site, name, progress) if on_site in there else ([], None)
        )
        if (in_store / MEMORY_NAME).exists():
            # first, so that nothing restores the model after a kill
            remove_file(in_store / MEMORY_NAME)
        write_with_copies(contents)
        if on_site in there:
            remove_folder(on_site)
        if in_store in there:
            remove_folder(in_store)
        return removed, default


def _page_without(
    site: Path, name: str, progress: Progress
) -> tuple[list[tuple[Path, bytes]], str | None]:
    """Return the files that list the other models alone, and the new default model, if
    it was this one.
    """
    models = site / "models"
    others = [other for other in published_names(models) if other != name]
    if not others:
        raise PublishError(
            f"A site must show a model. Received: {name!r}, the only one in {site}."
            " Nothing was removed. To remove the site, delete its folder; to replace"
            " the model, publish another first."
        )
    index = former_index(models, progress)
    changed = index.of(others, first_of(models, others))
    default = str(changed.default)
    contents = [
        changed.rendered(models),
        *renamed(site, live_manifest(models, default), index.base_url),
    ]
    return contents, None if default == index.default else default


def our_versions(root: Path, name: str) -> list[Path]:
    """Return the folders of a model's versions whose manifest says what they are, or
    which a pointer names.
    """
    texts = [
        path.read_text(errors="replace")
        for path in (root / name / file for file in _POINTERS)
        if path.is_file()
    ]
    # damaged ones as well
    named = {
        version for text in texts for version in re.findall('"([0-9a-f]{12})"', text)
    }
    own = (
        (folder, manifest_in(folder)) for folder in store.version_folders(root, name)
    )
    return [
        folder
        for folder, said in own
        if folder.name in named
        or (said and (said.name, said.version) == (name, folder.name))
    ]


def unlisted_files(version: Path) -> list[str]:
    """Return the files in a version's folder that its manifest does not list; none if
    that cannot be read.
    """
    if not (manifest := manifest_in(version)):
        return []
    known = {MANIFEST_NAME, *(file.path for file in manifest.listed_files)}
    files = (
        path for path in version.rglob("*") if path.is_symlink() or not path.is_dir()
    )
    names = (
        path.relative_to(version).as_posix()
        for path in files
        if not is_temporary(path.name)
    )
    return sorted(name for name in names if original_of(name) not in known)


def require_our_model(folder: Path) -> None:
    """Raise PublishError unless a folder is a model's, and holds nothing else."""
    versions = {version.name for version in our_versions(folder.parent, folder.name)}
    known = {*_POINTERS, *versions, *(f"{version}{SUFFIX}" for version in versions)}
    entries = [entry.name for entry in folder.iterdir()]
    foreign = [
        name
        for name in entries
        if original_of(name) not in known and not is_temporary(name)
    ]
    foreign += [
        f"{version}/{path}"
        for version in versions
        for path in unlisted_files(folder / version)
    ]
    if foreign or not versions:
        holds = (
            f"{min(foreign)}, which is none of ours"
            if foreign
            else "no version of ours"
        )
        raise PublishError(
            f"Only a model's folder can be removed. Received: {folder}, in which there"
            f" is {holds}. Nothing was removed. Move away what you need, then try"
            " again."
        )
