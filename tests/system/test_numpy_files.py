"""NumPy's files:

read exactly, and refused for what they declare, before memory is taken for it.
"""

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.system.numpy_files import map_array, open_npz

KINDS = [
    "uint8",
    ">i4",
    "int64",
    "float16",
    "<f8",
    "U3",
    "S2",
    "bool",
    "complex64",
    "datetime64[s]",
]


@given(st.lists(st.integers(0, 4), max_size=4), st.sampled_from(KINDS), st.booleans())
def test_arrays_are_read_as_they_were_saved(
    shape: list[int], kind: str, by_columns: bool
) -> None:
    array = np.asarray(
        np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind),
        order="F" if by_columns else "C",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, array)
        np.testing.assert_array_equal(map_array(path), array)
        assert map_array(path).dtype == array.dtype
        file = io.BytesIO()
        np.savez_compressed(file, x=array)
        with open_npz(file) as archive:
            np.testing.assert_array_equal(archive.read("x"), array)


def npy(header: str, values: bytes = b"", version: bytes = b"\1\0") -> bytes:
    """An .npy file with any header."""
    text = header.encode("latin1") + b"\n"
    return (
        b"\x93NUMPY"
        + version
        + len(text).to_bytes(2 if version == b"\1\0" else 4, "little")
        + text
        + values
    )


def declared(shape: object, kind: str = "'|u1'") -> str:
    return f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}}}"


@pytest.mark.parametrize(("content", "message"), [
    (b"", "a file that starts with b''"), (b"PK\3\4 and so on", "an archive of arrays"),
    (npy(declared((60_000_000, 4, 4))), "declares 960,000,0.. bytes, and it has"),
    (npy(declared("(-1, 8)"), bytes(8)), "declares uint8 of shape"),
    (npy(declared("(True, 8)"), bytes(8)), "shape"), (npy(declared((1,) * 60), b"1"), "shape"),
    (npy(declared((10**30,))), "declares 1,000,000,000,"), (npy(declared((0, 10**30))), "cannot be mapped"),
    (npy(declared((2,), "[('a', 'u1')]"), bytes(2)), "declares "),
    (npy(declared((1,), "('u1', (1000000000,))"), bytes(9)), "header"),
    (npy(declared((1,), "'" + "(" * 90), bytes(9)), "its header cannot be read"),
    (npy("[" * 9000), "its header cannot be read"), (npy("x" * 60_000), "its header cannot be read"),
    (npy("{" + "1:1," * 2000), "its header cannot be read"), (npy(declared((1,)), b"1", b"\3\0"), "starts with"),
    (npy(declared((1,)), b"1", b"\2\0")[:14], "its header cannot be read"),
])  # fmt: skip
def test_headers_that_do_not_fit_are_refused(
    content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        map_array(tmp_path / "x.npy")


def npz(**members: bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file


@pytest.mark.parametrize(
    "member",
    [
        b"no array",
        npy(declared((9, 9))),
        npy(declared("(-3, -3)"), bytes(9)),
        npy(declared((8,)), bytes(9)),
    ],
)
def test_a_member_that_is_no_array_is_named(member: bytes) -> None:
    with (
        open_npz(npz(x=member)) as archive,
        pytest.raises(ValueError, match="x cannot be read"),
    ):
        archive.read("x")


def test_damage_of_an_archive_is_a_value_error() -> None:
    whole = npz(x=npy(declared((400,)), bytes(range(200)) * 2)).getvalue()
    broken: Any = bytearray(whole)
    broken[whole.index(b"x.npy") + 120 :][:40] = bytes(40)
    broken[whole.index(b"x.npy") + 100] ^= 255
    for content in (bytes(broken), whole[:-30], whole[:20]):
        with (
            pytest.raises(ValueError, match="cannot be read"),
            open_npz(io.BytesIO(content)) as archive,
        ):
            archive.read("x")
