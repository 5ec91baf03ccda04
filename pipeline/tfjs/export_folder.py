"""The folder of an export: complete or not there, and never in the place of something else."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.system.files import exchange, sync_folder, sync_tree
from pipeline.versions.manifest import MANIFEST_NAME


def check_target(target: Path) -> None:
    """Refuse a folder that holds something else than an earlier export.

    Raises:
        PublishError: it does.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise PublishError(f"The export needs a folder. Received a file: {target}. Next step: choose another --out.")
    names = {path.name for path in target.iterdir()}
    ours = all(name in (MANIFEST_NAME, "model.json") or name.startswith("group1-shard") for name in names)
    if names and not (ours and {MANIFEST_NAME, "model.json"} <= names):
        foreign = sorted(names - {MANIFEST_NAME, "model.json"})[:1] or sorted(names)[:1]
        raise PublishError(
            f"{target} is not empty and not an earlier export: it holds '{foreign[0]}'. Nothing was changed. "
            "Next step: choose another folder, or empty it yourself."
        )


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A work folder beside the target, on the same disk, gone at the end whatever happens."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise PublishError(
            f"Cannot write to {target.parent} ({error.strerror}). Next step: choose another folder."
        ) from error
    try:
        yield work
    except OSError as error:
        raise PublishError(
            f"Writing the export failed ({error}). Nothing was changed. Next step: free space, try again."
        ) from (error)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def replace(folder: Path, target: Path) -> None:
    """Put the finished folder in the place of the target; an earlier one ends in the work folder, which is removed.

    Where the system can exchange two folders, the target is complete at every moment. Elsewhere it is missing for the
    moment between two renames.
    """
    sync_tree(folder)
    if not target.exists():
        folder.rename(target)
    elif not exchange(folder, target):
        earlier = folder.parent / "earlier"
        target.rename(earlier)
        try:
            folder.rename(target)
        except OSError:
            earlier.rename(target)
            raise
    sync_folder(target.parent)
