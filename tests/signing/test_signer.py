"""Signatures:

strangers' tools verify them, the counter only rises, and a damaged version is never
signed.
"""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pipeline.errors import ConfigError, PublishError
from pipeline.signing.bundle import (
    BadSignature,
    make_signature,
    read_signature,
    signature_path,
)
from pipeline.signing.keys import make_key, read_public_key
from pipeline.signing.signer import Signer, sign_target
from pipeline.versions import store
from tests.fixtures.make_signature import NAME, OURS
from tests.support.versions import Place, make_version
from tests.support.workshop import call


def public(key: Path) -> ec.EllipticCurvePublicKey:
    return read_public_key(f"{key}.pub")


def sign(
    place: Place, key: Path, target: str = "digits", version: str | None = None
) -> tuple[list[Path], int]:
    return sign_target(target, key, version=version, site=place.site, out=place.out)


def verifies(folder: Path, key: Path, **settings: bool) -> str:
    """Verify the folder's signature with OpenSSF model-signing; return its complaint,
    "" for a good one.
    """
    from model_signing.verifying import Config

    verifier = Config()  # type: ignore[no-untyped-call]
    verifier.use_elliptic_key_verifier(public_key=Path(f"{key}.pub"))
    try:
        verifier.set_ignore_unsigned_files(settings.get("ignore", False)).verify(
            folder, signature_path(folder)
        )
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def test_model_signing_verifies_what_we_sign_in_the_store_and_on_the_site(
    key: Path, tmp_path: Path
) -> None:
    place = Place(tmp_path)
    version = place.publish().version
    files, counter = sign(place, key)
    in_store, on_site = (
        place.out / "digits" / version,
        place.site / "models" / "digits" / version,
    )
    assert files == [signature_path(in_store), signature_path(on_site)]
    assert verifies(in_store, key) == ""  # nothing but what is signed
    assert verifies(on_site, key, ignore=True) == ""  # beside compressed copies
    assert "Extra files" in verifies(on_site, key)
    for path in files:
        signature = read_signature(path)
        assert signature.is_by(public(key))
        assert signature.counter == counter
        assert {"manifest.json", "README.md", "model.keras"} <= signature.digests.keys()


def test_its_command_line_verifies_too(key: Path, tmp_path: Path) -> None:
    folder = make_version(tmp_path / "made").rename(tmp_path / "export")
    [file], _ = sign_target(
        str(folder), key, version=None, site=tmp_path / "site", out=tmp_path / "store"
    )
    command = [
        sys.executable,
        "-m",
        "model_signing",
        "verify",
        "key",
        str(folder),
        "--signature",
        str(file),
    ]
    command += ["--public_key", f"{key}.pub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "Verification succeeded",
    ), done.stderr
    (folder / "README.md").write_text("Trust me.")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_model_signing_refuses_a_changed_file_and_another_key(
    key: Path, tmp_path: Path
) -> None:
    folder = make_version(tmp_path / "store")
    Signer.read(key).sign([store.open_version(folder)])
    for path in (path for path in folder.rglob("*") if path.is_file()):
        before = path.read_bytes()
        content = bytearray(before)
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        assert "Hash mismatch" in verifies(folder, key), path
        path.unlink()
        assert "Missing files" in verifies(folder, key), path
        path.write_bytes(before)
    make_key(tmp_path / "other")
    assert "Key mismatch" in verifies(folder, tmp_path / "other")


def test_we_read_what_model_signing_signs(key: Path, tmp_path: Path) -> None:
    from model_signing.signing import Config

    folder = make_version(tmp_path / "store")
    signing = Config().use_elliptic_key_signer(private_key=key)  # type: ignore[no-untyped-call]
    signing.sign(folder, signature_path(folder))
    theirs = read_signature(signature_path(folder))
    assert theirs.is_by(public(key))
    assert theirs.counter is None
    Signer.read(key).sign([store.open_version(folder)])
    ours = read_signature(signature_path(folder))
    assert ours.digests == theirs.digests
    assert list(ours.digests) == list(theirs.digests)


