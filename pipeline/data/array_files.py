"""Read the files that hold the arrays of a data set: .npz, .npy, and the IDX format of MNIST. Nothing is unpickled.

A file's declared size is compared with its real one before any of it is read.
"""

import math
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError
from pipeline.system.numpy_files import PickledError, map_array, open_npz
from pipeline.system.outside import TooLargeError, open_regular, size_of

Array = npt.NDArray[Any]

# Array → the name of its file in MNIST.
IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
NPY_FILES = {key: f"{key}.npy" for key in [*IDX_FILES, "labels"]}
MOST_IDX_AXES = 4


def map_npy(path: Path) -> Array:
    """The array of an .npy file, read from it as needed; DataError for pickled objects and other files."""
    try:
        return map_array(path)
    except ValueError as error:
        raise DataError(
            f"{path} must be a complete .npy file of plain values. Received: {error}. "
            "Write it with np.save(path, array)."
        ) from error


def map_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The uint8 array of an IDX file, read from it as needed.

    The file holds two zero bytes, the type, the number of axes, their sizes as big-endian uint32, and the values.
    """
    with open_regular(path) as file:
        size = size_of(file)
        start = file.read(4)
        axes = start[3] if len(start) == 4 else 0
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(axes))
        header = 4 + 4 * axes
        if start[:3] != b"\0\0\x08" or not 0 < axes <= MOST_IDX_AXES or size != header + math.prod(shape):
            raise DataError(f"{path} must be a complete IDX file of bytes. Received: {size} bytes. Download it again.")
        return np.memmap(file, np.uint8, "r", header, shape)


def write_idx(array: npt.NDArray[np.uint8]) -> bytes:
    """The content of the IDX file of a uint8 array; the inverse of `map_idx`."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def read_npz(file: IO[bytes], where: str, *, declared_only: bool = False) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test and, if present, labels of an .npz file; `where` is its name.

    With `declared_only` none of them is read: the file is refused for what it declares, or not.
    """
    start = file.read(6)
    if not start.startswith((b"PK\3\4", b"PK\5\6")):  # a zip archive, or an empty one
        kind = "a single array, as np.save writes it" if start == b"\x93NUMPY" else f"a file that starts with {start!r}"
        raise DataError(
            f"{where} must be an .npz file. Received: {kind}. "
            "Write it with np.savez_compressed(path, x_train=…, y_train=…, x_test=…, y_test=…)."
        )
    try:
        with open_npz(file) as archive:
            if missing := [key for key in IDX_FILES if key not in archive.names]:
                raise DataError(
                    f"{where} must have an array {missing[0]}. "
                    f"Received: {', '.join(archive.names)[:200] or 'no array at all'}. "
                    f"Save {', '.join(IDX_FILES)} (and optionally labels) under these names."
                )
            return {key: archive.read(key) for key in NPY_FILES if key in archive.names and not declared_only}
    except PickledError as error:
        raise DataError(
            f"Arrays must be stored as plain values. Received: {error} in {where} as pickled objects, which can run "
            "code when they are read. Save it as a plain array: np.asarray(values, dtype='uint8') for images, "
            "dtype='int64' for labels, dtype='str' for their names."
        ) from error
    except TooLargeError as error:
        raise DataError(
            f"{where} must fit into memory. Received: {error}. Save its arrays as a folder of .npy files, which are "
            "read as they are needed."
        ) from error
    except ValueError as error:
        raise DataError(f"{where} is damaged or incomplete. Received: {error}. Copy or save the file again.") from error
