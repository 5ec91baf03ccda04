"""What a rollback keeps from going live: the versions that it undid, and models built again that equal one of them."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.errors import PublishError
from pipeline.records import HeldVersion
from pipeline.site.settings import read_course, read_settings
from pipeline.system.progress import Progress
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, read_manifest
from pipeline.versions.store import Version

SITE = Path("site")  # the default of --site


def held_back(
    version: Version, site: Path, out: Path, decisive: Callable[[dict[str, Any]], object], *, progress: Progress
) -> HeldVersion | None:
    """The held version that `version` is, or equals; None if it may go live.

    It may if it is live, or was released by its own id. Equal means the same data, the same labels, and the same of
    what `decisive` takes from a recipe. Held versions that neither the site nor the store `out` has any more are known
    by their ids only.

    Raises PublishError if the pointer, the history or the settings of the model cannot be read.
    """
    models = site / "models"
    live = store.latest(models, version.name)
    if live is None or live == version.id:
        return None
    held = read_course(models, version.name, live).held
    if version.id not in held and version.id in read_settings(models, version.name).released:
        return None
    for hold in sorted(held.values(), key=lambda hold: hold.version != version.id):  # itself before an equal
        is_same = hold.version == version.id
        folders = [root / version.name / hold.version for root in (models, out)]
        if is_same or _equals(version.manifest, _manifest(folders, progress), decisive):
            return HeldVersion(
                version=hold.version,
                since=hold.since,
                live=live,
                release=release_command(site, version.name, hold.version),
            )
    return None


def release_command(site: Path, name: str, version: str) -> str:
    """The command line that releases a held version."""
    where = "" if site == SITE else f" --site {shlex.quote(str(site))}"
    return f"pipeline versions release {name} {version}{where}"


def _equals(one: Manifest, other: Manifest | None, decisive: Callable[[dict[str, Any]], object]) -> bool:
    if other is None or one.data is None or other.data is None or one.recipe is None or other.recipe is None:
        return False
    same_data = (one.data.digest, one.labels) == (other.data.digest, other.labels)
    taken_over = [manifest.origin and manifest.origin.weights_digest for manifest in (one, other)]
    return same_data and taken_over[0] == taken_over[1] and decisive(one.recipe) == decisive(other.recipe)


def _manifest(folders: list[Path], progress: Progress) -> Manifest | None:
    """The manifest of a version in the first of its folders that has a usable one."""
    for path in (folder / MANIFEST_NAME for folder in folders):
        try:
            if path.is_file():
                return read_manifest(path)
        except PublishError as error:
            progress(f"{error} It is held, and cannot be compared with what was built.")
    return None
