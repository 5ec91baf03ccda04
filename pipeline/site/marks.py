"""Find the files in a model's folder that are ours to delete: a manifest, or a pointer beside it, must say so."""

import re
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.signing.bundle import SUFFIX
from pipeline.site.history import HISTORY_NAME
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.order import original_of
from pipeline.site.settings import SETTINGS_NAME
from pipeline.system.files import is_temporary
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME
from pipeline.versions.ownership import is_version

_POINTERS = (LATEST_NAME, HISTORY_NAME, SETTINGS_NAME, MEMORY_NAME)


def our_versions(root: Path, name: str) -> list[Path]:
    """Return the folders of a model's versions whose manifest says what they are, or which a pointer names."""
    texts = [path.read_text(errors="replace") for path in (root / name / file for file in _POINTERS) if path.is_file()]
    named = {version for text in texts for version in re.findall('"([0-9a-f]{12})"', text)}  # damaged ones as well
    return [folder for folder in store.version_folders(root, name) if folder.name in named or is_version(folder)]


def require_our_model(folder: Path) -> None:
    """Raise PublishError unless a folder is a model's, and holds nothing else."""
    versions = {version.name for version in our_versions(folder.parent, folder.name)}
    known = {*_POINTERS, *versions, *(f"{version}{SUFFIX}" for version in versions)}
    entries = [entry.name for entry in folder.iterdir()]
    foreign = [name for name in entries if original_of(name) not in known and not is_temporary(name)]
    if foreign or not versions:
        holds = f"{min(foreign)}, which is none of ours" if foreign else "no version of ours"
        raise PublishError(
            f"Only a model's folder can be removed. Received: {folder}, in which there is {holds}. Nothing was "
            "removed. Move away what you need, then try again."
        )
