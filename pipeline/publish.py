"""Publish: turn a verified version and the built page into a folder that any static host can serve.

New files are added first (the version, the page's hashed assets). Then existing files are replaced atomically, one by
one: the pointers after the others, then index.html, which describes the live version to readers without JavaScript,
then the service worker, which caches index.html. So the site works at every moment, with the old version or the new.
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

PAGE_NEEDS = ("labels", "input", "output", "preprocess")  # keys of a manifest without which the page cannot predict


def publish_site(
    version: Version, site: Path, web: Path, out: Path, *, embed_only: bool = False, progress: Progress = to_stderr
) -> PublishedSite:
    """Copy a version and the built page into `site`, then point at them.

    Args:
        version: from `store.commit` or `store.open_version`.
        site: the folder to serve; created if missing.
        web: the built page (`built_page.web_dir()`).
        out: the store that holds the version.
        embed_only: publish no page, only the model and the files that embed it in other pages. A page that is already
            there stays.
        progress: called when something is repaired or another process holds the lock.

    Raises:
        ConfigError: `site` and `out` overlap.
        PublishError: `site` holds another website, the page is not built, or the page cannot show the version.
        DiskError: the site cannot be written. It then shows what it showed before.
    """
    require_apart(site, out)
    page = read_page(web, embed_only=embed_only)
    store.validate_name(version.name)
    missing = [key for key in PAGE_NEEDS if not getattr(version.manifest, key)]
    if missing:
        raise PublishError(
            f"To be shown on the page, a version needs {', '.join(PAGE_NEEDS)}. Received: {version.name} {version.id}, "
            f"whose manifest has no {', '.join(missing)}. Publish a model built by `pipeline build`."
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
        files = {**page.files, HEADERS_FILE: render_headers().encode(), ".nojekyll": b""}
        last = {path: files.pop(path) for path in (INDEX_HTML, SERVICE_WORKER) if path in files}
        earlier = site / INDEX_HTML
        if embed_only and earlier.is_file() and has_placeholder(earlier.read_bytes()):
            last[INDEX_HTML] = earlier.read_bytes()  # an existing page stays, with up-to-date facts
        if INDEX_HTML in last:
            last[INDEX_HTML] = inject(last[INDEX_HTML], pointers.default)
        first, then = ([(site / path, content) for path, content in part.items()] for part in (files, last))
        write_with_copies([*first, *pointers.contents, *then])
    return PublishedSite(
        name=version.name,
        version=version.id,
        export_dir=str(version.folder),
        site_dir=str(site),
        bytes=size_of(published.folder),
        previous_version=pointers.previous_version,
    )


def require_apart(site: Path, out: Path) -> None:
    """Raise ConfigError if the site is inside the store of versions, or the other way around."""
    a, b = site.resolve(), out.resolve()
    if a.is_relative_to(b) or b.is_relative_to(a):
        raise ConfigError(
            f"The site and the exported models must be in two folders, neither inside the other. Received: --site "
            f"{site} and --out {out}. Change one of them."
        )


def _refuse_foreign(site: Path) -> None:
    """Refuse to publish over a website that we did not create; ours have models/, which is written first."""
    if (site / "models").is_dir():
        return
    theirs = [name for name in (INDEX_HTML, SERVICE_WORKER, HEADERS_FILE) if (site / name).exists()]
    if theirs:
        raise PublishError(
            f"Publishing must not overwrite another website. Received: {site}, which holds one: {', '.join(theirs)}. "
            "Nothing was changed. Pass --site a folder of its own, which may be inside that website."
        )
