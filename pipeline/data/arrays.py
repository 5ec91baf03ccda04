"""The checked images and labels of a data set, read from an .npz file or from a folder
of IDX or .npy files.
"""

import functools
import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import (
    IDX_FILES,
    NPY_FILES,
    Array,
    map_idx,
    map_npy,
    read_npz,
)
from pipeline.errors import DataError
from pipeline.records import Dataset
from pipeline.system.files import sha256_of
from pipeline.system.outside import open_regular

# images in memory at a time when a data set is larger than memory
SEQUENTIAL_BATCH = 4096
# Images in memory at a time when they are read in any order: Linux maps up to 2 MiB
# around each of them (since 6.18).
GATHER_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Images:
    """The arrays of a data set. uint8 images hold 0..255, float32 images 0..1.

    Those of a folder are read from disk as needed; `batches` iterates over them without
    filling the memory.
    """

    # uint8 or float32, (N, height, width), ink on a ground, either of them the
    # brighter, or in color (…, 3)
    train: Array
    train_labels: npt.NDArray[np.int64]  # (N,), 0..classes - 1
    test: Array
    test_labels: npt.NDArray[np.int64]


def load_images(dataset: Dataset) -> Images:
    """Read the images that `data.prepare_data` checked; DataError if the files are no
    longer the same.
    """
    path = Path(dataset.path)
    found = digest(path)
    if found != dataset.digest:
        raise DataError(
            f"{path} must still be the data that was checked. Received: SHA-256"
            f" {found}, expected {dataset.digest}. Run the data stage again."
        )
    arrays = read_arrays(path)
    return Images(
        train=canonical_images(arrays["x_train"]),
        train_labels=arrays["y_train"].astype(np.int64),
        test=canonical_images(arrays["x_test"]),
        test_labels=arrays["y_test"].astype(np.int64),
    )


def canonical_images(images: Array) -> Array:
    """Images as (N, height, width), or in color (…, 3):

    a last axis of 1 is removed, and floats become float32.
    """
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[:, :, :, 0]
    if images.dtype.kind != "f":
        return images
    # what float32 cannot hold becomes infinity, which the checks refuse
    with np.errstate(over="ignore"):
        return images.astype(np.float32, copy=False)


def batches(
    images: Array, order: npt.NDArray[np.int64] | None = None
) -> Iterator[tuple[slice, Array]]:
    """Some images at a time, with their rows in the result: in the given order, or in
    file order.

    If the images are mapped from a file, no more than these stay in memory.
    """
    size = SEQUENTIAL_BATCH if order is None else GATHER_BATCH
    for start in range(0, len(images) if order is None else len(order), size):
        rows = slice(start, start + size)
        yield rows, images[rows] if order is None else images[order[rows]]
        drop_cached_pages(images)


def drop_cached_pages(images: Array) -> None:
    """Release the memory that a mapped file takes; it is read again when needed.

    Has no effect on other arrays.
    """
    mapped = getattr(images, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)


def digest(path: Path) -> str:
    """SHA-256 that identifies a data set.

    For an .npz file it is what `sha256sum FILE` prints. For a folder it is the SHA-256
    of the lines that `sha256sum` prints for its files in the order of IDX_FILES or
    NPY_FILES: `sha256sum train-images… … | sha256sum` reproduces it.
    """
    if not path.is_dir():
        return file_digest(path)
    lines = [
        f"{file_digest(path / name)}  {name}\n" for name in _files_of(path).values()
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits; DataError if it cannot be read.

    Every stage asks for it: a file that the system knows as unchanged since then is not
    read again.
    """
    try:
        now = path.stat()
        return _digest_of(
            path, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns
        )
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


@functools.lru_cache(maxsize=16)
def _digest_of(path: Path, *_state: int) -> str:
    return sha256_of(path)


def read_arrays(path: Path, *, declared_only: bool = False) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test and, if present, labels, exactly as
    they are stored.

    Those of a folder are mapped. With `declared_only`, files are refused for what they
    declare, and none is read.
    """
    try:
        if not path.is_dir():
            with open_regular(path) as file:
                return read_npz(file, str(path), declared_only=declared_only)
        files = _files_of(path)
        read = map_idx if files is IDX_FILES else map_npy
        return {key: read(path / name) for key, name in files.items()}
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _files_of(folder: Path) -> dict[str, str]:
    """Array → name of its file in the folder.

    Among .npy files, the names of the labels are optional.
    """
    if not any((folder / name).exists() for name in NPY_FILES.values()):
        return IDX_FILES
    return {
        key: name
        for key, name in NPY_FILES.items()
        if key in IDX_FILES or (folder / name).exists()
    }


def _unreadable(path: Path, error: OSError) -> str:
    what, reason = error.filename or path, error.strerror or error
    return (
        f"{what} cannot be read. Received: {reason}. Check the path and its"
        " permissions."
    )
