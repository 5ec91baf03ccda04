"""Keys:

who may read them, what is accepted, and what is never overwritten or published.
"""

import base64
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pipeline.errors import ConfigError, DiskError
from pipeline.signing.keys import make_key, one_line, read_private_key, read_public_key
from tests.support.workshop import call

with_permissions = pytest.mark.skipif(
    os.name == "nt", reason="Windows has no permission bits"
)


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def write_pem(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem)
    path.chmod(0o600)
    return path


def test_keygen_writes_a_key_that_only_its_owner_reads_and_prints_the_public_one(
    tmp_path: Path,
) -> None:
    key = tmp_path / "my.pem"
    result = call("keygen", str(key))
    assert result.exit_code == 0
    private, public = read_private_key(key), read_public_key(f"{key}.pub")
    assert private.public_key() == public
    line = result.stdout.strip().splitlines()[-1]
    assert line == one_line(public)
    assert read_public_key(line) == public
    # SubjectPublicKeyInfo of P-256: 91 bytes
    assert base64.b64decode(line)[:2] == b"\x30\x59"
    assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----")


@with_permissions
def test_the_key_is_private_under_any_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_key(tmp_path / "key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


@pytest.mark.parametrize("existing", ["key", "key.pub"])
def test_keygen_overwrites_nothing(existing: str, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("precious")
    with pytest.raises(ConfigError, match="must not overwrite"):
        make_key(tmp_path / "key")
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


def test_keygen_follows_no_link_and_makes_no_folder(tmp_path: Path) -> None:
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="must not overwrite"):
        make_key(tmp_path / "key")
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(DiskError, match=r"no-such.*make the folder"):
        make_key(tmp_path / "no-such" / "key")


@pytest.mark.parametrize("folder", ["site", "site/models/digits", "store"])
def test_a_key_is_never_made_or_used_where_it_would_be_published(
    folder: str, tmp_path: Path
) -> None:
    (tmp_path / folder).mkdir(parents=True)
    places = ["--site", str(tmp_path / "site"), "--store", str(tmp_path / "store")]
    made = call("keygen", str(tmp_path / folder / "key"), *places)
    assert made.exit_code == ConfigError.exit_code
    assert not list(tmp_path.rglob("key*"))
    (tmp_path / "link").symlink_to(tmp_path / folder)
    make_key(tmp_path / folder / "key")
    for path in (tmp_path / folder / "key", tmp_path / "link" / "key"):
        used = call("sign", "digits", "--key", str(path), *places)
        assert used.exit_code == ConfigError.exit_code
        assert "outside of what is published" in used.stderr


ECPARAM = "ecparam -name prime256v1 -genkey"
GENPKEY = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
ENCRYPTED = f"{GENPKEY} -aes256 -pass pass:word -out"


@pytest.mark.parametrize(
    "command",
    [ECPARAM, f"{ECPARAM} -noout", f"{ECPARAM} -noout -param_enc explicit", GENPKEY],
)
def test_keys_of_openssl_are_accepted(command: str, tmp_path: Path) -> None:
    key, public = tmp_path / "key", tmp_path / "public"
    openssl(*command.split(), "-out", str(key))
    key.chmod(0o600)
    openssl("pkey", "-in", str(key), "-pubout", "-out", str(public))
    assert read_private_key(key).public_key() == read_public_key(str(public))


@with_permissions
def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    for mode in (0o644, 0o640, 0o604, 0o660, 0o610):
        (tmp_path / "key").chmod(mode)
        with pytest.raises(ConfigError, match=f"permissions {mode:04o}.*chmod 600"):
            read_private_key(tmp_path / "key")


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another curve": (
        lambda path: write_pem(path, ec.generate_private_key(ec.SECP384R1())),
        "on the curve secp384r1",
    ),
    "RSA": (
        lambda path: write_pem(path, rsa.generate_private_key(65537, 2048)),
        "of the kind RSA",
    ),
    "ed25519": (
        lambda path: openssl("genpkey", "-algorithm", "ed25519", "-out", str(path)),
        "of the kind Ed25519",
    ),
    "encrypted": (
        lambda path: openssl(*ENCRYPTED.split(), str(path)),
        "needs a password",
    ),
    "public": (
        lambda path: [
            make_key(path.with_name("x")),
            path.with_name("x.pub").rename(path),
        ],
        "a public key: pass",
    ),
    "empty": (lambda path: path.write_text(""), "no private key"),
    "text": (
        lambda path: path.write_text(
            "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----"
        ),
        "read",
    ),
    "long": (lambda path: path.write_bytes(bytes(2**20)), "at most"),
    "a folder": (lambda path: path.mkdir(), "must be a file"),
    "a pipe": (lambda path: os.mkfifo(path), "must be a file"),
    "missing": (lambda path: None, r"No such file.*\. Check the path\. Make one"),
}


@pytest.mark.parametrize(("make", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_private_keys_are_refused_in_words(
    make: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    make(path)
    if path.is_file() and "a public key" not in reason:  # which others may read
        path.chmod(0o600)
    with pytest.raises(ConfigError, match=reason) as caught:
        read_private_key(path)
    assert "keygen" in str(caught.value) or "openssl" in str(caught.value)


def test_bad_public_keys_are_refused_in_words(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with pytest.raises(ConfigError, match=r"takes the public key.*key\.pub"):
        read_public_key(str(tmp_path / "key"))
    with pytest.raises(
        ConfigError, match=r"can be read\..*Pass the owner's public key: a \.pub file"
    ):
        read_public_key(str(tmp_path / "none"))
    (tmp_path / "text").write_text("nonsense")
    for given in (str(tmp_path / "text"), "A" * 124):
        with pytest.raises(ConfigError, match="A public key must be"):
            read_public_key(given)
    other = write_pem(tmp_path / "other", ec.generate_private_key(ec.SECP384R1()))
    openssl("pkey", "-in", str(other), "-pubout", "-out", str(tmp_path / "other.pub"))
    with pytest.raises(ConfigError, match="on the curve secp384r1"):
        read_public_key(str(tmp_path / "other.pub"))
