"""A signed model stays signed:

whoever publishes or rolls back, a reader who knows the key is never refused.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.signing.bundle import Signature, read_signature, signature_path
from pipeline.signing.keys import read_public_key
from pipeline.signing.signer import Signer, sign_target
from pipeline.versions import store
from tests.support.versions import Place, make_version, snapshot


def live_signature(place: Place, key: Path) -> Signature:
    """The signature of the live version, once it is known to be by the key and to fit
    the files.
    """
    folder = place.site / "models" / "digits"
    version = place.json("models/digits/latest.json")["version"]
    signature = read_signature(folder / f"{version}.sig")
    assert signature.is_by(read_public_key(f"{key}.pub"))
    again = Signer.read(key).sign(
        [store.open_version(folder / version)], [place.site / "models", place.out]
    )
    assert again == signature.counter, "it was not the newest, or did not fit"
    return signature


def test_each_release_is_signed_with_a_higher_counter_and_a_rollback_too(
    key: Path, place: Place
) -> None:
    counters = []
    steps: list[Callable[[], object]] = [
        lambda: place.publish(b"w1", key=key),
        lambda: place.publish(b"w2", key=key),
        lambda: place.rollback(key=key),
        lambda: place.publish(b"w3", key=key),
    ]
    for step in steps:
        step()
        counters.append(live_signature(place, key).counter or 0)
    assert counters == sorted(set(counters))
    # the store's copy too, or a site that is lost loses a counter
    for path in place.site.glob("models/digits/*.sig"):
        assert (place.out / "digits" / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(PublishError, match="must stay signed"):
        place.rollback()  # to a version with an older signature


def test_publishing_the_same_again_changes_nothing(key: Path, place: Place) -> None:
    place.publish(key=key)
    before = snapshot(place.site)
    place.publish(key=key)
    place.publish()  # still signed, so no key is needed
    assert snapshot(place.site) == before


@pytest.mark.parametrize("rolls_back", [False, True])
def test_a_signed_model_is_not_replaced_by_an_unsigned_one(
    rolls_back: bool, key: Path, place: Place
) -> None:
    first = place.publish(b"w1").version
    place.publish(b"w2", key=key)
    before = snapshot(place.site)
    with pytest.raises(
        PublishError,
        match=r"must stay signed.*--key FILE.*delete the \.sig files in both .*",
    ):
        place.rollback() if rolls_back else place.publish(b"w3")
    assert snapshot(place.site) == before
    # the way out that it names: of site and store
    for path in place.site.parent.rglob("digits/*.sig"):
        path.unlink()
    place.publish(b"w2")
    assert (place.rollback() if rolls_back else place.publish(b"w1")).version == first


@pytest.mark.parametrize("whole", [True, False])
def test_a_lost_site_forgets_no_signature(whole: bool, key: Path, place: Place) -> None:
    older = place.publish(b"w1", key=key).version
    live = place.publish(b"w2", key=key).version
    counter = live_signature(place, key).counter
    shutil.rmtree(place.site)
    if not whole:  # the live version cannot be restored
        (place.out / "digits" / live / "manifest.json").write_text("{")
    for weights in (b"w1", b"w3"):  # with an older signature, and with none
        with pytest.raises(PublishError, match="must stay signed"):
            place.publish(weights)
    if whole:
        assert live_signature(place, key).counter == counter
        assert place.rollback(key=key).version == older
        counter = live_signature(place, key).counter
        shutil.rmtree(place.site)
        place.publish(b"w1")
        assert live_signature(place, key).counter == counter


def test_a_version_signed_elsewhere_is_published_without_the_key(
    key: Path, place: Place
) -> None:
    place.publish(b"w1", key=key)
    folder = make_version(place.out, b"w2")
    sign_target("digits", key, version=folder.name, site=place.site, out=place.out)
    assert place.publish(b"w2").version == folder.name
    live_signature(place, key)


def test_a_signature_of_other_files_is_not_published(key: Path, place: Place) -> None:
    folder = make_version(place.out, b"w1")
    other = make_version(place.out, b"w2")
    Signer.read(key).sign([store.open_version(other)])
    signature_path(other).rename(signature_path(folder))
    place.publish(b"w1")
    assert not list(place.site.rglob("*.sig"))
    signature_path(folder).write_text("nonsense")
    place.publish(b"w1")
    assert not list(place.site.rglob("*.sig"))


def test_an_old_copy_of_a_site_is_not_signed(key: Path, place: Place) -> None:
    """It may show what was taken back, whose counter must not rise."""
    place.publish(b"w1", key=key)
    place.publish(b"w2", key=key)
    before = shutil.copytree(place.site, place.site.with_name("backup"))
    place.rollback(key=key)
    shutil.rmtree(place.site)
    before.rename(place.site)
    done = place.run("sign", "digits", f"--key={key}", code=6)
    assert "must agree on what is live" in done.output
