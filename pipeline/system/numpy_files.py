"""Read .npy and .npz files that may come from anyone. Nothing is unpickled.

A file's declared size is compared with its real one before any of it is read. Any fault
is a ValueError.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.system.outside import TooLargeError, open_regular, open_zip, size_of

# of an .npz file's arrays, which are held in memory: 1.3 million pictures of MNIST's
# size
NPZ_BYTES = 2**30
MOST_AXES = 8
# Version 3 differs from 2 only for names of columns, which plain values do not have.
_READERS = {
    b"\x93NUMPY\1\0": np.lib.format.read_array_header_1_0,
    b"\x93NUMPY\2\0": np.lib.format.read_array_header_2_0,
}
_PLAIN = "biufcUSmM"  # kinds of numbers, texts and dates


class PickledError(ValueError):
    """An array consists of Python objects, which are stored as pickles."""


def check_header(file: IO[bytes], size: int) -> None:
    """Refuse an .npy file of `size` bytes for what it declares."""
    start = file.read(8)
    read = _READERS.get(start)
    if read is None:
        raise ValueError(
            "an archive of arrays"
            if start.startswith(b"PK")
            else f"a file that starts with {start!r}"
        )
    with _one_error("its header cannot be read"):
        shape, _, dtype = read(file)
    if dtype.hasobject:
        raise PickledError("pickled objects")
    if (
        dtype.kind not in _PLAIN
        or len(shape) > MOST_AXES
        or any(type(n) is not int or n < 0 for n in shape)
    ):
        raise ValueError(f"its header declares {dtype} of shape {shape}"[:200])
    if (declared := file.tell() + math.prod(shape) * dtype.itemsize) != size:
        raise ValueError(f"its header declares {declared:,} bytes, and it has {size:,}")


def map_array(path: Path) -> npt.NDArray[Any]:
    """The array of an .npy file, read from it as needed."""
    with open_regular(path) as file:
        check_header(file, size_of(file))
    with _one_error("it cannot be mapped"):
        return np.lib.format.open_memmap(path, "r")


class NpzFile:
    """The arrays of an open .npz archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Read the list of arrays."""
        self._archive = archive
        self._members = {
            one.filename.removesuffix(".npy"): one for one in archive.infolist()
        }
        self.names = list(self._members)

    def read(self, name: str) -> npt.NDArray[Any]:
        """The array of this name, of which a PickledError consists."""
        member = self._members[name]
        with _one_error(f"{name} cannot be read"):
            try:
                with self._archive.open(member) as stream:
                    check_header(stream, member.file_size)
            except PickledError:
                raise PickledError(name) from None
            with self._archive.open(member) as stream:
                array: npt.NDArray[Any] = np.lib.format.read_array(stream)
                return array


@contextmanager
def open_npz(file: IO[bytes]) -> Iterator[NpzFile]:
    """The .npz archive in `file`, whose arrays may have NPZ_BYTES."""
    with _one_error("its list of arrays cannot be read"):
        archive = open_zip(file, NPZ_BYTES)
    with archive:
        yield NpzFile(archive)


@contextmanager
def _one_error(what: str) -> Iterator[None]:
    """Give one class to the errors of zipfile, zlib, and NumPy's parser of headers,
    which has those of a compiler.
    """
    try:
        yield
    except (PickledError, TooLargeError):
        raise
    except Exception as error:
        kind, words = type(error).__name__, str(error).partition("\n")[0][:200]
        raise ValueError(
            f"{what}: {words if kind == 'ValueError' else f'{kind} ({words})'}"
        ) from error
