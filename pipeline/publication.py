"""Publish: turn a verified version and the built page into a folder that any static
host can serve.

A version becomes live at one moment: when its model's latest.json is replaced. Before
it come files under names of their content (the version, the page's assets), which
nobody asks for yet, and the code under fixed names that other pages embed; after it the
list of models, if that changes, then index.html, then the service worker, which caches
it. Static hosting cannot replace these together with the pointer. So each release of
the code works with the pointers of the release before and after it, and index.html
names one version and its immutable files.
"""

from pathlib import Path

from pipeline.errors import PublishError, translating_errors
from pipeline.records import PublishedSite
from pipeline.signing.signer import Signer, choose_signature, sign_published
from pipeline.site.compress import write_copies
from pipeline.site.headers import HEADERS_FILE
from pipeline.site.index import index_changes
from pipeline.site.memory import changing, live_version
from pipeline.site.page import (
    INDEX_HTML,
    BuiltPage,
    foreign_files,
    read_page,
    write_page,
)
from pipeline.site.pointers import render_pointers
from pipeline.site.pruning import restore_versions
from pipeline.site.releases import record_of
from pipeline.system.progress import Progress, noted, to_stderr
from pipeline.versions import store
from pipeline.versions.ownership import is_our_page, require_no_links, require_usable
from pipeline.versions.store import Version


def publish_site(
    version: Version,
    site: Path,
    web: Path,
    out: Path,
    *,
    embed_only: bool = False,
    signer: Signer | None = None,
    base_url: str | None = None,
    expires: int | None = None,
    progress: Progress = to_stderr,
) -> PublishedSite:
    """Copy a version of the store `out` and the built page into `site`, then point at
    them.

    With `embed_only`, a page that is already there stays. A `signer` is needed if the
    live version is signed. None keeps the `base_url`, and the days until the pointer
    `expires`, that were given before.

    Raises:
        ConfigError: `site` and `out` overlap, or `base_url` or `expires` cannot be
        used.
        PublishError: a folder is somebody else's, the page is not built, the version
        must be signed, or site and
            store disagree about what was released.
        DiskError: the site cannot be written. It then shows the former version or the
        new one, whole.
    """
    require_usable(site, out)
    changes = index_changes(base_url, expires)
    page = read_publishable(site, web, embed_only=embed_only)
    store.validate_name(version.name)
    warnings, warn = noted(progress)
    with changing(site, out, create=True, progress=progress, warn=warn) as models:
        by = choose_signature(
            signer, version, models, out, live_version(site, out, version.name)
        )
        published = store.copy_version(version, models, progress=warn)
        write_copies(published.folder)
        restore_versions(
            models, out, version.name, [published.folder], warn, quick=True
        )
        pointers = render_pointers(
            models, published, rolled_back_from=None, changes=changes, progress=warn
        )
        sign_published(by, version, published, out, expires=pointers.expires, warn=warn)
        write_page(site, page, pointers.contents, pointers.default, pointers.base_url)
        return record_of(published, site, out, pointers, tuple(warnings))


def read_publishable(site: Path, web: Path, *, embed_only: bool) -> BuiltPage:
    """Read the built page; PublishError if it is not built, or would replace what is
    not ours. A build asks first.
    """
    with translating_errors(web, doing="read"):
        page = read_page(web, embed_only=embed_only)
    if INDEX_HTML in page.files and not is_our_page(site / INDEX_HTML):
        raise PublishError(
            "Publishing must not replace somebody's own page. Received:"
            f" {site / INDEX_HTML}, which this pipeline did not make. Nothing was"
            " changed. Move it away, or publish with --embed-only, which leaves it."
        )
    require_no_links(*(site / path for path in (*page.files, HEADERS_FILE)))
    if foreign := foreign_files(site, page):
        raise PublishError(
            "Publishing must replace only what a publication wrote. Received:"
            f" {site / foreign[0]}, which is none of ours. Nothing was changed. Move it"
            " away, or give it another name."
        )
    return page
