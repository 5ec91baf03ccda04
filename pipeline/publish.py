"""Publish: a verified version and the built page become a folder that any static host can serve.

What is new is added first (the version, the page's hashed assets); what is replaced comes after that, each file in one
step: the pointers after the rest, then index.html, which tells readers without JavaScript what they lead to, then the
service worker, which keeps index.html. So whatever happens in between, the site works: with the old version, or with
the new one.
"""

from pathlib import Path

from pipeline.errors import ConfigError, PublishError, translating_errors
from pipeline.records import PublishedSite
from pipeline.site.built_page import INDEX_HTML, SERVICE_WORKER, read_page
from pipeline.site.compress import write_copies, write_with_copies
from pipeline.site.headers import HEADERS_FILE, render_headers
from pipeline.site.noscript import has_placeholder, inject
from pipeline.site.pointers import render_pointers
from pipeline.site.releases import files_of, size_of
from pipeline.system.files import copy_file, remove_stale_temporaries, sha256_of
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.store import Version

PAGE_NEEDS = ("labels", "input", "output", "preprocess")  # of a manifest, to be drawn on and answered


def publish_site(
    version: Version, site: Path, web: Path, out: Path, *, embed_only: bool = False, progress: Progress = to_stderr
) -> PublishedSite:
    """Copy a version and the built page into `site` and point at them, last.

    Args:
        version: a complete version, as `store.commit` made it or `store.open_version` opened it.
        site: the folder that a host serves; made if missing.
        web: the built page (`built_page.web_dir()`).
        out: the store that holds the version; the site must lie elsewhere.
        embed_only: for a host that wants no page: the model, and of the built page only what embeds it elsewhere. A
            page that is there already stays.
        progress: gets a sentence when something was repaired or another process is waited for.

    Raises:
        ConfigError: `site` and `out` overlap.
        PublishError: `site` holds somebody else's website, the page is not built, or the version cannot be shown on a
            page. DiskError: the disk refuses. The site then shows what it showed before.
    """
    require_apart(site, out)
    page = read_page(web, embed_only=embed_only)
    store.validate_name(version.name)
    missing = [key for key in PAGE_NEEDS if not getattr(version.manifest, key)]
    if missing:
        raise PublishError(
            f"The page cannot show {version.name} {version.id}: its manifest has no {', '.join(missing)}. Publish a "
            "model that `pipeline build` made."
        )
    _refuse_foreign(site)
    with translating_errors(site), exclusive(site, progress=progress):
        models = site / "models"
        for folder in (site, site / "assets", models, models / version.name):
            remove_stale_temporaries(folder)
        published = store.copy_version(version, models, progress=progress)
        for path in page.assets:
            source, target = page.folder / path, site / path
            if not (target.is_file() and sha256_of(target) == sha256_of(source)):
                copy_file(source, target)
        write_copies([*(site / path for path in page.assets), *files_of(published.folder)])

        pointers = render_pointers(models, published, rolled_back_from=None, progress=progress)
        files = dict(page.files)
        last = {path: files.pop(path) for path in (INDEX_HTML, SERVICE_WORKER) if path in files}
        earlier = site / INDEX_HTML
        if embed_only and earlier.is_file() and has_placeholder(earlier.read_bytes()):
            last[INDEX_HTML] = earlier.read_bytes()  # a page that was there stays, and tells the truth
        if INDEX_HTML in last:
            last[INDEX_HTML] = inject(last[INDEX_HTML], pointers.default)
        others = {**files, HEADERS_FILE: render_headers().encode(), ".nojekyll": b""}
        write_with_copies(
            [
                *((site / path, content) for path, content in others.items()),
                *pointers.contents,
                *((site / path, content) for path, content in last.items()),
            ]
        )
    return PublishedSite(
        name=version.name,
        version=version.id,
        export_dir=str(version.folder),
        site_dir=str(site),
        bytes=size_of(published.folder),
        previous_version=pointers.previous_version,
    )


def require_apart(site: Path, out: Path) -> None:
    """Raise ConfigError when the site lies in the store of versions, or the other way round."""
    a, b = site.resolve(), out.resolve()
    if a.is_relative_to(b) or b.is_relative_to(a):
        raise ConfigError(
            f"The site and the exported models need two folders, neither inside the other. Received: --site {site} and "
            f"--out {out}. Change one of them."
        )


def _refuse_foreign(site: Path) -> None:
    """Refuse to publish over a website that we did not create: ours have models/, which is written first."""
    if (site / "models").is_dir():
        return
    theirs = [name for name in (INDEX_HTML, SERVICE_WORKER, HEADERS_FILE) if (site / name).exists()]
    if theirs:
        raise PublishError(
            f"{site} holds a website that this program did not write: {', '.join(theirs)}. It stays as it is. Give "
            "--site a folder of its own, which may lie inside that website."
        )
