"""The built page included in the package (`pipeline/_web/site`), read and checked before anything is published."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.compress import is_copy
from pipeline.system.web_files import LICENSES, WEB, named_assets

INDEX_HTML = "index.html"
SERVICE_WORKER = "sw.js"
PINS = "integrity.json"
# Used by other people's pages (integrity.json says how to pin the scripts); a site without a page needs only these.
EMBEDS = ("embed.js", "load.js", "frame.html", "frame.js", PINS)
# A name of an asset that has a hash of the content, by Vite or by `make web`.
_HASHED = re.compile(r"[\w-]+-(?:[\w-]{8}|[0-9a-f]{16})\.(?:js|css|svg|wasm)")


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """The files of a built page; paths are relative to `folder`."""

    folder: Path
    files: dict[str, bytes]  # path → content of those outside assets/, embed.js first
    assets: tuple[str, ...]  # paths of files with hashed names


def web_dir() -> Path:
    """The folder of the built page in the package; `read_page` checks that it exists."""
    return WEB / "site"


def require_built(web: Path) -> None:
    """Raise PublishError if the folder does not hold the built page."""
    for required in (INDEX_HTML, "embed.js", "assets"):
        if not (web / required).exists():
            raise PublishError(f"The page is not built: {web / required} is missing. Run `make web`.")


def read_page(web: Path, *, embed_only: bool = False) -> BuiltPage:
    """Read the built page; with `embed_only`, only the part that embeds a model in other pages."""
    require_built(web)
    paths = sorted(p.relative_to(web).as_posix() for p in web.rglob("*") if p.is_file() and not is_copy(p))
    assets = [path for path in paths if path.startswith("assets/")]
    files = {path: (web / path).read_bytes() for path in paths if path not in assets}
    html = files[INDEX_HTML].decode()
    for used in re.findall(r"""(?:src|href)=["'](?:\./)?(assets/[^"'?#]+)""", html):
        if used not in assets:
            raise PublishError(
                f"The page is only partly built: index.html uses {used}, which is missing. Run `make web`."
            )
    files = {"embed.js": files.pop("embed.js"), **files}
    if embed_only:
        files = {path: content for path, content in files.items() if path in EMBEDS}
        licenses = [LICENSES] if LICENSES in assets else []
        assets = sorted([*licenses, *named_assets(web, [web / path for path in EMBEDS if (web / path).is_file()])])
    return BuiltPage(folder=web, files=files, assets=tuple(assets))


def hashed_assets(site: Path) -> list[Path]:
    """The assets of this and earlier releases on a site; what somebody else put there has other names."""
    return sorted(path for path in (site / "assets").glob("*") if path.is_file() and _HASHED.fullmatch(path.name))