def test_fixtures_of_the_javascript_reader_are_what_we_sign() -> None:
    fixture = json.loads(
        (Path(__file__).parents[1] / "fixtures" / "signature.json").read_bytes()
    )
    bundle = next(
        one["bundle"] for one in fixture["signatures"] if one["counter"] == OURS
    )
    ours = json.loads(
        make_signature(
            NAME, fixture["files"], OURS, ec.generate_private_key(ec.SECP256R1())
        )
    )
    for changing in (bundle, ours):
        del changing["dsseEnvelope"]["signatures"][0]["sig"]
        del changing["verificationMaterial"]["publicKey"]["hint"]
    assert bundle == ours


def test_only_what_the_manifest_lists_is_signed_and_a_damaged_version_never(
    key: Path, tmp_path: Path
) -> None:
    folder = make_version(tmp_path / "other")
    (folder / "stray.txt").write_text("not part of the version")
    Signer.read(key).sign([store.open_version(folder)])
    assert "stray.txt" not in read_signature(signature_path(folder)).digests
    signature_path(folder).unlink()
    place = Place(tmp_path)
    version = place.publish().version
    (place.out / "digits" / version / "model.keras").write_bytes(b"other")
    with pytest.raises(PublishError, match=r"model\.keras"):
        sign(place, key)
    assert not list(tmp_path.rglob("*.sig"))


def test_the_counter_rises_with_the_clock_and_without_it(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path)
    first = place.publish(b"w1").version
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    assert sign(place, key)[1] == 1000
    assert sign(place, key)[1] == 1000  # it is the newest already
    second = make_version(place.out, b"w2").name
    assert sign(place, key, version=second)[1] == 1001  # in the same second
    monkeypatch.setattr(time, "time", lambda: 5.0)
    assert sign(place, key, version=first)[1] == 1002  # by a clock that is wrong
    monkeypatch.setattr(time, "time", lambda: 2000.0)
    assert sign(place, key, version=second)[1] == 2000
    assert not list(tmp_path.rglob("*.tmp"))


def test_signatures_of_other_keys_do_not_count(key: Path, tmp_path: Path) -> None:
    folder = make_version(tmp_path / "store")
    make_key(tmp_path / "other")
    stranger = Signer.read(tmp_path / "other").key
    (folder.parent / "0123456789ab.sig").write_bytes(
        make_signature("digits", {}, 2**53 - 1, stranger)
    )
    (folder.parent / "ba9876543210.sig").write_text("no signature")
    counter = Signer.read(key).sign([store.open_version(folder)], [tmp_path / "store"])
    assert counter <= time.time()
    (folder.parent / "0123456789ab.sig").write_bytes(
        make_signature("digits", {}, 2**53 - 1, Signer.read(key).key)
    )
    with pytest.raises(PublishError, match="Sign with a new key"):
        Signer.read(key).sign([store.open_version(folder)], [tmp_path / "store"])


def test_an_export_is_signed_as_a_folder(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_version(tmp_path / "made").rename(tmp_path / "export")
    monkeypatch.chdir(tmp_path)
    for target in ("./export", str(folder)):  # a plain name is a model's
        result = call("sign", target, "--key", str(key))
        assert result.exit_code == 0, result.output
        assert verifies(folder, key) == ""
        (tmp_path / "export.sig").unlink()
    # no locks beside the user's files
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "export",
        "made",
    ]


def test_folders_that_cannot_be_signed_are_refused_in_words(
    key: Path, place: Place
) -> None:
    with pytest.raises(PublishError, match="Only a version in --store or --site"):
        sign(place, key)
    version = place.publish().version
    with pytest.raises(PublishError, match=f"there is {version}"):
        sign(place, key, version="0123456789ab")
    with pytest.raises(PublishError, match=version):
        sign(place, key, version="../digits")
    with pytest.raises(ConfigError, match="A model's name"):
        sign(place, key, target="Digits")
    for given in (None, version):
        with pytest.raises(ConfigError, match="is signed by the model's name"):
            sign(place, key, target=str(place.out / "digits" / version), version=given)
    with pytest.raises(
        PublishError, match=r"nothing is no export: there is no manifest\.json in it"
    ):
        sign(place, key, target="./nothing")


