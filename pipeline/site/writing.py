"""Writing into a site: one process at a time, into one of ours, without what a killed run left there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import translating_errors
from pipeline.system.files import remove_stale_temporaries
from pipeline.system.progress import Progress
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
