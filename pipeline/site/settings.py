"""`models/<name>/settings.json`: what the owner of a site decided about a model's versions; absent if nothing.

Visitors never read it, so it has no compressed copies.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.site.history import Course, read_history, replay
from pipeline.system.files import sync_folder, write_files_atomically
from pipeline.system.json_records import RecordError, dump_json, from_json
from pipeline.system.outside import read_json
from pipeline.versions import store
from pipeline.versions.manifest import VERSION_PATTERN

SETTINGS_NAME = "settings.json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The content of settings.json."""

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
            f"{path} cannot be used: {error}. Repair it; if a newer release wrote it, use that; or delete it, which "
            "discards what was pinned and released."
        ) from error


def write_settings(models: Path, name: str, settings: Settings) -> None:
    """Write the settings atomically. The caller holds the lock of the site and translates errors."""
    path = models / name / SETTINGS_NAME
    if settings != Settings():
        write_files_atomically([(path, dump_json(settings).encode())])
    elif path.exists():
        path.unlink()
        sync_folder(path.parent)


def read_course(models: Path, name: str, live: str | None = None) -> Course:
    """What the history and the settings of a published model come to; PublishError if one cannot be read.

    `live`: the version that is live; None reads it.
    """
    live = live or store.latest(models, name)
    history, released = read_history(models, name), read_settings(models, name).released
    if live is None:
        return Course(entries=(), versions=(), held={})
    return replay(history, live, released)
