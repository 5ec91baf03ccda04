"""Small file systems that benchmarks fill up; only root may make them."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """The root of an empty file system of this size, in memory."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
            check=True,
        )
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def filled(disk: Path, free: int) -> Iterator[None]:
    """Leave this many bytes of a disk free."""
    filler = disk / "filler"
    state = os.statvfs(disk)
    room = state.f_bavail * state.f_frsize - free
    try:
        with open(filler, "wb") as file:
            if room > 0:
                os.posix_fallocate(file.fileno(), 0, room)
        yield
    finally:
        filler.unlink()
