"""The one writer of files."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.system.files import replacing, write_files_atomically


def test_a_failed_write_changes_no_file_and_leaves_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_file_appears_whole_when_its_block_ends_and_stays_as_it_was_when_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with replacing(path) as temporary:
        assert temporary.name == path.name  # Keras and NumPy choose a format by it
        temporary.write_bytes(b"first")
        assert not path.exists()
    with pytest.raises(UnicodeEncodeError), replacing(path) as temporary:
        temporary.write_text("\ud800", encoding="utf-8")  # a lone surrogate cannot be encoded
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
