"""The one writer of files."""

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.system.files import is_inside, replacing, write_files_atomically


def test_a_failed_write_changes_no_file_and_leaves_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_files_atomically([(first, b"old"), (second, b"old")])

    def full(descriptor: int) -> None:
        if second.name in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pipeline.system.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_files_atomically([(first, b"new"), (second, b"new")])
    assert caught.value.filename == str(second)
    assert (first.read_bytes(), second.read_bytes()) == (b"old", b"old")
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_a_file_appears_whole_when_its_block_ends_and_stays_as_it_was_when_it_fails(
    tmp_path: Path,
) -> None:
    path = tmp_path / "model.keras"
    with replacing(path) as temporary:
        assert temporary.name == path.name  # Keras and NumPy choose a format by it
        temporary.write_bytes(b"first")
        assert not path.exists()
    with pytest.raises(UnicodeEncodeError), replacing(path) as temporary:
        # a lone surrogate cannot be encoded
        temporary.write_text("\ud800", encoding="utf-8")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("make", [make_pipe, make_socket, make_link, Path.mkdir])
def test_only_a_regular_file_is_ever_replaced(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "f"
    make(path)
    kind = stat.S_IFMT(path.lstat().st_mode)
    with pytest.raises(OSError, match="not a regular file") as caught:
        write_files_atomically([(tmp_path / "other", b"new"), (path, b"new")])
    assert caught.value.filename == str(path)
    with (
        pytest.raises(OSError, match="not a regular file"),
        replacing(path) as temporary,
    ):
        temporary.write_bytes(b"new")
    assert stat.S_IFMT(path.lstat().st_mode) == kind
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_the_same_in_another_case_if_that_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site" / "models").mkdir(parents=True)
    key = tmp_path / "Site" / "key"
    assert not is_inside(key, tmp_path / "site")
    real = os.stat

    def ignoring_case(path: Path, **options: bool) -> os.stat_result:
        name = str(path)
        return real(
            (
                f"{tmp_path}{name.removeprefix(str(tmp_path)).lower()}"
                if str(tmp_path) in name
                else path
            ),
            **options,
        )

    monkeypatch.setattr(os, "stat", ignoring_case)
    for path, folder in (
        (key, "site"),
        (tmp_path / "site", "SITE"),
        (tmp_path / "site" / "Models", "Site/models"),
    ):
        assert is_inside(path, tmp_path / folder)
    assert not is_inside(tmp_path / "site", tmp_path / "Site/Models")
    assert not is_inside(tmp_path / "sites", tmp_path / "site")
