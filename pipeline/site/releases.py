"""Published versions: list them, and roll back to an older one."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.records import PublishedSite
from pipeline.signing.publishing import sign_published
from pipeline.signing.signer import Signer
from pipeline.site.built_page import INDEX_HTML
from pipeline.site.compress import is_copy, write_copies, write_with_copies
from pipeline.site.noscript import has_placeholder, inject
from pipeline.site.pointers import Pointers, render_pointers
from pipeline.site.settings import read_course
from pipeline.site.writing import written
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, read_manifest
from pipeline.versions.ownership import claimed
from pipeline.versions.store import DamagedVersion, Version


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A line of `pipeline list`."""

    name: str
    version: str
    test_accuracy: float | None  # 0..1; None if the model was not evaluated
    created: str | None  # UTC, ISO 8601
    bytes: int  # of all files of the version
    live: bool  # whether the site's latest.json points at it
    problem: str | None  # why its manifest cannot be used


def rollback(
    site: Path,
    out: Path,
    name: str,
    version: str | None = None,
    *,
    signer: Signer | None = None,
    progress: Progress = to_stderr,
) -> PublishedSite:
    """Point the site back at `version` of the model `name`, copied from the store `out` if the site lacks it.

    None is the version that was live before the current one; repeated rollbacks go further back each time. The page
    stays unchanged, except for the facts in index.html if `name` is the default model. `signer` signs the version
    again, which is needed if the live one is signed: readers have seen its counter.

    Raises:
        ConfigError: the name cannot be a model's.
        PublishError: there is no such version (the message lists those available), or it must be signed.
        DiskError: the site cannot be written.
    """
    models = site / "models"
    live = store.latest(models, store.validate_name(name))
    if live is None:
        names = sorted(p.parent.name for p in models.glob(f"*/{LATEST_NAME}"))
        raise PublishError(
            f"Only a published model can be rolled back. Received: {name!r} in {site}. Published: "
            f"{', '.join(names) or 'nothing'}. Publish it first, or pass the right --site."
        )
    with contextlib.ExitStack() as locks:
        if out.is_dir():  # keep other processes from removing versions from the store
            locks.enter_context(claimed(out, "store", progress=progress))
            store.clean_stale_staging(out)
        locks.enter_context(written(site, progress=progress))
        live = store.latest(models, name) or live  # it may have changed while waiting for the lock
        source = _target(_usable_versions((models, out), name), models, name, live, version)
        published = store.copy_version(source, models, progress=progress)
        write_copies(files_of(published.folder))
        sign_published(signer, source, published, out)
        pointers = render_pointers(models, published, rolled_back_from=live, progress=progress)
        contents, page = list(pointers.contents), site / INDEX_HTML
        html = page.read_bytes() if page.is_file() else b""
        if has_placeholder(html):  # pages from before there was a placeholder stay unchanged
            contents.append((page, inject(html, pointers.default)))
        write_with_copies(contents)
        return record_of(source, published, site, pointers)


def list_versions(out: Path, site: Path) -> list[VersionRow]:
    """Every version in the store and on the site, by name, then oldest first."""
    rows = []
    roots = (out, site / "models")
    for name in sorted({entry.name for root in roots if root.is_dir() for entry in root.iterdir() if entry.is_dir()}):
        live = store.latest(roots[1], name)
        found = {folder.name: folder for root in reversed(roots) for folder in store.version_folders(root, name)}
        named = [_row(folder, name, live) for folder in found.values()]
        rows += sorted(named, key=lambda row: (row.created or "", row.version))
    return rows


def mend_others(models: Path, out: Path, name: str, *, progress: Progress) -> None:
    """Compare what is live of all models but `name` with its manifest, the store `out` and its compressed copies.

    What differs is replaced. A damaged version that the store lacks is only reported: other models can be published.
    """
    for other in sorted(path.parent.name for path in models.glob(f"*/{LATEST_NAME}")):
        live = store.latest(models, other)
        if other == name or live is None:
            continue
        folder = models / other / live
        with contextlib.suppress(DamagedVersion):
            store.copy_version(store.open_version(out / other / live), models, progress=progress)
        try:
            write_copies(files_of(store.open_version(folder).folder))
        except DamagedVersion as error:
            progress(f"{error} It is live; `pipeline rollback {other}` leads to another version.")


def record_of(source: Version, published: Version, site: Path, pointers: Pointers) -> PublishedSite:
    """What publishing and rolling back return of a version, copied from `source`, that is live now."""
    return PublishedSite(
        name=published.name,
        version=published.id,
        export_dir=str(source.folder),
        site_dir=str(site),
        bytes=_size_of(published.folder),
        previous_version=pointers.previous_version,
    )


def files_of(folder: Path) -> list[Path]:
    """All files of a version, without their compressed copies."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not is_copy(path))


def _size_of(folder: Path) -> int:
    """Bytes of all files of a version, without their compressed copies."""
    return sum(path.stat().st_size for path in files_of(folder))


def _usable_versions(roots: Iterable[Path], name: str) -> dict[str, Version]:
    """Undamaged versions by id, oldest first; a version in several roots is taken from the first of them."""
    usable: dict[str, Version] = {}
    for folder in (folder for root in roots for folder in store.version_folders(root, name)):
        if folder.name not in usable:
            with contextlib.suppress(DamagedVersion):
                usable[folder.name] = store.open_version(folder)
    return dict(sorted(usable.items(), key=lambda item: (item[1].manifest.created, item[0])))


def _target(usable: dict[str, Version], models: Path, name: str, live: str, wanted: str | None) -> Version:
    """The version that a rollback goes back to."""
    choice = f"Available: {', '.join(usable)}. Choose one: `pipeline rollback {name} VERSION`."
    if wanted is None:
        before = [v for v in read_course(models, name, live).before if v in usable]
        if not before:
            raise PublishError(f"No version of {name} was published before {live}. {choice}")
        wanted = before[-1]
    elif wanted not in usable:
        raise PublishError(f"There is no undamaged version {wanted!r} of {name}. {choice}")
    return usable[wanted]


def _row(folder: Path, name: str, live: str | None) -> VersionRow:
    try:
        manifest, problem = read_manifest(folder / MANIFEST_NAME), None
    except PublishError as error:
        manifest, problem = None, str(error)
    return VersionRow(
        name=name,
        version=folder.name,
        test_accuracy=manifest.metrics.test_accuracy if manifest and manifest.metrics else None,
        created=manifest.created if manifest else None,
        bytes=_size_of(folder),
        live=folder.name == live,
        problem=problem,
    )
