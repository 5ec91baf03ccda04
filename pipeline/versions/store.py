"""A store of versions: `<root>/<name>/<version>/` with `<root>/<name>/latest.json`
pointing at one of them.

Both `exported_models/` and `site/models/` are such stores. A version folder is
immutable: it is filled under a temporary name, checked against its own manifest, and
renamed into place; then the pointer is replaced atomically.
Writers hold the lock of the store or site (`ownership.claimed`).
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError, PublishError
from pipeline.records import FileDigest
from pipeline.system.files import (
    STAGING_PREFIX,
    copy_content,
    make_folders,
    random_name,
    replace_folder,
    scratch_folder,
    sha256_of,
    write_files_atomically,
)
from pipeline.system.json_records import dump_json
from pipeline.system.progress import Progress, silent, to_stderr
from pipeline.versions.manifest import (
    LATEST_NAME,
    MANIFEST_NAME,
    VERSION_PATTERN,
    Manifest,
    read_manifest,
    read_pointer,
)
from pipeline.versions.ownership import claimed
from pipeline.versions.verdict import contradictions

NAME_LENGTH = 64  # characters
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # no folders of Windows


@dataclass(frozen=True)
class Version:
    """A version folder whose files match its manifest:

    opened and verified once, then passed along.
    """

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The model's name."""
        return self.manifest.name

    @property
    def id(self) -> str:
        """The version id, 12 hexadecimal digits."""
        return self.manifest.version


class DamagedVersion(PublishError):  # noqa: N818 (named for the fact)
    """A version folder does not match its manifest."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        """`problems`: one sentence each, without the final period."""
        super().__init__(
            f"{folder} is damaged: {'; '.join(problems)}. Rebuild this version with"
            " --force."
        )
        self.problems = problems


def validate_name(name: str) -> str:
    """Return the name if it works as a folder name and in a URL on every system;
    ConfigError suggests one that does.
    """
    # site/models/ holds index.json next to the models' folders, so no model's name may
    # end in .json
    allowed = re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) and len(name) <= NAME_LENGTH
    if allowed and not name.endswith((".json", ".")) and not _DEVICE.fullmatch(name):
        return name
    fixed = (
        re.sub(r"[^a-z0-9._]+", "-", name.lower().removesuffix(".json"))
        .lstrip("-._")[:NAME_LENGTH]
        .rstrip("-._")
    )
    raise ConfigError(
        f"A model's name must have 1 to {NAME_LENGTH} characters from a-z, 0-9, '.',"
        " '_' and '-', start with a letter or digit, not end in .json or '.', and be"
        f" no device of Windows. Received: {name!r}. Try"
        f" {'model-' if _DEVICE.fullmatch(fixed) else ''}{fixed or 'model'}."
    )


def open_version(folder: Path) -> Version:
    """Open a version and verify its files against its manifest (size and SHA-256);
    DamagedVersion if they differ.
    """
    try:
        manifest = read_manifest(folder / MANIFEST_NAME)
        problems = compare_files(folder, manifest)
    except PublishError as error:
        problems = [str(error).rstrip(".")]
    if problems:
        raise DamagedVersion(folder, problems)
    return Version(folder, manifest)


def compare_files(folder: Path, manifest: Manifest) -> list[str]:
    """Describe how a version's files differ from its manifest; empty if they match."""
    problems = []
    if VERSION_PATTERN.fullmatch(folder.name) and manifest.version != folder.name:
        problems.append(f"its manifest belongs to version {manifest.version}")
    for file in manifest.listed_files:
        try:
            if wrong := difference(folder / file.path, file):
                problems.append(f"{file.path} {wrong}")
        except OSError as error:
            problems.append(f"{file.path} cannot be read ({error.strerror})")
    return problems or contradictions(folder, manifest)


def difference(path: Path, listed: FileDigest) -> str:
    """How a file differs from what its manifest says, in words that follow its name; ""
    if it does not.
    """
    if (size := path.stat().st_size) != listed.bytes:
        return f"has {size:,} bytes instead of {listed.bytes:,}"
    return (
        ""
        if sha256_of(path) == listed.sha256
        else "does not have the SHA-256 in the manifest"
    )


