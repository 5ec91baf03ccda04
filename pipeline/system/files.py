"""The one writer of files: a crash, a power cut or a full disk never leaves half a file behind.

Everything is written under a temporary name, flushed to the disk (fsync) and renamed. Temporary names start with a dot
and are recognised by `remove_stale_temporaries`, so the next run clears what a killed one left. Whatever the disk
refuses is raised as OSError; callers say what failed (`errors.translating_errors`).
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

STAGING_PREFIX = ".staging-"  # a folder that is being filled
BROKEN_PREFIX = ".broken-"  # a damaged folder that was moved aside to be replaced
TEMPORARY_SUFFIX = ".tmp"  # a file that is being written: .<name>.<random>.tmp


def random_name(prefix: str) -> str:
    """A name that nobody else uses."""
    return prefix + secrets.token_hex(6)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent` that is gone afterwards; after a kill, `remove_stale_temporaries` takes it away."""
    folder = parent / random_name(STAGING_PREFIX)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, so that no crash finds either place empty.

    Returns:
        False where the system or the file system cannot do that (then nothing was done): Linux has renameat2 with
        RENAME_EXCHANGE, macOS renamex_np with RENAME_SWAP.

    Raises:
        OSError: a folder is missing or may not be renamed.
    """
    names = (os.fsencode(one), os.fsencode(other))
    here, swap = -100, 2  # AT_FDCWD of Linux; RENAME_EXCHANGE and RENAME_SWAP are both 2
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
    """SHA-256 of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names, so that a rename in it outlives a power cut."""
    if os.name == "nt":  # Windows cannot open folders; its renames are journalled
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with _named(folder):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder`, and itself."""
    for current, _, names in os.walk(folder):
        for name in names:
            path = Path(current) / name
            with _named(path), open(path, "rb+") as file:
                _flush(file)
        sync_folder(Path(current))


def make_folders(folder: Path) -> None:
    """Create a folder and its parents, flushed up to the first that existed."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of `source` into `target`, which appears, or is replaced, in one step."""
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
    """Replace several files, each in one step, in this order; those that hold the same bytes already are left alone.

    All are written out under temporary names before the first is replaced: a disk that fills up changes none of them.
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
            sync_folder(path.parent)  # before the next: the order must also hold after a power cut
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path under which to write the new `path`, which appears, or is replaced, in one step at the end of the block.

    It has the name of `path`, by which Keras and NumPy choose a format, in a scratch folder beside it.
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
    """Copy a file into a folder that nobody reads yet; `target` must not exist."""
    with _named(target):
        _copy(source, target)


def remove_stale_temporaries(folder: Path) -> list[str]:
    """Remove what a killed run left directly in `folder`; returns the names. Only for the holder of the lock."""
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
    """Errors of writing and flushing name no file: name the one that is meant."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
