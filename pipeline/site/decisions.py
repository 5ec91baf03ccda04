"""What the owner of a site decides: release a model that is held, pin versions that must stay, choose the default.

Each is one file that is replaced atomically. For the default model two follow one another, index.json and index.html;
between them the page already opens with the new one, and is still named after the other.
"""

import dataclasses
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.compress import write_with_copies
from pipeline.site.index import former_index, published_names
from pipeline.site.page import renamed
from pipeline.site.pointers import live_manifest
from pipeline.site.settings import Settings, change_settings, read_settings
from pipeline.site.writing import changing, require_published
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store


def release_model(site: Path, out: Path, name: str, *, progress: Progress = to_stderr) -> Settings:
    """End the hold of a model, so that builds publish it again; a later rollback holds it anew.

    To release it twice changes nothing. Returns the settings of the model.

    Raises:
        ConfigError: the name cannot be a model's.
        PublishError: the site does not show this model.
        DiskError: the site cannot be written.
    """
    require_published(site, name)
    with changing(site, out, progress=progress) as models:
        return change_settings(models, name, held=None)


def pin_version(
    site: Path, out: Path, name: str, version: str, *, on: bool = True, progress: Progress = to_stderr
) -> Settings:
    """Pin a version, which pruning then keeps in any case, or take the pin off. Returns the settings of the model.

    Raises:
        ConfigError: the name cannot be a model's.
        PublishError: the site does not show this model, or there is no such version.
        DiskError: the site cannot be written.
    """
    require_published(site, name)
    with changing(site, out, progress=progress) as models:
        settings = read_settings(models, name)
        there = {folder.name for root in (models, out) for folder in store.version_folders(root, name)}
        if version not in (there if on else {*there, *settings.pinned}):
            raise PublishError(
                f"Only a version of {name} that is there can be pinned. Received: {version!r}. Available: "
                f"{', '.join(sorted(there))}. Choose one of these."
            )
        pinned = {*settings.pinned, version} if on else {*settings.pinned} - {version}
        return change_settings(models, name, pinned=tuple(sorted(pinned)))


def choose_default(site: Path, out: Path, name: str, *, progress: Progress = to_stderr) -> str:
    """Let the page open with a model, and be named after it. Returns its live version.

    Browsers that keep the page for times without a network ask for both files at each visit, so their service worker
    stays as it is.

    Raises:
        ConfigError: the name cannot be a model's.
        PublishError: the site does not show this model, or its live version is damaged.
        DiskError: the site cannot be written.
    """
    require_published(site, name)
    with changing(site, out, progress=progress) as models:
        manifest, names = live_manifest(models, name), tuple(published_names(models))
        index = dataclasses.replace(former_index(models, progress), default=name, names=names)
        write_with_copies([index.rendered(models), *renamed(site, manifest, index.base_url)])
        return manifest.version
