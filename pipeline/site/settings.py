"""`models/<name>/settings.json`: what the owner of a site decided about a model; absent
if nothing.

A rollback is the owner's word that something was wrong. So it holds the model: builds
export and verify it, but do not publish it, until the owner releases it. Visitors never
read the file, so it has no compressed copies.
"""

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.records import HeldModel
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import RecordError, dump_json, from_json
from pipeline.system.outside import read_json
from pipeline.versions import store
from pipeline.versions.manifest import VERSION_PATTERN

SETTINGS_NAME = "settings.json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The content of settings.json."""

    # how often they have changed: of two copies, the higher one is newer
    revision: int = 0
    held: str | None = None  # since when a rollback holds the model: UTC, ISO 8601
    pinned: tuple[
        str, ...
    ] = ()  # versions that pruning keeps, in the order of their ids


def parse_settings(content: Any) -> Settings:
    """Settings from the values of their JSON; ValueError if they do not fit, also for
    keys of a newer release.

    An unknown key may be a decision that must not be lost or ignored.
    """
    settings = from_json(Settings, content)
    for version in settings.pinned:
        if not VERSION_PATTERN.fullmatch(version):
            raise RecordError(
                f"a version must be 12 hexadecimal digits. Received: {version!r:.80}"
            )
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
            f"{path} cannot be used: {error}. If a newer release wrote it, use that;"
            " else delete it and run again: the store remembers what was held and"
            " pinned."
        ) from error


def write_settings(models: Path, name: str, settings: Settings) -> None:
    """Write the settings atomically.

    The caller holds the lock of the site and translates errors.
    """
    write_files_atomically(
        [(models / name / SETTINGS_NAME, dump_json(settings).encode())]
    )


def change_settings(models: Path, name: str, **changes: Any) -> Settings:
    """Write the settings with some of them changed, as their next revision, unless that
    changes nothing.
    """
    settings = read_settings(models, name)
    changed = dataclasses.replace(settings, **changes)
    if changed != settings:
        changed = dataclasses.replace(changed, revision=settings.revision + 1)
        write_settings(models, name, changed)
    return changed


def hold_of(site: Path, out: Path, name: str, version: str | None) -> HeldModel | None:
    """Return why a version may not be published: a rollback holds its model. None if it
    may, or is live already.

    In a dry run, `version` is None if it is yet to be made.

    Raises PublishError if the pointer or the settings of the model cannot be read.
    """
    models = site / "models"
    since, live = read_settings(models, name).held, store.latest(models, name)
    if since is None or live == version:
        return None
    return HeldModel(
        since=since,
        live=live,
        release=f"pipeline versions release {name}{folders_of(site, out)}",
    )


def folders_of(site: Path, out: Path = Path("exported_models")) -> str:
    """The options that a command line needs for this site and store, if they are not
    the default ones.
    """
    given = (("--store", out, "exported_models"), ("--site", site, "site"))
    return "".join(
        f" {option} {shlex.quote(str(path))}"
        for option, path, usual in given
        if path != Path(usual)
    )
