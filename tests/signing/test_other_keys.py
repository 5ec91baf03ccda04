"""No command locks out the readers of a signed model: each says what they would see."""

from pathlib import Path

import pytest

from pipeline.checking.check import check_target
from pipeline.errors import PublishError
from pipeline.signing.keys import make_key
from pipeline.signing.signer import sign_target
from tests.support.checked import sealed_facts
from tests.support.versions import Place, snapshot


@pytest.fixture
def other(tmp_path: Path) -> Path:
    make_key(tmp_path / "other")
    return tmp_path / "other"


def test_a_version_that_was_replaced_is_not_signed_again(
    key: Path, place: Place
) -> None:
    old = place.publish(b"w1", key=key).version
    live = place.publish(b"w2", key=key).version
    before = snapshot(place.site)
    with pytest.raises(
        PublishError,
        match=rf"would refuse {live}, which is live.*rollback digits {old} --key",
    ):
        sign_target("digits", key, version=old, site=place.site, out=place.out)
    assert snapshot(place.site) == before
    # what is live can be
    sign_target("digits", key, version=None, site=place.site, out=place.out)


@pytest.mark.parametrize("rolls_back", [False, True])
def test_another_key_does_not_replace_the_one_that_readers_know(
    rolls_back: bool,
    key: Path,
    other: Path,
    place: Place,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place.publish(b"w1", key=key)
    live = place.publish(b"w2", key=key).version
    with pytest.raises(
        PublishError,
        match=rf"must keep its key.*{live}, which is live.*pipeline sign digits",
    ):
        place.rollback(key=other) if rolls_back else place.publish(b"w3", key=other)
    assert place.json("models/digits/latest.json")["version"] == live
    sign_target("digits", key, version=None, site=place.site, out=place.out)
    assert capsys.readouterr().err == ""
    # the way that it names
    sign_target("digits", other, version=None, site=place.site, out=place.out)
    assert (
        "Pages that name the former key of digits show their fallback"
        in capsys.readouterr().err
    )
    place.rollback(key=other) if rolls_back else place.publish(b"w3", key=other)


def test_a_check_names_versions_that_a_former_key_signed(
    key: Path, other: Path, place: Place
) -> None:
    old = place.publish(b"w1", key=key, **sealed_facts(b"w1")).version
    place.publish(b"w2", key=key, **sealed_facts(b"w2"))
    sign_target("digits", other, version=None, site=place.site, out=place.out)
    # the live version must be signed by the key, others need not
    signatures = [
        finding
        for trusted in (
            other,
            key,
        )
        for finding in check_target(str(place.site), key=f"{trusted}.pub").findings
        if finding.check == "signature"
    ]
    assert [finding.passed for finding in signatures] == [True, True, False, True]
    assert "another key, such as a former one" in signatures[1].detail
    assert old in signatures[1].subject
