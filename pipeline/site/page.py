"""The page: as it is built in the package (`pipeline/_web/site`), and written into a
site around its pointers.

Nothing is named by a file before it is there; publications and deployments share the
order. First comes what nobody asks for yet, because its name is new: assets and the
folders of versions. Then what other pages embed by fixed names, and signatures, which
are asked for together with the pointer that follows. A version becomes live with its
`latest.json`; the list of models, the page and the service worker that caches the page
come after it. Deletions go in the opposite order.

The record `page.json` has the SHA-256 of every file of the page as it was published, by
which a later change is found. Nobody signs it. So `pipeline check` finds what differs
from it, and vouches only for what this release writes itself.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PublishError
from pipeline.site.compress import is_copy, original_of, write_with_copies
from pipeline.site.headers import HEADERS_FILE, render_headers
from pipeline.site.history import HISTORY_NAME
from pipeline.site.index import INDEX_NAME
from pipeline.site.page_words import name_page
from pipeline.system.files import holds
from pipeline.system.json_records import dump_json
from pipeline.system.outside import JSON_BYTES, parse_json, read_bounded
from pipeline.system.web_files import LICENSES, WEB, named_assets
from pipeline.versions.manifest import LATEST_NAME, VERSION_PATTERN, Manifest
from pipeline.versions.ownership import is_our_page

INDEX_HTML = "index.html"
SERVICE_WORKER = "sw.js"
PINS = "integrity.json"
# Used by other people's pages (integrity.json says how to pin the scripts); a site
# without a page needs only these.
EMBEDS = ("embed.js", "load.js", "frame.html", "frame.js", PINS)
# A name of an asset that has a hash of the content, by Vite or by `make web`.
_HASHED = re.compile(r"[\w-]+-(?:[\w-]{8}|[0-9a-f]{16})\.(?:js|css|svg|wasm)")
RECORD_NAME = "page.json"
DEPLOYED = "deployed.json"  # what `pipeline deploy` has put on a target
Record = dict[str, str]  # path from the site's root → SHA-256
CONTENT = 0  # whose name changes when the content does
_FIXED = 1
_BY_PATH = {f"models/{INDEX_NAME}": 4, INDEX_HTML: 5, SERVICE_WORKER: 6}
_BY_NAME = {HISTORY_NAME: 2, LATEST_NAME: 3}  # of a model's files


@dataclass(frozen=True, kw_only=True)
class BuiltPage:
    """The files of a built page; paths are relative to `folder`."""

    folder: Path
    files: dict[str, bytes]  # path → content of those outside assets/, embed.js first
    assets: tuple[str, ...]  # paths of files with hashed names


def web_dir() -> Path:
    """The folder of the built page in the package; `read_page` checks that it
    exists.
    """
    return WEB / "site"


def require_built(web: Path) -> None:
    """Raise PublishError if the folder does not hold the built page."""
    for required in (INDEX_HTML, "embed.js", "assets"):
        if not (web / required).exists():
            raise PublishError(
                f"The page is not built: {web / required} is missing. Run `make web`."
            )


def read_page(web: Path, *, embed_only: bool = False) -> BuiltPage:
    """Read the built page; with `embed_only`, only the part that embeds a model in
    other pages.
    """
    require_built(web)
    paths = sorted(
        p.relative_to(web).as_posix()
        for p in web.rglob("*")
        if p.is_file() and not is_copy(p)
    )
    assets = [path for path in paths if path.startswith("assets/")]
    files = {path: (web / path).read_bytes() for path in paths if path not in assets}
    html = files[INDEX_HTML].decode()
    for used in re.findall(r"""(?:src|href)=["'](?:\./)?(assets/[^"'?#]+)""", html):
        if used not in assets:
            raise PublishError(
                f"The page is only partly built: index.html uses {used}, which is"
                " missing. Run `make web`."
            )
    files = {"embed.js": files.pop("embed.js"), **files}
    if embed_only:
        files = {path: content for path, content in files.items() if path in EMBEDS}
        licenses = [LICENSES] if LICENSES in assets else []
        assets = sorted(
            [
                *licenses,
                *named_assets(
                    web, [web / path for path in EMBEDS if (web / path).is_file()]
                ),
            ]
        )
    return BuiltPage(folder=web, files=files, assets=tuple(assets))


def page_files(
    page: BuiltPage, default: Manifest, base_url: str | None
) -> dict[str, bytes]:
    """Return what `write_page` writes of a built page, besides its assets:

    path → content.
    """
    files = {**page.files, HEADERS_FILE: render_headers().encode(), ".nojekyll": b""}
    if INDEX_HTML in files:
        files[INDEX_HTML] = name_page(files[INDEX_HTML], default, base_url)
    return files


def foreign_files(site: Path, page: BuiltPage) -> list[str]:
    """Return the files that a page would replace and that are not ours, in a site whose
    record says which are.
    """
    record = read_record(site)
    there = [
        path for path in page.files if path != INDEX_HTML and (site / path).exists()
    ]
    return [
        path
        for path in there
        if record and path not in record and not holds(site / path, page.files[path])
    ]


def renamed(
    site: Path, manifest: Manifest, base_url: str | None
) -> list[tuple[Path, bytes]]:
    """Return index.html of a site with the words about `manifest`, and the record;
    nothing if it is no page of ours.
    """
    files = _named(site, manifest, base_url)
    return (
        [
            *((site / path, content) for path, content in files.items()),
            renewed(site, files),
        ]
        if files
        else []
    )


def _named(site: Path, manifest: Manifest, base_url: str | None) -> dict[str, bytes]:
    path = site / INDEX_HTML
    is_ours = path.is_file() and is_our_page(path)
    return (
        {INDEX_HTML: name_page(path.read_bytes(), manifest, base_url)}
        if is_ours
        else {}
    )


def write_page(
    site: Path,
    page: BuiltPage,
    pointers: Sequence[tuple[Path, bytes]],
    default: Manifest,
    base_url: str | None,
) -> None:
    """Write the files of a built page, and the pointers between what they must find and
    what must find them.

    If the page has only what other pages embed, an index.html of ours that is there
    stays. It is named after the version `default`. The caller holds the lock of the
    site and translates errors.
    """
    built = {site / path: page.folder / path for path in (*page.files, *page.assets)}
    assets = {path: (page.folder / path).read_bytes() for path in page.assets}
    write_with_copies(
        [(site / path, content) for path, content in assets.items()], built
    )
    files = page_files(page, default, base_url)
    if INDEX_HTML not in files:  # one that is there stays, with up-to-date words
        files |= _named(site, default, base_url)
    contents = [
        *((site / path, content) for path, content in files.items()),
        *pointers,
        renewed(site, assets | files),
    ]
    write_with_copies(
        sorted(contents, key=lambda entry: rank(entry[0].relative_to(site).as_posix())),
        built,
    )


def parse_record(content: bytes) -> Record:
    """Return the digests in a record; ValueError unless it is, byte for byte, what a
    publication writes.
    """
    record = parse_json(content)
    if not isinstance(record, dict) or not all(
        isinstance(digest, str) for digest in record.values()
    ):
        raise ValueError("it is not a list of files")
    if dump_json(record).encode() != content:
        raise ValueError("it is not spelled as publications do")
    return record


def read_record(site: Path) -> Record | None:
    """Return the record of a site; None if an earlier release wrote the site, or the
    record is damaged.
    """
    try:
        return parse_record(read_bounded(site / RECORD_NAME, JSON_BYTES))
    except (
        FileNotFoundError,
        NotADirectoryError,
        IsADirectoryError,
        ValueError,
    ):  # other failures are the disk's
        return None


def renewed(site: Path, written: Mapping[str, bytes]) -> tuple[Path, bytes]:
    """Return the record and its content once files were written; of others that are
    still there, it says the same.

    Where there was none, the assets that are there become part of it; what somebody
    else put there has other names.
    """
    former = read_record(site)
    if former is None:
        found = [
            path
            for path in (site / "assets").glob("*")
            if path.is_file() and _HASHED.fullmatch(path.name)
        ]
        former = {f"assets/{path.name}": sha256(path.read_bytes()) for path in found}
    kept = {path: digest for path, digest in former.items() if (site / path).is_file()}
    record = kept | {path: sha256(content) for path, content in written.items()}
    return site / RECORD_NAME, dump_json(dict(sorted(record.items()))).encode()


def sha256(content: bytes) -> str:
    """Return 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def rank(path: str) -> int:
    """The place of a file in the order, by its path from the site's root; a compressed
    copy has its original's.
    """
    path = original_of(path)
    parts = path.split("/")
    if parts[0] == "assets" or (
        parts[0] == "models" and len(parts) > 3 and VERSION_PATTERN.fullmatch(parts[2])
    ):
        return CONTENT
    if parts[0] == "models" and len(parts) == 3:
        return _BY_NAME.get(parts[2], _FIXED)
    return _BY_PATH.get(path, _FIXED)


def order(path: str) -> tuple[int, str, str]:
    """A key to sort paths by, in which compressed copies follow their original."""
    return rank(path), original_of(path), path
