"""Sign models with a key:

what is published or rolled back to, a model by its name, or an export.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, PublishError, translating_errors
from pipeline.signing.bundle import (
    COUNTER_LIMIT,
    SUFFIX,
    Signature,
    find_signature,
    make_signature,
    signature_path,
)
from pipeline.system.files import sha256_of, write_files_atomically
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, VERSION_PATTERN
from pipeline.versions.ownership import both_claimed
from pipeline.versions.store import Version

if TYPE_CHECKING:  # see bundle.py
    from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Signer:
    """A private key, ready to sign."""

    key: "ec.EllipticCurvePrivateKey"

    @classmethod
    def read(cls, path: Path, *published: Path) -> "Signer":
        """The key in a file, which must not lie in one of the `published` folders;
        ConfigError if it cannot be used.
        """
        from pipeline.signing.keys import read_private_key, require_outside

        require_outside(path, *published)
        return cls(read_private_key(path))

    def sign(
        self,
        versions: Sequence[Version],
        roots: Iterable[Path] = (),
        expires: str | None = None,
    ) -> int:
        """Write `<folder>.sig` for each folder that holds the version, with one
        counter; returns the counter.

        The counter is the time in seconds, so that it rises even where the earlier
        signatures are not at hand, and in any case above this key's earlier signatures
        of the model in the stores `roots`, so that it rises where clocks are wrong. A
        version that already has this key's newest signature, with the same `expires`,
        keeps it.

        The caller holds the locks and translates errors. PublishError if the counter
        cannot rise further.
        """
        folders = {version.folder: version for version in versions}
        paths = {
            path
            for root in roots
            for v in versions
            for path in (root / v.name).glob(f"*{SUFFIX}")
        }
        ours = {
            path: found
            for path in paths | {*map(signature_path, folders)}
            if (found := self._own(path))
        }
        highest = max((found.counter or 0 for found in ours.values()), default=0)
        digests = {folder: digests_of(version) for folder, version in folders.items()}
        current = [ours.get(signature_path(folder)) for folder in folders]
        if all(
            found
            and (found.counter, found.digests, found.expires)
            == (highest, digests[folder], expires)
            for folder, found in zip(folders, current, strict=True)
        ):
            return highest
        counter = max(highest + 1, int(time.time()))
        if counter > COUNTER_LIMIT:
            raise PublishError(
                f"A signature's counter must be at most {COUNTER_LIMIT}. Received:"
                f" {counter} for {versions[0].name}. Sign with a new key: its counters"
                " start again."
            )
        facts = {
            folder: (folder.name, tuple(digests[folder].items())) for folder in folders
        }
        # one for equal folders: signing twice gives two, and a store has the site's to
        # the byte
        made = {
            (name, files): make_signature(name, dict(files), counter, self.key, expires)
            for name, files in set(facts.values())
        }
        write_files_atomically(
            [(signature_path(folder), made[facts[folder]]) for folder in folders]
        )
        return counter

    def has_signed(self, folder: Path) -> bool:
        """Tell whether the signature beside a version is this key's."""
        return self._own(signature_path(folder)) is not None

    def _own(self, path: Path) -> Signature | None:
        """The signature in a file, if this key made it: nobody else's counts."""
        found = find_signature(path)
        return found if found and found.is_by(self.key.public_key()) else None


def digests_of(version: Version) -> dict[str, str]:
    """Path → SHA-256 of all that a signature covers: the listed files and the
    manifest.
    """
    listed = {file.path: file.sha256 for file in version.manifest.listed_files}
    return {**listed, MANIFEST_NAME: sha256_of(version.folder / MANIFEST_NAME)}


def sign_target(
    target: str,
    key: Path,
    *,
    version: str | None,
    site: Path,
    out: Path,
    expires: str | None = None,
) -> tuple[list[Path], int]:
    """Sign a model by its name, on the site and in the store, or the folder of an
    export; returns files and counter.

    `target` is a model's name, or the path of a folder with a manifest.json, such as
    ./FOLDER. Without `version`, the model's live version is signed, or without a site
    the newest in the store.

    Raises:
        ConfigError: the key cannot be used, the name cannot be a model's, or the folder
        is a version of a model.
        PublishError: there is no such version, or it is damaged, which is never signed.
        DiskError: the signature cannot be written.
    """
    folder = Path(target)
    if folder.name == target:
        return _sign_model(
            store.validate_name(target),
            version,
            Signer.read(key, site, out),
            site,
            out,
            expires,
        )
    if version is not None or VERSION_PATTERN.fullmatch(folder.name):
        raise ConfigError(
            "A version of a model is signed by the model's name, on the site and in"
            f" the store. Received: the folder {target}. Run `pipeline sign NAME"
            " --version VERSION --key FILE`."
        )
    if not (folder / MANIFEST_NAME).is_file():
        raise PublishError(
            f"{target} is no export: there is no {MANIFEST_NAME} in it. Pass what"
            " `pipeline export` wrote."
        )
    signer = Signer.read(key, site, out, folder)
    with translating_errors(folder):
        return [signature_path(folder)], signer.sign([store.open_version(folder)])


