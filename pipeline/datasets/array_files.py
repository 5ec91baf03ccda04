"""Read the files that hold the arrays of a data set: .npz, .npy, and the IDX format of MNIST. Nothing is unpickled."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError

Array = npt.NDArray[Any]

# Array → the name of its file in MNIST.
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
_DAMAGE = (EOFError, MemoryError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)  # in an .npz file
NPY_FILES = {key: f"{key}.npy" for key in [*IDX_FILES, "labels"]}


def map_npy(path: Path) -> Array:
    """The array of an .npy file, read from it as needed; DataError for pickled objects and other files."""
    try:
        array: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(
            f"{path} must be a complete .npy file of plain values. Received: {error}. "
            "Write it with np.save(path, array)."
        ) from error
    if not isinstance(array, np.memmap):
        raise DataError(
            f"{path} must be an .npy file. Received: an archive of arrays. Write it with np.save(path, array)."
        )
    return array


def map_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The uint8 array of an IDX file, read from it as needed.

    The file holds two zero bytes, the type, the number of axes, their sizes as big-endian uint32, and the values.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        start = file.read(4)
        axes = start[3] if len(start) == 4 else 0
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(axes))
    header = 4 + 4 * axes
    if start[:3] != b"\0\0\x08" or size != header + math.prod(shape):
        raise DataError(f"{path} must be a complete IDX file of bytes. Received: {size} bytes. Download it again.")
    return np.memmap(path, np.uint8, "r", offset=header, shape=shape)


def write_idx(array: npt.NDArray[np.uint8]) -> bytes:
    """The content of the IDX file of a uint8 array; the inverse of `map_idx`."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def read_npz(file: IO[bytes], where: str) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test and, if present, labels of an .npz file; `where` is its name."""
    start = file.read(6)
    file.seek(0)
    if not start.startswith((b"PK\3\4", b"PK\5\6")):  # a zip archive, or an empty one
        kind = "a single array, as np.save writes it" if start == b"\x93NUMPY" else f"a file that starts with {start!r}"
        raise DataError(
            f"{where} must be an .npz file. Received: {kind}. "
            "Write it with np.savez_compressed(path, x_train=…, y_train=…, x_test=…, y_test=…)."
        )
    key = "the list of arrays"
    try:
        with np.load(file, allow_pickle=False) as archive:
            missing = [key for key in IDX_FILES if key not in archive]
            if missing:
                raise DataError(
                    f"{where} must have an array {missing[0]}. "
                    f"Received: {', '.join(archive.files) or 'no array at all'}. "
                    f"Save {', '.join(IDX_FILES)} (and optionally labels) under these names."
                )
            arrays = {}
            for key in NPY_FILES:
                if key in archive:
                    arrays[key] = archive[key]
            return arrays
    except _DAMAGE as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"Arrays must be stored as plain values. Received: {key} in {where} as pickled objects, which can run "
                "code when they are read. Save it as a plain array: np.asarray(values, dtype='uint8') for images, "
                "dtype='int64' for labels, dtype='str' for their names."
            ) from error
        raise DataError(
            f"{where} is damaged or incomplete. Received: {type(error).__name__} ({error}) while reading {key}. "
            "Copy or save the file again."
        ) from error
