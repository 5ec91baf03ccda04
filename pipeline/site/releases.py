"""List the versions of a site and its store, roll back, release a model, pin versions,
choose the default.

Each decision is one file that is replaced atomically. For the default model two follow
one another, index.json and index.html; between them the page already opens with the new
one, and is still named after the other.

All raise ConfigError if the name cannot be a model's, PublishError if the site does not
show such a model or there is no such version, and DiskError if the site cannot be
written.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.records import PublishedSite
from pipeline.signing.signer import Signer, choose_signature, sign_published
from pipeline.site.compress import originals_in, write_copies, write_with_copies
from pipeline.site.history import Period, earlier_versions, periods, read_history
from pipeline.site.index import INDEX_NAME, former_index, published_names, read_index
from pipeline.site.memory import changing, require_published
from pipeline.site.page import renamed
from pipeline.site.pointers import Pointers, live_manifest, render_pointers
from pipeline.site.settings import Settings, change_settings, read_settings
from pipeline.system.json_records import utc_now
from pipeline.system.progress import Progress, noted, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, read_manifest
from pipeline.versions.store import Version


def rollback(
    site: Path,
    out: Path,
    name: str,
    version: str | None = None,
    *,
    signer: Signer | None = None,
    progress: Progress = to_stderr,
) -> PublishedSite:
    """Point the site back at `version` of the model `name`, copied from the store `out`
    if the site lacks it.

    None is the version that was live before the current one; repeated rollbacks go
    further back each time. The model is held from then on, and a moment before. The
    page stays unchanged, except for the words in index.html if `name` is the default
    model. `signer` signs the version again, which is needed if the live one is signed:
    readers have seen its counter.
    """
    warnings, warn = noted(progress)
    with changing(site, out, progress=progress, warn=warn) as models:
        live = require_published(site, name)
        source = _target((models, out), name, live, version)
        by = choose_signature(signer, source, models, out, live)
        published = store.copy_version(source, models, progress=warn)
        write_copies(published.folder)
        pointers = render_pointers(
            models, published, rolled_back_from=live, progress=warn
        )
        sign_published(by, source, published, out, expires=pointers.expires, warn=warn)
        if published.id != live:
            change_settings(
                models, name, held=read_settings(models, name).held or utc_now()
            )
        write_with_copies(
            [*pointers.contents, *renamed(site, pointers.default, pointers.base_url)]
        )
        done = record_of(published, site, out, pointers, tuple(warnings))
        return dataclasses.replace(
            done, rolled_back_from=live if published.id != live else None
        )


def record_of(
    published: Version,
    site: Path,
    out: Path,
    pointers: Pointers,
    warnings: tuple[str, ...],
) -> PublishedSite:
    """Describe a version that is live now, by its folder in the store `out`, or on the
    site alone if that lost it.
    """
    stored = out / published.name / published.id
    return PublishedSite(
        name=published.name,
        version=published.id,
        export_dir=str((stored if stored.is_dir() else published.folder).resolve()),
        site_dir=str(site.resolve()),
        bytes=size_of(published.folder),
        previous_version=pointers.previous_version,
        warnings=warnings,
    )


def size_of(folder: Path) -> int:
    """Bytes of all files of a version, without their compressed copies."""
    return sum(path.stat().st_size for path in originals_in(folder))


def _target(
    roots: tuple[Path, Path], name: str, live: str, wanted: str | None
) -> Version:
    """The version that a rollback goes back to, from the first of the two folders that
    has it undamaged.
    """
    folders = [folder for root in roots for folder in store.version_folders(root, name)]

    def find(version: str) -> Version | None:
        return next(
            filter(
                None,
                (
                    store.undamaged(folder)
                    for folder in folders
                    if folder.name == version
                ),
            ),
            None,
        )

    history = read_history(roots[0], name)
    for version in (
        reversed(earlier_versions(history, live)) if wanted is None else [wanted]
    ):
        if target := find(version):
            return target
    there = {folder.name for folder in folders}
    whole = sorted(version for version in there - {wanted or live} if find(version))
    damaged = ", ".join(sorted(there - {live, *whole}))
    advice = "Publish a new one"
    if whole:
        advice = (
            f"Choose one of {', '.join(whole)}: `pipeline rollback {name} VERSION`, or"
            " publish another"
        )
    rule = f"There is no earlier undamaged version of {name} to go back to"
    if back := [
        version for version in whole if version in {entry.version for entry in history}
    ]:
        rule += f"; taken back by a rollback: {', '.join(back)}"
    rule = (
        f"A rollback leads to an undamaged version. Received: {wanted!r}"
        if wanted
        else rule
    )
    raise PublishError(
        f"{rule}{damaged and f'; damaged: {damaged}'}. {advice}: `pipeline build`."
    )


def release_model(
    site: Path, out: Path, name: str, *, progress: Progress = to_stderr
) -> Settings:
    """End the hold of a model, so that builds publish it again; a later rollback holds
    it again.

    To release it twice changes nothing. Returns the settings of the model.
    """
    with changing(site, out, progress=progress) as models:
        require_published(site, name)
        return change_settings(models, name, held=None)


def pin_version(
    site: Path,
    out: Path,
    name: str,
    version: str,
    *,
    on: bool = True,
    progress: Progress = to_stderr,
) -> Settings:
    """Pin a version, which pruning then keeps in any case, or take the pin off.

    Returns the settings of the model.
    """
    with changing(site, out, progress=progress) as models:
        require_published(site, name)
        settings = read_settings(models, name)
        there = {
            folder.name
            for root in (models, out)
            for folder in store.version_folders(root, name)
        }
        if version not in (there if on else {*there, *settings.pinned}):
            raise PublishError(
                f"Only a version of {name} that is there can be pinned. Received:"
                f" {version!r}. Available: {', '.join(sorted(there))}. Choose one of"
                " these."
            )
        pinned = {*settings.pinned, version} if on else {*settings.pinned} - {version}
        return change_settings(models, name, pinned=tuple(sorted(pinned)))


def choose_default(
    site: Path, out: Path, name: str, *, progress: Progress = to_stderr
) -> str:
    """Let the page open with a model, and be named after it. Returns its live version.

    Browsers that keep the page for times without a network ask for both files at each
    visit, so their service worker stays as it is.
    """
    with changing(site, out, progress=progress) as models:
        require_published(site, name)
        manifest, names = live_manifest(models, name), tuple(published_names(models))
        index = dataclasses.replace(
            former_index(models, progress), default=name, names=names, chosen=True
        )
        write_with_copies(
            [index.rendered(models), *renamed(site, manifest, index.base_url)]
        )
        return manifest.version


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A line of `pipeline versions list`."""

    name: str
    version: str
    test_accuracy: float | None  # 0..1; None if the model was not evaluated
    created: str | None  # UTC, ISO 8601
    bytes: int  # of all files of the version
    live: bool  # whether the site's latest.json points at it
    default: bool  # whether the page opens with it
    # of a live one: since when a rollback holds the model, in UTC, ISO 8601
    held: str | None
    pinned: bool  # whether pruning keeps it in any case
    periods: tuple[Period, ...]  # when it was live
    problem: str | None  # why its manifest cannot be used


