"""Writing into a site: one process at a time, into one of ours, without what a killed run left there."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PublishError, translating_errors
from pipeline.site.index import published_names
from pipeline.site.memory import reconcile, remember
from pipeline.system.files import remove_stale_temporaries
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.ownership import claimed


@contextmanager
def written(site: Path, *, progress: Progress) -> Iterator[Path]:
    """Hold the lock of a site; yields its folder of models.

    Raises:
        PublishError: the folder is not a site of ours.
        DiskError: the block raised OSError.
    """
    state = "Visitors get the former version or the new one, whole."
    with translating_errors(site, state=state), claimed(site, "site", progress=progress):
        for folder in ("assets", "models"):
            remove_stale_temporaries(site / folder, deep=True)
        yield site / "models"


@contextmanager
def changing(site: Path, out: Path, name: str, *, progress: Progress) -> Iterator[Path]:
    """Hold the locks of the store `out`, if there is one, and of the site, to change which version of a model is what.

    Yields the site's folder of models. What has changed at the end, the store remembers.

    Raises:
        ConfigError: the name cannot be a model's.
        PublishError: the site shows no model of this name, one of the folders is not ours, or site and store disagree.
        DiskError: the block raised OSError.
    """
    require_published(site, name)  # before anything is written
    with contextlib.ExitStack() as locks:
        if out.is_dir():  # keep other processes from removing versions from the store
            locks.enter_context(claimed(out, "store", progress=progress))
            store.clean_stale_staging(out)
        models = locks.enter_context(written(site, progress=progress))
        if out.is_dir():
            reconcile(site, out, progress=progress)
        yield models
        if out.is_dir():
            remember(site, out)


def require_published(site: Path, name: str) -> str:
    """The live version of a model; PublishError if the site shows no model of this name."""
    models = site / "models"
    live = store.latest(models, store.validate_name(name))
    if live is None:
        raise PublishError(
            f"The site must show a model of this name. Received: {name!r} in {site}. Published: "
            f"{', '.join(published_names(models)) or 'nothing'}. Publish it first, or pass the right --site."
        )
    return live
