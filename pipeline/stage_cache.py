"""Results of a build's stages, cached under a key derived from all their inputs.

`runs/<name>/<stage>.json` holds the key, the record and a digest of each file that the stage wrote, and a digest over
all of these. A stage whose key, record and files are unchanged is skipped. The key changes with the recipe, the data,
the seed, the device, the pipeline's own code and the versions of packages, but not with the folders: they can be moved.
"""

import contextlib
import functools
import hashlib
import json
import math
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import translating_errors
from pipeline.system.files import bytes_below, sha256_of
from pipeline.system.json_records import from_json, save, to_json
from pipeline.system.locks import LOCK_NAME, BusyError, exclusive
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress

T = TypeVar("T")
CHECKPOINT = "checkpoint.npz"  # of an unfinished training
DATA_REPORT = "data-report"  # folder


def digest_of(*parts: Any) -> str:
    """SHA-256 of plain values and records, as 64 hexadecimal digits."""
    text = json.dumps(to_json(parts), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def code_digest() -> str:
    """SHA-256 over the pipeline's own sources and built assets, because new code may give other results."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    patterns = ("**/*.py", "**/*.j2", "pens/*.toml", "pens/*.npz", "_web/verify/*", "_web/site/embed.js")
    for path in sorted(path for pattern in patterns for path in package.glob(pattern)):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class Run:
    """The state of one named build."""

    def __init__(self, directory: Path) -> None:
        """Use `directory`, which is created if missing."""
        self.directory = directory
        with translating_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)

    def recall(self, stage: str, key: str, kind: type[T]) -> T | None:
        """The record that `remember` saved under this key, if it exists and the stage's files are unchanged."""
        try:
            state = read_json(self.directory / f"{stage}.json")
            if state["key"] != key or state["digest"] != digest_of(key, state["files"], state["record"]):
                return None
            # A later run may have overwritten files and ended before it saved its record, or runs were mixed by hand.
            if any(sha256_of(self.directory / name) != digest for name, digest in state["files"].items()):
                return None
            return from_json(kind, state["record"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # missing, truncated by a crash, or from an older version: run the stage again

    def remember(self, stage: str, key: str, record: Any, files: Iterable[str] = ()) -> None:
        """Save a stage's record after all its `files` were written into the run's folder."""
        digests = {name: sha256_of(self.directory / name) for name in files}
        state = {"key": key, "files": digests, "record": to_json(record), "digest": digest_of(key, digests, record)}
        with translating_errors(self.directory):
            save(self.directory / f"{stage}.json", state)


def prune_runs(
    runs: Path, name: str | None, known: Collection[str], *, before: float, dry_run: bool = False, progress: Progress
) -> dict[Path, int]:
    """Delete what nobody has written to since `before`, in seconds since 1970, of a model or of all.

    That are the runs of models that are not `known`, and checkpoints of unfinished training.

    Only what this pipeline wrote is deleted, and nothing of a build that is running. Returns paths with their bytes.
    """
    removed: dict[Path, int] = {}
    for folder in sorted(path for path in runs.glob(name or "[a-z0-9]*") if path.is_dir()):
        is_known = folder.name in known
        removed |= clear_run(folder, before=before, unfinished=is_known, wait=False, dry_run=dry_run, progress=progress)
    return removed


def clear_run(
    folder: Path,
    *,
    before: float = math.inf,
    unfinished: bool = False,
    wait: bool = True,
    dry_run: bool = False,
    progress: Progress,
) -> dict[Path, int]:
    """Delete what builds of a model left in its folder, unless a part of it has changed since `before`.

    `unfinished`: only the checkpoints. `wait`: for a build that is running; otherwise it is left alone. Returns paths
    with their bytes.
    """
    removed: dict[Path, int] = {}
    for part in (*sorted(folder.glob("worker-*/")), folder):
        ours = [part / CHECKPOINT] if unfinished else [*_records(part), part / CHECKPOINT, part / DATA_REPORT]
        found = {path: bytes_below(path) for path in ours if path.exists()}
        if not found or max(path.stat().st_mtime for path in found) >= before:
            continue
        try:
            with translating_errors(part):
                if not dry_run:
                    _delete(part, list(found), is_all=not unfinished, wait=wait, progress=progress)
        except BusyError:
            progress(f"{part} stays as it is: a build is using it.")
            continue
        removed |= found
    return removed


def _delete(folder: Path, paths: Iterable[Path], *, is_all: bool, wait: bool, progress: Progress) -> None:
    with exclusive(folder, wait=wait, progress=progress):
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if is_all:
            with contextlib.suppress(OSError):  # Windows keeps a file that is open
                (folder / LOCK_NAME).unlink()
    if is_all:
        with contextlib.suppress(OSError):  # something else is in there
            folder.rmdir()


def _records(folder: Path) -> list[Path]:
    """The records that `Run.remember` wrote into a folder, each before the files that it names."""
    found: dict[Path, None] = {}
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):
            state = read_json(path)
            if isinstance(state, dict) and state.keys() == {"key", "files", "record", "digest"}:
                names = [name for name in dict(state["files"]) if Path(name).name == name]  # nothing outside the folder
                found |= dict.fromkeys([path, *(folder / name for name in names)])
    return list(found)
