"""Errors of the system as errors of ours."""

import errno
import os
from pathlib import Path

import pytest

from pipeline.errors import DiskError, translating_errors


def test_a_disk_that_refuses_is_named_with_the_reason_and_the_next_step() -> None:
    message = r"Cannot write a/b: No space left on device.*Free some space"
    with (
        pytest.raises(DiskError, match=message) as caught,
        translating_errors(Path("a/b")),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.exit_code == 6


def test_a_reader_that_has_gone_is_not_taken_for_a_disk_that_refuses() -> None:
    with pytest.raises(BrokenPipeError), translating_errors(Path("runs")):
        raise BrokenPipeError