def changed(
    change: Callable[[dict[str, Any]], object], part: str = "statement"
) -> bytes:
    """A signature with something changed in its bundle or its statement, before it is
    signed again.
    """
    bundle = json.loads(
        make_signature(
            "v", {"a": "00" * 32}, 7, ec.generate_private_key(ec.SECP256R1())
        )
    )
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    change(statement if part == "statement" else bundle)
    if part == "statement":
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(
            json.dumps(statement).encode()
        ).decode()
    return json.dumps(bundle).encode()


BAD = {
    "no JSON": b"nonsense",
    "a list": b"[]",
    "nested": b"[" * 100_000,
    "long": b" " * (2**22 + 1),
    "another media type": changed(
        lambda bundle: bundle.update(mediaType="text/plain"), "bundle"
    ),
    "two signatures": changed(
        lambda b: b["dsseEnvelope"].update(signatures=[{"sig": ""}] * 2), "bundle"
    ),
    "another payload type": changed(
        lambda bundle: bundle["dsseEnvelope"].update(payloadType="x"), "bundle"
    ),
    "no base64": changed(
        lambda bundle: bundle["dsseEnvelope"].update(payload="?"), "bundle"
    ),
    "another statement": changed(lambda statement: statement.update(_type="x")),
    "another predicate": changed(lambda statement: statement.update(predicateType="x")),
    "shards": changed(
        lambda statement: statement["predicate"]["serialization"].update(
            method="shards"
        )
    ),
    "another digest": changed(
        lambda statement: statement["subject"][0]["digest"].update(sha256="11" * 32)
    ),
    "another hash": changed(
        lambda statement: statement["predicate"]["resources"][0].update(algorithm="md5")
    ),
    "a file twice": changed(
        lambda s: s["predicate"]["resources"].append(s["predicate"]["resources"][0])
    ),
    "counter 0": changed(lambda statement: statement["predicate"].update(counter=0)),
    "counter 2^53": changed(
        lambda statement: statement["predicate"].update(counter=2**53)
    ),
    "counter true": changed(
        lambda statement: statement["predicate"].update(counter=True)
    ),
    "counter 1.5": changed(
        lambda statement: statement["predicate"].update(counter=1.5)
    ),
    "counter as text": changed(
        lambda statement: statement["predicate"].update(counter="7")
    ),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_signature_is_refused_in_one_sentence(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "v.sig").write_bytes(content)
    with pytest.raises(
        BadSignature, match=r"v\.sig is not a signature that can be read"
    ):
        read_signature(tmp_path / "v.sig")


@pytest.mark.parametrize("every", [13, pytest.param(1, marks=pytest.mark.all_only)])
def test_no_byte_of_a_signature_can_be_changed(
    every: int, key: Path, tmp_path: Path
) -> None:
    folder = make_version(tmp_path / "store")
    Signer.read(key).sign([store.open_version(folder)])
    path = signature_path(folder)
    good = read_signature(path)
    bundle = json.loads(path.read_bytes())
    envelope = bundle["dsseEnvelope"]
    for part in (envelope, envelope["signatures"][0]):
        name = "payload" if "payload" in part else "sig"
        content = base64.b64decode(part[name])
        for i in range(0, len(content), every):
            part[name] = base64.b64encode(
                content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :]
            ).decode()
            path.write_text(json.dumps(bundle))
            try:
                found = read_signature(path)
            except BadSignature:
                continue
            assert not found.is_by(public(key)), (name, i)
        part[name] = base64.b64encode(content).decode()
    path.write_text(json.dumps(bundle))
    assert read_signature(path) == good