def new_staging(out: Path, name: str) -> Path:
    """Create an empty folder in which to build a version of `name`; `commit` moves it
    into place.
    """
    with claimed(out, "store", progress=to_stderr):
        staging = out / validate_name(name) / random_name(STAGING_PREFIX)
        make_folders(staging)
        return staging


def commit(staging: Path, out: Path, *, progress: Progress = to_stderr) -> Version:
    """Move a complete, verified staging folder to `out/<name>/<version>`, then point
    latest.json at it.

    If the version already exists, it is kept and the staging folder is deleted: the
    same id means the same model. Only a damaged version is replaced, and that is
    reported.

    Raises:
        DamagedVersion: the staging folder does not match its manifest.
        DiskError: the store cannot be written.
    """
    with claimed(out, "store", progress=progress):
        staged = open_version(staging)
        target = out / validate_name(staged.name) / staged.id
        version = undamaged(target, progress)
        if version:
            shutil.rmtree(staging)
        else:
            replace_folder(staging, target)
            version = Version(target, staged.manifest)
        write_files_atomically(
            [(out / version.name / LATEST_NAME, render_pointer(version))]
        )
    return version


def copy_version(version: Version, root: Path, *, progress: Progress) -> Version:
    """Copy a version into another store without changing its pointer. The caller holds
    the lock and translates errors.

    A copy that is there already stays, unless it is damaged. Only the manifest and the
    files that it lists are
    copied: stray files stay private.
    """
    target = root / validate_name(version.name) / version.id
    if target == version.folder:
        return version
    if present := undamaged(target, progress, like=version):
        return present
    with scratch_folder(target.parent) as staging:
        for path in [
            *(file.path for file in version.manifest.listed_files),
            MANIFEST_NAME,
        ]:
            (staging / path).parent.mkdir(parents=True, exist_ok=True)
            copy_content(version.folder / path, staging / path)
        problems = compare_files(staging, version.manifest)
        if problems:
            raise DamagedVersion(staging, problems)
        replace_folder(staging, target)
        return Version(target, version.manifest)


def render_pointer(version: Version) -> bytes:
    """Return the content of a store's latest.json."""
    return dump_json({"version": version.id}).encode()


def latest(root: Path, name: str) -> str | None:
    """The id of the version that latest.json points at; None if there is none,
    PublishError if it cannot be read.
    """
    path = root / name / LATEST_NAME
    try:
        return read_pointer(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise PublishError(
            f'{path} must hold {{"version": "<12 hexadecimal digits>"}}. Received:'
            f" {error}. Delete it, then publish {name} again."
        ) from error


def model_names(*roots: Path) -> list[str]:
    """The models that have a folder in one of the stores; what else is in there has
    other names.
    """
    return sorted(
        {
            path.name
            for root in roots
            for path in root.glob("[a-z0-9]*")
            if path.is_dir()
        }
    )


def version_folders(root: Path, name: str) -> list[Path]:
    """The folders of all versions of `name`, intact or damaged, in no particular
    order.
    """
    folder = root / name
    if not folder.is_dir():
        return []
    return [
        entry
        for entry in folder.iterdir()
        if VERSION_PATTERN.fullmatch(entry.name) and entry.is_dir()
    ]


def undamaged(
    folder: Path, progress: Progress = silent, *, like: Version | None = None
) -> Version | None:
    """The version in `folder`; None if there is none, or, with a progress message, if
    it is damaged.

    No digest vouches for a manifest: it must equal that of `like`, if that is of the
    same build.
    """
    if not folder.exists():
        return None
    try:
        version = open_version(folder)
        if like and version.manifest.created == like.manifest.created:
            contents = {
                (one / MANIFEST_NAME).read_bytes() for one in (folder, like.folder)
            }
            if len(contents) > 1:
                raise DamagedVersion(
                    folder, [f"{MANIFEST_NAME} must be as in {like.folder}"]
                )
    except DamagedVersion as error:
        progress(
            f"{folder} was damaged ({'; '.join(error.problems)}). A whole copy"
            " replaces it."
        )
        return None
    return version
