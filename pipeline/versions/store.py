"""A store of versions: `<root>/<name>/<version>/` with `<root>/<name>/latest.json` pointing at one of them.

Both `exported_models/` and `site/models/` are such stores. A version folder is immutable: it is filled under a
temporary name, checked against its own manifest, and renamed into place; the pointer is replaced after that, in one
step. Whoever writes holds the lock of the store (`locks.exclusive`).
"""

import json
import re
import shutil
from pathlib import Path

from pipeline.errors import ConfigError, PublishError
from pipeline.records import dump_json
from pipeline.system.files import (
    BROKEN_PREFIX,
    STAGING_PREFIX,
    copy_content,
    exchange,
    explained,
    make_folders,
    random_name,
    remove_leftovers,
    replace_all,
    sha256_of,
    sync_folder,
    sync_tree,
)
from pipeline.system.locks import Report, exclusive, to_stderr
from pipeline.versions.manifest import CARD_NAME, MANIFEST_NAME, VERSION_PATTERN, listed_files, load_manifest
from pipeline.versions.manifest import (
    version_id as version_id,  # kept in manifest.py; offered here because versions live here
)

LATEST_NAME = "latest.json"
NAME_LENGTH = 64  # characters


def validate_name(name: str) -> str:
    """The name itself, if it can be a folder and a part of a URL anywhere.

    Raises:
        ConfigError: it cannot; the message offers the nearest name that can.
    """
    # site/models/ holds index.json next to the folders of the models, so no model may end like that
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) and len(name) <= NAME_LENGTH and not name.endswith(".json"):
        return name
    fixed = re.sub(r"[^a-z0-9._]+", "-", name.lower().removesuffix(".json")).lstrip("-._")[:NAME_LENGTH].rstrip("-._")
    raise ConfigError(
        f"A model's name has 1 to {NAME_LENGTH} characters out of a-z, 0-9, '.', '_' and '-', starts with a letter or "
        f"a digit, and does not end in .json. Received: {name!r}. Try --name {fixed or 'model'}."
    )


def new_staging(out: Path, name: str) -> Path:
    """A fresh empty folder in which to build a version of `name`; `commit` moves it to its place.

    Raises:
        ConfigError: the name cannot be used.
        PublishError: the folder cannot be made.
    """
    staging = out / validate_name(name) / random_name(STAGING_PREFIX)
    with explained(staging):
        make_folders(staging)
    return staging


def commit(staging: Path, out: Path, name: str, version: str, *, report: Report = to_stderr) -> Path:
    """Move a complete, verified staging folder to `out/name/version` and point latest.json at it, last.

    A version that is there already is kept and the staging dropped: the same id means the same model. Only one that is
    damaged is replaced, and reported.

    Args:
        staging: a folder that `new_staging` made, with manifest.json and all that it lists.
        out: the root of the store.
        name: of the model, as in the manifest.
        version: as in the manifest.
        report: gets a sentence when a damaged version was replaced, or another process is waited for.

    Returns:
        The version's folder.

    Raises:
        PublishError: the staging folder does not hold what its manifest says, or the disk refuses.
    """
    with exclusive(out, report=report):
        target = install(staging, out, validate_name(name), version, report=report)
        point(out, name, version)
    return target


def install(staging: Path, root: Path, name: str, version: str, *, report: Report) -> Path:
    """`commit` without the pointer. The caller holds the lock of `root`."""
    problems = verify_files(staging)
    if not problems:
        manifest = load_manifest(staging / MANIFEST_NAME)
        if (manifest["name"], manifest["version"]) != (name, version):
            problems = [f"its manifest is that of {manifest['name']} {manifest['version']}"]
    if problems:
        raise PublishError(
            f"{staging} is not a complete version {version} of {name}: {'; '.join(problems)}. Run the build again."
        )
    target = root / name / version
    with explained(target):
        if target.exists():
            damage = verify_files(target)
            if not damage:
                shutil.rmtree(staging)
                return target
            report(f"{target} was damaged ({'; '.join(damage)}) and is replaced.")
        sync_tree(staging)
        if target.exists():
            if exchange(staging, target):
                shutil.rmtree(staging)
            else:
                # For the moment in between this version is missing, which is no worse than the damaged one, and the
                # next build mends it.
                target.rename(target.with_name(random_name(BROKEN_PREFIX)))
                staging.rename(target)
                remove_leftovers(target.parent)
        else:
            staging.rename(target)
        sync_folder(target.parent)
    return target


