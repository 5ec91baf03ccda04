"""Keys: ECDSA on the curve P-256, which OpenSSF model-signing accepts and WebCrypto
verifies in every browser.

A private key is a PEM file that only its owner can read. The public key is another file
beside it, or the same as one line of text, which is what the `key` of an element in a
page holds.
"""

import base64
import binascii
import os
import re
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.errors import ConfigError, translating_errors
from pipeline.system.files import is_inside, sync_folder
from pipeline.system.outside import open_regular

ALGORITHM = ec.ECDSA(hashes.SHA256())
PUBLIC_SUFFIX = ".pub"
# bytes; a key of another kind that someone may pass (RSA, 16,384 bits) still gets its
# proper message
LONGEST = 2**14
# openssl ecparam writes another block, the curve's name, above the key.
_PRIVATE = re.compile(
    rb"-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----",
    re.DOTALL,
)
_ONE_LINE = re.compile(r"[A-Za-z0-9+/]{80,}={0,2}")
_WANTED = "A key must be an ECDSA key on the curve P-256"
_MAKE = (
    "Make one: `pipeline keygen`, or `openssl ecparam -name prime256v1 -genkey -noout"
    " -out FILE`."
)


def make_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Write a new private key, which only its owner can read, and `<path>.pub`; neither
    file is ever overwritten.

    Raises ConfigError if one of them exists, and DiskError if they cannot be written.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key()
    written: list[Path] = []
    with translating_errors(path):
        try:
            for file, content, mode in (
                (path, secret, 0o600),
                (public_path(path), public_pem(public), 0o644),
            ):
                # never over another file
                descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
                written.append(file)
                with open(descriptor, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
            sync_folder(path.parent)
        except BaseException as error:
            for file in written:
                file.unlink(missing_ok=True)
            if isinstance(error, FileExistsError):
                raise ConfigError(
                    f"A new key must not overwrite a file. Received: {error.filename},"
                    " which exists. Nothing was changed. Choose another name."
                ) from error
            raise
    return public


def public_path(path: Path) -> Path:
    """Where the public half of a private key lies."""
    return path.with_name(path.name + PUBLIC_SUFFIX)


def require_outside(path: Path, *folders: Path) -> None:
    """Raise ConfigError if a private key lies, or would lie, inside a folder whose
    content is published.
    """
    for folder in folders:
        if is_inside(path, folder):
            raise ConfigError(
                "A private key must lie outside of what is published. Received:"
                f" {path}, inside {folder}. Choose another place, such as your home"
                " folder; if the site was already served from there, make a new key."
            )


def read_private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a private key, made by `make_key` or by openssl.

    Raises ConfigError if it cannot be read, others can read it, or it is no key on
    P-256.
    """
    content = _read(path, private=True)
    block = _PRIVATE.search(content)
    if block is None:
        received = (
            f"a public key: pass its private half, without {PUBLIC_SUFFIX}"
            if b"PUBLIC KEY" in content
            else "no private key in PEM form"
        )
        raise ConfigError(
            f"{_WANTED}. Received: {path}, which holds {received}. {_MAKE}"
        )
    if b"ENCRYPTED" in block[0]:
        raise ConfigError(
            f"A key must not be encrypted. Received: {path}, which needs a password."
            " Decrypt it into a file that only you can read: `umask 077; openssl pkey"
            " -in FILE -out OTHER`."
        )
    try:
        key = serialization.load_pem_private_key(block[0], None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"{_WANTED}. Received: {path}, which cannot be read as one ({error})."
            f" {_MAKE}"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(
        key.curve, ec.SECP256R1
    ):
        raise ConfigError(f"{_WANTED}. Received: {path}, {_kind(key)}. {_MAKE}")
    return key


def read_public_key(given: str) -> ec.EllipticCurvePublicKey:
    """Read a public key from a PEM file, from a file with the one-line form, or from
    the one-line form itself.

    Raises ConfigError if it is none of these.
    """
    line = given.strip()
    if not _ONE_LINE.fullmatch(line):
        content = _read(Path(given), private=False)
        if _PRIVATE.search(content):
            raise ConfigError(
                f"To check a signature takes the public key. Received: {given}, a"
                " private key, which should not leave its owner. Pass"
                f" {Path(given).name}{PUBLIC_SUFFIX}."
            )
        line = content.decode("latin-1").strip()
    try:
        if _ONE_LINE.fullmatch(line):
            key = serialization.load_der_public_key(
                base64.b64decode(line, validate=True)
            )
        else:
            key = serialization.load_pem_public_key(line.encode("latin-1"))
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error) as error:
        raise ConfigError(
            "A public key must be a PEM file, or the line that `pipeline keygen`"
            f" prints. Received: {given!r:.80} ({error}). Pass the file ending in"
            f" {PUBLIC_SUFFIX}."
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(
        key.curve, ec.SECP256R1
    ):
        raise ConfigError(f"{_WANTED}. Received: {given!r:.80}, {_kind(key)}. {_MAKE}")
    return key


def one_line(key: ec.EllipticCurvePublicKey) -> str:
    """The public key as the `key` of an element holds it:

    its SubjectPublicKeyInfo in base64.
    """
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def public_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    """The public key as a PEM file."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _read(path: Path, *, private: bool) -> bytes:
    try:
        with open_regular(path) as file:
            mode, content = (
                stat.S_IMODE(os.fstat(file.fileno()).st_mode),
                file.read(LONGEST + 1),
            )
            if (
                private
                and b"PRIVATE KEY" in content
                and os.name != "nt"
                and mode & 0o077
            ):
                raise ConfigError(
                    "A private key must be readable by its owner only. Received:"
                    f" {path} with permissions {mode:04o}. Run `chmod 600 {path}`; if"
                    " others may have read it, make a new key."
                )
    except OSError as error:
        advice = (
            f"Check the path. {_MAKE}"
            if private
            else "Pass the owner's public key: a .pub file, or its line."
        )
        raise ConfigError(
            f"A key must be a file that can be read. Received: {path}"
            f" ({error.strerror}). {advice}"
        ) from error
    if len(content) > LONGEST:
        raise ConfigError(
            f"A key has at most {LONGEST:,} bytes. Received: {path}, which has more."
            f" {_MAKE}"
        )
    return content


def _kind(key: object) -> str:
    """Describe a key of the wrong kind."""
    curve = getattr(getattr(key, "curve", None), "name", None)
    name = (
        type(key)
        .__name__.lstrip("_")
        .removesuffix("PrivateKey")
        .removesuffix("PublicKey")
    )
    return f"a key on the curve {curve}" if curve else f"a key of the kind {name}"
