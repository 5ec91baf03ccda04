"""Remove a model, so that no page ever lists it without its files."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.compress import write_with_copies
from pipeline.site.index import former_index, published_names
from pipeline.site.marks import require_our_model
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.page import renamed
from pipeline.site.pointers import first_of, live_manifest
from pipeline.site.pruning import Removed
from pipeline.site.writing import changing
from pipeline.system.files import bytes_below, remove_file, remove_folder
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.ownership import require_usable


@dataclass(frozen=True, kw_only=True)
class RemovedModel:
    """What became of the folders of a model."""

    removed: tuple[Removed, ...]
    default: str | None  # the model with which the page opens now, if that was the removed one


def remove_model(site: Path, out: Path, name: str, *, progress: Progress = to_stderr) -> RemovedModel:
    """Remove a model from a site and its store. Pages that embed it lose it.

    The page's list comes first, then the model's folder on the site, which disappears at one moment, then the store's.
    A run that is killed in between can be run again.

    Raises:
        ConfigError: `site` and `out` overlap, or the name cannot be a model's.
        PublishError: it is the only model of the site, which is removed by deleting the site, the live version of the
            model with which the page would open cannot be read, or a folder holds what is not ours. Nothing was
            removed.
        DiskError: a folder cannot be written.
    """
    require_usable(site, out)
    on_site, in_store = site / "models" / store.validate_name(name), out / name
    with changing(site, out, progress=progress):
        there = [folder for folder in (on_site, in_store) if folder.is_dir()]
        for folder in there:
            require_our_model(folder)
        removed = tuple(Removed(path=str(folder), bytes=bytes_below(folder)) for folder in there)
        default = None
        if (in_store / MEMORY_NAME).exists():
            remove_file(in_store / MEMORY_NAME)  # first, so that nothing restores the model after a kill
        if on_site in there:
            default = _take_off_the_page(site, name, progress)
            remove_folder(on_site)
        if in_store in there:
            remove_folder(in_store)
        return RemovedModel(removed=removed, default=default)


def _take_off_the_page(site: Path, name: str, progress: Progress) -> str | None:
    """List the other models alone; returns the new default model, if it was this one."""
    models = site / "models"
    others = [other for other in published_names(models) if other != name]
    if not others:
        raise PublishError(
            f"A site must show a model. Received: {name!r}, the only one in {site}. Nothing was removed. To remove the "
            "site, delete its folder; to replace the model, publish another first."
        )
    index = former_index(models, progress)
    default = index.default if index.default in others else first_of(models, others)
    changed = dataclasses.replace(index, default=default, names=tuple(others))
    write_with_copies([changed.rendered(models), *renamed(site, live_manifest(models, default), index.base_url)])
    return None if default == index.default else default
