"""Check the models of a site or store:

the pointers that say which version is live, and every version.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.checking.findings import UNLISTED, UNUSUAL, Problems, Report
from pipeline.checking.folder import Missing, Problem
from pipeline.checking.web import Place, exists, read_json
from pipeline.errors import ConfigError, PublishError
from pipeline.signing.bundle import (
    LONGEST,
    SUFFIX,
    BadSignature,
    Signature,
    read_signature,
)
from pipeline.signing.signer import digests_of
from pipeline.site.compress import is_copy
from pipeline.site.history import HISTORY_NAME, Release
from pipeline.site.index import INDEX_NAME, Index, read_index
from pipeline.site.memory import MEMORY_NAME, parse_memory
from pipeline.site.pointers import render_latest
from pipeline.site.settings import SETTINGS_NAME, Settings, parse_settings
from pipeline.system.json_records import from_json, is_over, to_json
from pipeline.system.locks import LOCK_NAME
from pipeline.versions import store
from pipeline.versions.card import render_judging
from pipeline.versions.loadable import plain_name, sealed
from pipeline.versions.manifest import (
    LATEST_NAME,
    MANIFEST_NAME,
    VERSION_PATTERN,
    Manifest,
    read_manifest,
    version_id,
)
from pipeline.versions.store import Version, difference, render_pointer
from pipeline.versions.verdict import contradictions

OWNERS, NO_LIST = "says, as only its owner can confirm,", "is not a list of models"
T = TypeVar("T")
# whom a check trusts: without one nobody, so signatures are compared with files
Key = ec.EllipticCurvePublicKey | None


@dataclass(frozen=True, kw_only=True)
class CheckedVersion:
    """A version whose manifest could be read."""

    manifest: Manifest
    folder: str  # in the place
    local: Path  # on this disk, with what was fetched
    intact: bool  # whether all its files are what the manifest says
    signature: Signature | None  # the given key's, or without a key anyone's

    @property
    def counter(self) -> int:
        """Counter of the signature; 0 without one."""
        return (self.signature and self.signature.counter) or 0


def check_models(
    place: Place, models: str, report: Report, key: Key
) -> tuple[Index, list[CheckedVersion]]:
    """Check every model in a site's folder `models`; returns the list of models and the
    live versions.
    """
    path, index, wrong = f"{models}/{INDEX_NAME}", Index(), list[str]()
    try:
        paths = read_json(
            place,
            path,
            lambda said: [row.get("path") for row in said["models"]],
            NO_LIST,
        )
        index = read_json(
            place, path, lambda _: read_index(place.fetch(path).parent), NO_LIST
        )
        right = [f"{name}/{LATEST_NAME}" for name in index.names]
        wrong += [
            f"must list {one}, not {at!r:.80}"
            for one, at in zip(right, paths, strict=True)
            if one != at
        ]
        if place.fetch(path).read_bytes() != index.rendered(Path())[1]:
            report.leave(path, UNUSUAL)
    except Problem as problem:
        wrong.append(str(problem))
    report.leave(
        path,
        f"{OWNERS} which model comes first, where the site is, how long pointers hold",
        usual=True,
    )
    named, files = sorted(index.names), place.files(models)
    found = sorted(
        path.partition("/")[0]
        for path in files or ()
        if path.split("/")[1:] == [LATEST_NAME]
    )
    names = sorted({*named, *found})
    live = {
        name: one
        for name in names
        if (one := check_model(place, f"{models}/{name}", name, report, key))
    }
    if files is not None and named != found and not wrong:
        wrong.append(
            f"lists {', '.join(named)}, but"
            f" {'live are ' + ', '.join(found) if found else 'none is live'}"
        )
    if index.default is not None and index.default not in named:
        wrong.append(f"opens with {index.default!r:.80}, which it does not list")
    for name, version in live.items():
        said, title, pointer = (
            index.titles.get(name),
            version.manifest.title,
            f"{models}/{name}/{LATEST_NAME}",
        )
        if title and said is None:  # as after a damaged list was written again
            report.leave(path, f"has no title of {name}, though its manifest has one")
        elif said != (title or None):
            wrong.append(
                f"says that the title of {name} is {said!r:.80}, but its manifest says"
                f" {title!r:.80}"
            )
        if index.expires_days and not read_json(place, pointer, dict).get("expires"):
            report.leave(
                pointer,
                f"has no time until which it holds, though {INDEX_NAME} has"
                " expires_days",
            )
    report.add(
        "models", "index", f"{len(named)} models", [(path, one) for one in wrong]
    )
    return index, [*live.values()]


def check_model(
    place: Place, folder: str, name: str, report: Report, key: Key
) -> CheckedVersion | None:
    """Check the versions of a model, with their pointers; returns the live one, if its
    manifest could be read.
    """
    pointer, owned = (
        f"{folder}/{LATEST_NAME}",
        (f"{folder}/{HISTORY_NAME}", f"{folder}/{SETTINGS_NAME}"),
    )
    try:
        store.validate_name(name)
        document = read_json(place, pointer, dict, "names no version")
        version = document.get("version")
        if not (isinstance(version, str) and VERSION_PATTERN.fullmatch(version)):
            raise Problem(f"names no version but {version!r:.80}")
    except (Problem, ConfigError) as error:
        report.add(name, "pointers", "", [(pointer, str(error))])
        return None
    problems: Problems = []
    history = _read(place, owned[0], _parse_history, [version], problems)
    # A publication that was killed may have added the version that it was about to make
    # live.
    if version not in history[-2:]:
        problems.append((owned[0], f"does not end with {version}, which is live"))
    pinned = _read(place, owned[1], parse_settings, Settings(), problems).pinned
    _read(place, f"{folder}/{MEMORY_NAME}", parse_memory, None, problems)  # of a store
    live = check_version(place, f"{folder}/{version}", report, key, name=name)
    others = _other_versions(place, folder, {*history, *pinned}, version)
    on_site, until = (
        report.kind == "site" or "manifest" in document,
        document.get("expires"),
    )
    if on_site:  # stores have none of these
        says = ("when each version was live", "which versions are held or pinned")
        for path, said, named in zip(owned, says, (history, pinned), strict=True):
            state = OWNERS if exists(place, path) else "is not there: nobody says"
            gone = ", ".join(sorted({*named} - {version, *others}))
            why = f"{state} {said}{'; pruned or lost: ' if gone else ''}{gone}"
            # a store may hold an example as a site has it, without its history
            is_usual = state == OWNERS or path == owned[1] or report.kind == "store"
            report.leave(path, why, usual=is_usual)
    if until:
        report.leave(pointer, f"{OWNERS} until when it is the newest", usual=True)
    counters = {} if live is None else {version: live.counter}
    for other in others:
        checked = check_version(
            place, f"{folder}/{other}", report, key, name=name, required=False
        )
        counters[other] = checked.counter if checked else 0
    if live is not None:
        signature = f"{folder}/{version}{SUFFIX}"
        problems += [(pointer, one) for one in _over(until)]
        problems += [
            (signature, one) for one in _over(live.signature and live.signature.expires)
        ]
        if live.intact:
            opened = Version(live.local, live.manifest)
            usual = render_latest(opened, until) if on_site else render_pointer(opened)
            if wrong := _pointer_problems(document, usual, live.manifest):
                problems += [(pointer, one) for one in wrong]
            elif place.fetch(pointer).read_bytes() != usual:
                report.leave(pointer, f"agrees with its manifest, but {UNUSUAL}")
        newest = max(counters, key=lambda one: counters[one])
        if counters[newest] > counters[version] > 0:
            lower = (
                f"has a lower counter than {newest} ({counters[newest]}), so readers"
                " who saw that refuse this"
            )
            problems.append((signature, lower))
    highest = max(counters.values(), default=0)
    detail = (
        f"{version} is live, of {len(counters)}"
        f" versions{f'; highest counter {highest}' if highest else ''}"
    )
    report.add(name, "pointers", detail, problems)
    return live


def _over(expires: Any) -> list[str]:
    """Tell of a time that is over until which the live version is said to be the
    newest.
    """
    try:
        over = expires is not None and is_over(expires)
    except (TypeError, ValueError):
        return [f"says that it holds until {expires!r:.40}, which is no time"]
    return (
        [f"was to be renewed by {expires}: the host may show an old version"]
        if over
        else []
    )


def _read(
    place: Place, path: str, parse: Callable[[Any], T], otherwise: T, problems: Problems
) -> T:
    """Read an optional file. If it is invalid, add that to the problems."""
    try:
        return read_json(place, path, parse)
    except Missing:
        return otherwise
    except Problem as problem:
        problems.append((path, str(problem)))
        return otherwise


def _parse_history(content: Any) -> list[str]:
    versions = [
        entry.version
        for entry in from_json(tuple[Release, ...], content, ignore_unknown=True)
    ]
    if strange := next(
        (one for one in versions if not VERSION_PATTERN.fullmatch(one)), None
    ):
        raise Problem(f"names no version but {strange!r:.80}")
    return versions


def _pointer_problems(
    pointer: dict[str, Any], usual: bytes, manifest: Manifest
) -> list[str]:
    """How the part of the manifest that a pointer includes differs from the manifest;
    other releases include others.
    """
    part = pointer.get("manifest", {})
    if not isinstance(part, dict):
        return ["includes no manifest"]
    known = to_json(manifest) | json.loads(usual).get("manifest", {})
    return [
        f"says another {key} than the manifest"
        for key in part
        if _text(part[key]) != _text(known.get(key))
    ]


def _text(values: Any) -> str:
    return json.dumps(values, sort_keys=True)  # tells true from 1


def _other_versions(place: Place, folder: str, named: set[str], live: str) -> list[str]:
    """The versions besides the live one:

    all in the folder, or on the web those that are named and still there.
    """
    files = place.files(folder)
    if files is not None:
        folders = {path.partition("/")[0] for path in files if "/" in path}
        return sorted(one for one in folders - {live} if VERSION_PATTERN.fullmatch(one))
    return [
        one
        for one in sorted(named - {live})
        if exists(place, f"{folder}/{one}/{MANIFEST_NAME}")
    ]


def check_version(
    place: Place,
    folder: str,
    report: Report,
    key: Key,
    *,
    name: str | None = None,
    required: bool = True,
) -> CheckedVersion | None:
    """Check the version in a folder of `place`, and add the findings to the report.

    Its signature is beside the folder; with `required`, one of the key must be there.
    `name` is that of the model, if the folder stands for one. Returns None if the
    manifest cannot be read.
    """
    subject, path = (
        f"{name or ''} {folder.rpartition('/')[2]}".strip(),
        f"{folder}/{MANIFEST_NAME}",
    )
    try:
        file = place.fetch(path)
        version = Version(file.parent, read_manifest(file))
    except (Problem, PublishError) as error:
        report.add(subject, "manifest", "", [(path, str(error))])
        return None
    manifest = version.manifest
    facts = _contradictions(manifest, folder.rpartition("/")[2], name)
    report.add(
        subject,
        "manifest",
        "id and derived facts recomputed",
        [(path, fact) for fact in facts],
    )
    problems: Problems = []
    for listed in manifest.listed_files:
        try:
            if wrong := difference(
                place.fetch(f"{folder}/{listed.path}", listed.bytes), listed
            ):
                raise Problem(wrong)
        except (Problem, OSError) as problem:
            problems.append((f"{folder}/{listed.path}", str(problem)))
    if not problems:
        problems += [
            (path, f"contradicts its files: {said}")
            for said in contradictions(version.folder, manifest)
        ]
        if (one := manifest.judging) and (
            version.folder / one.path
        ).read_bytes() != render_judging(manifest).encode():
            problems.append(
                (f"{folder}/{one.path}", "does not say what the manifest says")
            )
    known = {MANIFEST_NAME, LOCK_NAME, *(file.path for file in manifest.listed_files)}
    for stray in sorted(
        {
            path
            for path in place.files(folder, hidden=True) or ()
            if not is_copy(Path(path))
        }
        - known
    ):
        report.leave(f"{folder}/{stray}", UNLISTED)
    size = sum(file.bytes for file in manifest.listed_files)
    report.add(subject, "files", f"{len(known) - 2} files, {size:,} bytes", problems)
    signature = _check_signature(
        place, folder, version, report, subject, key, required=required
    )
    intact = not problems and not facts
    return CheckedVersion(
        manifest=manifest,
        folder=folder,
        local=version.folder,
        intact=intact,
        signature=signature,
    )


def _contradictions(manifest: Manifest, folder: str, name: str | None) -> list[str]:
    """List what a manifest says that its own content, or the place where it lies,
    denies.
    """
    facts: list[tuple[str, object, object]] = [
        ("version", manifest.version, version_id(manifest))
    ]
    if VERSION_PATTERN.fullmatch(folder):
        facts.append(("version", manifest.version, folder))
    if name is not None:
        facts.append(("name", manifest.name, name))
    for fmt in manifest.formats:
        facts.append(("format", fmt.id, f"{fmt.route}-{fmt.dtype}"))
        facts.append(
            (f"bytes of {fmt.id}", fmt.bytes, sum(file.bytes for file in fmt.files))
        )
    problems = [
        f"says {key} {said!r:.80}, but it is {found!r:.80}"
        for key, said, found in facts
        if said != found
    ]
    if plain_name(manifest.name) != manifest.name:
        problems.append(
            f"has a name that load() refuses: {manifest.name!r:.80}. Export it again"
        )
    if manifest.verification:
        verified = {check.format for check in manifest.verification.checks} == {
            fmt.id for fmt in manifest.formats
        }
        if not verified or manifest != sealed(manifest, manifest.verification):
            problems.append(
                "has formats whose results are not those of its verification"
            )
    return problems


def _check_signature(
    place: Place,
    folder: str,
    version: Version,
    report: Report,
    subject: str,
    key: Key,
    *,
    required: bool,
) -> Signature | None:
    """Compare the signature with the files and the key; returns it if both fit."""
    path = f"{folder}{SUFFIX}"
    try:
        signature = read_signature(place.fetch(path, LONGEST))
    except Missing as missing:
        problems = [(path, f"{missing}: the key has not signed this version")]
        report.add(
            subject, "signature", "not signed", problems if key and required else []
        )
        report.leave(
            f"{folder}/{MANIFEST_NAME}",
            "is not signed, so its dates cannot be verified",
            usual=True,
        )
        return None
    except (Problem, BadSignature) as error:
        report.add(subject, "signature", "", [(path, str(error))])
        return None
    problems = []
    for file, digest in digests_of(version).items():
        if (signed := signature.digests.get(file)) != digest:
            wrong = (
                "is not covered by the signature"
                if signed is None
                else "is not what was signed"
            )
            problems.append((f"{folder}/{file}", wrong))
    ours = signature.is_by(key) if key else None
    who = "made with the key, fits the files"
    if ours is None:
        who = "fits the files; with --key it tells whose it is"
        report.leave(
            path,
            "may be anybody's: pass --key with the key that must have signed it",
            usual=True,
        )
    elif read_json(place, path, _spelled) != place.fetch(path).read_bytes():
        report.leave(
            path,
            "is not spelled as this release does; what it says was signed with the key",
        )
    if ours is False and required:
        problems.append((path, "was not made with the key"))
    # of a version that is not live: pages that name the key refuse it, and no other
    # page asks
    elif ours is False:
        who = "made with another key, such as a former one; fits the files"
    report.add(
        subject, "signature", f"{who}; counter {signature.counter or 'none'}", problems
    )
    return None if problems or ours is False else signature


def _spelled(bundle: Any) -> bytes:
    return f"{json.dumps(bundle, separators=(',', ':'))}\n".encode()
