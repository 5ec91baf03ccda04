"""Check the page of a site, and how a host sends its files.

Nobody signs the page, but this release, a record and hashes say what its files hold.
"""

import base64
import hashlib
import html
import re
import secrets
from pathlib import Path
from typing import Any

from pipeline.checking.findings import FOREIGN, MOST, OTHER, UNUSUAL, Problems, Report
from pipeline.checking.folder import PAGE_LIMIT, Folder, Missing, Problem
from pipeline.checking.models import CheckedVersion
from pipeline.checking.web import Place, Web, exists, read_json
from pipeline.errors import PublishError
from pipeline.site.compress import LEAST, is_copy
from pipeline.site.headers import ALLOW_HEADERS, ALLOW_ORIGIN, HEADERS_FILE, headers_for
from pipeline.site.index import INDEX_NAME, Index
from pipeline.site.page import (
    DEPLOYED,
    EMBEDS,
    INDEX_HTML,
    PINS,
    RECORD_NAME,
    Record,
    page_files,
    parse_record,
    read_page,
    sha256,
    web_dir,
)
from pipeline.system.outside import in_one_line
from pipeline.system.web_files import LICENSES
from pipeline.versions.manifest import Manifest
from pipeline.versions.ownership import MARKER_NAME, PAGE_MARK, render_marker

# assets/embed-0123456789abcdef.js: the first digits of its SHA-384 or SHA-256
_HASHED_NAME = re.compile(r"-([0-9a-f]{16})\.\w+$")
# How a pinned module names its parts: a path beside it and the hash that it checks.
_PINNED_PART = re.compile(
    r"""["']\./([\w-]+\.\w+)["'],["'](sha(?:256|384|512)-[\w+/]+=*)["']"""
)
_CARD = re.compile(f'{PAGE_MARK} href="models/([^/"]+)/([^/"]+)/')
_ADDRESS = re.compile('<meta property="og:url" content="([^"]*)"')
# This release writes it, and not every copy of a site has it → its SHA-256.
_OPTIONAL = {MARKER_NAME: sha256(render_marker("site"))}
_UNSENT = (HEADERS_FILE, ".nojekyll")  # files that many hosts read, and do not send
UNFINISHED = (
    "says that a deployment is running or was interrupted; run `pipeline deploy` again"
)
# Files of ours that no other check reads: kind of the folder, path.
_KNOWN_STRAYS = {("site", DEPLOYED), ("store", "README.md")}
STALE = 600  # seconds for which a pointer may be kept without asking


def check_page(
    place: Place, report: Report, index: Index, live: list[CheckedVersion]
) -> None:
    """Check the page, the snippets and the assets of a site."""
    problems: Problems = []
    record = _record(place, report, problems)
    address, on_disk = index.base_url, place.files() is not None
    opens_with = next(
        (one.manifest for one in live if one.manifest.name == index.default), None
    )
    has_page = INDEX_HTML in record if record else exists(place, INDEX_HTML)
    if not record and not has_page:
        report.leave(
            INDEX_HTML,
            f"is missing, and no {RECORD_NAME} says whether the site has a page",
        )
    ours = _ours(opens_with, address, embed_only=not has_page)
    # Other releases have other assets, which their record names.
    expected = {
        *record,
        *(
            path
            for path in ours
            if not record or not path.startswith("assets/") or path == LICENSES
        ),
    }
    found: dict[str, bytes] = {}
    for path in sorted(
        {
            *expected,
            *(_OPTIONAL if on_disk else ()),
            *(place.files() or (INDEX_HTML, *EMBEDS)),
        }
    ):
        if (
            not path.startswith("models/")
            and path not in (RECORD_NAME, DEPLOYED)
            and not is_copy(Path(path))
        ):
            _judge(place, path, record, ours, report, problems, found)
    if (
        missed := [path for path in found if path in ours and path not in record]
    ) and exists(place, RECORD_NAME):
        report.leave(
            RECORD_NAME,
            f"does not name what this release writes: {', '.join(missed):.200}",
        )
    vouched = sum(ours.get(path) == sha256(content) for path, content in found.items())
    report.add(
        "page",
        "files",
        f"{len(found)} files, {vouched} of them as this release writes them",
        problems,
    )
    _check_pins(place, found, report)
    _check_facts(found, opens_with, address, report)


