"""Publish: a verified version and the built page become a folder that any static host can serve.

What is new is added first (the version, the page's hashed assets); what is replaced comes after that, each file in one
step: the pointers after the rest, then index.html, which tells readers without JavaScript what they lead to, then the
service worker, which keeps index.html. So whatever happens in between, the site works: with the old version, or with
the new one.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError, PublishError
from pipeline.records import Baseline, PublishedSite
from pipeline.site.compress import is_copy, replace_all_with_copies, write_copies
from pipeline.site.headers import render_headers
from pipeline.site.noscript import END, START, fill, has_place
from pipeline.site.pointers import INDEX_NAME, history_of, pointers_to, went_live
from pipeline.system.files import copy_file, explained, remove_leftovers, sha256_of
from pipeline.system.locks import Report, exclusive, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, accuracy_of, load_manifest

INDEX_HTML = "index.html"
SERVICE_WORKER = "sw.js"
HEADERS_FILE = "_headers"  # for Netlify and Cloudflare Pages
# What other people's pages use, and what says how to pin it; the rest of the built page they do without.
EMBEDS = ("embed.js", "load.js", "frame.html", "frame.js", "integrity.json")
PAGE_NEEDS = ("labels", "input", "output", "preprocess")  # of a manifest, to be drawn on and answered


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A line of `pipeline list`."""

    name: str
    version: str
    test_accuracy: float | None  # 0..1; None when the model was not evaluated
    created: str | None  # UTC, ISO 8601
    bytes: int  # of all files of the version
    live: bool  # what the site's latest.json points at
    problem: str | None  # why its manifest cannot be used


def web_dir() -> Path:
    """The built page that the package carries; `publish_site` checks that it is there."""
    return Path(__file__).parent / "_web" / "site"


def publish_site(
    version_dir: Path, site: Path, web: Path, out: Path, *, embed_only: bool = False, report: Report = to_stderr
) -> PublishedSite:
    """Copy a version and the built page into `site` and point at them, last.

    Args:
        version_dir: a complete version, as `store.commit` made it.
        site: the folder that a host serves; made if missing.
        web: the built page (`web_dir()`).
        out: the store that holds `version_dir`; the site must lie elsewhere.
        embed_only: for a host that wants no page: the model, and of the built page only what embeds it elsewhere. A
            page that is there already stays.
        report: gets a sentence when something was mended or another process is waited for.

    Raises:
        ConfigError: `site` and `out` overlap.
        PublishError: `site` holds somebody else's website, the page is not built, the version is damaged or cannot be
            shown on a page, or the disk refuses. The site then shows what it showed before.
    """
    require_apart(site, out)
    page = _read_page(web)
    assets = sorted(path.relative_to(web).as_posix() for path in (web / "assets").rglob("*") if path.is_file())
    if embed_only:
        page, assets = {path: content for path, content in page.items() if path in EMBEDS}, _parts_of_embeds(web)
    manifest = load_manifest(version_dir / MANIFEST_NAME)
    name, version = store.validate_name(manifest["name"]), str(manifest["version"])
    missing = [key for key in PAGE_NEEDS if not manifest.get(key)]
    if missing:
        raise PublishError(
            f"The page cannot show {name} {version}: its manifest has no {', '.join(missing)}. Publish a model that "
            "`pipeline build` made."
        )
    _refuse_foreign(site)
    with exclusive(site, report=report), explained(site):
        for folder in (site, site / "assets", site / "models", site / "models" / name):
            remove_leftovers(folder)
        published = store.copy_version(version_dir, site / "models", report=report)
        manifest = load_manifest(published / MANIFEST_NAME)
        for path in assets:
            source, target = web / path, site / path
            if not (target.is_file() and sha256_of(target) == sha256_of(source)):
                copy_file(source, target)
        write_copies([*(site / path for path in assets), *_files_of(published)])
        last = {path: page.pop(path) for path in (INDEX_HTML, SERVICE_WORKER) if path in page}
        replaced = [(site / path, content) for path, content in page.items()]
        replaced += [(site / HEADERS_FILE, render_headers().encode()), (site / ".nojekyll", b"")]
        pointers, previous = pointers_to(site / "models", manifest, rolled_back_from=None, report=report)
        earlier = site / INDEX_HTML
        if embed_only and earlier.is_file() and has_place(earlier.read_text(errors="surrogateescape")):
            last[INDEX_HTML] = earlier.read_bytes()  # a page that was there stays, and tells the truth
        if INDEX_HTML in last:
            last[INDEX_HTML] = _with_facts(last[INDEX_HTML], site / "models", pointers)
        replace_all_with_copies([*replaced, *pointers, *((site / path, content) for path, content in last.items())])
    return PublishedSite(
        name=name,
        version=version,
        export_dir=str(version_dir),
        site_dir=str(site),
        bytes=_bytes_in(published),
        previous_version=previous,
    )


