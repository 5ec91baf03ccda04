"""Atomic writes: a crash, a power cut or a full disk never leaves half a file behind.

Everything is written under a temporary name, flushed to disk (fsync) and renamed.
Temporary names start with a dot so that `remove_stale_temporaries` recognizes them and
the next run cleans up after a killed one. Disk failures are raised as OSError; callers
say which operation failed (`errors.translating_errors`).
"""

import ctypes
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.system.outside import open_regular

STAGING_PREFIX = ".staging-"  # a folder being filled
BROKEN_PREFIX = ".broken-"  # a folder moved aside, to be replaced or deleted
TEMPORARY_SUFFIX = ".tmp"  # a file being written: .<name>.<random>.tmp
# Exactly what we create: a user's own `.notes.tmp` beside it is not ours to remove.
_STALE = re.compile(
    rf"({STAGING_PREFIX}|{BROKEN_PREFIX})[0-9a-f]{{12}}|\..+\.[0-9a-f]{{12}}{TEMPORARY_SUFFIX}"
)


def is_temporary(name: str) -> bool:
    """Tell whether a file or folder of this name is being written or deleted, or was
    when a run was killed.
    """
    return _STALE.fullmatch(name) is not None


def random_name(prefix: str) -> str:
    """`prefix` plus 12 random hexadecimal digits, so that processes do not collide."""
    return prefix + secrets.token_hex(6)


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """An empty folder in `parent`, deleted on exit; after a kill,
    `remove_stale_temporaries` deletes it.
    """
    folder = parent / random_name(STAGING_PREFIX)
    make_folders(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically, so that a crash leaves neither path empty.

    Uses renameat2 with RENAME_EXCHANGE on Linux and renamex_np with RENAME_SWAP on
    macOS. False if the system or the file system does not support it; nothing was
    changed then.
    """
    names = (os.fsencode(one), os.fsencode(other))
    # AT_FDCWD on Linux; RENAME_EXCHANGE and RENAME_SWAP are both 2
    here, swap = (
        -100,
        2,
    )
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


def is_inside(path: Path, folder: Path) -> bool:
    """Tell whether a path is a folder or leads into it, also in another spelling that
    the file system accepts.
    """
    path, folder = path.resolve(), folder.resolve()
    above = (each for each in (path, *path.parents) if each.exists())
    return path.is_relative_to(folder) or (
        folder.exists() and any(each.samefile(folder) for each in above)
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits."""
    with open_regular(path) as file:
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


def replace_folder(folder: Path, target: Path) -> None:
    """Flush a finished folder and move it to the target; what was there is removed.

    The target is complete at every moment where the system can exchange two folders,
    else missing between two renames.
    """
    sync_tree(folder)
    former = folder
    if not target.exists():
        folder.rename(target)
    elif not exchange(folder, target):
        former = folder.with_name(random_name(BROKEN_PREFIX))
        target.rename(former)
        try:
            folder.rename(target)
        except OSError:
            former.rename(target)
            raise
    sync_folder(target.parent)
    shutil.rmtree(former, ignore_errors=True)


def make_folders(folder: Path) -> None:
    """Create a folder and its missing parents, and flush every folder that gained an
    entry.
    """
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def require_replaceable(path: Path) -> None:
    """Raise OSError unless a path is free or holds a regular file.

    A rename would otherwise put a file in the place of a device, a pipe or a link, and
    whatever uses that would lose it.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return  # making the folders says what is in the way
    if stat.S_ISREG(mode):
        return
    kind = "a pipe, a device or a socket"
    if stat.S_ISDIR(mode):
        kind = "a folder"
    if stat.S_ISLNK(mode):
        kind = "a link"
    raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))


@contextmanager
def prepared(contents: Sequence[tuple[Path, bytes]]) -> Iterator[Mapping[Path, Path]]:
    """Write contents to disk beside their paths; yields the temporary file of each
    path, which `put` moves there.

    So a disk that fills up does so before the first file is replaced. Files that were
    not put are removed at the end. Raises OSError if a path holds anything other than a
    regular file.
    """
    for path, _ in contents:
        require_replaceable(path)
    ready: dict[Path, Path] = {}
    try:
        for path, content in contents:
            make_folders(path.parent)
            ready[path] = path.with_name(
                random_name(f".{path.name}.") + TEMPORARY_SUFFIX
            )
            with _named(path):
                write_new(ready[path], content)
        yield ready
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, and flush it."""
    with open(path, "xb") as file:
        file.write(content)
        _flush(file)


def put(temporary: Path, path: Path) -> None:
    """Atomically create or replace a file by one that is on disk; the order of several
    survives a power cut.
    """
    os.replace(temporary, path)
    sync_folder(path.parent)


def write_files_atomically(contents: Sequence[tuple[Path, bytes]]) -> None:
    """Write several files, each atomically and in this order; files that already hold
    the same bytes are left alone.

    All are written under temporary names before the first is replaced, so a disk that
    fills up changes none of them.
    """
    with prepared(
        [(path, content) for path, content in contents if not holds(path, content)]
    ) as ready:
        for path, temporary in ready.items():
            put(temporary, path)


def holds(path: Path, content: bytes) -> bool:
    """Tell whether a file exists and holds exactly these bytes."""
    return (
        path.is_file()
        and path.stat().st_size == len(content)
        and path.read_bytes() == content
    )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to; at the end of the block the file atomically creates
    or replaces `path`.

    It keeps the name of `path`, by which Keras and NumPy choose a format, in a scratch
    folder next to it. Raises OSError if `path` holds anything other than a regular
    file.
    """
    require_replaceable(path)
    make_folders(path.parent)
    with scratch_folder(path.parent) as folder:
        temporary = folder / path.name
        yield temporary
        with open(temporary, "rb+") as file:
            _flush(file)
        put(temporary, path)


def copy_content(source: Path, target: Path) -> None:
    """Copy a file into a folder that is not in use yet; `target` must not exist."""
    # Not shutil.copyfile: it names the source when the target's disk is full.
    with _named(target), open(source, "rb") as reader, open(target, "xb") as writer:
        shutil.copyfileobj(reader, writer)
        _flush(writer)


def remove_stale_temporaries(folder: Path, *, deep: bool = False) -> list[str]:
    """Remove what a killed run left in `folder` and return the names; with `deep`, also
    in all folders below.

    The caller must hold the lock.
    """
    if not folder.is_dir():
        return []
    removed = []
    for entry in sorted(folder.iterdir()):
        is_folder = entry.is_dir() and not entry.is_symlink()
        if is_temporary(entry.name):
            shutil.rmtree(entry) if is_folder else entry.unlink()
            removed.append(entry.name)
        elif deep and is_folder:
            removed += remove_stale_temporaries(entry, deep=True)
    return removed


def links_in(folder: Path) -> list[Path]:
    """Return the symbolic links below a folder, in order; none of them is followed."""
    found = (
        Path(at) / name
        for at, folders, names in os.walk(folder)
        for name in (*folders, *names)
    )
    return sorted(filter(Path.is_symlink, found))


def bytes_below(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(
        file.stat().st_size
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )


def remove_file(path: Path) -> None:
    """Delete a file; the order of several deletions survives a power cut."""
    path.unlink()
    sync_folder(path.parent)


def remove_folder(folder: Path) -> None:
    """Delete a folder with all that is in it, which disappears at one moment.

    A kill leaves a folder whose name `remove_stale_temporaries` recognizes.
    """
    doomed = folder.with_name(random_name(BROKEN_PREFIX))
    folder.rename(doomed)
    sync_folder(folder.parent)
    shutil.rmtree(doomed)


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
