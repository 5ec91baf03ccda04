"""Writing files so that a crash, a power cut or a full disk never leaves half of one behind.

Everything is written under a temporary name, flushed to the disk (fsync) and renamed. Temporary names start with a dot
and are recognised by `remove_leftovers`, so that the next run clears what a killed one left.
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

from pipeline.errors import PublishError

STAGING_PREFIX = ".staging-"  # a folder that is being filled
BROKEN_PREFIX = ".broken-"  # a damaged folder that was moved aside to be replaced
TEMPORARY_SUFFIX = ".tmp"  # a file that is being written: .<name>.<random>.tmp

_NEXT_STEP = {
    errno.ENOSPC: "Free some space on that disk and run it again.",
    errno.EDQUOT: "The disk quota is used up: free some space and run it again.",
    errno.EFBIG: "The system limits the size of files (ulimit -f): raise the limit and run it again.",
    errno.EACCES: "Choose another folder, or change the permissions of this one.",
    errno.EPERM: "Choose another folder, or change the permissions of this one.",
    errno.EROFS: "The disk is read-only: choose another folder.",
    errno.ENOTDIR: "A part of this path is a file: choose another folder.",
    errno.EEXIST: "A file stands where a folder is needed: choose another folder, or move the file away.",
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn any OSError inside into a PublishError that names the path, the reason and the next step."""
    try:
        yield
    except OSError as error:
        next_step = _NEXT_STEP.get(error.errno or 0, "Check the disk and run it again.")
        raise PublishError(
            f"Cannot write {error.filename or path}: {error.strerror or error}. What was there before is unchanged. "
            f"{next_step}"
        ) from error


def random_name(prefix: str) -> str:
    """A name that nobody else uses."""
    return prefix + secrets.token_hex(6)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent` that is gone afterwards; after a kill, `remove_leftovers` takes it away."""
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
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush every file and folder below `folder`, and itself."""
    for current, _, names in os.walk(folder):
        for name in names:
            with open(Path(current) / name, "rb+") as file:
                os.fsync(file.fileno())
        sync_folder(Path(current))


def make_folders(folder: Path) -> None:
    """Create a folder and its parents, flushed up to the first that existed."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def copy_content(source: Path, target: Path) -> None:
    """Copy a file into a folder that nobody reads yet; `target` must not exist."""
    # Not shutil.copyfile: it names the source when the target's disk is full.
    with open(source, "rb") as reader, open(target, "xb") as writer:
        shutil.copyfileobj(reader, writer)
        writer.flush()
        os.fsync(writer.fileno())


def copy_file(source: Path, target: Path) -> None:
    """Copy the content of `source` into `target`, which appears, or is replaced, in one step."""
    temporary = _temporary(target)
    with explained(target):
        make_folders(target.parent)
        try:
            copy_content(source, temporary)
            os.replace(temporary, target)
            sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


def replace_all(contents: Sequence[tuple[Path, bytes]]) -> None:
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
            with explained(path), open(temporary, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for temporary, path in prepared:
            os.replace(temporary, path)
            sync_folder(path.parent)  # before the next: the order must also hold after a power cut
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> list[str]:
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