def rollback(
    site: Path, out: Path, name: str, version: str | None = None, *, report: Report = to_stderr
) -> PublishedSite:
    """Point the site back at an older version of `name`.

    The page stays as it is, but for the facts in index.html when `name` is the default model.

    Args:
        site: the published folder.
        out: the store from which a version that the site lacks is copied.
        name: of the model.
        version: the one to go back to; None for the one that was live before the present one. Repeated rollbacks go
            further back each time.
        report: gets a sentence when something was mended or another process is waited for.

    Raises:
        PublishError: there is no such version (the message names those that there are), or the disk refuses.
    """
    models = site / "models"
    live = store.latest(models, store.validate_name(name))
    if live is None:
        names = sorted(p.parent.name for p in models.glob(f"*/{store.LATEST_NAME}"))
        raise PublishError(
            f"Nothing is published as {name!r} in {site}. Published: {', '.join(names) or 'nothing'}. Publish it "
            "first, or give the right --site."
        )
    # Nobody may take away the versions of the store meanwhile, where there is one.
    kept = exclusive(out, report=report) if out.is_dir() else contextlib.nullcontext()
    with kept, exclusive(site, report=report), explained(site):
        live = store.latest(models, name) or live  # it may have changed while we waited
        usable = _usable_versions((models, out), name)
        if version is None:
            before = [v for v in went_live(history_of(models, name), live)[:-1] if v in usable]
            if not before:
                raise PublishError(
                    f"No version of {name} was published before {live}. Available: {', '.join(usable)}. "
                    f"Name one: `pipeline rollback {name} VERSION`."
                )
            version = before[-1]
        elif version not in usable:
            raise PublishError(
                f"There is no undamaged version {version!r} of {name}. Available: {', '.join(usable)}. "
                f"Name one: `pipeline rollback {name} VERSION`."
            )
        source = usable[version]
        published = store.copy_version(source, models, report=report)
        write_copies(_files_of(published))
        manifest = load_manifest(published / MANIFEST_NAME)
        pointers, previous = pointers_to(models, manifest, rolled_back_from=live, report=report)
        page = site / INDEX_HTML
        content = page.read_bytes() if page.is_file() else b""
        if has_place(content.decode(errors="replace")):  # a page from before there was one keeps what it has
            pointers.append((page, _with_facts(content, models, pointers)))
        replace_all_with_copies(pointers)
    return PublishedSite(
        name=name,
        version=version,
        export_dir=str(source),
        site_dir=str(site),
        bytes=_bytes_in(published),
        previous_version=previous,
    )


def list_versions(out: Path, site: Path) -> list[VersionRow]:
    """Every version in the store and on the site, by name, then oldest first.

    Raises:
        PublishError: a latest.json of the site cannot be read.
    """
    rows = []
    roots = (out, site / "models")
    for name in sorted({entry.name for root in roots if root.is_dir() for entry in root.iterdir() if entry.is_dir()}):
        live = store.latest(roots[1], name)
        found = {version: root / name / version for root in reversed(roots) for version in store.versions(root, name)}
        rows += sorted((_row(folder, name, live) for folder in found.values()), key=lambda row: row.created or "")
    return rows


