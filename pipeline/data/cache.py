"""Data sets that take long to make, made once into a folder of .npy files in the cache:
images that were decoded.

The cache is where this user keeps what can be made again, and what is of this machine
alone.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.system.files import remove_folder, scratch_folder
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress

# after which decoded arrays are deleted: a folder that grows every night leaves a copy
# each time
UNUSED_DAYS = 7


def make_once(
    key: str,
    what: str,
    cache_dir: Path,
    progress: Progress,
    make: Callable[[Path], None],
) -> Path:
    """The folder in the cache with the arrays of this key, which `make` writes to an
    empty folder if it is not there.

    `what` says that in a line of progress.
    """
    target = cache_dir / "decoded" / key
    if target.exists():
        with contextlib.suppress(OSError):  # of a cache that is only read
            os.utime(target)
        return target
    with exclusive(target.parent, progress=progress):
        if not target.exists():  # another build may have made it while this one waited
            progress(what)
            with scratch_folder(target.parent) as arrays:
                make(arrays)
                arrays.rename(target)
            _drop_unused(target.parent)
    return target


def _drop_unused(folder: Path) -> None:
    """Delete arrays that no build has used for UNUSED_DAYS. The caller holds the
    lock.
    """
    start = time.time() - UNUSED_DAYS * 86_400
    for entry in folder.iterdir():
        if entry.is_dir() and entry.stat().st_mtime < start:
            remove_folder(entry)


def default_cache_dir() -> Path:
    """PIPELINE_CACHE, else `keras-web-pipeline` in the user's cache folder
    (XDG_CACHE_HOME, ~/.cache).
    """
    try:
        if chosen := os.environ.get("PIPELINE_CACHE"):
            return Path(chosen).expanduser().absolute()
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        # The XDG specification says that a relative path must be ignored.
        root = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    except (
        RuntimeError
    ) as error:  # a user whom the system does not list, as in some containers
        raise ConfigError(
            f"The cache needs a folder. Received: {error} Set PIPELINE_CACHE to the"
            " path of one."
        ) from error
    return root / "keras-web-pipeline"
