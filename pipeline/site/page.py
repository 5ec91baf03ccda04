"""Write the page and what other pages embed around the pointers of a site, in the order that visitors need."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.site.built_page import INDEX_HTML, BuiltPage
from pipeline.site.compress import write_with_copies
from pipeline.site.headers import HEADERS_FILE, render_headers
from pipeline.site.order import rank
from pipeline.site.page_record import read_record, renewed
from pipeline.site.page_words import name_page
from pipeline.system.files import holds
from pipeline.versions.manifest import Manifest
from pipeline.versions.ownership import PAGE_MARK

SPACE_FILE = "README.md"
# With this file a site is a static Space on Hugging Face. Its title is the owner's to change, so it is written once.
SPACE = """---
title: Draw, and see the answer
emoji: ✏️
colorFrom: gray
colorTo: blue
sdk: static
app_file: index.html
---

A website of static files, which any host can serve as they are. The lines above make it a Space on Hugging Face; change
them as you like: `pipeline build` leaves this file as it is.
"""


def page_files(page: BuiltPage, default: Manifest, base_url: str | None) -> dict[str, bytes]:
    """Return what `write_page` writes of a built page, besides its assets: path → content."""
    files = {**page.files, HEADERS_FILE: render_headers().encode(), ".nojekyll": b""}
    if INDEX_HTML in files:
        files[INDEX_HTML] = name_page(files[INDEX_HTML], default, base_url)
    return files


def foreign_files(site: Path, page: BuiltPage) -> list[str]:
    """Return the files that a page would replace and that are not ours, in a site whose record says which are."""
    record = read_record(site)
    there = [path for path in page.files if path != INDEX_HTML and (site / path).exists()]
    return [path for path in there if record and path not in record and not holds(site / path, page.files[path])]


def renamed(site: Path, manifest: Manifest, base_url: str | None) -> list[tuple[Path, bytes]]:
    """Return index.html of a site with the words about `manifest`, and the record; nothing if it is no page of ours."""
    files = _named(site, manifest, base_url)
    return [*((site / path, content) for path, content in files.items()), renewed(site, files)] if files else []


def _named(site: Path, manifest: Manifest, base_url: str | None) -> dict[str, bytes]:
    path = site / INDEX_HTML
    content = path.read_bytes() if path.is_file() else b""
    return {INDEX_HTML: name_page(content, manifest, base_url)} if PAGE_MARK.encode() in content else {}


def write_page(
    site: Path, page: BuiltPage, pointers: Sequence[tuple[Path, bytes]], default: Manifest, base_url: str | None
) -> None:
    """Write the files of a built page, and the pointers between what they must find and what must find them.

    Args:
        site: the site's folder, which holds the versions that the pointers name.
        page: the built page. If it has only what other pages embed, an index.html of ours that is there stays.
        pointers: files with their content.
        default: the version after which index.html is named.
        base_url: where the owner says that the site is hosted.

    The caller holds the lock of the site and translates errors.
    """
    built = page.origins(site)
    assets = {path: (page.folder / path).read_bytes() for path in page.assets}
    write_with_copies([(site / path, content) for path, content in assets.items()], built)
    files = page_files(page, default, base_url)
    if INDEX_HTML not in files:  # one that is there stays, with up-to-date words
        files |= _named(site, default, base_url)
    contents = [*((site / path, content) for path, content in files.items()), *pointers, renewed(site, assets | files)]
    if INDEX_HTML in page.files and not (site / SPACE_FILE).exists():
        contents.append((site / SPACE_FILE, SPACE.encode()))
    write_with_copies(sorted(contents, key=lambda entry: rank(entry[0].relative_to(site).as_posix())), built)
