"""The files that hold the arrays of a data set: .npz, .npy, and the IDX format of
MNIST. Nothing is unpickled.

A file's declared size is compared with its real one before any of it is read. Arrays
and TensorFlow datasets of a Python session are written as a folder of .npy files.
"""

import hashlib
import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import DataError
from pipeline.recipes.fields import DataRecipe
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
    """The array of an .npy file, read from it as needed; DataError for pickled objects
    and other files.
    """
    try:
        return map_array(path)
    except ValueError as error:
        raise DataError(
            f"{path} must be a complete .npy file of plain values. Received: {error}. "
            "Write it with np.save(path, array)."
        ) from error


def map_idx(path: Path) -> npt.NDArray[np.uint8]:
    """The uint8 array of an IDX file, read from it as needed.

    The file holds two zero bytes, the type, the number of axes, their sizes as
    big-endian uint32, and the values.
    """
    with open_regular(path) as file:
        size = size_of(file)
        start = file.read(4)
        axes = start[3] if len(start) == 4 else 0
        shape = tuple(int.from_bytes(file.read(4)) for _ in range(axes))
        header = 4 + 4 * axes
        if (
            start[:3] != b"\0\0\x08"
            or not 0 < axes <= MOST_IDX_AXES
            or size != header + math.prod(shape)
        ):
            raise DataError(
                f"{path} must be a complete IDX file of bytes. Received: {size} bytes."
                " Download it again."
            )
        return np.memmap(file, np.uint8, "r", header, shape)


def write_idx(array: npt.NDArray[np.uint8]) -> bytes:
    """The content of the IDX file of a uint8 array; the inverse of `map_idx`."""
    return (
        bytes([0, 0, 8, array.ndim])
        + np.array(array.shape, ">u4").tobytes()
        + array.tobytes()
    )


def read_npz(
    file: IO[bytes], where: str, *, declared_only: bool = False
) -> dict[str, Array]:
    """The arrays x_train, y_train, x_test, y_test and, if present, labels of an .npz
    file; `where` is its name.

    With `declared_only` none of them is read: the file is refused for what it declares,
    or not.
    """
    start = file.read(6)
    if not start.startswith((b"PK\3\4", b"PK\5\6")):  # a zip archive, or an empty one
        kind = (
            "a single array, as np.save writes it"
            if start == b"\x93NUMPY"
            else f"a file that starts with {start!r}"
        )
        raise DataError(
            f"{where} must be an .npz file. Received: {kind}. Write it with"
            " np.savez_compressed(path, x_train=…, y_train=…, x_test=…, y_test=…)."
        )
    try:
        with open_npz(file) as archive:
            if missing := [key for key in IDX_FILES if key not in archive.names]:
                raise DataError(
                    f"{where} must have an array {missing[0]}. Received:"
                    f" {', '.join(archive.names)[:200] or 'no array at all'}. Save"
                    f" {', '.join(IDX_FILES)} (and optionally labels) under these"
                    " names."
                )
            return {
                key: archive.read(key)
                for key in NPY_FILES
                if key in archive.names and not declared_only
            }
    except PickledError as error:
        raise DataError(
            f"Arrays must be stored as plain values. Received: {error} in {where} as"
            " pickled objects, which can run code when they are read. Save it as a"
            " plain array: np.asarray(values, dtype='uint8') for images, dtype='int64'"
            " for labels, dtype='str' for their names."
        ) from error
    except TooLargeError as error:
        raise DataError(
            f"{where} must fit into memory. Received: {error}. Save its arrays as a"
            " folder of .npy files, which are read as they are needed."
        ) from error
    except ValueError as error:
        raise DataError(
            f"{where} is damaged or incomplete. Received: {error}. Copy or save the"
            " file again."
        ) from error


