"""`models/<name>/history.json`: which version was live from when on, and what follows from it.

A rollback is the owner's word that something was wrong: what it undid is held, so builds do not publish it again.
That is not stored anywhere: it follows from the history, and from what the owner has released (`settings.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.system.json_records import dump_json, from_json, to_json
from pipeline.system.outside import read_json

HISTORY_NAME = "history.json"


@dataclass(frozen=True, kw_only=True)
class Release:
    """An entry of history.json: a version that became live, or, as the last entry, was to become live."""

    version: str
    published_at: str  # UTC, ISO 8601
    rolled_back_from: str | None = None  # the version that was live before, if this was a rollback


@dataclass(frozen=True, kw_only=True)
class Period:
    """A time in which a version was live; UTC, ISO 8601."""

    version: str
    since: str
    until: str | None  # null if it is live
    rolled_back_from: str | None  # the version that was live before, if it became live by a rollback


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A version that a rollback undid, and that builds therefore do not publish."""

    version: str
    since: str  # when it was rolled back: UTC, ISO 8601
    place: int  # of the rollback in the history; the first entry is 1


@dataclass(frozen=True, kw_only=True)
class Course:
    """What the history of a model comes to."""

    entries: tuple[Release, ...]  # of versions that were live
    versions: tuple[str, ...]  # those that were not rolled back; the last one is live
    held: dict[str, Hold]

    @property
    def live(self) -> str | None:
        """The version that is live."""
        return self.versions[-1] if self.versions else None

    @property
    def periods(self) -> list[Period]:
        """Who was live when, in order."""
        ends = [*(entry.published_at for entry in self.entries[1:]), None]
        found = [
            Period(version=one.version, since=one.published_at, until=end, rolled_back_from=one.rolled_back_from)
            for one, end in zip(self.entries, ends, strict=False)  # no entries have one end
        ]
        known = found and found[-1].version == self.live
        return found if known else found[:-1]  # after a history was discarded, nobody knows when its last one ended

    @property
    def before(self) -> list[str]:
        """The versions that a rollback can return to without being told which, the nearest one last."""
        return [version for version in self.versions[:-1] if version not in self.held]


def read_history(models: Path, name: str) -> list[Release]:
    """The entries of history.json, in order; PublishError if it cannot be read."""
    path = models / name / HISTORY_NAME
    if not path.exists():
        return []
    try:
        return list(from_json(tuple[Release, ...], read_json(path), ignore_unknown=True))
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} is damaged: {error}. Delete it and run again: the store remembers what was released."
        ) from error


def rendered_history(history: Sequence[Release]) -> bytes:
    """The content of history.json."""
    entries = [{key: value for key, value in to_json(entry).items() if value is not None} for entry in history]
    return dump_json(entries).encode()


def that_was_live(history: Sequence[Release], live: str | None) -> list[Release]:
    """Without what a run killed between history.json and latest.json left: its version never became live.

    Every publication drops it, so at most the last entry is of that kind, also where the live version is unknown.
    """
    places = [place for place, entry in enumerate(history, 1) if entry.version == live]
    return list(history[: places[-1] if places else -1])


def replay(history: Sequence[Release], live: str, released: Mapping[str, int]) -> Course:
    """Follow the history up to the version `live`.

    Like an editor's undo: 1, 2, 3, back to 2, then 4 gives 1, 2, 4. So a rollback from 4 leads to 2, not to the bad 3,
    which is held. Going back to 3 before 4 is published is a redo, which holds nothing.

    `released`: version → the number of entries when its owner released it, which ends holds from before that.
    """
    entries = that_was_live(history, live)
    versions: list[str] = []
    held: dict[str, Hold] = {}
    redo: set[str] = set()  # what was rolled back since the last publication
    for place, entry in enumerate(entries, 1):
        undone: list[str] = []
        if entry.rolled_back_from is None:
            redo.clear()
        elif entry.version in versions:
            keep = _last(versions, entry.version) + 1
            undone = [*versions[keep:], entry.rolled_back_from]
            del versions[keep:]
        elif entry.version not in redo:  # from the store, or rolled back before the last publication
            undone = [entry.rolled_back_from]
            del versions[-1:]
        held |= {version: Hold(version=version, since=entry.published_at, place=place) for version in undone}
        redo.update(undone)
        held.pop(entry.version, None)
        redo.discard(entry.version)
        if versions[-1:] != [entry.version]:
            versions.append(entry.version)
    versions = versions[: _last(versions, live) + 1] if live in versions else [*versions, live]
    held = {version: hold for version, hold in held.items() if released.get(version, 0) < hold.place}
    return Course(entries=tuple(entries), versions=tuple(versions), held=held)


def _last(values: list[str], value: str) -> int:
    return len(values) - 1 - values[::-1].index(value)
