"""Check the models of a site or store: every version, and the pointers that say which one is live."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from pipeline.checking.findings import Problems, Report
from pipeline.checking.places import Missing, Place, Problem, exists, read_json, reason
from pipeline.checking.version import CheckedVersion, Trust, check_version
from pipeline.errors import ConfigError
from pipeline.signing.bundle import SUFFIX
from pipeline.site.history import HISTORY_NAME, Release
from pipeline.site.index import INDEX_NAME
from pipeline.site.memory import MEMORY_NAME, parse_memory
from pipeline.site.pointers import render_latest
from pipeline.site.settings import SETTINGS_NAME, Settings, parse_settings
from pipeline.system.json_records import from_json, is_over, to_json
from pipeline.versions import store
from pipeline.versions.manifest import LATEST_NAME, MANIFEST_NAME, VERSION_PATTERN, Manifest
from pipeline.versions.store import Version, render_pointer

T = TypeVar("T")


def check_models(place: Place, models: str, report: Report, trust: Trust) -> tuple[str | None, list[CheckedVersion]]:
    """Check every model in a site's folder `models`; returns the name of the default model and the live versions."""
    index = f"{models}/{INDEX_NAME}"
    problems: Problems = []
    document: Any = {}
    try:
        document = read_json(place, index)
        named = [str(row["name"]) for row in document["models"]]
        default = str(document["default"])
    except (Problem, TypeError, KeyError) as error:
        named, default = [], None
        problems.append((place.describe(index), reason(error, "is not a list of models")))
    report.leave(place.describe(index), "is its owner's word: which model comes first, and where the site is hosted")
    files = place.files(models)
    found = sorted(path.partition("/")[0] for path in files or () if path.split("/")[1:] == [LATEST_NAME])
    live = []
    for name in sorted({*named, *found}):
        version = check_model(place, f"{models}/{name}", name, report, trust)
        if version is not None:
            live.append(version)
    if files is not None and sorted(named) != found and not problems:
        problems.append((place.describe(index), f"lists {', '.join(sorted(named))}, but live are {', '.join(found)}"))
    if default is not None and default not in named:
        problems.append((place.describe(index), f"opens with {default!r:.80}, which it does not list"))
    for row in document["models"] if named else ():
        if row.get("path") != (path := f"{row['name']}/{LATEST_NAME}"):
            problems.append((place.describe(index), f"must say that {row['name']} is at {path}"))
    report.add("models", "index", f"{len(named)} models", problems)
    return default, live


def check_model(place: Place, folder: str, name: str, report: Report, trust: Trust) -> CheckedVersion | None:
    """Check the versions of a model, with their pointers; returns the live one, if its manifest could be read."""
    pointer = f"{folder}/{LATEST_NAME}"
    try:
        store.validate_name(name)
        document = read_json(place, pointer)
        version = document["version"]
        if not (isinstance(version, str) and VERSION_PATTERN.fullmatch(version)):
            raise Problem(f"names no version but {version!r:.80}")
    except (Problem, TypeError, KeyError, ConfigError) as error:
        wrong = str(error) if isinstance(error, ConfigError) else reason(error, "names no version")
        report.add(name, "pointers", "", [(place.describe(pointer), wrong)])
        return None
    problems: Problems = []
    history = _read(place, f"{folder}/{HISTORY_NAME}", _parse_history, [version], problems)
    # A publication that was killed may have added the version that it was about to make live.
    if version not in history[-2:]:
        problems.append((place.describe(f"{folder}/{HISTORY_NAME}"), f"does not end with {version}, which is live"))
    pinned = _read(place, f"{folder}/{SETTINGS_NAME}", parse_settings, Settings(), problems).pinned
    _read(place, f"{folder}/{MEMORY_NAME}", parse_memory, None, problems)  # of a store
    live = check_version(place, f"{folder}/{version}", report, trust, name=name)
    counters = {} if live is None else {version: live.counter}
    others = _other_versions(place, folder, {*history, *pinned}, version)
    if "manifest" in document:  # the pointer of a site: those of stores have none of these
        decided = ((HISTORY_NAME, "when what was live", history), (SETTINGS_NAME, "what is held or pinned", pinned))
        for file, says, named in decided:
            lost = "" if exists(place, f"{folder}/{file}") else "is missing, and "
            gone = sorted({*named} - {version, *others})
            pruned = f"; pruned or lost: {', '.join(gone)}" if gone else ""
            report.leave(place.describe(f"{folder}/{file}"), f"{lost}is its owner's word: {says}{pruned}")
    for other in others:
        checked = check_version(place, f"{folder}/{other}", report, Trust(key=trust.key, required=False), name=name)
        counters[other] = checked.counter if checked else 0
    if live is not None:
        wrongs = _pointer_problems(document, live.manifest)
        problems += [(place.describe(pointer), wrong) for wrong in wrongs]
        until, opened = document.get("expires"), Version(live.local, live.manifest)
        problems += _over(place.describe(pointer), until)
        problems += _over(place.describe(f"{folder}/{version}{SUFFIX}"), live.signature and live.signature.expires)
        if not wrongs and live.intact:
            usual = render_latest(opened, until) if "manifest" in document else render_pointer(opened)
            if place.fetch(pointer).read_bytes() != usual:
                report.leave(place.describe(pointer), "agrees with its manifest, but is not what this release writes")
        newest = max(counters, key=lambda one: counters[one])
        if counters[newest] > counters[version] > 0:
            lower = f"has a lower counter than {newest} ({counters[newest]}), so readers who saw that refuse this"
            problems.append((place.describe(f"{folder}/{version}{SUFFIX}"), lower))
    highest = max(counters.values(), default=0)
    detail = f"{version} is live, of {len(counters)} versions{f'; highest counter {highest}' if highest else ''}"
    report.add(name, "pointers", detail, problems)
    return live


