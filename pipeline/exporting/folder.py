"""The folder of an export:

complete or absent, and never a replacement for anything but an earlier export.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pipeline.errors import PublishError
from pipeline.records import FileDigest
from pipeline.system.files import scratch_folder, sha256_of
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.ownership import manifest_in
from pipeline.versions.store import difference


def check_replaceable(target: Path) -> None:
    """Refuse, with a PublishError, a folder that holds anything but an earlier
    export.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise PublishError(
            f"An export is a folder. Received: the file {target}. Next step: choose"
            " another folder."
        )
    manifest = manifest_in(target)
    listed, beside = (manifest.listed_files, manifest.beside) if manifest else ((), ())
    known = {file.path for file in listed} | {
        PurePosixPath(file.path).parent.as_posix() for file in listed
    }
    found = {path.relative_to(target).as_posix() for path in target.rglob("*")}
    foreign = [
        f"'{path}' in it"
        for path in sorted(found - known - ({MANIFEST_NAME} if manifest else set()))
    ]
    changed = [
        file.path
        for file in beside
        if file.path in found and difference(target / file.path, file)
    ]
    # a page is there to be changed
    foreign += [f"'{path}' in it, which was changed" for path in changed]
    if foreign:
        raise PublishError(
            f"{target} must be empty or hold an earlier export. Received: {foreign[0]}."
            " Nothing was changed. Next step: choose another folder, or empty it"
            " yourself."
        )


@contextmanager
def work_folder_beside(target: Path) -> Iterator[Path]:
    """A work folder beside the target, on the same disk, which is always removed at the
    end.
    """
    try:
        with scratch_folder(target.parent) as work:
            yield work
    except OSError as error:
        raise PublishError(
            f"Cannot write the export {target} ({error}). Nothing was changed. Next"
            " step: free some space, or choose another folder."
        ) from error


def file_digest(folder: Path, path: str) -> FileDigest:
    """Size and SHA-256 of a file in a version folder."""
    file = folder / path
    return FileDigest(path=path, bytes=file.stat().st_size, sha256=sha256_of(file))


def file_digests(folder: Path) -> tuple[FileDigest, ...]:
    """All files of an exported format, model.json first, with paths relative to
    `folder`.
    """
    names = sorted(
        (path.name for path in folder.iterdir()),
        key=lambda name: (name != "model.json", name),
    )
    return tuple(file_digest(folder, name) for name in names)
