"""Results of a build's stages, cached under a key derived from all their inputs.

`runs/<name>/<stage>.json` holds the key, the record and a digest of each file that the
stage wrote, and a digest over all of these. A stage whose key, record and files are
unchanged is skipped. The key changes with the recipe, the data, the seed, the device,
the pipeline's own code and the versions of packages, but not with the folders: they can
be moved.
"""

import functools
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import translating_errors
from pipeline.system.files import sha256_of
from pipeline.system.json_records import from_json, save, to_json
from pipeline.system.outside import read_json

T = TypeVar("T")
CHECKPOINT = "checkpoint.npz"  # of an unfinished training


def digest_of(*parts: Any) -> str:
    """SHA-256 of plain values and records, as 64 hexadecimal digits."""
    return hashlib.sha256(
        json.dumps(to_json(parts), sort_keys=True, allow_nan=False).encode()
    ).hexdigest()


@functools.cache
def code_digest() -> str:
    """SHA-256 over the pipeline's own sources and built assets, because new code may
    give other results.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    patterns = (
        "**/*.py",
        "**/*.j2",
        "pens/*.toml",
        "pens/*.npz",
        "_web/verify/*",
        "_web/site/embed.js",
    )
    for path in sorted(path for pattern in patterns for path in package.glob(pattern)):
        digest.update(
            str(path.relative_to(package)).encode() + b"\0" + path.read_bytes()
        )
    return digest.hexdigest()


class Run:
    """The state of one named build."""

    def __init__(self, directory: Path) -> None:
        """Use `directory`, which is created if missing."""
        self.directory = directory
        with translating_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)

    def recall(self, stage: str, key: str, kind: type[T]) -> T | None:
        """The record that `remember` saved under this key, if it exists and the stage's
        files are unchanged.
        """
        try:
            state = read_json(self.directory / f"{stage}.json")
            if state["key"] != key or state["digest"] != digest_of(
                key, state["files"], state["record"]
            ):
                return None
            # A later run may have overwritten files and ended before it saved its
            # record, or runs were mixed by hand.
            if any(
                sha256_of(self.directory / name) != digest
                for name, digest in state["files"].items()
            ):
                return None
            return from_json(kind, state["record"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            # missing, truncated by a crash, or from an older version: run the stage
            # again
            return None

    def remember(
        self, stage: str, key: str, record: Any, files: Iterable[str] = ()
    ) -> None:
        """Save a stage's record after all its `files` were written into the run's
        folder.
        """
        digests = {name: sha256_of(self.directory / name) for name in files}
        state = {
            "key": key,
            "files": digests,
            "record": to_json(record),
            "digest": digest_of(key, digests, record),
        }
        with translating_errors(self.directory):
            save(self.directory / f"{stage}.json", state)
