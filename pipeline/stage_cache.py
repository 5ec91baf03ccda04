"""What the stages of a build left behind, each under a key of everything that it was made from.

`runs/<name>/<stage>.json` holds the key, the record and a digest of each file that the stage wrote. A stage whose key
and files are the same is not run again; a change of the recipe, the data, the seed, the device, the pipeline's own code
or a package version gives another key.
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

T = TypeVar("T")


def digest_of(*parts: Any) -> str:
    """SHA-256 of plain values and records."""
    text = json.dumps(to_json(parts), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@functools.cache
def code_digest() -> str:
    """SHA-256 over the pipeline's own sources and built assets: new code may compute something else."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*package.rglob("*.py"), *package.glob("_web/verify/*"), *package.glob("_web/site/embed.js")]):
        digest.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class Run:
    """The state of one named build."""

    def __init__(self, directory: Path) -> None:
        """Use, or create, the folder."""
        self.directory = directory
        with translating_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)

    def recall(self, stage: str, key: str, kind: type[T]) -> T | None:
        """The record that `remember` kept under this key, if it is there and the stage's files are as they were."""
        try:
            state = json.loads((self.directory / f"{stage}.json").read_text(encoding="utf-8"))
            if state["key"] != key:
                return None
            # A later run may have written files of its own and ended before it could say so.
            if any(sha256_of(self.directory / name) != digest for name, digest in state["files"].items()):
                return None
            return from_json(kind, state["record"])
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None  # missing, cut off by a crash, or of an older version: the stage runs again

    def remember(self, stage: str, key: str, record: Any, files: Iterable[str] = ()) -> None:
        """Keep a stage's record, once all its `files` are written into the run's folder."""
        digests = {name: sha256_of(self.directory / name) for name in files}
        state = {"key": key, "files": digests, "record": to_json(record)}
        with translating_errors(self.directory):
            save(self.directory / f"{stage}.json", state)
