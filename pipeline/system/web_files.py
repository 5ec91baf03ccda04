"""The built web files in the package (`pipeline/_web`):

where they are, and which of them need which.
"""

import re
from collections.abc import Iterable
from pathlib import Path

WEB = Path(__file__).parents[1] / "_web"
LICENSES = "assets/LICENSES.txt"  # of the work of others in the scripts


def named_assets(web: Path, files: Iterable[Path]) -> set[str]:
    """Paths of the assets that some files of a page need, directly or through others,
    by the names in them.
    """
    found: set[str] = set()
    waiting = list(files)
    while waiting:
        text = waiting.pop().read_text(encoding="utf-8", errors="replace")
        for name in set(re.findall(r"[\w-]+\.(?:js|css|svg|wasm)", text)):
            path = f"assets/{name}"
            if path not in found and (web / path).is_file():
                found.add(path)
                if not name.endswith(".wasm"):  # which refers to no other files
                    waiting.append(web / path)
    return found
