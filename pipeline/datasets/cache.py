"""Folders of images or TFRecord files, decoded once into a folder of .npy files in the cache."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.datasets.arrays import file_digest
from pipeline.system.files import scratch_folder
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress

DECODER_VERSION = 1  # increment it when the same files give other arrays, so that cached arrays are no longer used


def decode_once(
    folder: Path,
    files: Mapping[str, Sequence[Path]],
    cache_dir: Path,
    progress: Progress,
    decode: Callable[[Path], None],
) -> Path:
    """The folder in the cache with the arrays of these files, identified by the digest of their names and contents.

    Args:
        folder: that contains the files.
        files: by split, in the order of their images.
        cache_dir: of the user.
        progress: receives a line before the files are decoded.
        decode: writes the arrays to an empty folder, which is renamed when it is complete.

    Raises:
        DataError: a file cannot be read.
        OSError: the cache cannot be written.
    """
    target = cache_dir / "decoded" / _digest(folder, files)
    if target.exists():
        return target
    with exclusive(target.parent, progress=progress):
        if not target.exists():  # another build may have made it while this one waited
            progress(f"decoding {sum(map(len, files.values())):,} files in {folder}")
            with scratch_folder(target.parent) as arrays:
                decode(arrays)
                arrays.rename(target)
    return target


def _digest(folder: Path, files: Mapping[str, Sequence[Path]]) -> str:
    digest = hashlib.sha256(f"{DECODER_VERSION}\n".encode())
    for paths in files.values():
        for path in paths:
            digest.update(f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()
