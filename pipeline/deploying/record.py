"""`deployed.json`, on the target: which of its files we put there. So it says what is ours, what is new, what may go.

It is written before the first upload, with what is about to be there, and after the last removal, with what is there.
Each file appears on the target in one step and whole. So after a kill, a file that was not there before, is there now
and has its size is the one that the record announces; one that was to be replaced is uploaded again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pipeline.errors import PublishError
from pipeline.system.json_records import dump_json, from_json, to_json
from pipeline.system.outside import parse_json
from pipeline.version import __version__
from pipeline.versions.manifest import LATEST_NAME

RECORD_NAME = "deployed.json"
TOOL: Literal["keras-web-pipeline"] = "keras-web-pipeline"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that we put on the target."""

    bytes: int  # as they lie there, perhaps compressed
    sha256: str  # of these bytes
    headers: dict[str, str] = field(default_factory=dict)  # that the target sends with it; none if it cannot hold them
    state: Literal["there", "new", "replacing"] = "there"


@dataclass(frozen=True, kw_only=True)
class Record:
    """The content of deployed.json."""

    files: dict[str, Entry]
    tool: Literal["keras-web-pipeline"] = TOOL  # `from_json` refuses others'
    version: str = __version__  # of the tool, for people

    def rendered(self) -> bytes:
        """The file, the same for the same files."""
        files = {
            path: {key: value for key, value in to_json(entry).items() if value not in ({}, "there")}
            for path, entry in sorted(self.files.items())
        }
        return dump_json({"tool": self.tool, "version": self.version, "files": files}, compact=True).encode()


def parse_record(content: bytes, target: str) -> Record:
    """The record of a target; PublishError if it is none of ours, or damaged."""
    try:
        record = from_json(Record, parse_json(content), ignore_unknown=True)
    except ValueError as error:
        raise PublishError(
            f"{RECORD_NAME} on a target must be one of {TOOL}. Received from {target}: {error}. Nothing was changed. "
            "Deploy to another place, or empty this one."
        ) from error
    return record


def require_ours(record: Record | None, others: Iterable[str], wanted: Iterable[str], target: str) -> None:
    """Raise PublishError unless a target is empty or holds an earlier deployment of this site, and would lose nothing.

    Args:
        record: the target's; None if it has none.
        others: paths of the files on the target that the record does not name.
        wanted: paths of the site to deploy.
        target: for the message.
    """
    others, wanted = sorted(others), set(wanted)
    nothing = "Nothing was changed."
    if record is None and others:
        raise PublishError(
            f"A site can be deployed to an empty place, or to one that `pipeline deploy` made. Received: {target} with "
            f"{others[0]!r:.80} and no {RECORD_NAME}. {nothing} Choose another place, or empty this one."
        )
    if record is None:
        return
    there, ours = _models_of(record.files), _models_of(wanted)
    if there and not there & ours:
        raise PublishError(
            f"A deployment must not replace another site. Received: {target}, which shows {', '.join(sorted(there))}; "
            f"this site shows {', '.join(sorted(ours))}. {nothing} Choose another place, or empty this one."
        )
    if foreign := sorted({RECORD_NAME, *wanted} & {*others}):
        raise PublishError(
            f"A deployment must not replace somebody's own file. Received: {foreign[0]} on {target}, which "
            f"`pipeline deploy` did not put there. {nothing} Move it away."
        )


def _models_of(paths: Iterable[str]) -> set[str]:
    parts = [path.split("/") for path in paths if path.startswith("models/") and path.endswith(f"/{LATEST_NAME}")]
    return {names[1] for names in parts if len(names) == 3}
