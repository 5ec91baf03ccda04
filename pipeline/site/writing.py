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
def changing(site: Path, out: Path, *, create: bool = False, progress: Progress) -> Iterator[Path]:
    """Hold the locks of the store `out` and of the site, where these exist; with `create`, they do from now on.

    What the site has lost and the store remembers is restored first, and what has changed at the end, the store
    remembers. Yields the site's folder of models.

    Raises:
        PublishError: one of the folders is not ours.
        DiskError: the block raised OSError.
    """
    with translating_errors(out), contextlib.ExitStack() as locks:
        if create or out.is_dir():
            locks.enter_context(claimed(out, "store", progress=progress))
            store.clean_stale_staging(out)
        if create or site.is_dir():
            locks.enter_context(written(site, progress=progress))
        both = out.is_dir() and site.is_dir()
        if both:
            reconcile(site, out, progress=progress)
        yield site / "models"
        if both:
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