def _over(path: str, expires: Any) -> Problems:
    """Tell of a time that is over until which the live version is said to be the newest."""
    try:
        over = expires is not None and is_over(expires)
    except (TypeError, ValueError):
        return [(path, f"says that it holds until {expires!r:.40}, which is no time")]
    return [(path, f"was to be renewed by {expires}: the host may show an old version")] if over else []


def _read(place: Place, path: str, parse: Callable[[Any], T], otherwise: T, problems: Problems) -> T:
    """What a file says that need not be there; if it is wrong, that is added to the problems."""
    try:
        return parse(read_json(place, path))
    except Missing:
        return otherwise
    except (Problem, ValueError) as error:
        problems.append((place.describe(path), str(error)))
        return otherwise


def _parse_history(content: Any) -> list[str]:
    versions = [entry.version for entry in from_json(tuple[Release, ...], content, ignore_unknown=True)]
    if strange := next((one for one in versions if not VERSION_PATTERN.fullmatch(one)), None):
        raise Problem(f"names no version but {strange!r:.80}")
    return versions


def _pointer_problems(pointer: dict[str, Any], manifest: Manifest) -> list[str]:
    """How the part of the manifest that a pointer includes differs from the manifest."""
    part, whole = pointer.get("manifest"), to_json(manifest)
    if part is None:
        return []
    if not isinstance(part, dict):
        return ["includes no manifest"]
    try:
        formats = {fmt["id"]: fmt for fmt in whole["formats"]}
        problems = [
            f"says another {key} than the manifest"
            for key, value in part.items()
            if key != "formats" and not _agrees(value, whole.get(key))
        ]
        for fmt in part.get("formats", []):
            files = [{key: value for key, value in file.items() if key != "text"} for file in fmt["files"]]
            if not _agrees({**fmt, "files": files}, formats.get(fmt["id"])):
                problems.append(f"says something else of {fmt['id']} than the manifest")
            problems += [
                f"includes another text of {file['path']}"
                for file in fmt["files"]
                if "text" in file and hashlib.sha256(file["text"].encode()).hexdigest() != file["sha256"]
            ]
    except (TypeError, KeyError, AttributeError, ValueError):
        return ["includes something that is no manifest"]
    return problems


def _agrees(part: Any, whole: Any) -> bool:
    """Tell whether `part` says nothing else than `whole`; it may say less."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _agrees(value, whole[key]) for key, value in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) == len(whole) and all(_agrees(a, b) for a, b in zip(part, whole, strict=True))
    return bool(part == whole) and isinstance(part, bool) == isinstance(whole, bool)


def _other_versions(place: Place, folder: str, named: set[str], live: str) -> list[str]:
    """The versions besides the live one: all in the folder, or on the web those that are named and still there."""
    files = place.files(folder)
    if files is not None:
        folders = {path.partition("/")[0] for path in files if "/" in path}
        return sorted(one for one in folders - {live} if VERSION_PATTERN.fullmatch(one))
    return [one for one in sorted(named - {live}) if exists(place, f"{folder}/{one}/{MANIFEST_NAME}")]
