"""The pointer files of a site: which version is live, which were live before, and which
models there are.

Pages load `models/<name>/latest.json`, which names the version and includes the part of
its manifest that answers need, to save visitors a second round trip and the rest. Its
replacement is the one moment at which a version becomes live. So the others say nothing
that it says: `models/<name>/history.json`, from which a rollback learns where to go,
names the version before it is live, and `models/index.json` lists the models' names
once they have a live version.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.site.history import (
    HISTORY_NAME,
    Release,
    earlier_versions,
    read_history,
    that_was_live,
)
from pipeline.site.index import former_index, published_names
from pipeline.system.json_records import dump_json, to_json, utc_now
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.loadable import choose_default
from pipeline.versions.manifest import (
    LATEST_NAME,
    MANIFEST_NAME,
    Manifest,
    read_manifest,
)
from pipeline.versions.store import Version

# Keys of a manifest that load() (web/src/runtime/load.ts) needs to check files,
# preprocess drawings and name classes, the element to say what to draw, and what judges
# answers to be found.
NEEDS = (
    "schema",
    "name",
    "noun",
    "version",
    "labels",
    "input",
    "output",
    "linear",
    "preprocess",
    "judging",
)
# The same for a format, besides its files. Measurements are in the manifest.
FORMAT_NEEDS = ("id", "route", "dtype", "path", "bytes")
# Largest topology, in bytes, that latest.json includes: a few dozen layers. A larger
# one would slow down visitors who ask for another format.
TEXT_LIMIT = 4096


@dataclass(frozen=True, kw_only=True)
class Pointers:
    """The pointer files that make a version live, and what follows from them."""

    contents: tuple[tuple[Path, bytes], ...]  # in the order to replace them
    default: Manifest  # of the model that the page opens with
    base_url: str | None  # where the owner says that the site is hosted
    expires: str | None  # until when the version is said to be the newest
    previous_version: str | None  # that a rollback returns to


def render_pointers(
    models: Path,
    version: Version,
    *,
    rolled_back_from: str | None,
    changes: Mapping[str, Any] = {},
    progress: Progress,
) -> Pointers:
    """Compute the content of the pointer files that make `version`, which is in
    `models`, live.

    `rolled_back_from` is the version that a rollback reverts, and None for a
    publication. `changes` are of the index (`index_changes`). Raises PublishError if a
    pointer on the site cannot be read.
    """
    history = that_was_live(
        read_history(models, version.name), store.latest(models, version.name)
    )
    if not history or history[-1].version != version.id:
        history.append(
            Release(
                version=version.id,
                published_at=utc_now(),
                rolled_back_from=rolled_back_from,
            )
        )
    known = published_names(models)
    names = {*known, version.name}
    former = former_index(models, progress)
    is_new = not former.chosen and version.name not in known
    default = _default_manifest(
        models, version.name if is_new else former.default, names, version, progress
    )
    titles = {**former.titles, version.name: version.manifest.title}
    kept = {name: title for name, title in titles.items() if title}
    index = dataclasses.replace(
        former, default=default.name, names=tuple(names), titles=kept, **changes
    )
    before = earlier_versions(history, version.id)
    return Pointers(
        contents=(
            (models / version.name / HISTORY_NAME, dump_json(history).encode()),
            (
                models / version.name / LATEST_NAME,
                render_latest(version, index.expires),
            ),
            index.rendered(models),
        ),
        default=default,
        base_url=index.base_url,
        expires=index.expires,
        previous_version=before[-1] if before else None,
    )


def render_latest(version: Version, expires: str | None = None) -> bytes:
    """latest.json of a site: the version, until when it is the newest, what the default
    format takes to answer.

    A small topology is included as text, which load() checks like a file. For
    everything else, and for older copies of embed.js, there are the version's files.
    """
    manifest = version.manifest
    pointer: dict[str, Any] = {"version": version.id} | (
        {"expires": expires} if expires else {}
    )
    default = choose_default(manifest)
    if default and manifest.verification:
        files = [
            (
                to_json(file)
                | {"text": (version.folder / file.path).read_bytes().decode()}
                if file.path == default.path and file.bytes <= TEXT_LIMIT
                else to_json(file)
            )
            for file in default.files
        ]
        pointer["manifest"] = _some(manifest, NEEDS) | {
            "formats": [_some(default, FORMAT_NEEDS) | {"files": files}],
            "default_format": default.id,
        }
    return dump_json(pointer, compact=True).encode()


def _some(record: object, keys: Iterable[str]) -> dict[str, Any]:
    return {key: getattr(record, key) for key in keys}


def _default_manifest(
    models: Path,
    former: str | None,
    names: set[str],
    changed: Version,
    progress: Progress,
) -> Manifest:
    """The manifest of the model that the page opens with, once `changed` is live.

    Unless the owner chose one, that is the model that is new on the site. Else it stays
    the same if it is still there, and is the one published first otherwise.
    """
    name = former if former in names else first_of(models, names)
    if name == changed.name:
        return changed.manifest
    # PublishError if a pointer is broken, which is no reason to open with another
    live = store.latest(models, name)
    try:
        return read_manifest(models / name / str(live) / MANIFEST_NAME)
    except PublishError as error:
        progress(f"{error} The page opens with {changed.name} from now on.")
        return changed.manifest


def live_manifest(models: Path, name: str) -> Manifest:
    """The manifest of the live version of a published model; PublishError if it cannot
    be read.
    """
    return read_manifest(
        models / name / str(store.latest(models, name)) / MANIFEST_NAME
    )


def first_of(models: Path, names: Iterable[str]) -> str:
    """The model that was published first."""
    # One without a history is being published now, later than all others.
    since = {
        name: next((entry.published_at for entry in read_history(models, name)), "9999")
        for name in names
    }
    return min(since, key=lambda name: (since[name], name))
