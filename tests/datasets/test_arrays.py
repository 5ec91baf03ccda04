import dataclasses
import io
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datasets.array_files import map_idx, read_npz, write_idx
from pipeline.datasets.arrays import canonical_images, digest, load_images, read_arrays
from pipeline.errors import DataError
from pipeline.records import Dataset


def test_mnist_is_read_as_it_is(mnist: Dataset) -> None:
    images = load_images(mnist)
    assert images.train.shape == (60_000, 28, 28)
    assert images.test.shape == (10_000, 28, 28)
    assert images.train.dtype == np.uint8
    assert images.train_labels.dtype == np.int64
    assert images.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert images.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert images.train[0].sum() == 27525  # a known number: the pixels belong to their labels


def npz(path: Path, **changes: object) -> Path:
    arrays: dict[str, object] = {
        "x_train": np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6),
        "y_train": np.array([0, 1, 0, 1], np.uint8),
        "x_test": np.full((2, 5, 6), 7, np.uint8),
        "y_test": np.array([1, 0], np.int32),
    }
    np.savez(path, **(arrays | changes))  # type: ignore[arg-type]
    return path


def record(path: Path) -> Dataset:
    return Dataset(
        name="x",
        source="file",
        path=str(path),
        digest=digest(path),
        labels=("a", "b"),
        image_height=5,
        image_width=6,
        train_images=4,
        test_images=2,
    )


def test_an_npz_file_is_read(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz", x_test=np.full((2, 5, 6, 1), 7, np.uint8))
    images = load_images(record(path))
    assert images.train.shape == (4, 5, 6)
    assert images.test.shape == (2, 5, 6)
    assert images.test_labels.tolist() == [1, 0]
    assert images.test_labels.dtype == np.int64


def test_a_file_that_changed_after_the_check_is_refused(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz")
    checked = record(path)
    npz(path, y_test=np.array([0, 1]))
    with pytest.raises(DataError, match=r"Received: SHA-256 [0-9a-f]{64}, expected"):
        load_images(checked)
    path.unlink()
    with pytest.raises(DataError, match=r"cannot be read. Received: No such file"):
        load_images(checked)


def test_a_missing_idx_file_is_named(mnist: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte cannot be read"):
        load_images(dataclasses.replace(mnist, path=str(tmp_path)))
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        read_arrays(tmp_path)


def test_images_get_one_shape_and_type() -> None:
    assert canonical_images(np.zeros((2, 4, 5, 1), np.float64)).shape == (2, 4, 5)
    assert canonical_images(np.zeros((2, 4, 5), np.float16)).dtype == np.float32
    assert canonical_images(np.zeros((2, 4, 5), np.uint8)).dtype == np.uint8
    assert canonical_images(np.zeros((2, 4, 5, 3), np.uint8)).shape == (2, 4, 5, 3)  # refused by the checks


@settings(deadline=None)  # six files an example: on a busy disk they take long
@given(st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple), st.integers(0, 2**32 - 1))
def test_idx_files_keep_any_array(shape: tuple[int, ...], seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    payload = write_idx(array)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(payload)
        np.testing.assert_array_equal(map_idx(path), array)
        for damaged in (payload[:-1], payload + b"\0", b"\1" + payload[1:], payload[:3], b""):
            path.write_bytes(damaged)
            with pytest.raises(DataError, match="x must be a complete IDX file"):
                map_idx(path)


def archive(**changes: object) -> bytes:
    file = io.BytesIO()
    arrays: dict[str, object] = {
        "x_train": np.random.default_rng(0).integers(0, 256, (50, 8, 8), np.uint8),
        "y_train": np.arange(50) % 2,
        "x_test": np.zeros((2, 8, 8), np.uint8),
        "y_test": np.array([0, 1]),
    }
    np.savez_compressed(file, **(arrays | changes))  # type: ignore[arg-type]
    return file.getvalue()


WHOLE = archive()


@given(st.integers(0, len(WHOLE) - 1))
def test_an_npz_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DataError, match=r"x\.npz (is damaged or incomplete|must be an \.npz file)"):
        read_npz(io.BytesIO(WHOLE[:length]), "x.npz")


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_an_npz_file_with_one_wrong_byte_is_read_whole_or_refused(at: int, change: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= change
    try:
        arrays = read_npz(io.BytesIO(bytes(damaged)), "x.npz")
    except DataError:
        return
    expected = read_npz(io.BytesIO(WHOLE), "x.npz")  # e.g. a byte of a date, which carries nothing
    assert arrays.keys() == expected.keys()
    for key, array in arrays.items():
        np.testing.assert_array_equal(array, expected[key])


def test_pickled_arrays_are_refused_and_never_run() -> None:
    class Explosive:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return pytest.fail, ("the pickle ran",)

    for key, value in {
        "x_train": np.array([Explosive()], object),
        "y_test": np.array([0, 1], object),
        "labels": np.array(["a", "b"], object),
    }.items():
        with pytest.raises(DataError, match=rf"Received: {key} in x.npz as pickled objects.*dtype='str'"):
            read_npz(io.BytesIO(archive(**{key: value})), "x.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"must be an \.npz file. Received: a file that starts with b''"),
        (b"\x89PNG\r\n\x1a\n", "a file that starts with b'.x89PNG"),
        (b"\x93NUMPY\x01\x00", "a single array, as np.save writes it. Write it with np.savez_compressed"),
        (b"\x80\x04\x95", "a file that starts with"),
        (b"PK\x03\x04 and no more", "damaged or incomplete"),
    ],
)
def test_other_files_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_npz(io.BytesIO(content), "x.npz")


def test_a_missing_array_is_named_with_those_that_are_there() -> None:
    file = io.BytesIO()
    np.savez(file, x_train=np.zeros(1), images=np.zeros(1))
    file.seek(0)
    with pytest.raises(DataError, match=r"array y_train. Received: x_train, images. Save x_train, y_train,"):
        read_npz(file, "x.npz")
