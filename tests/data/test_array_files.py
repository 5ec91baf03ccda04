"""The files of a data set:

whole ones are read exactly, damaged ones refused, and nothing is unpickled.
"""

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.array_files import map_idx, read_npz, write_idx
from pipeline.errors import DataError


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple),
    st.integers(0, 2**32 - 1),
)
def test_idx_files_keep_any_array(shape: tuple[int, ...], seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    payload = write_idx(array)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(payload)
        np.testing.assert_array_equal(map_idx(path), array)
        for damaged in (
            payload[:-1],
            payload + b"\0",
            b"\1" + payload[1:],
            payload[:3],
            b"",
        ):
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
    with pytest.raises(
        DataError, match=r"x\.npz (is damaged or incomplete|must be an \.npz file)"
    ):
        read_npz(io.BytesIO(WHOLE[:length]), "x.npz")


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_an_npz_file_with_one_wrong_byte_is_read_whole_or_refused(
    at: int, change: int
) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= change
    try:
        arrays = read_npz(io.BytesIO(bytes(damaged)), "x.npz")
    except DataError:
        return
    # e.g. a byte of a date, which carries nothing
    expected = read_npz(io.BytesIO(WHOLE), "x.npz")
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
        with pytest.raises(
            DataError,
            match=rf"Received: {key} in x.npz as pickled objects.*dtype='str'",
        ):
            read_npz(io.BytesIO(archive(**{key: value})), "x.npz")


@pytest.mark.parametrize(("content", "message"), [
    (b"", r"must be an \.npz file. Received: a file that starts with b''"),
    (b"\x89PNG\r\n\x1a\n", "a file that starts with b'.x89PNG"),
    (b"\x93NUMPY\x01\x00", "a single array, as np.save writes it. Write it with np.savez_compressed"),
    (b"\x80\x04\x95", "a file that starts with"), (b"PK\x03\x04 and no more", "damaged or incomplete"),
])  # fmt: skip
def test_other_files_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_npz(io.BytesIO(content), "x.npz")


def test_a_missing_array_is_named_with_those_that_are_there() -> None:
    file = io.BytesIO()
    np.savez(file, x_train=np.zeros(1), images=np.zeros(1))
    file.seek(0)
    with pytest.raises(
        DataError,
        match=r"array y_train. Received: x_train, images. Save x_train, y_train,",
    ):
        read_npz(file, "x.npz")
