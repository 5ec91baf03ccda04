"""The store alone is enough to make the site again, byte for byte."""

import json
import shutil
from pathlib import Path

import brotli
import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.signing.keys import make_key
from pipeline.signing.targets import sign_target
from pipeline.site.backup import remember
from pipeline.site.compress import LEAST, is_copy
from pipeline.site.decisions import choose_default, pin_version, release_version
from pipeline.site.restoring import UNFINISHED, restore
from pipeline.versions.store import DamagedVersion
from tests.support.versions import Place, check_site, make_version, make_web, publish_folder, scratch_in, snapshot

LARGE = b"weights of a version " * LEAST


def elsewhere(place: Place, to: Path) -> Path:
    """A site restored in another place, from a copy of the store."""
    shutil.copytree(place.out, to / "out")
    restore(to / "site", to / "out", place.web, progress=place.said.append)
    return to / "site"


def assert_the_same(place: Place, site: Path) -> None:
    ours, theirs = snapshot(place.site), snapshot(site)
    assert sorted(theirs) == sorted(ours)
    assert {path for path in ours if ours[path] != theirs[path]} == set()
    assert check_site(site) == check_site(place.site)


def test_two_models_with_rollbacks_pins_and_signatures_come_back_byte_for_byte(tmp_path: Path) -> None:
    place, key = Place(tmp_path), tmp_path / "key"  # with compressed copies
    make_key(key)
    make_web(place.web, "1", padding=2 * LEAST)
    script = place.web / "assets" / "part-0123abcd.js"
    script.write_text("/" * 2 * LEAST)
    script.with_name(f"{script.name}.br").write_bytes(brotli.compress(script.read_bytes(), quality=1))
    first, second, third = (place.publish(b"%d " % n + LARGE).version for n in (1, 2, 3))
    place.publish(b"o1" + LARGE, name="other", key=key)
    place.publish(b"o2" + LARGE, name="other", key=key)
    place.rollback()
    place.rollback()
    place.rollback("other", key=key)
    pin_version(place.site, place.out, "digits", second)
    release_version(place.site, place.out, "digits", third)
    choose_default(place.site, place.out, "other")
    sign_target("digits", key, version=None, site=place.site, out=place.out)
    assert check_site(place.site)["digits"] == first
    assert len([path for path in place.site.rglob("*") if is_copy(path)]) > 20
    site = elsewhere(place, tmp_path / "there")
    assert_the_same(place, site)
    assert scratch_in(site, site.parent / "out") == []
    assert not (site / UNFINISHED).exists()


def test_the_restored_site_and_its_store_go_on_as_before(place: Place, tmp_path: Path) -> None:
    versions = [place.publish(b"w%d" % n).version for n in (1, 2)]
    there = Place(tmp_path / "there")
    elsewhere(place, tmp_path / "there")
    assert there.rollback().version == versions[0]
    assert check_site(there.site) == {"digits": versions[0]}
    third = there.publish(b"w3").version
    assert check_site(there.site) == {"digits": third}


def test_a_site_without_a_page_comes_back_without_one(place: Place, tmp_path: Path) -> None:
    place.publish(embed_only=True)
    site = elsewhere(place, tmp_path / "there")
    assert_the_same(place, site)
    assert not (site / "index.html").exists()


def test_assets_of_earlier_releases_come_back_because_pages_elsewhere_name_them(place: Place, tmp_path: Path) -> None:
    part = place.web / "assets" / "part-abcdefgh.js"
    part.write_text("export {};")
    place.publish(b"w1")
    part.unlink()  # the next release has it no more
    place.publish(b"w2")
    site = elsewhere(place, tmp_path / "there")
    assert_the_same(place, site)
    assert (site / "assets" / part.name).is_file()


def test_what_the_site_shows_is_what_is_restored_although_the_store_had_another_build(
    place: Place, tmp_path: Path
) -> None:
    version = place.publish(b"w1").version
    shutil.rmtree(place.out)
    place.publish(b"w1", created="2026-12-24T00:00:00Z")  # the same model, built again: readers keep the first
    assert "2026-12-24" not in (place.site / "models" / "digits" / version / "manifest.json").read_text()
    assert_the_same(place, elsewhere(place, tmp_path / "there"))


def test_a_version_that_only_the_site_has_is_copied_into_the_store(place: Place, tmp_path: Path) -> None:
    first = place.publish(b"w1").version
    shutil.rmtree(place.out)
    place.publish(b"w2")
    assert (place.out / "digits" / first / "manifest.json").is_file()
    assert_the_same(place, elsewhere(place, tmp_path / "there"))


