"""Sign versions in a store, on a site or as an export."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PublishError
from pipeline.signing.bundle import COUNTER_LIMIT, SUFFIX, Signature, find_signature, make_signature, signature_path
from pipeline.system.files import sha256_of, write_files_atomically
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.store import Version

if TYPE_CHECKING:  # see bundle.py
    from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Signer:
    """A private key, ready to sign."""

    key: "ec.EllipticCurvePrivateKey"

    @classmethod
    def read(cls, path: Path, *published: Path) -> "Signer":
        """The key in a file, which must not lie in one of the `published` folders; ConfigError if it cannot be used."""
        from pipeline.signing.keys import read_private_key, require_outside

        require_outside(path, *published)
        return cls(read_private_key(path))

    def sign(self, versions: Sequence[Version], roots: Iterable[Path] = (), expires: str | None = None) -> int:
        """Write `<folder>.sig` for each folder that holds the version, with one counter; returns the counter.

        The counter is the time in seconds, so that it rises even where the earlier signatures are not at hand, and in
        any case above this key's earlier signatures of the model in the stores `roots`, so that it rises where clocks
        are wrong. A version that already has this key's newest signature, with the same `expires`, keeps it.

        The caller holds the locks and translates errors. PublishError if the counter cannot rise further.
        """
        folders = {version.folder: version for version in versions}
        paths = {path for root in roots for v in versions for path in (root / v.name).glob(f"*{SUFFIX}")}
        ours = {path: found for path in paths | {*map(signature_path, folders)} if (found := self._own(path))}
        highest = max((found.counter or 0 for found in ours.values()), default=0)
        digests = {folder: digests_of(version) for folder, version in folders.items()}
        current = [ours.get(signature_path(folder)) for folder in folders]
        if all(
            found and (found.counter, found.digests, found.expires) == (highest, digests[folder], expires)
            for folder, found in zip(folders, current, strict=True)
        ):
            return highest
        counter = max(highest + 1, int(time.time()))
        if counter > COUNTER_LIMIT:
            raise PublishError(
                f"A signature's counter must be at most {COUNTER_LIMIT}. Received: {counter} for {versions[0].name}. "
                "Sign with a new key: its counters start again."
            )
        facts = {folder: (folder.name, tuple(digests[folder].items())) for folder in folders}
        made = {  # one for equal folders: signing twice gives two, and a store has the site's to the byte
            (name, files): make_signature(name, dict(files), counter, self.key, expires)
            for name, files in set(facts.values())
        }
        write_files_atomically([(signature_path(folder), made[facts[folder]]) for folder in folders])
        return counter

    def has_signed(self, folder: Path) -> bool:
        """Tell whether the signature beside a version is this key's."""
        return self._own(signature_path(folder)) is not None

    def _own(self, path: Path) -> Signature | None:
        """The signature in a file, if this key made it: nobody else's counts."""
        found = find_signature(path)
        return found if found and found.is_by(self.key.public_key()) else None


def digests_of(version: Version) -> dict[str, str]:
    """Path → SHA-256 of all that a signature covers: the listed files and the manifest."""
    listed = {file.path: file.sha256 for file in version.manifest.listed_files}
    return {**listed, MANIFEST_NAME: sha256_of(version.folder / MANIFEST_NAME)}
