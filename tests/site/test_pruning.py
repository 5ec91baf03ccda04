"""Pruning deletes old versions, and never a live, pinned or foreign one."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.signing.bundle import signature_path
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.pruning import prune
from pipeline.site.releases import pin_version
from pipeline.system.files import bytes_below
from tests.support.versions import Place, check_site, make_version, scratch_in, snapshot


def published(place: Place, count: int, **options: object) -> list[str]:
    """Publish versions, each created a day after the one before."""
    return [
        place.publish(
            b"w%d" % n,
            created=f"2026-01-{n:02}T00:00:00Z",
            **options,  # type: ignore[arg-type]
        ).version
        for n in range(1, count + 1)
    ]


def age(place: Place, days: float, name: str = "digits") -> None:
    """Let the history have happened earlier."""
    path = place.site / "models" / name / "history.json"
    entries = json.loads(path.read_text())
    for entry in entries:
        then = datetime.fromisoformat(entry["published_at"]) - timedelta(days=days)
        entry["published_at"] = then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    path.write_text(json.dumps(entries))
    (place.out / name / MEMORY_NAME).unlink()  # which knows when it really was


def there(root: Path, name: str = "digits") -> set[str]:
    return {path.name for path in (root / name).iterdir() if path.is_dir()}


def test_the_live_version_and_the_rollback_target_stay_and_the_rest_goes(
    place: Place,
) -> None:
    *old, before, live = published(place, 4)
    removed = place.prune()
    assert there(place.site / "models") == there(place.out) == {before, live}
    roots = (place.site / "models", place.out)
    assert [*removed] == [
        str(root / "digits" / one) for root in roots for one in sorted(old)
    ]
    assert all(size > 1000 for size in removed.values())
    assert check_site(place.site) == {"digits": live}
    assert [entry["version"] for entry in place.json("models/digits/history.json")] == [
        *old,
        before,
        live,
    ]
    assert scratch_in(place.site, place.out) == []
    assert place.rollback().version == before
    with pytest.raises(PublishError, match="no earlier undamaged version of digits"):
        place.rollback()
    with pytest.raises(PublishError, match=f"Received: '{old[0]}'"):
        place.rollback(version=old[0])


def test_the_newest_stay(place: Place) -> None:
    versions = published(place, 5)
    place.prune(keep=3)
    assert there(place.site / "models") == there(place.out) == set(versions[-3:])


def test_versions_live_within_the_days_stay(place: Place) -> None:
    versions = published(place, 4)
    age(place, 10)
    latest = place.publish(
        b"w5", created="2026-01-05T00:00:00Z"
    ).version  # the fourth was live until now
    place.prune(days=11)
    assert there(place.site / "models") == {*versions, latest}
    place.prune(days=9)
    assert there(place.site / "models") == {versions[3], latest}


def test_a_pinned_version_stays_and_goes_once_the_pin_is_off(place: Place) -> None:
    first, _, before, live = published(place, 4)
    pin_version(place.site, place.out, "digits", first)
    place.prune()
    assert there(place.site / "models") == there(place.out) == {first, before, live}
    pin_version(place.site, place.out, "digits", first, on=False)
    place.prune()
    assert there(place.site / "models") == {before, live}


@pytest.mark.parametrize("by", ["prune", "build"])
@pytest.mark.parametrize(
    "what",
    [
        "s*/models",
        "s*/*/*/{}",
        "*/**/{}",
        "s*/*/*/{}/*.keras",
        "*/**/{}/*.keras",
        "*/*/*/{}/*.gz",
    ],
)
def test_an_older_version_that_is_lost_or_damaged_is_restored_or_named(
    what: str, by: str, tmp_path: Path, key: Path
) -> None:
    place = Place(tmp_path)  # with compressed copies
    old = published(place, 3, key=key)[0]
    # the other is in the store alone
    for version in (
        old,
        make_version(place.out, b"w4").name,
    ):
        pin_version(place.site, place.out, "digits", version)
    before = {
        path: content for path, content in snapshot(place.site).items() if old in path
    }
    for path in sorted(tmp_path.glob(what.format(old))):
        (
            shutil.rmtree(path)
            if path.is_dir()
            else path.write_bytes(path.read_bytes() + b"!")
        )
    told: list[list[str]] = [[], []]
    for said in told:
        (
            place.prune(warn=said.append)
            if by == "prune"
            else said.extend(place.publish(b"w3").warnings)
        )
        said[:] = [line for line in said if f"{old} " in line]
    if "**" in what:
        assert told[0] == told[1]
        assert f"{old} is lost or damaged, and not whole in" in told[0][0]
    else:
        assert [len(lines) for lines in told] == [not what.endswith("gz"), 0]
        assert {
            path: content
            for path, content in snapshot(place.site).items()
            if old in path
        } == before
    assert not (place.site / "models" / "digits" / version).exists()


def test_the_version_that_was_built_last_stays_in_the_store_though_it_was_not_published(
    place: Place,
) -> None:
    live = place.publish(b"w1", created="2026-02-01T00:00:00Z").version
    waiting = [
        make_version(place.out, b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").name
        for n in (2, 3)
    ]
    place.prune()
    assert there(place.out) == {live, waiting[1]}


def test_a_store_that_was_never_published_keeps_its_newest(place: Place) -> None:
    versions = [
        make_version(place.out, b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").name
        for n in (1, 2, 3)
    ]
    place.prune(keep=2)
    assert there(place.out) == set(versions[1:])
    assert not place.site.exists()


def test_signatures_go_with_their_versions(place: Place, key: Path) -> None:
    versions = published(place, 3, key=key)
    place.prune()
    for root in (place.site / "models", place.out):
        assert [signature_path(root / "digits" / one).exists() for one in versions] == [
            False,
            True,
            True,
        ]


def test_only_the_model_that_was_named_is_pruned(place: Place) -> None:
    digits, other = published(place, 3), published(place, 3, name="other")
    place.prune("other")
    assert there(place.site / "models") == set(digits)
    assert there(place.site / "models", "other") == set(other[1:])
    with pytest.raises(
        PublishError, match=r"Received: 'another'. There are: digits, other\."
    ):
        place.prune("another")
    with pytest.raises(ConfigError, match="Try other"):
        place.prune("Other")


def test_a_dry_run_tells_the_same_and_changes_nothing(place: Place) -> None:
    published(place, 4)
    before = {
        path: path.stat().st_mtime_ns
        for root in (place.site, place.out)
        for path in root.rglob("*")
    }
    told = place.prune(dry_run=True)
    assert {
        path: path.stat().st_mtime_ns
        for root in (place.site, place.out)
        for path in root.rglob("*")
    } == before
    assert place.prune() == told
    assert place.prune() == {}


def test_the_bytes_told_are_those_that_the_disk_gains(tmp_path: Path) -> None:
    place = Place(tmp_path)  # with compressed copies
    weights = b"weights of some version " * 1000
    for n in (1, 2, 3):
        place.publish(b"%d" % n + weights, created=f"2026-01-0{n}T00:00:00Z")
    before = bytes_below(place.site) + bytes_below(place.out)
    removed = place.prune()
    told = sum(removed.values())
    assert before - bytes_below(place.site) - bytes_below(place.out) == told


def test_without_the_site_nothing_is_deleted(place: Place) -> None:
    published(place, 3)
    shutil.rmtree(place.site)
    before = snapshot(place.out)
    with pytest.raises(
        PublishError,
        match=r"the site must say which version of it is live.*publish the model",
    ):
        place.prune()
    assert snapshot(place.out) == before


def test_folders_that_are_not_ours_are_refused(place: Place, tmp_path: Path) -> None:
    published(place, 3)
    foreign = tmp_path / "foreign"
    (foreign / "digits" / "0123456789ab").mkdir(parents=True)
    with pytest.raises(PublishError, match="was not made by this pipeline"):
        prune(place.site, foreign, keep=0, days=0)
    with pytest.raises(PublishError, match="was not made by this pipeline"):
        prune(foreign, place.out, keep=0, days=0)
    assert (foreign / "digits" / "0123456789ab").is_dir()


def test_code_of_earlier_releases_stays_because_pinned_snippets_may_name_it(
    place: Place,
) -> None:
    old = place.web / "assets" / "embed-aaaaaaa1.js"
    old.write_text("old")
    place.publish()
    old.unlink()
    published(place, 3)
    place.prune()
    assert (place.site / "assets" / old.name).exists()
    assert f"assets/{old.name}" in place.json("page.json")