def published_accuracy(site: Path, name: str, out: Path | None = None) -> Baseline | None:
    """What the site shows as `name`: the gate's baseline. None when nothing is published.

    Where the site's own manifest is damaged, which publishing will mend, the store `out` tells of the same version.

    Raises:
        PublishError: something is published, but what its accuracy is cannot be read.
    """
    version = store.latest(site / "models", name)
    if version is None:
        return None
    path = site / "models" / name / version / MANIFEST_NAME
    kept = out / name / version / MANIFEST_NAME if out is not None else path
    try:
        manifest = load_manifest(path)
    except PublishError:
        if not kept.is_file():
            raise
        manifest = load_manifest(kept)
    accuracy = accuracy_of(manifest)
    if accuracy is None:
        raise PublishError(
            f"The published version {version} of {name} has no test accuracy to compare with: {path}. Roll back to one "
            "that has, or build under another --name."
        )
    return Baseline(version=version, test_accuracy=accuracy, data=(manifest.get("data") or {}).get("digest"))


def require_apart(site: Path, out: Path) -> None:
    """Raise ConfigError when the site lies in the store of versions, or the other way round."""
    a, b = site.resolve(), out.resolve()
    if a.is_relative_to(b) or b.is_relative_to(a):
        raise ConfigError(
            f"The site and the exported models need two folders, neither inside the other. Received: --site {site} and "
            f"--out {out}. Change one of them."
        )


def _refuse_foreign(site: Path) -> None:
    """A folder that holds somebody's website keeps it: one of ours has models, which are its first files."""
    if (site / "models").is_dir():
        return
    theirs = [name for name in (INDEX_HTML, SERVICE_WORKER, HEADERS_FILE) if (site / name).exists()]
    if theirs:
        raise PublishError(
            f"{site} holds a website that this program did not write: {', '.join(theirs)}. It stays as it is. Give "
            "--site a folder of its own, which may lie inside that website."
        )


def require_built(web: Path) -> None:
    """Raise PublishError when the folder does not hold the built page."""
    for required in (INDEX_HTML, "embed.js", "assets"):
        if not (web / required).exists():
            raise PublishError(f"The page is not built: {web / required} is missing. Run `make web`.")


def _read_page(web: Path) -> dict[str, bytes]:
    """The files of the built page that lie outside assets/, by their path; embed.js first."""
    require_built(web)
    paths = sorted(p for p in web.rglob("*") if p.is_file() and p.relative_to(web).parts[0] != "assets")
    page = {p.relative_to(web).as_posix(): p.read_bytes() for p in paths}
    html = page[INDEX_HTML].decode()
    for used in re.findall(r"""(?:src|href)=["'](?:\./)?(assets/[^"'?#]+)""", html):
        if not (web / used).is_file():
            raise PublishError(
                f"The page is built only in part: index.html uses {used}, which is missing. Run `make web`."
            )
    if not has_place(html):
        raise PublishError(
            f"The page in {web} has no place for what readers without JavaScript see: index.html must hold "
            f"{START}{END} once, inside its <noscript>. Run `make web`."
        )
    return {"embed.js": page.pop("embed.js"), **page}


def _with_facts(page: bytes, models: Path, pointers: Sequence[tuple[Path, bytes]]) -> bytes:
    """index.html with the facts of the model that is the default once `pointers` are in place."""
    index = json.loads(dict(pointers)[models / INDEX_NAME])
    default = index["models"][0]
    manifest = load_manifest(models / default["name"] / default["version"] / MANIFEST_NAME)
    # whatever its owner wrote into the page comes out as it went in, though it be no UTF-8
    return fill(page.decode(errors="surrogateescape"), manifest).encode(errors="surrogateescape")


def _parts_of_embeds(web: Path) -> list[str]:
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


def _usable_versions(roots: Iterable[Path], name: str) -> dict[str, Path]:
    """Undamaged versions, and where: the earlier root is preferred."""
    usable: dict[str, Path] = {}
    for root in roots:
        for version in store.versions(root, name):
            if version not in usable and not store.verify_files(root / name / version):
                usable[version] = root / name / version
    return usable


def _row(folder: Path, name: str, live: str | None) -> VersionRow:
    try:
        manifest, problem = load_manifest(folder / MANIFEST_NAME), None
    except PublishError as error:
        manifest, problem = {}, str(error)
    return VersionRow(
        name=name,
        version=folder.name,
        test_accuracy=accuracy_of(manifest),
        created=manifest.get("created"),
        bytes=_bytes_in(folder),
        live=folder.name == live,
        problem=problem,
    )


def _files_of(folder: Path) -> list[Path]:
    """All files of a version, without their compressed copies."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not is_copy(path))


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files_of(folder))