def _sign_model(
    name: str,
    wanted: str | None,
    signer: Signer,
    site: Path,
    out: Path,
    expires: str | None,
) -> tuple[list[Path], int]:
    with both_claimed(site, out, progress=to_stderr) as models:
        chosen = wanted or store.latest(models, name) or store.latest(out, name)
        known = [
            folder
            for root in (out, models)
            for folder in store.version_folders(root, name)
        ]
        versions = [
            store.open_version(folder) for folder in known if folder.name == chosen
        ]
        if not versions:
            names = ", ".join(sorted({folder.name for folder in known})) or "none"
            raise PublishError(
                "Only a version in --store or --site can be signed. Received:"
                f" {wanted or name}; there is {names} of {name} in {out} and {site}."
                " For an export, pass its folder as a path: ./FOLDER."
            )
        _require_current(signer, versions[0], models)
        return [signature_path(version.folder) for version in versions], signer.sign(
            versions, [out, models], expires
        )


def _require_current(signer: Signer, version: Version, models: Path) -> None:
    """Refuse a version that was replaced by one of this key:

    readers of the new signature would refuse the live one.
    """
    live = store.latest(models, version.name)
    shown = models / version.name / version.id
    if (
        version.id == live
        and signature_path(shown).is_file()
        and not signer.has_signed(shown)
    ):
        to_stderr(
            f"Pages that name the former key of {version.name} show their fallback"
            " until they name this one."
        )
    replaced = live not in (None, version.id) and shown.is_dir()
    if live and replaced and signer.has_signed(models / version.name / live):
        raise PublishError(
            "A version that was replaced must keep its signature: with a newer one,"
            f" its readers would refuse {live}, which is live. Received: {version.name}"
            f" {version.id}. To go back to it, run `pipeline rollback {version.name}"
            f" {version.id} --key FILE`."
        )


def choose_signature(
    signer: Signer | None, source: Version, models: Path, out: Path, live: str | None
) -> Signer | Path | None:
    """Return who signs a version that is to become live, or a signature of it to keep.
    Asked before it is copied.

    Without a key, a signature that is beside `source` or its copy, made on another
    machine perhaps, is kept. Raises PublishError if there is no key although `live` is
    signed on the site or, if that lost it, in the store `out`, or another key than the
    one that signed it: readers who know that key would refuse this one. The caller
    holds the locks of both, and translates errors.
    """
    if signer:
        require_same_key(signer, source.name, live, models, out)
        return signer
    folder, signed = (
        models / source.name,
        _live_signature(source.name, live, models, out),
    )
    known = filter(
        None,
        map(
            find_signature, {*folder.glob(f"*{SUFFIX}"), *([signed] if signed else [])}
        ),
    )
    highest = max((found.counter or 0 for found in known), default=0)
    for path in (signature_path(folder / source.id), signature_path(source.folder)):
        found = find_signature(path)
        if not found or (found.counter or 0) < highest:
            continue
        if found.digests == digests_of(
            store.undamaged(folder / source.id, like=source) or source
        ):
            return path
    if signed:
        raise PublishError(
            "A signed model must stay signed, with a counter above its earlier ones,"
            f" or pages that name its key refuse it. Received: {source.name}"
            f" {source.id} without such a signature. Nothing was changed on the page."
            " Add `--key FILE` with the private key. To publish without signatures"
            f" from now on, delete the {SUFFIX} files in both {folder} and"
            f" {out / source.name}."
        )
    return None


def sign_published(
    by: Signer | Path | None,
    source: Version,
    published: Version,
    out: Path,
    *,
    expires: str | None,
    warn: Progress,
) -> None:
    """Sign a version that is about to become live, before any pointer names it; warn of
    a signature that ends earlier.

    `by` is what `choose_signature` returned; `source` is where it was copied from, in
    the store `out` or on the site.
    """
    if isinstance(by, Signer):
        stored = (
            source
            if published is not source
            else store.undamaged(out / source.name / source.id, like=source)
        )
        by.sign(
            [published, *([stored] if stored else [])],
            [out, published.folder.parent.parent],
            expires,
        )
    elif by:
        write_files_atomically([(signature_path(published.folder), by.read_bytes())])
    signed = find_signature(signature_path(published.folder))
    if signed and expires and signed.expires and not isinstance(by, Signer):
        warn(
            f"{published.name} {published.id} is signed until {signed.expires}: --key"
            " FILE renews that."
        )


def _live_signature(name: str, live: str | None, *roots: Path) -> Path | None:
    """The signature of a model's live version, where that is:

    in the store if the site has lost it.
    """
    there = (
        [path for path in (root / name / live for root in roots) if path.is_dir()]
        if live
        else []
    )
    return (
        signature_path(there[0])
        if there and signature_path(there[0]).is_file()
        else None
    )


def require_same_key(signer: Signer, name: str, live: str | None, *roots: Path) -> None:
    """Raise PublishError if the live version of a model was signed with another key, on
    the site or in the store.
    """
    signed = _live_signature(name, live, *roots)
    if signed and not signer.has_signed(signed.with_suffix("")):
        raise PublishError(
            "A signed model must keep its key, or pages that name it show their"
            f" fallback. Received: another key than the one that signed {name} {live},"
            " which is live. Nothing was changed on the page. Pass that key. To change"
            f" it for good, sign what is live first: `pipeline sign {name} --key FILE`."
        )
