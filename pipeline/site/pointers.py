"""The pointer files of a site: which version is live, which were before, and which models there are.

`models/<name>/latest.json` is what pages load: it names the version, and holds what a prediction needs of its manifest,
so that nobody waits for two downloads in a row; `models/index.json` lists the models, and `models/<name>/history.json`
remembers what was live, so that a rollback knows where to go. All are small, derived, and replaced in one step.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.records import dump_json
from pipeline.system.locks import Report
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, accuracy_of, load_manifest

INDEX_NAME = "index.json"
HISTORY_NAME = "history.json"

# Of a manifest: by what load() (web/src/runtime/load.ts) checks files, prepares drawings and names answers.
PREDICTION_NEEDS = ("schema", "name", "version", "created", "labels", "input", "output", "linear", "preprocess")
DEFAULT_AGREEMENT = 0.9999  # with Keras' labels, of the default format. Twin of AGREEMENT in load.ts
# Bytes of a topology that comes along in latest.json, some dozen layers: more would be a burden to those who ask for
# another format.
TEXT_LIMIT = 4096

History = list[dict[str, Any]]  # in order: {"version", "published_at"[, "rolled_back_from"]}


def pointers_to(
    models: Path, manifest: Manifest, *, rolled_back_from: str | None, report: Report
) -> tuple[list[tuple[Path, bytes]], str | None]:
    """What the pointer files must hold for `manifest` to be live, in the order in which to replace them.

    Args:
        models: the site's store of versions.
        manifest: of the version that becomes live.
        rolled_back_from: the version that a rollback takes back; None when this is a publication.
        report: gets a sentence when index.json was damaged.

    Returns:
        Path and content of history.json, latest.json and index.json; and the version that a rollback then returns to.

    Raises:
        PublishError: a pointer or manifest on the site cannot be read.
    """
    name, version = manifest["name"], manifest["version"]
    history = history_of(models, name)
    if not history or history[-1]["version"] != version:
        entry = {"version": version, "published_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        history.append(entry | ({"rolled_back_from": rolled_back_from} if rolled_back_from else {}))
    pointers = [
        (models / name / HISTORY_NAME, dump_json(history).encode()),
        (models / name / store.LATEST_NAME, _latest(manifest, models / name / version)),
        (models / INDEX_NAME, _index(models, manifest, report)),
    ]
    before = went_live(history, version)[:-1]
    return pointers, before[-1] if before else None


def _latest(manifest: Manifest, folder: Path) -> bytes:
    """latest.json of a site: the version, and what a prediction by the default format needs of its manifest.

    A small topology comes along as text, which load() checks as it does a file. Who wants more, and older copies of
    embed.js, read the version's files.
    """
    pointer: dict[str, Any] = {"version": manifest["version"]}
    default = default_format(manifest)
    if default:
        checks = [check for check in manifest["verification"]["checks"] if check["format"] == default["id"]]
        files = [
            file | {"text": (folder / file["path"]).read_bytes().decode()}
            if file["path"] == default["path"] and file["bytes"] <= TEXT_LIMIT
            else file
            for file in default["files"]
        ]
        pointer["manifest"] = {key: manifest[key] for key in PREDICTION_NEEDS if key in manifest} | {
            "formats": [default | {"files": files}],
            "verification": manifest["verification"] | {"checks": checks},
        }
    return dump_json(pointer, compact=True).encode()


def default_format(manifest: Manifest) -> dict[str, Any] | None:
    """The format that load() takes unless it is asked for another: twin of chooseFormat in load.ts."""
    checks = (manifest.get("verification") or {}).get("checks", [])

    def is_verified(fmt: dict[str, Any]) -> bool:
        own = [check for check in checks if check["format"] == fmt["id"]]
        return bool(own) and all(check["passed"] and check["argmax_agreement"] >= DEFAULT_AGREEMENT for check in own)

    routes = ("layers", "graph")
    verified = [fmt for fmt in manifest["formats"] if fmt["route"] in routes and is_verified(fmt)]
    return min(verified, key=lambda fmt: (routes.index(fmt["route"]), fmt["bytes"]), default=None)


def _index(models: Path, changed: Manifest, report: Report) -> bytes:
    """index.json: every published model, the default one first. It is derived, so it is made anew each time."""
    live = {changed["name"]: changed}
    for path in models.glob(f"*/{store.LATEST_NAME}"):
        name = path.parent.name
        if name not in live:
            live[name] = load_manifest(path.parent / str(store.latest(models, name)) / MANIFEST_NAME)
    default = None
    path = models / INDEX_NAME
    if path.exists():
        try:
            default = str(json.loads(path.read_bytes())["default"])
        except (ValueError, TypeError, KeyError) as error:
            report(f"{path} was damaged ({error}) and is made anew; the first model published becomes the default.")
    if default not in live:
        default = min(live, key=lambda name: (_first_published(models, name), name))
    rows = [
        {
            "name": name,
            "version": live[name]["version"],
            "test_accuracy": accuracy_of(live[name]),
            "labels": live[name]["labels"],
            "path": f"{name}/{store.LATEST_NAME}",
        }
        for name in sorted(live, key=lambda name: (name != default, name))
    ]
    return dump_json({"default": default, "models": rows}).encode()


def history_of(models: Path, name: str) -> History:
    """What was live, in order; empty when nothing was.

    Raises:
        PublishError: history.json cannot be read.
    """
    path = models / name / HISTORY_NAME
    if not path.exists():
        return []
    try:
        history: History = json.loads(path.read_bytes())
        entries = isinstance(history, list)
        if entries and all(isinstance(e["version"], str) and isinstance(e["published_at"], str) for e in history):
            return history
        reason = "it is no list of entries with a version and a date"
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = repr(error)
    raise PublishError(f"{path} is damaged: {reason}. Mend it, or delete it to forget what was published before.")


def went_live(history: History, live: str) -> list[str]:
    """The versions that became live one after the other up to `live`, without those that a rollback took back.

    Like an editor's undo: 1, 2, 3, back to 2, then 4 gives 1, 2, 4. So a rollback from 4 leads to 2, not to the bad 3.
    """
    versions: list[str] = []
    for entry in history:
        version = entry["version"]
        if "rolled_back_from" in entry and version in versions:
            del versions[_last(versions, version) + 1 :]
        elif versions[-1:] != [version]:
            versions.append(version)
    # A crash between history.json and latest.json leaves an entry for a version that never became live.
    return versions[: _last(versions, live) + 1] if live in versions else [*versions, live]


def _last(values: list[str], value: str) -> int:
    return len(values) - 1 - values[::-1].index(value)


def _first_published(models: Path, name: str) -> str:
    history = history_of(models, name)
    return str(history[0]["published_at"]) if history else "9999"  # now, which is later than any other
