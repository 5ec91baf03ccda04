"""Check one version: its manifest, every file that it lists, and the signature."""

import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.checking.findings import Problems, Report, SignatureFinding
from pipeline.checking.places import Missing, Place, Problem, read_json
from pipeline.errors import PublishError
from pipeline.signing.bundle import LONGEST, SUFFIX, BadSignature, Signature, read_signature
from pipeline.signing.signer import digests_of
from pipeline.site.compress import is_copy
from pipeline.versions.card import bibtex
from pipeline.versions.manifest import (
    MANIFEST_NAME,
    VERSION_PATTERN,
    Manifest,
    read_manifest,
    version_id,
)
from pipeline.versions.sealing import sealed
from pipeline.versions.store import Version, difference
from pipeline.versions.verdict import contradictions


@dataclass(frozen=True, kw_only=True)
class CheckedVersion:
    """A version whose manifest could be read."""

    manifest: Manifest
    folder: str  # in the place
    local: Path  # on this disk, with what was fetched
    intact: bool  # whether all its files are what the manifest says
    signature: Signature | None  # the given key's, or without a key whoever's

    @property
    def counter(self) -> int:
        """Of the signature; 0 without one."""
        return (self.signature and self.signature.counter) or 0


@dataclass(frozen=True, kw_only=True)
class Trust:
    """Whom a check trusts: without a key nobody, so signatures are only compared with the files."""

    key: ec.EllipticCurvePublicKey | None
    required: bool = True  # whether a version without the key's signature is a problem


def check_version(
    place: Place, folder: str, report: Report, trust: Trust, *, name: str | None = None
) -> CheckedVersion | None:
    """Check the version in a folder of `place`, and add the findings to the report.

    Args:
        place: where the folder and, beside it, its signature are.
        folder: its path there.
        report: gets the findings.
        trust: the key that must have signed it.
        name: of the model, if the folder stands for one.

    Returns None if the manifest cannot be read.
    """
    subject = f"{name or ''} {folder.rpartition('/')[2]}".strip()
    where = place.describe(f"{folder}/{MANIFEST_NAME}")
    try:
        file = place.fetch(f"{folder}/{MANIFEST_NAME}")
        version = Version(file.parent, read_manifest(file))
    except (Problem, PublishError) as error:
        report.add(subject, "manifest", "", [(where, str(error))])
        return None
    manifest = version.manifest
    facts = _contradictions(manifest, folder.rpartition("/")[2], name)
    report.add(subject, "manifest", "id and derived facts recomputed", [(where, fact) for fact in facts])
    broken = _check_files(place, folder, version, report, subject)
    signature = _check_signature(place, folder, version, report, subject, trust)
    intact = not broken and not facts
    return CheckedVersion(manifest=manifest, folder=folder, local=version.folder, intact=intact, signature=signature)


def _contradictions(manifest: Manifest, folder: str, name: str | None) -> list[str]:
    """What a manifest says that its own content, or the place where it lies, denies."""
    facts: list[tuple[str, object, object]] = [("version", manifest.version, version_id(manifest))]
    if VERSION_PATTERN.fullmatch(folder):
        facts.append(("version", manifest.version, folder))
    if name is not None:
        facts.append(("name", manifest.name, name))
    if manifest.citation is not None:
        facts.append(("citation", manifest.citation, bibtex(manifest)))
    for fmt in manifest.formats:
        facts.append(("format", fmt.id, f"{fmt.route}-{fmt.dtype}"))
        facts.append((f"bytes of {fmt.id}", fmt.bytes, sum(file.bytes for file in fmt.files)))
    problems = [f"says {key} {said!r:.80}, but it is {found!r:.80}" for key, said, found in facts if said != found]
    if manifest.verification:
        verified = {check.format for check in manifest.verification.checks} == {fmt.id for fmt in manifest.formats}
        if not verified or manifest != sealed(manifest, manifest.verification):
            problems.append("has formats whose results are not those of its verification")
    return problems


def _check_files(place: Place, folder: str, version: Version, report: Report, subject: str) -> bool:
    """Compare every listed file with its digest; returns whether one is not right."""
    manifest = version.manifest
    problems: Problems = []
    for file in manifest.listed_files:
        path = f"{folder}/{file.path}"
        try:
            if wrong := difference(place.fetch(path, file.bytes), file):
                raise Problem(wrong)
        except (Problem, OSError) as problem:
            problems.append((place.describe(path), str(problem)))
    if not problems:
        where = place.describe(f"{folder}/{MANIFEST_NAME}")
        problems += [(where, f"contradicts its files: {said}") for said in contradictions(version.folder, manifest)]
    listed = {file.path for file in manifest.listed_files}
    detail = f"{len(listed)} files, {sum(file.bytes for file in manifest.listed_files):,} bytes"
    known = listed | {MANIFEST_NAME}
    for stray in [path for path in place.files(folder) or () if path not in known and not is_copy(Path(path))]:
        report.leave(place.describe(f"{folder}/{stray}"), "is not listed by the manifest")
    report.add(subject, "files", detail, problems)
    return bool(problems)


def _check_signature(
    place: Place, folder: str, version: Version, report: Report, subject: str, trust: Trust
) -> Signature | None:
    """Compare the signature with the files and the key; returns it if both fit."""
    path = f"{folder}{SUFFIX}"
    try:
        signature = read_signature(place.fetch(path, LONGEST))
    except Missing as missing:
        problems = [(place.describe(path), f"{missing}: the key has not signed this version")]
        report.add(subject, "signature", "not signed", problems if trust.key and trust.required else [])
        unsigned = "is not signed: what follows from nothing else in it, such as times, is the host's word"
        report.leave(place.describe(f"{folder}/{MANIFEST_NAME}"), unsigned)
        return None
    except (Problem, BadSignature) as error:
        report.add(subject, "signature", "", [(place.describe(path), str(error))])
        return None
    problems = []
    for file, digest in digests_of(version).items():
        if (signed := signature.digests.get(file)) != digest:
            wrong = "is not covered by the signature" if signed is None else "is not what was signed"
            problems.append((place.describe(f"{folder}/{file}"), wrong))
    ours = signature.is_by(trust.key) if trust.key else None
    if ours is None:
        report.leave(place.describe(path), "may be anybody's: pass --key with the key that must have signed it")
    elif f"{json.dumps(read_json(place, path), separators=(',', ':'))}\n".encode() != place.fetch(path).read_bytes():
        report.leave(place.describe(path), "is not spelled as this release does; what it says was signed with the key")
    who = "fits the files; with --key it tells whose it is" if ours is None else "made with the key, fits the files"
    if ours is False and trust.required:
        problems.append((place.describe(path), "was not made with the key"))
    elif ours is False:  # of a version that is not live: pages that name the key refuse it, and no other page asks
        who = "made with another key, such as a former one; fits the files"
    report.signatures.append(SignatureFinding(path=place.describe(path), counter=signature.counter, signed_by_key=ours))
    report.add(subject, "signature", f"{who}; counter {signature.counter or 'none'}", problems)
    return None if problems or ours is False else signature
