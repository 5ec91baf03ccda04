"""The folder of an export: complete or absent, and never a replacement for anything but an earlier export."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.records import FileDigest
from pipeline.system.files import scratch_folder, sha256_of
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.ownership import manifest_in


def check_replaceable(target: Path) -> None:
    """Refuse, with a PublishError, a folder that holds anything but an earlier export."""
    if not target.exists():
        return
    if not target.is_dir():
        raise PublishError(f"An export is a folder. Received: the file {target}. Next step: choose another folder.")
    names = {path.name for path in target.iterdir()}
    manifest = manifest_in(target)
    known = {MANIFEST_NAME, *(file.path for file in manifest.listed_files)} if manifest else set()
    if foreign := sorted(names - known):
        received = foreign[0]
        raise PublishError(
            f"{target} must be empty or hold an earlier export. Received: '{received}' in it. Nothing was changed. "
            "Next step: choose another folder, or empty it yourself."
        )


@contextmanager
def work_folder_beside(target: Path) -> Iterator[Path]:
    """A work folder beside the target, on the same disk, which is always removed at the end."""
    try:
        with scratch_folder(target.parent) as work:
            yield work
    except OSError as error:
        raise PublishError(
            f"Cannot write the export {target} ({error}). Nothing was changed. Next step: free some space, or "
            "choose another folder."
        ) from error


def file_digest(folder: Path, path: str) -> FileDigest:
    """Size and SHA-256 of a file in a version folder."""
    file = folder / path
    return FileDigest(path=path, bytes=file.stat().st_size, sha256=sha256_of(file))


def file_digests(folder: Path) -> tuple[FileDigest, ...]:
    """All files of an exported format, model.json first, with paths relative to `folder`."""
    names = sorted((path.name for path in folder.iterdir()), key=lambda name: (name != "model.json", name))
    return tuple(file_digest(folder, name) for name in names)
