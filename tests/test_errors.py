"""Errors of the system as errors of ours."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.errors import DiskError, translating_errors


def test_a_disk_that_refuses_is_named_with_the_reason_and_the_next_step() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(DiskError, match=r"Cannot write a/b: No space left on device.*Free some space") as caught:
        _raise(full, Path("a/b"))
    assert caught.value.exit_code == 6


def test_a_reader_that_has_gone_is_not_taken_for_a_disk_that_refuses() -> None:
    with pytest.raises(BrokenPipeError):
        _raise(BrokenPipeError(), Path("runs"))


def _raise(error: OSError, path: Path) -> None:
    with translating_errors(path):
        raise error
