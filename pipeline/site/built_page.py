"""The built page that the package carries (`pipeline/_web/site`), read and checked before anything is published."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.noscript import END, START, has_placeholder

INDEX_HTML = "index.html"
SERVICE_WORKER = "sw.js"
# What other people's pages use, and what says how to pin it; a site without a page needs nothing else.
EMBEDS = ("embed.js", "load.js", "frame.html", "frame.js", "integrity.json")


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """The files of a built page, by their paths in it."""

    folder: Path
    files: dict[str, bytes]  # those outside assets/, embed.js first
    assets: tuple[str, ...]  # files with hashed names


def web_dir() -> Path:
    """The built page that the package carries; `read_page` checks that it is there."""
    return Path(__file__).parents[1] / "_web" / "site"


def require_built(web: Path) -> None:
    """Raise PublishError when the folder does not hold the built page."""
    for required in (INDEX_HTML, "embed.js", "assets"):
        if not (web / required).exists():
            raise PublishError(f"The page is not built: {web / required} is missing. Run `make web`.")


def read_page(web: Path, *, embed_only: bool = False) -> BuiltPage:
    """Read the built page; with `embed_only`, the part of it that embeds a model elsewhere.

    Raises:
        PublishError: it is not built, or only in part.
    """
    require_built(web)
    paths = sorted(p.relative_to(web).as_posix() for p in web.rglob("*") if p.is_file())
    assets = [path for path in paths if path.startswith("assets/")]
    files = {path: (web / path).read_bytes() for path in paths if path not in assets}
    html = files[INDEX_HTML].decode()
    for used in re.findall(r"""(?:src|href)=["'](?:\./)?(assets/[^"'?#]+)""", html):
        if used not in assets:
            raise PublishError(
                f"The page is built only in part: index.html uses {used}, which is missing. Run `make web`."
            )
    if not has_placeholder(files[INDEX_HTML]):
        raise PublishError(
            f"The page in {web} has no place for what readers without JavaScript see: index.html must hold "
            f"{START}{END} once, inside its <noscript>. Run `make web`."
        )
    files = {"embed.js": files.pop("embed.js"), **files}
    if embed_only:
        files = {path: content for path, content in files.items() if path in EMBEDS}
        assets = _assets_of_embeds(web)
    return BuiltPage(folder=web, files=files, assets=tuple(assets))


def _assets_of_embeds(web: Path) -> list[str]:
    """The hashed files that the embeds fetch, directly or by way of one another: found by their names."""
    found: set[str] = set()
    waiting = [web / path for path in EMBEDS if (web / path).is_file()]
    while waiting:
        for name in set(re.findall(r"[\w-]+\.(?:js|css|svg|wasm)", waiting.pop().read_text(encoding="utf-8"))):
            path = f"assets/{name}"
            if path not in found and (web / path).is_file():
                found.add(path)
                if not name.endswith(".wasm"):  # which names no others
                    waiting.append(web / path)
    return sorted(found)
