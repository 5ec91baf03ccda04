"""The signature of a version: a Sigstore bundle as OpenSSF model-signing 1.x writes and
verifies for a key.

It signs an in-toto statement with the SHA-256 of each file of the folder. Ours has two
entries more, which other readers ignore: a counter, by which a reader tells an older
signature from a newer one, and a time until which it holds.

Sources: https://github.com/sigstore/model-transparency for the statement,
https://github.com/secure-systems-lab/dsse
for what is signed, https://docs.sigstore.dev/about/bundle for the file.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.errors import PublishError
from pipeline.system.json_records import is_over
from pipeline.system.outside import parse_json, read_bounded

# loading it takes a tenth of an unchanged build, which needs it only with a key
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

SUFFIX = ".sig"
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://model_signing/signature/v1.0"
COUNTER_LIMIT = 2**53 - 1  # the largest whole number that JavaScript represents exactly
LONGEST = 2**22  # bytes: some twenty thousand files


class BadSignature(PublishError):  # noqa: N818 (named for the fact)
    """A file is not a signature that can be read."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Contents of a signature file. Do not trust them before `is_by` returns True."""

    digests: Mapping[str, str]  # path in the folder → SHA-256
    counter: int | None  # 1..COUNTER_LIMIT; None in those of other tools
    expires: str | None  # until when the version is said to be the newest
    payload: bytes
    signature: bytes  # DER

    def is_by(self, key: "ec.EllipticCurvePublicKey") -> bool:
        """True if this key's private half made the signature."""
        from cryptography.exceptions import InvalidSignature

        from pipeline.signing.keys import ALGORITHM

        try:
            key.verify(self.signature, signed_bytes(self.payload), ALGORITHM)
        except InvalidSignature:
            return False
        return True


def signature_path(folder: Path) -> Path:
    """Where the signature of a folder lies:

    beside it, because the content of a version never changes.
    """
    return folder.with_name(folder.name + SUFFIX)


def make_signature(
    name: str,
    digests: Mapping[str, str],
    counter: int,
    key: "ec.EllipticCurvePrivateKey",
    expires: str | None = None,
) -> bytes:
    """Sign the files of a folder of this name: path in it, with slashes → SHA-256 in
    hexadecimal digits.

    `counter` is higher than that of every earlier signature of the model. The version
    is said to be the newest until it `expires`.
    """
    from pipeline.signing.keys import ALGORITHM, public_pem

    # model-signing's order
    files = sorted(digests.items(), key=lambda item: PurePosixPath(item[0]))
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": _digest_of_all(files)}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
            },
            "resources": [
                {"name": path, "algorithm": "sha256", "digest": digest}
                for path, digest in files
            ],
            "counter": counter,
            **({"expires": expires} if expires else {}),
        },
    }
    payload = json.dumps(statement, separators=(",", ":")).encode()
    signature = key.sign(signed_bytes(payload), ALGORITHM)
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {
            "publicKey": {
                "hint": hashlib.sha256(public_pem(key.public_key())).hexdigest()
            },
            "tlogEntries": [],
        },
        "dsseEnvelope": {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": base64.b64encode(signature).decode(), "keyid": ""}],
        },
    }
    return json.dumps(bundle, separators=(",", ":")).encode() + b"\n"


def read_signature(path: Path) -> Signature:
    """Read a signature file; BadSignature if it is none."""
    try:
        return _decode(parse_json(read_bounded(path, LONGEST)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError)
            else str(error) or type(error).__name__
        )
        raise BadSignature(
            f"{path} is not a signature that can be read ({reason}). Sign again."
        ) from error


def find_signature(path: Path) -> Signature | None:
    """The signature in a file; None if there is none that can be read."""
    try:
        return read_signature(path)
    except BadSignature:
        return None


def signed_bytes(payload: bytes) -> bytes:
    """The bytes to sign:

    the payload with its type and length in front (DSSE's pre-authentication encoding).
    """
    return (
        f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload
    )


def _decode(bundle: Any) -> Signature:
    envelope = bundle["dsseEnvelope"]
    [signature] = envelope["signatures"]
    payload = base64.b64decode(envelope["payload"], validate=True)
    statement = parse_json(payload)
    predicate = statement["predicate"]
    [subject] = statement["subject"]
    kinds = (
        bundle["mediaType"],
        envelope["payloadType"],
        statement["_type"],
        statement["predicateType"],
    )
    if kinds != (MEDIA_TYPE, PAYLOAD_TYPE, STATEMENT_TYPE, PREDICATE_TYPE):
        raise ValueError(f"it must be a model signature 1.0. Received: {kinds}")
    if predicate["serialization"]["method"] != "files":
        raise ValueError("it must sign whole files")
    files = [
        (str(entry["name"]), str(entry["digest"])) for entry in predicate["resources"]
    ]
    if any(entry["algorithm"] != "sha256" for entry in predicate["resources"]) or len(
        dict(files)
    ) != len(files):
        raise ValueError("it must name one SHA-256 for each file")
    if subject["digest"]["sha256"] != _digest_of_all(files):
        raise ValueError("its digest is not that of its files")
    counter = predicate.get("counter")
    if counter is not None and not (
        type(counter) is int and 0 < counter <= COUNTER_LIMIT
    ):
        raise ValueError(
            f"its counter must be a whole number from 1 to {COUNTER_LIMIT}. Received:"
            f" {counter!r:.40}"
        )
    if (expires := predicate.get("expires")) is not None:
        is_over(expires)  # a ValueError if it is no time
    der = base64.b64decode(signature["sig"], validate=True)
    return Signature(
        digests=dict(files),
        counter=counter,
        expires=expires,
        payload=payload,
        signature=der,
    )


def _digest_of_all(files: list[tuple[str, str]]) -> str:
    return hashlib.sha256(
        b"".join(bytes.fromhex(digest) for _, digest in files)
    ).hexdigest()