def check_rest(place: Place, report: Report, why: str, folder: str = "") -> None:
    """Name what no other check below a folder has read, and why; find links, and a
    deployment that did not finish.
    """
    # Checking the list of a deployment reads every file that it names. An attacker
    # could name a stray file there, so strays are collected first.
    found = place.rest() if isinstance(place, Folder) else ([], [])
    if report.kind == "site":
        _check_deployment(place, report)
    links, strays = (
        [path for path in paths if not folder or path.startswith(f"{folder}/")]
        for paths in found
    )
    wrong = (
        "is a link, and hosts may send what is there or not; put a copy in its place"
    )
    report.add(
        "all", "links", f"{len(links) or 'none'}", [(path, wrong) for path in links]
    )
    named = {path for path, _ in report.unvouched} if report.kind != "site" else set()
    for path in strays:
        if (report.kind, path) in _KNOWN_STRAYS:
            continue
        if in_one_line(report.describe(path)) not in named and not path.endswith(
            MARKER_NAME
        ):
            report.leave(path, why)


def _check_deployment(place: Place, report: Report) -> None:
    """Compare the files with the list of what `pipeline deploy` has put here, if there
    is one. A list of another form is somebody else's file.
    """
    try:
        record = read_json(place, DEPLOYED, dict, FOREIGN)
        listed = {path: entry["sha256"] for path, entry in record["files"].items()}
    except Missing:
        return
    except (Problem, KeyError, TypeError, AttributeError):
        report.leave(DEPLOYED, FOREIGN)
        return
    problems: Problems = []
    if record.get("unfinished"):
        problems.append((DEPLOYED, UNFINISHED))
    elif place.files() is not None:  # at an address, the other checks have read them
        for path, digest in listed.items():
            try:
                content = place.fetch(path, MOST).read_bytes()
            except Problem as problem:
                problems.append((DEPLOYED, f"lists {path:.200}, which {problem}"))
                continue
            if sha256(content) != digest:
                problems.append((DEPLOYED, f"lists other content of {path:.200}"))
    detail = "unfinished" if record.get("unfinished") else f"{len(listed)} files"
    report.add("all", "deployment", detail, problems)


def _record(place: Place, report: Report, problems: Problems) -> Record:
    """Read the site's record of its files; empty if there is none."""
    try:
        return parse_record(place.fetch(RECORD_NAME).read_bytes())
    except Missing:
        report.leave(
            RECORD_NAME, "is missing, as in sites of earlier releases: publish again"
        )
    except Problem as problem:
        problems.append((RECORD_NAME, str(problem)))
    except ValueError as error:
        problems.append((RECORD_NAME, f"is not a record of the page: {error}"))
    return {}


def _ours(
    manifest: Manifest | None, base_url: str | None, *, embed_only: bool
) -> Record:
    """Path → SHA-256 of what this release writes around a model; less if it lacks the
    built page or the model.
    """
    try:
        page = read_page(web_dir(), embed_only=embed_only)
    except PublishError:
        return {}
    files = page_files(page, manifest, base_url) if manifest else page.files
    assets = {path: (page.folder / path).read_bytes() for path in page.assets}
    return {path: sha256(content) for path, content in (files | assets).items()}


def _judge(
    place: Place,
    path: str,
    record: Record,
    ours: Record,
    report: Report,
    problems: Problems,
    found: dict[str, bytes],
) -> None:
    """Compare a file with its record, its name and this release's; add its content to
    `found`.
    """
    known = path in record or path in ours or path in _OPTIONAL
    try:
        found[path] = content = place.fetch(path, PAGE_LIMIT).read_bytes()
    except Missing:
        if path in record and (place.files() is not None or path not in _UNSENT):
            problems.append((path, f"is missing, but {RECORD_NAME} names it"))
        elif known and (
            place.files() is not None or (not record and path not in _UNSENT)
        ):
            report.leave(path, "is missing, though this release writes it")
        return
    except Problem as problem:
        if known or path.startswith("assets/"):
            problems.append((path, str(problem)))
        else:
            report.leave(path, FOREIGN)
        return
    said = _HASHED_NAME.search(path)
    if said and not any(
        hashlib.new(kind, content).hexdigest().startswith(said[1])
        for kind in ("sha384", "sha256")
    ):
        problems.append((path, "does not have the hash in its name"))
    elif path in record and record[path] != sha256(content):
        problems.append((path, f"is not what was published, as {RECORD_NAME} says"))
    elif sha256(content) not in (ours.get(path), _OPTIONAL.get(path)):
        why = UNUSUAL if known else FOREIGN
        if path in record:
            why = OTHER
        report.leave(path, why)


