"""An owner's decisions about versions: release, pin and default."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.python_api import publish
from pipeline.site.pruning import prune
from pipeline.site.releases import choose_default, pin_version, release_model, rollback
from pipeline.site.settings import (
    Settings,
    hold_of,
    parse_settings,
    read_settings,
    write_settings,
)
from pipeline.versions import store
from tests.support.versions import Place, check_site, make_version, scratch_in, snapshot


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Two versions, of which the first is live again."""
    published = [place.publish(b"w%d" % n).version for n in (1, 2)]
    place.rollback()
    return published


def test_a_rollback_holds_the_model_until_it_is_released(
    place: Place, ids: list[str]
) -> None:
    versions = [store.open_version(place.out / "digits" / version) for version in ids]
    equal = store.open_version(make_version(place.out, b"w3"))  # whatever a build makes
    models = place.site / "models"
    for _ in range(2):
        found = [
            hold_of(place.site, place.out, "digits", version.id)
            for version in (*versions, equal)
        ]
        assert found[0] is None  # it is live: a build may renew the page around it
        assert found[1] == found[2]
        assert found[1] is not None
        assert (found[1].since, found[1].live) == (
            read_settings(models, "digits").held,
            ids[0],
        )
        assert (
            found[1].release
            == f"pipeline versions release digits --store {place.out} --site"
            f" {place.site}"
        )
        with pytest.raises(
            PublishError,
            match=(
                r"is not published: the rollback of .* holds the model\. .* release"
                r" digits"
            ),
        ):
            publish("digits", ids[1], store=place.out, site=place.site)
        for _ in range(2):  # the second time changes nothing
            settings = release_model(place.site, place.out, "digits")
            assert settings == read_settings(models, "digits")
            assert settings.held is None
        assert hold_of(place.site, place.out, "digits", ids[1]) is None
        place.publish(b"w2")
        place.rollback()
    assert hold_of(place.site, place.out, "other", None) is None


