"""A model that is removed, and the page that no longer lists it."""

import json
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.site.pruning import remove_model
from pipeline.site.releases import choose_default, pin_version
from pipeline.system.files import bytes_below
from tests.support.versions import Place, check_site, make_version, scratch_in, snapshot


def test_a_model_disappears_from_site_and_store_and_the_other_stays(
    place: Place, key: Path
) -> None:
    place.publish(b"w1", name="other", key=key)
    pin_version(
        place.site,
        place.out,
        "other",
        place.publish(b"w2", name="other", key=key).version,
    )
    digits = place.publish(title="Digits").version
    folders = [place.site / "models" / "other", place.out / "other"]
    sizes = {str(folder): bytes_below(folder) for folder in folders}
    page = (place.site / "index.html").read_bytes()
    removed, default = remove_model(place.site, place.out, "other")
    assert (removed, default) == (sizes, None)
    assert not any(folder.exists() for folder in folders)
    assert check_site(place.site) == {"digits": digits}
    assert place.json("models/index.json")["models"] == [
        {"name": "digits", "path": "digits/latest.json", "title": "Digits"}
    ]
    assert (place.site / "index.html").read_bytes() == page
    assert scratch_in(place.site, place.out) == []


def test_the_page_opens_with_the_one_published_first_of_the_others(
    place: Place,
) -> None:
    second, *_ = (
        place.publish(name=name).version for name in ("zebra", "ant", "digits")
    )
    history = place.site / "models" / "zebra" / "history.json"
    # all three were published within a second
    entries = json.loads(history.read_text())
    history.write_text(
        json.dumps([entries[0] | {"published_at": "2001-01-01T00:00:00Z"}])
    )
    assert remove_model(place.site, place.out, "digits")[1] == "zebra"
    assert place.json("models/index.json")["default"] == "zebra"
    assert second in place.card()
    assert check_site(place.site).keys() == {"zebra", "ant"}


def test_the_default_that_was_chosen_stays(place: Place) -> None:
    for name in ("digits", "other", "third"):
        place.publish(name=name)
    choose_default(place.site, place.out, "third")
    assert remove_model(place.site, place.out, "digits")[1] is None
    assert place.json("models/index.json")["default"] == "third"


def test_the_only_model_is_refused_and_stays(place: Place) -> None:
    place.publish()
    before = snapshot(place.site), snapshot(place.out)  # with its memory
    with pytest.raises(
        PublishError, match=r"'digits', the only one in .* delete its folder"
    ):
        remove_model(place.site, place.out, "digits")
    assert (snapshot(place.site), snapshot(place.out)) == before


def test_a_model_of_the_store_alone_is_removed_and_an_unknown_one_is_nothing(
    place: Place,
) -> None:
    place.publish()
    make_version(place.out, name="waiting")
    site = snapshot(place.site)
    assert [*remove_model(place.site, place.out, "waiting")[0]] == [
        str(place.out / "waiting")
    ]
    assert remove_model(place.site, place.out, "waiting") == ({}, None)
    assert snapshot(place.site) == site
    with pytest.raises(ConfigError, match="Try digits"):
        remove_model(place.site, place.out, "../digits")


def test_a_removed_model_is_not_restored_and_can_be_published_again(
    place: Place,
) -> None:
    place.publish(name="other")
    place.publish()
    (
        place.site / "models" / "digits" / "latest.json"
    ).unlink()  # one whose pointer was lost is removed as well
    remove_model(place.site, place.out, "digits")
    place.publish()
    assert check_site(place.site).keys() == {"digits", "other"}
    assert len(place.json("models/digits/history.json")) == 1
