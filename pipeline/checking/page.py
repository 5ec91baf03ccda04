"""Check the files of a site's page: nobody signs them, but many say themselves, or others say, what they must hold."""

import base64
import hashlib
import re
from collections.abc import Iterable

from pipeline.checking.findings import Problems, Report
from pipeline.checking.places import PAGE_LIMIT, Missing, Place, Problem, read_json, reason
from pipeline.checking.version import CheckedVersion
from pipeline.site.built_page import EMBEDS, INDEX_HTML, PINS, SERVICE_WORKER, web_dir
from pipeline.site.noscript import END, START

# assets/embed-0123456789abcdef.js: the first digits of its SHA-384 or SHA-256
_HASHED_NAME = re.compile(r"-([0-9a-f]{16})\.\w+$")
_HASHED_BY_VITE = re.compile(r"-[\w-]{8}\.\w+$")  # of more than the content: equal names have equal content
# How a pinned module names its parts: a path beside it and the hash that it checks.
_PINNED_PART = re.compile(r"""["']\./([\w-]+\.\w+)["'],["'](sha(?:256|384|512)-[\w+/]+=*)["']""")
# How files name assets: with quotes around, and a hash of either kind at the end of the name.
_ASSET = re.compile(r"""["'`](?:\./)?(?:assets/)?([\w-]+-(?:[\w-]{8}|[0-9a-f]{16})\.(?:js|css|svg|wasm))["'`]""")
_FACTS = re.compile(f"{START}(.*?){END}", re.DOTALL)


def check_page(place: Place, report: Report, default: str | None, live: list[CheckedVersion]) -> None:
    """Check the page, the snippets and the assets of a site; `default` is the model that the page opens with."""
    listed = None if place.files() is None else place.seen()
    tops = sorted({INDEX_HTML, SERVICE_WORKER, *EMBEDS}) if listed is None else [p for p in listed if "/" not in p]
    texts, problems = _read(place, tops)
    if listed is not None:
        assets, wrong = _read(place, [path for path in listed if path.startswith("assets/")])
    else:
        assets, wrong = _follow(place, texts)
    problems += wrong
    for path, content in assets.items():
        problems += [(place.describe(path), wrong) for wrong in _asset_problems(path, content)]
    named = _named({**texts, **assets})
    problems += [
        (place.describe(path), f"is missing, but {named[path]} names it")
        for path in sorted(named.keys() - assets.keys())
        if all(place.describe(path) != known for known, _ in problems)
    ]
    ours = sum((web_dir() / path).is_file() for path in assets)
    report.add("page", "assets", f"{len(assets)} files, {ours} of them known to this release", problems)
    _check_pins(place, texts, assets, report)
    _check_facts(place, texts, default, live, report)


def _read(place: Place, paths: Iterable[str]) -> tuple[dict[str, bytes], Problems]:
    """Path → content of those that are there: a site may have no page, and those of other releases other files."""
    found: dict[str, bytes] = {}
    problems: Problems = []
    for path in paths:
        try:
            found[path] = place.fetch(path, PAGE_LIMIT).read_bytes()
        except Missing:
            continue
        except Problem as problem:
            problems.append((place.describe(path), str(problem)))
    return found, problems


def _follow(place: Place, texts: dict[str, bytes]) -> tuple[dict[str, bytes], Problems]:
    """The assets that some files name, directly or through others."""
    found: dict[str, bytes] = {}
    problems: Problems = []
    asked: set[str] = set()
    while waiting := _named({**texts, **found}).keys() - asked:
        asked |= waiting
        more, wrong = _read(place, sorted(waiting))
        found |= more
        problems += wrong
    return found, problems


def _named(texts: dict[str, bytes]) -> dict[str, str]:
    """Paths of the assets that some files name → one of these files."""
    return {
        f"assets/{name}": by
        for by, text in texts.items()
        if not by.endswith(".wasm")
        for name in _ASSET.findall(text.decode("utf-8", "replace"))
    }


def _asset_problems(path: str, content: bytes) -> list[str]:
    """How a file's content denies its name, which has the content's hash."""
    said = _HASHED_NAME.search(path)
    if said and not any(hashlib.new(kind, content).hexdigest().startswith(said[1]) for kind in ("sha384", "sha256")):
        return ["does not have the hash in its name"]
    known = web_dir() / path
    if _HASHED_BY_VITE.search(path) and known.is_file() and known.read_bytes() != content:
        return ["is not what this release of the pipeline publishes under this name"]
    return []


def _check_pins(place: Place, texts: dict[str, bytes], assets: dict[str, bytes], report: Report) -> None:
    """Compare with integrity.json, by which pages pin modules, and with the hashes in pinned modules themselves."""
    if PINS not in texts:
        return
    problems: Problems = []
    pins: list[tuple[str, str, str]] = []  # who says it, path, hash
    try:
        for name, entry in dict(read_json(place, PINS)).items():
            pins.append((f"{PINS} ({name})", str(entry["path"]), str(entry["integrity"])))
    except (Problem, TypeError, KeyError, ValueError) as error:
        problems.append((place.describe(PINS), reason(error, "is not a list of hashes")))
    for path, content in assets.items():
        for part, pin in _PINNED_PART.findall(content.decode("utf-8", "replace")):
            pins.append((path, f"assets/{part}", pin))
    for by, path, pin in pins:
        if path not in assets:
            problems.append((place.describe(path), f"is missing, but {by} names it"))
        elif _integrity(assets[path], pin) != pin:
            problems.append((place.describe(path), f"does not have the hash in {by}"))
    ours = web_dir() / PINS
    if ours.is_file() and ours.read_bytes() == texts[PINS]:  # then the modules that follow a site are the same, too
        problems += [
            (place.describe(name), "is not what this release of the pipeline publishes")
            for name in EMBEDS
            if name.endswith(".js") and name in texts and texts[name] != (web_dir() / name).read_bytes()
        ]
    report.add("page", "pins", f"{len(pins)} hashes of modules recomputed", problems)


def _integrity(content: bytes, like: str) -> str:
    kind = like.partition("-")[0]
    if kind not in ("sha256", "sha384", "sha512"):
        return ""
    return f"{kind}-{base64.b64encode(hashlib.new(kind, content).digest()).decode()}"


def _check_facts(
    place: Place, texts: dict[str, bytes], default: str | None, live: list[CheckedVersion], report: Report
) -> None:
    """Whether index.html describes, to readers without JavaScript, the version that is live."""
    facts = _FACTS.search(texts.get(INDEX_HTML, b"").decode("utf-8", "replace"))
    version = next((one.manifest.version for one in live if one.manifest.name == default), None)
    if facts is None or version is None:
        return
    named = set(re.findall(r'"models/([^/"]+)/([^/"]+)/', facts[1]))
    problems = [
        (place.describe(INDEX_HTML), f"describes {' '.join(other)}, but {default} {version} is live")
        for other in sorted(named - {(default, version)})
    ]
    report.add("page", "facts", f"index.html describes {default} {version}", problems)
