"""List every version in the store and on the site, with its state."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.history import Period, periods, read_history
from pipeline.site.index import INDEX_NAME, read_index
from pipeline.site.releases import size_of
from pipeline.site.settings import Settings, read_settings
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, read_manifest


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A line of `pipeline versions list`."""

    name: str
    version: str
    test_accuracy: float | None  # 0..1; None if the model was not evaluated
    created: str | None  # UTC, ISO 8601
    bytes: int  # of all files of the version
    live: bool  # whether the site's latest.json points at it
    default: bool  # whether the page opens with it
    held: str | None  # of a live one: since when a rollback holds the model, in UTC, ISO 8601
    pinned: bool  # whether pruning keeps it in any case
    periods: tuple[Period, ...]  # when it was live
    problem: str | None  # why its manifest cannot be used


def list_versions(out: Path, site: Path) -> list[VersionRow]:
    """Every version in the store and on the site, by name, then oldest first.

    Raises PublishError if a file that says which version is what cannot be read.
    """
    models, rows = site / "models", []
    try:
        index = read_index(models)
    except (OSError, ValueError) as error:
        raise PublishError(
            f"{models / INDEX_NAME} must list the models. Received: {error}. `pipeline versions default NAME` writes "
            "it again, and so does the next publication."
        ) from error
    for name in store.model_names(out, models):
        live, settings = store.latest(models, name), read_settings(models, name)
        lived = periods(read_history(models, name), live)
        found = {folder.name: folder for root in (models, out) for folder in store.version_folders(root, name)}
        named = [_row(folder, name, live, lived, settings, index.default) for folder in found.values()]
        rows += sorted(named, key=lambda row: (row.created or "", row.version))
    return rows


def _row(
    folder: Path, name: str, live: str | None, lived: list[Period], settings: Settings, default: str | None
) -> VersionRow:
    try:
        manifest, problem = read_manifest(folder / MANIFEST_NAME), None
    except PublishError as error:
        manifest, problem = None, str(error)
    is_live = folder.name == live
    return VersionRow(
        name=name,
        version=folder.name,
        test_accuracy=manifest.metrics.test_accuracy if manifest and manifest.metrics else None,
        created=manifest.created if manifest else None,
        bytes=size_of(folder),
        live=is_live,
        default=is_live and name == default,
        held=settings.held if is_live else None,
        pinned=folder.name in settings.pinned,
        periods=tuple(period for period in lived if period.version == folder.name),
        problem=problem,
    )
