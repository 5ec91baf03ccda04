"""Read the images and labels of a data set from disk: MNIST's IDX files, one .npz file, or a folder of .npy files."""

import hashlib
import math
import mmap
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError
from pipeline.records import Dataset

Array = npt.NDArray[Any]

# Our name of an array → MNIST's name of its file.
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


NPY_FILES = {key: f"{key}.npy" for key in [*IDX_FILES, "labels"]}
MINIMUM_SIDE, MAXIMUM_SIDE = 4, 256  # pixels of an image
SEQUENTIAL_BATCH = 4096  # images in memory at a time where a data set is larger than memory
# Images in memory at a time when they are read in any order: Linux maps up to 2 MiB around each of them (since 6.18).
GATHER_BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Images:
    """The arrays of a data set. uint8 images hold 0..255, float32 ones 0..1; `to_ink` makes both the same.

    Those of a folder are read from disk as needed; `batches` goes through them without filling the memory.
    """

    train: Array  # uint8 or float32, (N, height, width), bright ink on dark
    train_labels: npt.NDArray[np.int64]  # (N,), 0..classes - 1
    test: Array
    test_labels: npt.NDArray[np.int64]


def load_images(dataset: Dataset) -> Images:
    """Read the images that `data.prepare_data` checked.

    Raises:
        DataError: the files are gone, or are not the ones that were checked.
    """
    path = Path(dataset.path)
    found = digest(path)
    if found != dataset.digest:
        raise DataError(
            f"{path} changed after it was checked. Received: SHA-256 {found}, expected {dataset.digest}. "
            "Run the data stage again."
        )
    arrays = read_arrays(path)
    return Images(
        train=canonical_images(arrays["x_train"]),
        train_labels=arrays["y_train"].astype(np.int64),
        test=canonical_images(arrays["x_test"]),
        test_labels=arrays["y_test"].astype(np.int64),
    )


def to_ink(images: Array) -> npt.NDArray[np.float32]:
    """Images as ink in 0..1, float32, of the same shape: uint8 is divided by 255, float is taken as it is."""
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32)


def canonical_images(images: Array) -> Array:
    """Images as (N, height, width), uint8 or float32: a last axis of 1 goes, float16 and float64 become float32."""
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[:, :, :, 0]
    if images.dtype.kind != "f":
        return images
    with np.errstate(over="ignore"):  # beyond float32 it becomes infinity, which the checks refuse
        return images.astype(np.float32, copy=False)


def batches(images: Array, order: npt.NDArray[np.int64] | None = None) -> Iterator[tuple[slice, Array]]:
    """Some images at a time, with their place: in the given order, or as they lie.

    Of images that are read from disk as needed, no more than these stay in memory.
    """
    size = SEQUENTIAL_BATCH if order is None else GATHER_BATCH
    for start in range(0, len(images) if order is None else len(order), size):
        rows = slice(start, start + size)
        yield rows, images[rows] if order is None else images[order[rows]]
        drop_cached_pages(images)


def drop_cached_pages(images: Array) -> None:
    """Let go of the memory that a mapped file takes; what is needed is read again. Other arrays stay as they are."""
    mapped = getattr(images, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)


def digest(path: Path) -> str:
    """SHA-256 that names a data set.

    Of an .npz file, what `sha256sum FILE` prints. Of a folder, the SHA-256 of the lines that `sha256sum` prints for its
    files in the order of IDX_FILES or NPY_FILES, so `sha256sum train-images… … | sha256sum` repeats it.

    Raises:
        DataError: a file cannot be read.
    """
    if not path.is_dir():
        return file_sha256(path)
    lines = [f"{file_sha256(path / name)}  {name}\n" for name in _files_of(path).values()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test (and labels, where given) exactly as they are stored.

    Raises:
        DataError: a file is missing, damaged or holds pickled objects.
    """
    try:
        if not path.is_dir():
            with open(path, "rb") as file:
                return read_npz(file, str(path))
        files = _files_of(path)
        if files is not IDX_FILES:
            return {key: _map_npy(path / name) for key, name in files.items()}
        return {key: map_idx(path / name) for key, name in files.items()}
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error


def _files_of(folder: Path) -> dict[str, str]:
    """Array → name of its file in the folder. The names of the labels may be missing among .npy files."""
    if not any((folder / name).exists() for name in NPY_FILES.values()):
        return IDX_FILES
    return {key: name for key, name in NPY_FILES.items() if key in IDX_FILES or (folder / name).exists()}


def _map_npy(path: Path) -> Array:
    """An array that is read from its file as needed. Nothing is unpickled."""
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(
            f"{path} is not a whole .npy file of plain values. Received: {error}. Write it with np.save(path, array)."
        ) from error
    if not isinstance(array, np.memmap):
        raise DataError(
            f"{path} is not an .npy file. Received: an archive of arrays. Write it with np.save(path, array)."
        )
    return array


def map_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The uint8 array of an IDX file, read from it as needed.

    The file holds two zero bytes, the type, the number of axes, big-endian sizes, and the values.

    Raises:
        DataError: it is not such a file.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        start = file.read(4)
        axes = start[3] if len(start) == 4 else 0
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(axes))
    header = 4 + 4 * axes
    if start[:3] != b"\0\0\x08" or size != header + math.prod(shape):
        raise DataError(f"{path} is not a whole IDX file of bytes. Received: {size} bytes. Fetch it again.")
    return np.memmap(path, np.uint8, "r", offset=header, shape=shape)


def write_idx(array: npt.NDArray[np.uint8]) -> bytes:
    """The IDX file of a uint8 array, the inverse of `map_idx`."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def read_npz(file: IO[bytes], where: str) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test and, where present, labels of an .npz file. Nothing is unpickled.

    Raises:
        DataError: it is not a whole .npz file, lacks one of the arrays, or holds pickled objects.
    """
    start = file.read(6)
    file.seek(0)
    if not start.startswith((b"PK\3\4", b"PK\5\6")):  # a zip archive, or an empty one
        kind = "a single array, as np.save writes it" if start == b"\x93NUMPY" else f"a file that starts with {start!r}"
        raise DataError(
            f"{where} is not an .npz file. Received: {kind}. "
            "Write it with np.savez_compressed(path, x_train=…, y_train=…, x_test=…, y_test=…)."
        )
    key = "the list of arrays"
    try:
        with np.load(file, allow_pickle=False) as archive:
            missing = [key for key in IDX_FILES if key not in archive]
            if missing:
                raise DataError(
                    f"{where} has no array {missing[0]}. Received: {', '.join(archive.files) or 'no array at all'}. "
                    f"Save {', '.join(IDX_FILES)} (and, if you like, labels) under these names."
                )
            arrays = {}
            for key in [*IDX_FILES, "labels"]:
                if key in archive:
                    arrays[key] = archive[key]
            return arrays
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{key} in {where} is stored as pickled objects, which can run code when they are read; they are "
                "refused. Save it as a plain array: np.asarray(values, dtype='uint8') for images, dtype='int64' for "
                "labels, dtype='str' for their names."
            ) from error
        raise DataError(_damaged(where, key, error)) from error
    except (EOFError, MemoryError, NotImplementedError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(_damaged(where, key, error)) from error


def _damaged(where: str, key: str, error: Exception) -> str:
    return (
        f"{where} is damaged or cut short. Received: {type(error).__name__} ({error}) while reading {key}. "
        "Copy or save the file again."
    )


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path} cannot be read. Received: {error.strerror or error}. Check the path and its permissions."
