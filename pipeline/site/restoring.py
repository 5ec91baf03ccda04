"""Make a site again from the store alone: with the same release of this pipeline, byte for byte.

Of earlier releases' assets only the compressed copies are made anew, which may pack the same content into other bytes.
"""

from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import PublishError, translating_errors
from pipeline.signing.bundle import signature_path
from pipeline.site.backup import ASSETS, ModelBackup, read_backup
from pipeline.site.built_page import read_page
from pipeline.site.compress import write_copies, write_with_copies
from pipeline.site.history import HISTORY_NAME
from pipeline.site.index import Index
from pipeline.site.page import write_page
from pipeline.site.pointers import render_latest
from pipeline.site.releases import files_of
from pipeline.site.settings import parse_settings, write_settings
from pipeline.site.writing import written
from pipeline.system.files import remove_file, write_files_atomically
from pipeline.system.json_records import dump_json
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME
from pipeline.versions.ownership import claimed, require_ours, require_usable
from pipeline.versions.store import Version

UNFINISHED = ".restoring"  # in the site until it is whole, so that a killed restoration can be run again


def restore(site: Path, out: Path, web: Path, *, progress: Progress = to_stderr) -> dict[str, str]:
    """Make the site that the store `out` remembers in a folder that is missing or empty; returns model → live version.

    Versions that had been pruned from the site stay away. Any that the store has lost are left out, except live ones.

    Args:
        site: the folder to make.
        out: the store.
        web: the built page (`built_page.web_dir()`).
        progress: called for what is left out, and when another process holds a lock.

    Raises:
        ConfigError: `site` and `out` overlap.
        PublishError: the site is not empty, the store remembers none, a live version is damaged or missing, or a folder
            is somebody else's. Nothing was written.
        DiskError: the site cannot be written. Run again, it goes on.
    """
    require_usable(site, out)
    _require_empty(site)
    read_backup(out)  # before a lock or a marker is written into what may be no store
    with claimed(out, "store", progress=progress):
        store.clean_stale_staging(out)
        whole, models = read_backup(out)
        with translating_errors(web, doing="read"):
            page = read_page(web, embed_only=not whole.page)
        versions = {name: _versions(out / name, model, progress) for name, model in models.items()}
        live = {name: versions[name][model.live] for name, model in models.items()}
        index = Index(default=whole.default, names=tuple(models), base_url=whole.base_url)
        with written(site, progress=progress) as folder:
            _require_empty(site)
            write_files_atomically([(site / UNFINISHED, b"")])
            assets = [(site / "assets" / path.name, path.read_bytes()) for path in (out / ASSETS).glob("*")]
            write_with_copies(assets, page.origins(site))
            for name in models:
                _write_versions(versions[name], folder, progress)
                write_settings(folder, name, parse_settings(models[name].settings or {}))
            pointers = [
                entry for name, model in models.items() for entry in _pointers(folder / name, model, live[name])
            ]
            contents = [*pointers, index.rendered(folder)]
            write_page(site, page, contents, live[whole.default].manifest, index.base_url)
            remove_file(site / UNFINISHED)
    return {name: model.live for name, model in models.items()}


def _require_empty(site: Path) -> None:
    require_ours(site, "site")
    names = [entry.name for entry in site.iterdir()] if site.is_dir() else []
    foreign = [name for name in names if not name.startswith(".")]  # a marker, a lock, or what git keeps
    if foreign and UNFINISHED not in names:
        raise PublishError(
            f"A site can be restored only into a folder that is missing or empty. Received: {site}, which holds "
            f"{min(foreign)}. Nothing was changed. Move it away, or pass --site another folder."
        )


def _versions(folder: Path, model: ModelBackup, progress: Progress) -> dict[str, Version]:
    """The versions that the site had, all checked before anything is written. DamagedVersion if one is."""
    found = {}
    for version in model.versions:
        if version == model.live or (folder / version).exists():
            found[version] = store.open_version(folder / version)
        else:
            progress(f"{folder / version} is missing and left out. It was not live.")
    return found


def _write_versions(versions: Mapping[str, Version], models: Path, progress: Progress) -> None:
    for version in versions.values():
        copied = store.copy_version(version, models, progress=progress)
        write_copies(files_of(copied.folder))
        signature = signature_path(version.folder)
        if signature.is_file():
            write_files_atomically([(signature_path(copied.folder), signature.read_bytes())])


def _pointers(folder: Path, model: ModelBackup, live: Version) -> list[tuple[Path, bytes]]:
    """The files of a model beside its versions, with what makes it live at the end."""
    history = [(folder / HISTORY_NAME, dump_json(model.history).encode())] if model.history else []
    return [*history, (folder / LATEST_NAME, render_latest(live))]