def _check_pins(place: Place, found: dict[str, bytes], report: Report) -> None:
    """Compare with integrity.json, by which pages pin modules, and with the hashes in
    pinned modules themselves.
    """
    if PINS not in found:
        return
    problems: Problems = []
    pins: list[tuple[str, str, str]] = []  # who says it, path, hash
    try:
        pins += read_json(place, PINS, _parse_pins, "is not a list of hashes")
    except Problem as problem:
        problems.append((PINS, str(problem)))
    for path, content in found.items():
        for part, pin in _PINNED_PART.findall(content.decode("utf-8", "replace")):
            pins.append((path, f"assets/{part}", pin))
    for by, path, pin in pins:
        if path not in found:
            problems.append((path, f"is missing, but {by} names it"))
        elif _integrity(found[path], pin) != pin:
            problems.append((path, f"does not have the hash in {by}"))
    report.add("page", "pins", f"{len(pins)} hashes of modules recomputed", problems)


def _parse_pins(content: Any) -> list[tuple[str, str, str]]:
    rows = dict(content).items()
    return [
        (f"{PINS} ({name})", str(entry["path"]), str(entry["integrity"]))
        for name, entry in rows
    ]


def _integrity(content: bytes, like: str) -> str:
    kind = like.partition("-")[0]
    if kind not in ("sha256", "sha384", "sha512"):
        return ""
    return f"{kind}-{base64.b64encode(hashlib.new(kind, content).digest()).decode()}"


def _check_facts(
    found: dict[str, bytes],
    opens_with: Manifest | None,
    base_url: str | None,
    report: Report,
) -> None:
    """Check that index.html describes the version that is live, at the address where
    the site is hosted.
    """
    page = found.get(INDEX_HTML, b"").decode("utf-8", "replace")
    named = _CARD.findall(page)
    if not named or opens_with is None:
        return
    live = (opens_with.name, opens_with.version)
    wrong = [
        f"describes {' '.join(other)}, but {' '.join(live)} is live"
        for other in named
        if other != live
    ]
    wrong += [
        f"says that it is at {said or 'no address'}, but models/{INDEX_NAME} says"
        f" {base_url or 'none'}"
        for said in _ADDRESS.findall(page)
        or [""] * ("og:type" in page)  # beside which an address would be
        if html.unescape(said) != (base_url or "")
    ]
    report.add(
        "page",
        "facts",
        f"index.html describes {' '.join(live)}",
        [(INDEX_HTML, one) for one in wrong],
    )


def check_host(web: Web, report: Report) -> None:
    """Add a problem for what browsers refuse, and advice for what costs visitors time
    or other pages the model.
    """
    problems, advice = [], dict[str, str]()
    for path, (sent, size, is_packed) in web.answers.items():
        wanted, caching = headers_for(f"/{path}"), sent.get("Cache-Control", "")
        age = re.search(r"max-age=(\d+)", caching)
        seconds = (
            0 if not age or re.search("no-cache|no-store", caching) else int(age[1])
        )
        is_fixed = "immutable" in wanted.get("Cache-Control", "")
        if path.endswith(".js") and "javascript" not in sent.get_content_type():
            problems.append(
                (
                    path,
                    (
                        f"comes as {sent.get_content_type()}, which browsers do not run"
                        " as a script"
                    ),
                )
            )
        costs = {
            f"other sites cannot embed it: {ALLOW_ORIGIN}: * is missing": (
                ALLOW_ORIGIN in wanted and sent.get(ALLOW_ORIGIN) != "*"
            ),
            "is fetched again at each visit: a long Cache-Control is missing": (
                is_fixed and seconds < STALE
            ),
            f"may be out of date: Cache-Control keeps it for {seconds:,} s": (
                not is_fixed and seconds > STALE
            ),
            "comes without compression": (
                is_packed is False and size >= LEAST and not path.endswith(".bin")
            ),
            "has no Content-Security-Policy": (
                path == INDEX_HTML and "Content-Security-Policy" not in sent
            ),
        }
        for cost in (cost for cost, applies in costs.items() if applies):
            advice.setdefault(cost, path)  # one file as an example
    allowed = web.preflight(index := f"models/{INDEX_NAME}")
    if allowed is not None and not (
        ALLOW_HEADERS in allowed and ALLOW_ORIGIN in allowed
    ):
        advice[
            "other sites cannot send it a password: OPTIONS is answered without CORS"
            " headers"
        ] = index
    missing = f"models/no-such-file-{secrets.token_hex(4)}"
    if 200 <= (status := web.status(missing)) < 300:
        problems.append(
            (
                missing,
                (
                    f"is answered with {status} instead of 404, so what is missing"
                    " looks like a file"
                ),
            )
        )
    report.add(
        "host",
        "headers",
        f"{len(web.answers)} files are sent as browsers need them",
        problems,
    )
    report.advice += [(report.describe(path), cost) for cost, path in advice.items()]
