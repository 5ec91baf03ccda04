"""Data sets that take long to make, made once into a folder of .npy files in the cache: images that were decoded.

The cache is where this user keeps what can be made again, and what is of this machine alone.
"""

import contextlib
import hashlib
import itertools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.data.arrays import file_digest
from pipeline.errors import ConfigError
from pipeline.system.files import remove_folder, scratch_folder
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress

DECODER_VERSION = 4  # increment it when the same files give other arrays, so that cached arrays are no longer used
UNUSED_DAYS = 7  # after which decoded arrays are deleted: a folder that grows every night leaves a copy each time
FILES_NAME = "files.json"  # beside the arrays of decoded images: by split, the path of each image in its folder


def decode_once(
    folder: Path,
    files: Mapping[str, Sequence[Path]],
    cache_dir: Path,
    progress: Progress,
    decode: Callable[[Path], None],
    settings: tuple[float, ...] = (),
) -> Path:
    """The folder in the cache with the arrays of these files, identified by the digest of their names and contents.

    `files` are by split, in the order of their images, and lie in `folder`. `decode` writes the arrays to an empty
    folder, which is renamed when it is complete; `settings` are all else that the arrays depend on.
    """
    what = f"decoding {sum(map(len, files.values())):,} files in {folder}"
    return make_once(_digest(folder, files, settings), what, cache_dir, progress, decode)


def make_once(key: str, what: str, cache_dir: Path, progress: Progress, make: Callable[[Path], None]) -> Path:
    """The folder in the cache with the arrays of this key, which `make` writes to an empty folder if it is not there.

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
    """Delete arrays that no build has used for UNUSED_DAYS. The caller holds the lock."""
    start = time.time() - UNUSED_DAYS * 86_400
    for entry in folder.iterdir():
        if entry.is_dir() and entry.stat().st_mtime < start:
            remove_folder(entry)


def _digest(folder: Path, files: Mapping[str, Sequence[Path]], settings: tuple[float, ...]) -> str:
    digest = hashlib.sha256(f"{(DECODER_VERSION, *settings)}\n".encode())
    for path in itertools.chain(*files.values()):
        digest.update(f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def default_cache_dir() -> Path:
    """PIPELINE_CACHE, else `keras-web-pipeline` in the user's cache folder (XDG_CACHE_HOME, ~/.cache)."""
    try:
        if chosen := os.environ.get("PIPELINE_CACHE"):
            return Path(chosen).expanduser().absolute()
        xdg = os.environ.get("XDG_CACHE_HOME", "")
        # The XDG specification says that a relative path must be ignored.
        root = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:  # a user whom the system does not list, as in some containers
        raise ConfigError(
            f"The cache needs a folder. Received: {error} Set PIPELINE_CACHE to the path of one."
        ) from error
    return root / "keras-web-pipeline"