def copy_version(version_dir: Path, root: Path, *, report: Report) -> Path:
    """Copy a version into another store, without pointing at it. The caller holds the lock of `root`.

    Only what the manifest lists is copied, with the manifest and the card: a stray file does not become public.
    """
    manifest = load_manifest(version_dir / MANIFEST_NAME)
    name, version = validate_name(manifest["name"]), str(manifest["version"])
    target: Path = root / name / version
    if target.exists() and not verify_files(target):
        return target
    problems = verify_files(version_dir)
    if problems:
        raise PublishError(f"{version_dir} is damaged: {'; '.join(problems)}. Build this version again with --force.")
    staging = new_staging(root, name)
    try:
        extras = [extra for extra in (CARD_NAME, MANIFEST_NAME) if (version_dir / extra).exists()]
        for path in [*(file["path"] for file in listed_files(manifest)), *extras]:
            with explained(staging / path):
                (staging / path).parent.mkdir(parents=True, exist_ok=True)
                copy_content(version_dir / path, staging / path)
        return install(staging, root, name, version, report=report)
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # gone already when all went well


def point(root: Path, name: str, version: str) -> None:
    """Replace latest.json, in one step."""
    path = root / name / LATEST_NAME
    with explained(path):
        replace_all([(path, dump_json({"version": version}).encode())])


def latest(root: Path, name: str) -> str | None:
    """The version that latest.json points at; None when there is none.

    Raises:
        PublishError: the pointer is there and cannot be read.
    """
    path = root / name / LATEST_NAME
    try:
        version = json.loads(path.read_bytes())["version"]
        if VERSION_PATTERN.fullmatch(version):
            return str(version)
        reason = f"it names {version!r}"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error)
    raise PublishError(
        f'{path} must hold {{"version": "<12 hexadecimal digits>"}}: {reason}. Delete it, then publish {name} again.'
    )


def versions(root: Path, name: str) -> list[str]:
    """All versions of `name`, oldest first (by the manifests' dates; those without a readable manifest come first)."""
    folder = root / name
    if not folder.is_dir():
        return []
    found = [entry for entry in folder.iterdir() if VERSION_PATTERN.fullmatch(entry.name) and entry.is_dir()]
    return [entry.name for entry in sorted(found, key=lambda entry: (_created(entry), entry.name))]


def verify_files(version_dir: Path) -> list[str]:
    """What is wrong with a version's files, compared with its manifest (sizes, SHA-256); empty when all is well."""
    try:
        manifest = load_manifest(version_dir / MANIFEST_NAME)
    except PublishError as error:
        return [str(error)]
    problems = []
    if VERSION_PATTERN.fullmatch(version_dir.name) and manifest["version"] != version_dir.name:
        problems.append(f"its manifest is that of version {manifest['version']}")
    for file in listed_files(manifest):
        path = version_dir / file["path"]
        try:
            size = path.stat().st_size
            if size != file["bytes"]:
                problems.append(f"{file['path']} has {size} bytes instead of {file['bytes']}")
            elif sha256_of(path) != file["sha256"]:
                problems.append(f"{file['path']} has another SHA-256 than the manifest says")
        except OSError as error:
            problems.append(f"{file['path']} cannot be read ({error.strerror})")
    return problems


def clean_stale_staging(out: Path, name: str) -> list[str]:
    """Remove what a killed run left in `out/name`; returns the names. The caller holds the lock of `out`."""
    folder = out / name
    with explained(folder):
        return remove_leftovers(folder)


def _created(version_dir: Path) -> str:
    try:
        return str(load_manifest(version_dir / MANIFEST_NAME)["created"])
    except PublishError:
        return ""
