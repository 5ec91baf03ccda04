"""Atomic writes: a crash, a power cut or a full disk never leaves half a file behind.

Everything is written under a temporary name, flushed to disk (fsync) and renamed. Temporary names start with a dot so
that `remove_stale_temporaries` recognizes them and the next run cleans up after a killed one. Disk failures are raised
as OSError; callers say which operation failed (`errors.translating_errors`).
"""

import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

STAGING_PREFIX = ".staging-"  # a folder being filled
BROKEN_PREFIX = ".broken-"  # a damaged folder, moved aside to be replaced
TEMPORARY_SUFFIX = ".tmp"  # a file being written: .<name>.<random>.tmp


def random_name(prefix: str) -> str:
    """`prefix` plus 12 random hexadecimal digits, so that processes do not collide."""
    return prefix + secrets.token_hex(6)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent`, deleted on exit; after a kill, `remove_stale_temporaries` deletes it."""
    folder = parent / random_name(STAGING_PREFIX)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically, so that a crash leaves neither path empty.

    Uses renameat2 with RENAME_EXCHANGE on Linux and renamex_np with RENAME_SWAP on macOS. False if the system or the
    file system does not support it; nothing was changed then.
    """
    names = (os.fsencode(one), os.fsencode(other))
    here, swap = -100, 2  # AT_FDCWD on Linux; RENAME_EXCHANGE and RENAME_SWAP are both 2
    if os.name == "nt":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(libc, "renameat2"):
        failed = libc.renameat2(here, names[0], here, names[1], swap)
    elif sys.platform == "darwin" and hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(*names, swap)
    else:
        return False
    if not failed:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename in it survives a power cut."""
    if os.name == "nt":  # Windows cannot open folders; its renames are journaled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with _named(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush `folder` and everything below it."""
    for current, _, names in os.walk(folder):
        for name in names:
            path = Path(current) / name
            with _named(path), open(path, "rb+") as file:
                _flush(file)
        sync_folder(Path(current))


def make_folders(folder: Path) -> None:
    """Create a folder and its missing parents, and flush every folder that gained an entry."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of `source` to `target`, which is created or replaced atomically."""
    make_folders(target.parent)
    temporary = _temporary(target)
    try:
        with _named(target):
            _copy(source, temporary)
        os.replace(temporary, target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_files_atomically(contents: Sequence[tuple[Path, bytes]]) -> None:
    """Write several files, each atomically and in this order; files that already hold the same bytes are left alone.

    All are written under temporary names before the first is replaced, so a disk that fills up changes none of them.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for path, content in contents:
            if path.is_file() and path.read_bytes() == content:
                continue
            make_folders(path.parent)
            temporary = _temporary(path)
            prepared.append((temporary, path))
            with _named(path), open(temporary, "xb") as file:
                file.write(content)
                _flush(file)
        for temporary, path in prepared:
            os.replace(temporary, path)
            sync_folder(path.parent)  # before the next one: the order must survive a power cut
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to; at the end of the block the file atomically creates or replaces `path`.

    It keeps the name of `path`, by which Keras and NumPy choose a format, in a scratch folder next to it.
    """
    make_folders(path.parent)
    with scratch_folder(path.parent) as folder:
        temporary = folder / path.name
        yield temporary
        with open(temporary, "rb+") as file:
            _flush(file)
        os.replace(temporary, path)
        sync_folder(path.parent)


def copy_content(source: Path, target: Path) -> None:
    """Copy a file into a folder that is not in use yet; `target` must not exist."""
    with _named(target):
        _copy(source, target)


def remove_stale_temporaries(folder: Path) -> list[str]:
    """Remove what a killed run left directly in `folder` and return the names. The caller must hold the lock."""
    if not folder.is_dir():
        return []
    removed = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((STAGING_PREFIX, BROKEN_PREFIX)):
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        elif entry.name.startswith(".") and entry.name.endswith(TEMPORARY_SUFFIX):
            entry.unlink()
        else:
            continue
        removed.append(entry.name)
    return removed


def _temporary(path: Path) -> Path:
    return path.with_name(random_name(f".{path.name}.") + TEMPORARY_SUFFIX)


def _copy(source: Path, target: Path) -> None:
    # Not shutil.copyfile: it names the source when the target's disk is full.
    with open(source, "rb") as reader, open(target, "xb") as writer:
        shutil.copyfileobj(reader, writer)
        _flush(writer)


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the path to errors of writing and flushing, which name no file."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