def write_arrays(data: Any, folder: Path, recipe: DataRecipe) -> bool:
    """Write data to an empty folder. Returns whether test images had to be chosen, as
    the recipe says.

    Raises DataError if it is neither two nor four arrays, nor one or two datasets.
    """
    arrays = _arrays(data)
    if is_split := len(arrays) == 2:
        x, y = arrays
        if x.ndim < 3 or y.ndim != 1 or len(x) != len(y):
            raise _refusal(f"x of shape {x.shape} and y of shape {y.shape}")
        in_test = choose_tests(x, y, share=recipe.test_share, seed=recipe.split_seed)
        require_both(in_test, y)
        arrays = [x[~in_test], y[~in_test], x[in_test], y[in_test]]
    for key, array in zip(IDX_FILES, arrays, strict=True):
        np.save(folder / NPY_FILES[key], array)
    # Keras' loaders set it
    if names := getattr(
        data[0] if isinstance(data, tuple) else data, "class_names", None
    ):
        np.save(folder / NPY_FILES["labels"], np.array(names))
    return is_split


def _arrays(data: Any) -> list[Array]:
    """Training images and labels, and if they are there, those for tests."""
    if hasattr(data, "element_spec"):
        return _collected(data)
    if isinstance(data, tuple):
        if len(data) == 2 and all(
            hasattr(part, "element_spec") or isinstance(part, tuple) for part in data
        ):
            # as keras.datasets gives them
            data = [array for part in data for array in _arrays(part)]
        if len(data) in (2, 4):
            return [np.asarray(array) for array in data]
    raise _refusal(
        type(data).__name__
        + (f" of {len(data)}" if isinstance(data, tuple | list) else "")
    )


def _collected(dataset: Any) -> list[Array]:
    """The images and labels of a `tf.data.Dataset`, in batches or one by one."""
    spec = dataset.element_spec
    # INFINITE_CARDINALITY
    if (
        not isinstance(spec, tuple)
        or len(spec) != 2
        or int(dataset.cardinality()) == -1
    ):
        raise _refusal(
            f"a dataset of {spec}"
            if int(dataset.cardinality()) != -1
            else "a dataset without an end"
        )
    batches = dataset if len(spec[1].shape) == 1 else dataset.batch(1024)
    images, labels = (
        zip(*batches.as_numpy_iterator(), strict=True)
        if batches.cardinality()
        else ((), ())
    )
    if (
        largest := max(
            (batch.max() for batch in images if batch.dtype.kind == "f"), default=0
        )
    ) > 1:
        raise DataError(
            f"Float images of a dataset must be within 0..1. Received: {largest:g}."
            " Pass dataset.map(lambda x, y: (x / 255, y)), which forgets its"
            " class_names: pass those as set={'data.labels': names}."
        )
    return (
        [np.concatenate(images), np.concatenate(labels)]
        if images
        else [np.empty((0, 0, 0)), np.empty(0, int)]
    )


def _refusal(received: str) -> DataError:
    return DataError(
        'data must be "mnist", a path, (x_train, y_train, x_test, y_test), (x, y), or'
        " tf.data.Datasets of (image, number of its class) that end: one, or (train,"
        f" test). Received: {received}. Pass one of these."
    )


def choose_tests(
    images: Array, labels: Array, *, share: float, seed: int
) -> npt.NDArray[np.bool_]:
    """Which images are for tests: those whose digest, as a number in 0..1, is below
    `share`.

    So the choice depends on nothing but the image and the seed. A label of which none
    is below gives the lowest, whatever the other labels give; when a lower one is added
    later, that one goes back to training. Nothing ever goes from training to the tests.
    """
    salt = struct.pack("<Q", seed)
    digests = [
        hashlib.blake2b(image.tobytes(), digest_size=8, salt=salt).digest()
        for image in images
    ]
    places = (
        np.array([int.from_bytes(digest) for digest in digests], np.float64) / 2**64
    )
    in_test = below = places < share
    for label in np.unique(labels):
        own = labels == label
        if not below[own].any():
            in_test = in_test | (places == places[own].min())
    return in_test


def require_both(
    in_test: npt.NDArray[np.bool_], labels: Array, names: Sequence[str] = ()
) -> None:
    """Raise DataError if all images of a label are for tests.

    Labels are rows of the `names`, if there are some.
    """
    for number in np.unique(labels):
        if in_test[labels == number].all():
            label = names[number] if names else str(number)
            raise DataError(
                "Every label needs at least two different images, one for training and"
                f" one for tests. Received: {np.count_nonzero(labels == number)} of"
                f" {label!r}, all for tests. Add images of it, or lower data.test_share"
                " in the recipe."
            )
