"""The pointer files of a site: which version is live, which were live before, and which models there are.

Pages load `models/<name>/latest.json`, which names the version and includes the part of its manifest that predictions
need, to save visitors a second round trip. Its replacement is the one moment at which a version becomes live. So the
others say nothing that it says: `models/<name>/history.json`, from which a rollback learns where to go, names the
version before it is live, and `models/index.json` lists the models' names once they have a live version.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.system.json_records import dump_json, from_json, to_json, utc_now
from pipeline.system.outside import read_json
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, Manifest, read_manifest
from pipeline.versions.sealing import choose_default
from pipeline.versions.store import Version

INDEX_NAME = "index.json"
HISTORY_NAME = "history.json"

# Keys of a manifest that load() (web/src/runtime/load.ts) needs to check files, preprocess drawings and name classes.
PREDICTION_NEEDS = ("schema", "name", "version", "created", "labels", "input", "output", "linear", "preprocess")
# Largest topology, in bytes, that latest.json includes: a few dozen layers. A larger one would slow down visitors who
# ask for another format.
TEXT_LIMIT = 4096


@dataclass(frozen=True, kw_only=True)
class Release:
    """An entry of history.json: a version that became live, or, as the last entry, was to become live."""

    version: str
    published_at: str  # UTC, ISO 8601
    rolled_back_from: str | None = None  # the version that was live before, if this was a rollback


@dataclass(frozen=True, kw_only=True)
class Pointers:
    """The pointer files that make a version live, and what follows from them."""

    contents: tuple[tuple[Path, bytes], ...]  # in the order to replace them
    default: Manifest  # of the model that the page opens with
    previous_version: str | None  # that a rollback returns to


def render_pointers(models: Path, version: Version, *, rolled_back_from: str | None, progress: Progress) -> Pointers:
    """Compute the content of the pointer files that make `version`, which is in `models`, live.

    `rolled_back_from` is the version that a rollback reverts, and None for a publication. Raises PublishError if a
    pointer or manifest on the site cannot be read.
    """
    history = _that_was_live(read_history(models, version.name), store.latest(models, version.name))
    if not history or history[-1].version != version.id:
        history.append(Release(version=version.id, published_at=utc_now(), rolled_back_from=rolled_back_from))
    live = _live_manifests(models, version)
    default = _default_model(models, live, progress)
    before = live_history(history, version.id)[:-1]
    entries = [{key: value for key, value in to_json(entry).items() if value is not None} for entry in history]
    return Pointers(
        contents=(
            (models / version.name / HISTORY_NAME, dump_json(entries).encode()),
            (models / version.name / LATEST_NAME, _latest(version)),
            (models / INDEX_NAME, _index(list(live), default)),
        ),
        default=live[default],
        previous_version=before[-1] if before else None,
    )


def read_history(models: Path, name: str) -> list[Release]:
    """The entries of history.json, in order; PublishError if it cannot be read."""
    path = models / name / HISTORY_NAME
    if not path.exists():
        return []
    try:
        return list(from_json(tuple[Release, ...], read_json(path), ignore_unknown=True))
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{path} is damaged: {error}. Repair it, or delete it, which discards the history of publications."
        ) from error


def live_history(history: list[Release], live: str) -> list[str]:
    """The versions that became live one after the other up to `live`, without those that were rolled back.

    Like an editor's undo: 1, 2, 3, back to 2, then 4 gives 1, 2, 4. So a rollback from 4 leads to 2, not to the bad 3.
    """
    versions: list[str] = []
    for entry in _that_was_live(history, live):
        if entry.rolled_back_from is not None and entry.version in versions:
            del versions[_last(versions, entry.version) + 1 :]
        elif versions[-1:] != [entry.version]:
            versions.append(entry.version)
    return versions[: _last(versions, live) + 1] if live in versions else [*versions, live]


def _that_was_live(history: list[Release], live: str | None) -> list[Release]:
    """Without what a run killed between history.json and latest.json left: its version never became live.

    Every publication drops it, so at most the last entry is of that kind, also where the live version is unknown.
    """
    places = [place for place, entry in enumerate(history, 1) if entry.version == live]
    return history[: places[-1] if places else -1]


def _latest(version: Version) -> bytes:
    """latest.json of a site: the version, and the part of its manifest needed to predict with the default format.

    A small topology is included as text, which load() checks like a file. For everything else, and for older copies of
    embed.js, there are the version's files.
    """
    manifest = version.manifest
    pointer: dict[str, Any] = {"version": version.id}
    default = choose_default(manifest)
    if default and manifest.verification:
        checks = tuple(check for check in manifest.verification.checks if check.format == default.id)
        files = [
            to_json(file) | {"text": (version.folder / file.path).read_bytes().decode()}
            if file.path == default.path and file.bytes <= TEXT_LIMIT
            else to_json(file)
            for file in default.files
        ]
        pointer["manifest"] = {key: getattr(manifest, key) for key in PREDICTION_NEEDS} | {
            "formats": [to_json(default) | {"files": files}],
            "verification": dataclasses.replace(manifest.verification, checks=checks),
        }
    return dump_json(pointer, compact=True).encode()


def _live_manifests(models: Path, changed: Version) -> dict[str, Manifest]:
    """The manifests of the live versions of all models, by name, once `changed` is live."""
    live = {changed.name: changed.manifest}
    for path in models.glob(f"*/{LATEST_NAME}"):
        name = path.parent.name
        if name not in live:
            live[name] = read_manifest(path.parent / str(store.latest(models, name)) / MANIFEST_NAME)
    return live


def _default_model(models: Path, live: dict[str, Manifest], progress: Progress) -> str:
    """The model that the page opens with: unchanged if still published, otherwise the one published first."""
    path = models / INDEX_NAME
    default = None
    if path.exists():
        try:
            default = str(read_json(path)["default"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            progress(f"{path} was damaged ({error}) and will be rewritten; the default is the model published first.")
    if default not in live:
        default = min(live, key=lambda name: (_first_published(models, name), name))
    return default


def _index(names: list[str], default: str) -> bytes:
    """index.json: every model that has a live version, the default first; it changes only with that list."""
    rows = [{"name": n, "path": f"{n}/{LATEST_NAME}"} for n in sorted(names, key=lambda name: (name != default, name))]
    return dump_json({"default": default, "models": rows}).encode()


def _last(values: list[str], value: str) -> int:
    return len(values) - 1 - values[::-1].index(value)


def _first_published(models: Path, name: str) -> str:
    history = read_history(models, name)
    return history[0].published_at if history else "9999"  # being published now, later than all others