def test_a_damaged_version_of_the_site_that_the_store_lacks_is_told_and_left_out(place: Place, tmp_path: Path) -> None:
    first, second = (place.publish(b"w%d" % n).version for n in (1, 2))
    (place.site / "models" / "digits" / first / "model.keras").write_bytes(b"")
    shutil.rmtree(place.out / "digits" / first)
    place.publish(b"w2")
    assert any("The store has no copy of it." in line for line in place.said)
    site = elsewhere(place, tmp_path / "there")
    assert check_site(site) == {"digits": second}
    assert not (site / "models" / "digits" / first).exists()


def test_a_signature_made_on_the_site_is_remembered_and_a_newer_one_in_the_store_stays(
    place: Place, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    make_key(key)
    version = place.publish(key=key).version
    sign_target("digits", key, version=None, site=place.site, out=tmp_path / "no store")
    signature = f"digits/{version}.sig"
    on_site = (place.site / "models" / signature).read_bytes()
    remember(place.site, place.out, progress=place.said.append)
    assert (place.out / signature).read_bytes() == on_site
    sign_target(str(place.out / "digits" / version), key, version=None, site=place.site, out=place.out)
    newer = (place.out / signature).read_bytes()
    remember(place.site, place.out, progress=place.said.append)
    assert (place.out / signature).read_bytes() == newer


def test_a_site_that_is_not_empty_is_refused_and_untouched(place: Place, tmp_path: Path) -> None:
    place.publish()
    before = snapshot(place.site)
    with pytest.raises(PublishError, match=r"missing or empty. Received: .*site, which holds "):
        restore(place.site, place.out, place.web)
    assert snapshot(place.site) == before
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.md").write_text("mine")
    with pytest.raises(PublishError, match=r"was not made by this pipeline"):
        restore(foreign, place.out, place.web)
    assert [path.name for path in foreign.iterdir()] == ["thesis.md"]
    with pytest.raises(ConfigError, match="two folders"):
        restore(place.out / "site", place.out, place.web)


def test_a_store_that_remembers_nothing_is_refused_and_untouched(place: Place, tmp_path: Path) -> None:
    make_version(place.out)
    for out in (place.out, tmp_path / "nothing"):
        with pytest.raises(PublishError, match=r"remembers its site in published\.json\. Received: .* without it"):
            restore(place.site, out, place.web)
    assert not place.site.exists()
    assert not (tmp_path / "nothing").exists()


def test_a_live_version_that_the_store_lost_or_that_is_damaged_stops_before_anything_is_written(
    place: Place, tmp_path: Path
) -> None:
    version = place.publish().version
    (place.out / "digits" / version / "model.keras").write_bytes(b"")
    with pytest.raises(DamagedVersion, match=r"model\.keras has 0 bytes"):
        restore(tmp_path / "there", place.out, place.web)
    shutil.rmtree(place.out / "digits" / version)
    with pytest.raises(DamagedVersion, match="manifest"):
        restore(tmp_path / "there", place.out, place.web)
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("published.json", {"default": "nobody"}),
        ("published.json", {"default": 1}),
        ("digits/published.json", {"live": "../../../etc"}),
        ("digits/published.json", {"versions": ["../../../etc"]}),
        ("digits/published.json", {"history": [{"version": 1}]}),
        ("digits/published.json", {"settings": {"pinned": ["../.."]}}),
    ],
)
def test_a_damaged_memory_is_named(place: Place, tmp_path: Path, path: str, change: dict[str, object]) -> None:
    place.publish()
    file = place.out / path
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(PublishError, match=r"published\.json is damaged: "):
        restore(tmp_path / "there", place.out, place.web)
    assert not (tmp_path / "there").exists()


def test_after_a_crash_the_memory_lags_and_the_next_change_brings_it_up_to_date(place: Place, tmp_path: Path) -> None:
    place.publish(b"w1")
    before = snapshot(place.out)
    second = place.publish(b"w2").version
    for path in ("published.json", "digits/published.json"):
        (place.out / path).write_bytes(before[path])  # as if the run had been killed before it wrote them
    place.publish(name="other")
    assert json.loads((place.out / "digits" / "published.json").read_text())["live"] == second
    assert_the_same(place, elsewhere(place, tmp_path / "there"))


def test_the_store_remembers_the_site_that_was_written_last(place: Place, tmp_path: Path) -> None:
    place.publish(b"w1")
    made = make_version(place.out, b"w2")
    publish_folder(made, tmp_path / "second", place.web, place.out)
    assert check_site(elsewhere(place, tmp_path / "there")) == {"digits": made.name}