def test_a_hold_begins_before_the_older_version_is_live_and_a_rollback_to_what_is_live_holds_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = place.publish(b"w1").version
    place.rollback(version=version)
    assert read_settings(place.site / "models", "digits").held is None
    place.publish(b"w2")
    monkeypatch.setattr("pipeline.site.releases.write_with_copies", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        place.rollback()
    assert read_settings(place.site / "models", "digits").held is not None


def test_a_pin_is_put_on_and_taken_off(place: Place, ids: list[str]) -> None:
    stored = make_version(place.out, b"w3").name  # never published
    for version in (ids[0], stored, stored):
        pin_version(place.site, place.out, "digits", version)
    assert read_settings(place.site / "models", "digits").pinned == tuple(
        sorted([ids[0], stored])
    )
    for version in (ids[0], stored, stored):
        pin_version(place.site, place.out, "digits", version, on=False)
    settings = read_settings(place.site / "models", "digits")
    assert (settings.pinned, settings.held is None) == ((), False)
    for on in (True, False):
        with pytest.raises(
            PublishError, match=rf"Received: 'abc'\. Available: .*{stored}"
        ):
            pin_version(place.site, place.out, "digits", "abc", on=on)
    # A version that is gone can still lose its pin.
    pin_version(place.site, place.out, "digits", ids[1])
    for root in (place.site / "models", place.out):
        (root / "digits" / ids[1]).rename(root / "gone")
    assert pin_version(place.site, place.out, "digits", ids[1], on=False).pinned == ()


def test_another_default_changes_the_index_and_the_words_and_nothing_else(
    place: Place, ids: list[str]
) -> None:
    other = place.publish(name="other").version
    # the newest, as long as nobody chose
    assert place.json("models/index.json")["default"] == "other"
    choose_default(place.site, place.out, "digits")
    before = snapshot(place.site)
    assert choose_default(place.site, place.out, "other") == other
    after = snapshot(place.site)
    changed = {"models/index.json", "index.html", "page.json"}
    assert {path for path in after if after[path] != before.get(path)} == changed
    assert before.keys() == after.keys()
    assert [row["name"] for row in place.json("models/index.json")["models"]] == [
        "other",
        "digits",
    ]
    assert f"models/other/{other}/" in place.card()
    assert check_site(place.site) == {"digits": ids[0], "other": other}
    place.publish(b"w4", name="third")
    assert place.json("models/index.json")["default"] == "other"
    choose_default(place.site, place.out, "digits")
    assert before["index.html"] == (place.site / "index.html").read_bytes()


def test_a_default_mends_a_damaged_index_and_keeps_the_address(place: Place) -> None:
    place.publish()
    index = place.site / "models" / "index.json"
    index.write_text(
        json.dumps(
            place.json("models/index.json") | {"base_url": "https://example.org/"}
        )
    )
    choose_default(place.site, place.out, "digits", progress=place.said.append)
    assert place.json("models/index.json")["base_url"] == "https://example.org/"
    index.write_text("{")
    choose_default(place.site, place.out, "digits", progress=place.said.append)
    assert check_site(place.site)
    assert place.json("models/index.json")["base_url"] == "https://example.org/"
    assert len(place.said) == 1
    assert "was lost or damaged: what" in place.said[0]


def test_a_site_without_a_page_has_a_default_too(place: Place) -> None:
    for name in ("a", "b"):
        place.publish(name=name, embed_only=True)
    choose_default(place.site, place.out, "b")
    assert place.json("models/index.json")["default"] == "b"
    assert not (place.site / "index.html").exists()


DECISIONS: list[Callable[..., Any]] = [
    release_model,
    lambda site, out, name: pin_version(site, out, name, "0123456789ab"),
    choose_default,
]


@pytest.mark.parametrize("decide", [*DECISIONS, rollback])
def test_a_model_that_the_site_does_not_show_is_named(
    decide: Callable[..., Any], place: Place, tmp_path: Path
) -> None:
    place.publish()
    with pytest.raises(
        PublishError, match=r"Received: 'other' in .*site\. Published: digits\."
    ):
        decide(place.site, place.out, "other")
    with pytest.raises(ConfigError, match="Try digits"):
        decide(place.site, place.out, "Digits")
    with pytest.raises(PublishError, match="Published: nothing"):
        decide(tmp_path / "none", tmp_path / "nothing", "digits")
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    "decide", [*DECISIONS[:2], lambda site, out, _: prune(site, out, keep=0, days=0)]
)
def test_settings_that_cannot_be_read_are_left_alone(
    decide: Callable[..., Any], place: Place
) -> None:
    place.publish()
    path = place.site / "models" / "digits" / "settings.json"
    path.write_text('{"pinned": [], "of a newer release": 1}')
    before = snapshot(place.site)
    with pytest.raises(
        PublishError,
        match=r"settings\.json cannot be used: of a newer release is not a known key",
    ):
        decide(place.site, place.out, "digits")
    assert snapshot(place.site) == before


def test_settings_come_back_as_written(tmp_path: Path) -> None:
    (tmp_path / "digits").mkdir()
    settings = Settings(
        revision=2, pinned=("0123456789ab",), held="2026-11-26T03:00:00Z"
    )
    write_settings(tmp_path, "digits", settings)
    assert read_settings(tmp_path, "digits") == settings
    document = json.loads((tmp_path / "digits" / "settings.json").read_bytes())
    assert document == {
        "revision": 2,
        "held": "2026-11-26T03:00:00Z",
        "pinned": ["0123456789ab"],
    }
    assert scratch_in(tmp_path) == []


def test_bad_settings_are_refused_with_the_next_step_but_a_key_may_be_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "digits").mkdir()
    unfit = [
        "[]",
        "{",
        '{"pinned": "x"}',
        '{"pinned": ["../x"]}',
        '{"pinned": [], "later": 1}',
        '{"held": true}',
    ]
    for content in [*unfit, '{"released": {}}']:
        (tmp_path / "digits" / "settings.json").write_text(content)
        with pytest.raises(
            PublishError,
            match=r"settings\.json cannot be used: .* delete it and run again",
        ):
            read_settings(tmp_path, "digits")
    assert parse_settings({"pinned": ["0123456789ab"]}) == Settings(
        pinned=("0123456789ab",)
    )
    assert parse_settings({}) == Settings()
