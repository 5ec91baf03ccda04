"""`models/<name>/settings.json`: what the owner of a site decided about a model's versions; absent if nothing.

Visitors never read it, so it has no compressed copies.
"""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.site.history import Course, read_history, replay
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import RecordError, dump_json, from_json
from pipeline.system.outside import read_json
from pipeline.versions import store
from pipeline.versions.manifest import VERSION_PATTERN

SETTINGS_NAME = "settings.json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The content of settings.json."""

    revision: int = 0  # how often the owner has changed them: of two copies, the higher one is newer
    pinned: tuple[str, ...] = ()  # versions that pruning keeps, in the order of their ids
    # Version → the number of history entries of versions that were live when it was released: earlier rollbacks do not
    # hold it, later ones do.
    released: dict[str, int] = field(default_factory=dict)


def parse_settings(content: Any) -> Settings:
    """Settings from the values of their JSON; ValueError if they do not fit, also for keys of a newer release.

    An unknown key may be a decision that must not be lost or ignored.
    """
    settings = from_json(Settings, content)
    for version in (*settings.pinned, *settings.released):
        if not VERSION_PATTERN.fullmatch(version):
            raise RecordError(f"a version must be 12 hexadecimal digits. Received: {version!r:.80}")
    return settings


def read_settings(models: Path, name: str) -> Settings:
    """The settings of a model on a site; PublishError if the file cannot be used."""
    path = models / name / SETTINGS_NAME
    if not path.exists():
        return Settings()
    try:
        return parse_settings(read_json(path))
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} cannot be used: {error}. If a newer release wrote it, use that; else delete it and run again: the "
            "store remembers what was pinned and released."
        ) from error


def write_settings(models: Path, name: str, settings: Settings) -> None:
    """Write the settings atomically. The caller holds the lock of the site and translates errors."""
    write_files_atomically([(models / name / SETTINGS_NAME, dump_json(settings).encode())])


def change_settings(models: Path, name: str, **changes: Any) -> Settings:
    """Write the settings with some of them changed, as their next revision, unless that changes nothing."""
    settings = read_settings(models, name)
    changed = dataclasses.replace(settings, **changes)
    if changed != settings:
        changed = dataclasses.replace(changed, revision=settings.revision + 1)
        write_settings(models, name, changed)
    return changed


def read_course(models: Path, name: str, live: str | None = None) -> Course:
    """What the history and the settings of a published model come to; PublishError if one cannot be read.

    `live`: the version that is live; None reads it.
    """
    live = live or store.latest(models, name)
    history, released = read_history(models, name), read_settings(models, name).released
    if live is None:
        return Course(entries=(), versions=(), held={})
    return replay(history, live, released)
