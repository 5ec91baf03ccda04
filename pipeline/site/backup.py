"""What the store remembers of the site that it fills, so that the store alone is a backup of it.

Besides the versions these are `<store>/<name>/published.json`, the pointers of a model, `<store>/published.json`, what
the whole site has, and the page's assets of this and earlier releases, which pages elsewhere may name. `restoring.py`
makes the site again from them. They are written last: after a crash they lag behind by one change of the site, and the
next one brings them up to date. A store remembers one site, the one written last.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.signing.bundle import find_signature, signature_path
from pipeline.site.built_page import INDEX_HTML, hashed_assets
from pipeline.site.history import HISTORY_NAME, Release
from pipeline.site.index import INDEX_NAME, published_names, read_index
from pipeline.site.settings import SETTINGS_NAME, parse_settings
from pipeline.system.files import remove_file, write_files_atomically
from pipeline.system.json_records import RecordError, dump_json, from_json, to_json
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.manifest import VERSION_PATTERN
from pipeline.versions.ownership import is_our_page
from pipeline.versions.store import DamagedVersion

BACKUP_NAME = "published.json"
ASSETS = "_assets"  # in the store; no model has such a name


@dataclass(frozen=True, kw_only=True)
class ModelBackup:
    """`<store>/<name>/published.json`: what a site has in models/<name>/."""

    live: str
    versions: tuple[str, ...]  # all that are on the site
    history: tuple[Any, ...]  # the content of history.json
    settings: dict[str, Any] | None = None  # the content of settings.json, if there is one


@dataclass(frozen=True, kw_only=True)
class SiteBackup:
    """`<store>/published.json`: what a site has besides."""

    default: str  # the model that the page opens with
    base_url: str | None = None  # where it is hosted
    page: bool = True  # whether it has a page, or only what other pages embed


def remember(site: Path, out: Path, *, progress: Progress) -> None:
    """Bring up to date what the store `out` remembers of a site. The caller holds both locks and translates errors.

    Versions that only the site has, or has as another build, are copied into the store, because the site is what
    readers know. `progress` is called if one cannot be.
    """
    models = site / "models"
    names = published_names(models)
    if not names:
        return
    whole = _whole(site)
    for name in names:
        for folder in store.version_folders(models, name):
            _keep_version(folder, out / name / folder.name, progress)
    contents = [(out / name / BACKUP_NAME, _rendered(_pointers_of(models, name))) for name in names]
    assets = [(out / ASSETS / path.name, path.read_bytes()) for path in hashed_assets(site)]
    write_files_atomically([*assets, *contents, (out / BACKUP_NAME, _rendered(whole))])
    for path in out.glob(f"[a-z0-9]*/{BACKUP_NAME}"):
        if path.parent.name not in names:
            with contextlib.suppress(ValueError):  # of a file of this name that is not ours
                _checked(from_json(ModelBackup, read_json(path), ignore_unknown=True))
                remove_file(path)


def read_backup(out: Path) -> tuple[SiteBackup, dict[str, ModelBackup]]:
    """What the store remembers of its site, and by name of each model; PublishError if that is nothing, or damaged."""
    path = out / BACKUP_NAME
    models: dict[str, ModelBackup] = {}
    try:
        whole = from_json(SiteBackup, read_json(path), ignore_unknown=True)
        for path in sorted(out.glob(f"[a-z0-9]*/{BACKUP_NAME}")):
            models[path.parent.name] = _checked(from_json(ModelBackup, read_json(path), ignore_unknown=True))
        path = out / BACKUP_NAME
        if whole.default not in models:
            raise RecordError(f"default must be a model that was published. Received: {whole.default!r}")
    except (FileNotFoundError, NotADirectoryError):
        raise PublishError(
            f"A store remembers its site in {BACKUP_NAME}. Received: {out} without it. Pass the right --out. If an "
            "earlier release wrote the store, publish again, which makes the site as well."
        ) from None
    except (OSError, ValueError) as error:
        raise PublishError(f"{path} is damaged: {error}. Repair it, or publish again.") from error
    return whole, models


def _checked(model: ModelBackup) -> ModelBackup:
    """The record, whose parts other modules read; ValueError if they could not."""
    if model.live not in model.versions:
        raise RecordError(f"live must be one of versions. Received: {model.live!r:.80}")
    for version in model.versions:
        if not VERSION_PATTERN.fullmatch(version):
            raise RecordError(f"a version must be 12 hexadecimal digits. Received: {version!r:.80}")
    from_json(tuple[Release, ...], list(model.history), ignore_unknown=True)
    parse_settings(model.settings or {})
    return model


def _whole(site: Path) -> SiteBackup:
    path = site / "models" / INDEX_NAME
    try:
        index = read_index(path.parent)
        if index.default is None:
            raise ValueError("it is missing")
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    page = (site / INDEX_HTML).is_file() and is_our_page(site / INDEX_HTML)
    return SiteBackup(default=index.default, base_url=index.base_url, page=page)


def _pointers_of(models: Path, name: str) -> ModelBackup:
    folder = models / name
    history, settings = folder / HISTORY_NAME, folder / SETTINGS_NAME
    return ModelBackup(
        live=store.latest(models, name) or "",
        versions=tuple(sorted(version.name for version in store.version_folders(models, name))),
        history=tuple(_read(history, list)) if history.exists() else (),
        settings=_read(settings, dict) if settings.exists() else None,
    )


def _rendered(backup: SiteBackup | ModelBackup) -> bytes:
    return dump_json({key: value for key, value in to_json(backup).items() if value is not None}).encode()


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        if isinstance(content := read_json(path), kind):
            return content
        raise ValueError(f"{content!r:.80}")
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> PublishError:
    return PublishError(f"{path} cannot be used. Received: {error}. Repair it, or publish again.")


def _keep_version(folder: Path, kept: Path, progress: Progress) -> None:
    """Copy a version of the site to its place in the store, unless it is there, and its signature if that is newer."""
    if not store.is_same_build(folder, kept):
        try:
            store.copy_version(store.open_version(folder), kept.parent.parent, exact=True, progress=progress)
        except DamagedVersion as error:
            progress(f"{error} The store has no copy of it.")
            return
    source, target = signature_path(folder), signature_path(kept)
    with contextlib.suppress(FileNotFoundError):
        content = source.read_bytes()
        ours, theirs = ((found and found.counter) or 0 for found in map(find_signature, (source, target)))
        if ours >= theirs:
            write_files_atomically([(target, content)])
