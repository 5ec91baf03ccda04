"""`models/<name>/history.json`:

which version was live from when on, and so where a rollback leads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.system.json_records import from_json
from pipeline.system.outside import read_json

HISTORY_NAME = "history.json"


@dataclass(frozen=True, kw_only=True)
class Release:
    """An entry of history.json:

    a version that became live, or, as the last entry, was to become live.
    """

    version: str
    published_at: str  # UTC, ISO 8601
    # the version that was live before, if this was a rollback
    rolled_back_from: str | None = field(default=None, metadata={"sparse": True})


@dataclass(frozen=True, kw_only=True)
class Period:
    """A time in which a version was live; UTC, ISO 8601."""

    version: str
    since: str
    until: str | None  # null if it is live
    # the version that was live before, if it became live by a rollback
    rolled_back_from: str | None


def read_history(models: Path, name: str) -> list[Release]:
    """The entries of history.json, in order; PublishError if it cannot be read."""
    path = models / name / HISTORY_NAME
    if not path.exists():
        return []
    try:
        return list(
            from_json(tuple[Release, ...], read_json(path), ignore_unknown=True)
        )
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} is damaged: {error}. Delete it and run again: the store remembers"
            " what was released."
        ) from error


def that_was_live(history: Sequence[Release], live: str | None) -> list[Release]:
    """Without what a run killed between history.json and latest.json left: its version
    never became live.

    Every publication drops it, so at most the last entry is of that kind, also where
    the live version is unknown.
    """
    places = [place for place, entry in enumerate(history, 1) if entry.version == live]
    return list(history[: places[-1] if places else -1])


def periods(history: Sequence[Release], live: str | None) -> list[Period]:
    """Return who was live when, in order."""
    entries = that_was_live(history, live)
    ends = [*(entry.published_at for entry in entries[1:]), None]
    found = [
        Period(
            version=one.version,
            since=one.published_at,
            until=end,
            rolled_back_from=one.rolled_back_from,
        )
        for one, end in zip(entries, ends, strict=False)  # no entries have one end
    ]
    known = found and found[-1].version == live
    # after a history was discarded, nobody knows when its last one ended
    return found if known else found[:-1]


def earlier_versions(history: Sequence[Release], live: str | None) -> list[str]:
    """Return the versions that were live before and not rolled back; the next rollback
    leads to the last of them.

    Like an editor's undo: 1, 2, 3, back to 2, then 4 gives 1, 2, 4. So a rollback from
    4 leads to 2, not to the bad 3. Going back to 3 before 4 is published is a redo,
    after which 2 is still an earlier version.
    """
    versions: list[str] = []
    undone: list[str] = []  # since the last publication
    for entry in that_was_live(history, live):
        if entry.rolled_back_from is None:
            versions, undone = (
                [version for version in versions if version != entry.version],
                [],
            )
        elif entry.version in versions:
            place = versions.index(entry.version)
            undone += versions[place + 1 :]
            del versions[place:]
        # from the store, or rolled back before the last publication
        elif entry.version not in undone:
            del versions[-1:]
        versions.append(entry.version)
    return versions[:-1] if versions[-1:] == [live] else versions
