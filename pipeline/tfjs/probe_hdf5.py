"""Read an HDF5 file to its end, in a process that can be ended: with some damaged files
the C library never comes back.

Whatever this process could read, Keras can read the same way.
"""

import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from pipeline.errors import DataError
from pipeline.system.outside import open_regular, open_zip, size_of
from pipeline.system.worker_process import worker_main

WEIGHTS_NAME = "model.weights.h5"  # the HDF5 file in a .keras file
# Bytes of values beyond the size of the file, as compressed data sets may have. Keras
# does not compress them.
SLACK_BYTES = 64 * 2**20
MEMORY_BYTES = 3 * 2**30  # addresses of this process, of which libraries take a third


def read_to_the_end(job: dict[str, Any]) -> None:
    """Read all of the model file `job["path"]`, of `job["limit"]` bytes at most;
    DataError says what is wrong.
    """
    _limit_memory()
    path = Path(job["path"])
    try:
        with open_regular(path) as file:
            if path.suffix == ".keras":
                with open_zip(file, job["limit"]) as archive:
                    _read(io.BytesIO(archive.read(WEIGHTS_NAME)))
            else:
                _read(file)
    except Exception as error:  # h5py has many classes for what the C library says
        raise DataError(
            f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
        ) from error


def _read(file: IO[bytes]) -> None:
    import h5py

    left = size_of(file) + SLACK_BYTES

    def take(what: str, shape: Sequence[int], dtype: Any) -> None:
        nonlocal left
        declared = math.prod(shape) * dtype.itemsize
        left -= declared
        if left < 0:
            raise ValueError(
                f"{what} declares {declared:,} bytes, more than the file has"
            )

    def read(_: str, one: Any) -> None:
        for name in one.attrs:
            attribute = one.attrs.get_id(name)
            take(name, attribute.shape, attribute.dtype)
            one.attrs[name]
        if isinstance(one, h5py.Dataset) and one.shape is not None:
            if one.external or one.is_virtual:
                raise ValueError(f"the values of {one.name} lie in another file")
            take(one.name, one.shape, one.dtype)
            one[()]

    with h5py.File(file, "r") as archive:
        read("/", archive)
        archive.visititems(read)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(worker_main(read_to_the_end))
