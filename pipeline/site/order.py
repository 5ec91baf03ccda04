"""The order in which files of a site reach visitors: nothing is named by a file before it is there.

Publications and deployments share it. First comes what nobody asks for yet, because its name is new: assets and the
folders of versions. Then what other pages embed by fixed names, and signatures, which are asked for together with the
pointer that follows. A version becomes live with its `latest.json`; the list of models, the page and the service worker
that caches the page come after it. What is deleted goes in the opposite order.
"""

from pathlib import Path

from pipeline.site.built_page import INDEX_HTML, SERVICE_WORKER
from pipeline.site.compress import is_copy
from pipeline.site.history import HISTORY_NAME
from pipeline.site.index import INDEX_NAME
from pipeline.versions.manifest import LATEST_NAME, VERSION_PATTERN

CONTENT = 0  # whose name changes when the content does
_FIXED = 1
_BY_PATH = {f"models/{INDEX_NAME}": 4, INDEX_HTML: 5, SERVICE_WORKER: 6}
_BY_NAME = {HISTORY_NAME: 2, LATEST_NAME: 3}  # of a model's files


def rank(path: str) -> int:
    """The place of a file in the order, by its path from the site's root; a compressed copy has its original's."""
    path = original_of(path)
    parts = path.split("/")
    if parts[0] == "assets" or (parts[0] == "models" and len(parts) > 3 and VERSION_PATTERN.fullmatch(parts[2])):
        return CONTENT
    if parts[0] == "models" and len(parts) == 3:
        return _BY_NAME.get(parts[2], _FIXED)
    return _BY_PATH.get(path, _FIXED)


def original_of(path: str) -> str:
    """The file of which a path is the compressed copy, or the path itself."""
    return path.rpartition(".")[0] if is_copy(Path(path)) else path


def order(path: str) -> tuple[int, str, str]:
    """A key to sort paths by, in which compressed copies follow their original."""
    return rank(path), original_of(path), path
