"""Sign a published model by its name, or a folder, as `pipeline sign` does."""

import contextlib
from pathlib import Path

from pipeline.errors import ConfigError, PublishError, translating_errors
from pipeline.signing.bundle import signature_path
from pipeline.signing.signer import Signer
from pipeline.system.progress import to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import VERSION_PATTERN
from pipeline.versions.ownership import Kind, claimed
from pipeline.versions.store import Version


def sign_target(
    target: str, key: Path, *, version: str | None, site: Path, out: Path, expires: str | None = None
) -> tuple[list[Path], int]:
    """Sign a model by its name, on the site and in the store, or the folder of an export; returns files and counter.

    `target` is a model's name, or the path of a folder with a manifest.json, such as ./FOLDER. Without `version`, the
    model's live version is signed, or without a site the newest in the store.

    Raises:
        ConfigError: the key cannot be used, or the name cannot be a model's.
        PublishError: there is no such version, or it is damaged, which is never signed.
        DiskError: the signature cannot be written.
    """
    folder = Path(target)
    if folder.name == target:
        name = store.validate_name(target)
        return _sign_model(name, version, Signer.read(key, site, out), site, out, expires)
    if version is not None:
        raise ConfigError(
            f"--version goes with a model's name. Received: the folder {target} and --version {version}. Pass one of "
            "them."
        )
    return _sign_folder(folder, Signer.read(key, site, out, folder))


def _sign_folder(folder: Path, signer: Signer) -> tuple[list[Path], int]:
    version = store.open_version(folder)
    # In a store or on a site, the counter continues that of the model's other versions.
    roots = [folder.parent.parent] if VERSION_PATTERN.fullmatch(folder.name) else []
    with translating_errors(folder):
        for models in roots:
            if models.name == "models":
                _require_current(signer, version, models)
        return [signature_path(folder)], signer.sign([version], roots)


def _sign_model(
    name: str, wanted: str | None, signer: Signer, site: Path, out: Path, expires: str | None
) -> tuple[list[Path], int]:
    roots = [root for root, place in ((out, out), (site / "models", site)) if place.is_dir()]
    with contextlib.ExitStack() as locks:
        kinds: list[tuple[Path, Kind]] = [(out, "store"), (site, "site")]  # in the order of commands that take both
        for place, kind in kinds:
            if place.is_dir():
                locks.enter_context(claimed(place, kind, progress=to_stderr))
        chosen = wanted or store.latest(site / "models", name) or store.latest(out, name)
        known = [folder for root in roots for folder in store.version_folders(root, name)]
        versions = [store.open_version(folder) for folder in known if folder.name == chosen]
        if not versions:
            names = ", ".join(sorted({folder.name for folder in known})) or "none"
            raise PublishError(
                f"Only a version in --store or on --site can be signed. Received: {name} {wanted or ''}, but there is "
                f"{names} in {out} and {site}. For an export, pass its folder as a path: ./FOLDER."
            )
        _require_current(signer, versions[0], site / "models")
        return [signature_path(version.folder) for version in versions], signer.sign(versions, roots, expires)


def _require_current(signer: Signer, version: Version, models: Path) -> None:
    """Refuse a version that was replaced by one of this key: readers of the new signature would refuse the live one."""
    live = store.latest(models, version.name)
    shown = models / version.name / version.id
    if version.id == live and signature_path(shown).is_file() and not signer.has_signed(shown):
        to_stderr(f"Pages that name the former key of {version.name} show their fallback until they name this one.")
    replaced = live not in (None, version.id) and shown.is_dir()
    if live and replaced and signer.has_signed(models / version.name / live):
        raise PublishError(
            f"A version that was replaced must keep its signature: with a newer one, its readers would refuse {live}, "
            f"which is live. Received: {version.name} {version.id}. To go back to it, run `pipeline rollback "
            f"{version.name} {version.id} --key FILE`."
        )