def list_versions(out: Path, site: Path) -> list[VersionRow]:
    """Every version in the store and on the site, by name, then oldest first.

    Raises PublishError if a file that says which version is what cannot be read.
    """
    models, rows = site / "models", []
    try:
        index = read_index(models)
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{models / INDEX_NAME} must list the models. Received: {error}. `pipeline"
            " versions default NAME` writes it again, and so does the next"
            " publication."
        ) from error
    for name in store.model_names(out, models):
        live, settings = store.latest(models, name), read_settings(models, name)
        lived = periods(read_history(models, name), live)
        found = {
            folder.name: folder
            for root in (models, out)
            for folder in store.version_folders(root, name)
        }
        named = [
            _row(folder, name, live, lived, settings, index.default)
            for folder in found.values()
        ]
        rows += sorted(named, key=lambda row: (row.created or "", row.version))
    return rows


def _row(
    folder: Path,
    name: str,
    live: str | None,
    lived: list[Period],
    settings: Settings,
    default: str | None,
) -> VersionRow:
    try:
        manifest, problem = read_manifest(folder / MANIFEST_NAME), None
    except PublishError as error:
        manifest, problem = None, str(error)
    is_live = folder.name == live
    return VersionRow(
        name=name,
        version=folder.name,
        test_accuracy=(
            manifest.metrics.test_accuracy if manifest and manifest.metrics else None
        ),
        created=manifest.created if manifest else None,
        bytes=size_of(folder),
        live=is_live,
        default=is_live and name == default,
        held=settings.held if is_live else None,
        pinned=folder.name in settings.pinned,
        periods=tuple(period for period in lived if period.version == folder.name),
        problem=problem,
    )
