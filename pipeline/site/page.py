"""Write the page and what other pages embed around the pointers of a site, in the order that visitors need."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.site.built_page import INDEX_HTML, BuiltPage
from pipeline.site.compress import write_with_copies
from pipeline.site.headers import HEADERS_FILE, render_headers
from pipeline.site.noscript import has_placeholder, inject
from pipeline.site.order import rank
from pipeline.versions.manifest import Manifest

SPACE_FILE = "README.md"
# With this file a site is a static Space on Hugging Face. Its title is the owner's to change, so it is written once.
_SPACE = """---
title: Draw, and see the answer
emoji: ✏️
colorFrom: gray
colorTo: blue
sdk: static
app_file: index.html
---

A website of static files, which any host can serve as they are. The lines above make it a Space on Hugging Face; change
them as you like: `pipeline publish` leaves this file as it is.
"""


def write_page(
    site: Path, page: BuiltPage, pointers: Sequence[tuple[Path, bytes]], default: Manifest, base_url: str | None
) -> None:
    """Write the files of a built page, and the pointers between what they must find and what must find them.

    Args:
        site: the site's folder, which holds the versions that the pointers name.
        page: the built page. If it has only what other pages embed, an index.html of ours that is there stays.
        pointers: files with their content.
        default: the version that index.html describes to readers without JavaScript.
        base_url: where the owner says that the site is hosted.

    The caller holds the lock of the site and translates errors.
    """
    built = page.origins(site)
    write_with_copies([(site / path, (page.folder / path).read_bytes()) for path in page.assets], built)
    files = {**page.files, HEADERS_FILE: render_headers().encode(), ".nojekyll": b""}
    if INDEX_HTML in files and not (site / SPACE_FILE).exists():
        files[SPACE_FILE] = _SPACE.encode()
    earlier = site / INDEX_HTML
    if INDEX_HTML not in files and earlier.is_file() and has_placeholder(earlier.read_bytes()):
        files[INDEX_HTML] = earlier.read_bytes()  # stays, with up-to-date facts
    if INDEX_HTML in files:
        files[INDEX_HTML] = inject(files[INDEX_HTML], default, base_url)
    contents = [*((site / path, content) for path, content in files.items()), *pointers]
    write_with_copies(sorted(contents, key=lambda entry: rank(entry[0].relative_to(site).as_posix())), built)
