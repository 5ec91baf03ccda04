"""A pointer can say until when it holds, so that a host which shows an old version is
found out.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.signing.bundle import make_signature, read_signature
from pipeline.signing.signer import Signer, digests_of, sign_target
from pipeline.versions import store
from tests.support.checked import sealed_facts
from tests.support.versions import Place

LATEST = "models/digits/latest.json"
PAST = "2020-02-29T00:00:00Z"


def days_left(time: str) -> float:
    until = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return (until - datetime.now(UTC)) / timedelta(days=1)


def publish(
    place: Place,
    weights: bytes = b"w1",
    *,
    expires: int | None = None,
    key: Path | None = None,
) -> Any:
    """Publish a version; returns the pointer."""
    place.publish(weights, key=key, expires=expires, **sealed_facts(weights))
    return place.json(LATEST)


def signature_of(place: Place) -> Path:
    return place.site / "models/digits" / f"{place.json(LATEST)['version']}.sig"


def problems_of(place: Place, key: Path | None = None) -> list[str]:
    found = check_target(str(place.site), key=f"{key}.pub" if key else None).problems
    return [wrong for _, wrong in found]


def test_it_is_off_until_it_is_asked_for_then_stays_and_each_publication_and_rollback_renews_it(
    place: Place,
) -> None:
    assert "expires" not in publish(place)
    assert days_left(publish(place, expires=30)["expires"]) == pytest.approx(
        30, abs=0.1
    )
    for renew in (
        lambda: publish(place),
        lambda: publish(place, b"w2"),
        place.rollback,
    ):
        path = place.site / LATEST
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"expires": PAST}))
        renew()
        assert days_left(place.json(LATEST)["expires"]) == pytest.approx(30, abs=0.1)
    assert problems_of(place) == []
    assert "expires" not in publish(place, expires=0)
    assert "expires" not in publish(place)


def test_a_signature_covers_it_and_takes_the_key_to_renew(
    key: Path, place: Place
) -> None:
    publish(place, expires=30, key=key)
    signed = read_signature(signature_of(place))
    assert signed.expires == place.json(LATEST)["expires"]
    warning = f"is signed until {signed.expires}: --key FILE renews that."
    assert warning in place.publish(**sealed_facts(b"w1")).warnings[0]
    assert read_signature(signature_of(place)) == signed
    assert warning in place.said[-1]
    renewed, _ = sign_target(
        "digits",
        key,
        version=None,
        site=place.site,
        out=place.out,
        expires="2100-01-01T00:00:00Z",
    )
    assert [read_signature(path).expires for path in renewed] == [
        "2100-01-01T00:00:00Z"
    ] * 2


def test_the_command_signs_for_as_long_as_the_site_says(
    key: Path, place: Place
) -> None:
    publish(place, expires=7, key=key)
    signature_of(place).unlink()
    place.run("sign", "digits", f"--key={key}")
    assert days_left(str(read_signature(signature_of(place)).expires)) == pytest.approx(
        7, abs=0.1
    )


def test_a_check_says_that_it_is_over(key: Path, place: Place) -> None:
    publish(place, expires=30, key=key)
    path = place.site / LATEST
    text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | {"expires": PAST}))
    assert (
        f"was to be renewed by {PAST}: the host may show an old version"
        in problems_of(place)
    )
    path.write_text(json.dumps(json.loads(text) | {"expires": 5}))
    assert "says that it holds until 5, which is no time" in problems_of(place)
    # a host can make up its own time, but not the one that the key has signed
    path.write_text(text)
    folder = signature_of(place).with_suffix("")
    digests = digests_of(store.open_version(folder))
    signature_of(place).write_bytes(
        make_signature(folder.name, digests, 2**40, Signer.read(key).key, PAST)
    )
    assert (
        f"was to be renewed by {PAST}: the host may show an old version"
        in problems_of(place, key)
    )
