"""Output of `pipeline versions`."""

import json
import shutil

import pytest

from pipeline.site.releases import VersionRow, list_versions
from tests.support.versions import Place, check_site, make_version

TIMES = (
    "2026-11-20T03:00:00Z",
    "2026-11-26T03:00:00Z",
    "2026-11-26T08:30:00Z",
    "2026-11-27T03:00:00Z",
)


@pytest.fixture
def ids(place: Place, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The second version was rolled back, and the third is live."""
    times = iter(TIMES)
    monkeypatch.setattr("pipeline.site.pointers.utc_now", lambda: next(times))
    monkeypatch.setattr("pipeline.site.releases.utc_now", lambda: TIMES[2])
    published = [
        place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").version
        for n in (1, 2)
    ]
    place.rollback()
    return [*published, place.publish(b"w3", created="2026-01-03T00:00:00Z").version]


def rows(place: Place) -> dict[str, VersionRow]:
    return {row.version: row for row in list_versions(place.out, place.site)}


def test_a_row_says_what_became_of_a_version(place: Place, ids: list[str]) -> None:
    place.run("versions", "pin", "digits", ids[0])
    found = rows(place)
    assert [found[version].live for version in ids] == [False, False, True]
    assert [found[version].default for version in ids] == [False, False, True]
    assert [found[version].held for version in ids] == [None, None, TIMES[2]]
    assert [found[version].pinned for version in ids] == [True, False, False]
    spans = [
        [(period.since, period.until) for period in found[version].periods]
        for version in ids
    ]
    assert spans == [
        [(TIMES[0], TIMES[1]), (TIMES[2], TIMES[3])],
        [(TIMES[1], TIMES[2])],
        [(TIMES[3], None)],
    ]
    lines = place.run("versions", "list").stdout.splitlines()
    assert lines[0].endswith(
        f" kB  live 2026-11-26 08:30 to 2026-11-27 03:00 after a rollback from {ids[1]}"
        " (+1 earlier), pinned"
    )
    assert lines[1].endswith(" kB  live 2026-11-26 03:00 to 2026-11-26 08:30")
    assert lines[2].endswith(
        " kB  live since 2026-11-27 03:00, default, held since 2026-11-26 08:30"
    )
    document = json.loads(place.run("versions", "list", "--json").stdout)
    assert document[2]["held"] == TIMES[2]
    assert document[2]["periods"] == [
        {"version": ids[2], "since": TIMES[3], "until": None, "rolled_back_from": None}
    ]


def test_an_announced_version_was_never_live_and_one_without_history_is_listed(
    place: Place, ids: list[str]
) -> None:
    pointer = place.site / "models" / "digits" / "latest.json"
    before = pointer.read_bytes()
    # as if the run that published the third had been killed
    pointer.write_text(json.dumps({"version": ids[0]}))
    assert rows(place)[ids[2]].periods == ()
    assert rows(place)[ids[0]].periods[-1].until is None
    pointer.write_bytes(before)
    pointer.with_name("history.json").unlink()
    assert rows(place)[ids[2]].live
    lines = place.run("versions", "list").stdout.splitlines()
    assert lines[2].endswith(" kB  live, default, held since 2026-11-26 08:30")
    shutil.rmtree(place.site)
    assert "There is no site in" in place.run("versions", "list").stderr


def test_a_rollback_says_what_it_holds_and_how_to_release_that(place: Place) -> None:
    first, second = (place.publish(b"w%d" % n).version for n in (1, 2))
    assert place.run("rollback", "digits", second).stdout.endswith(
        "\ndigits is not held: it was live already\n"
    )
    assert place.run("rollback", "digits").stdout.splitlines() == [
        f"digits {first} is live in {place.site}",
        (
            "digits is held: builds do not publish it. To let them: pipeline versions"
            f" release digits --store {place.out} --site {place.site}"
        ),
    ]
    document = json.loads(place.run("rollback", "digits", second, "--json").stdout)
    assert (
        document["version"],
        document["previous_version"],
        bool(document["held"]),
    ) == (second, first, True)
    assert document["rolled_back_from"] == first
    assert (
        json.loads(place.run("rollback", "digits", second, "--json").stdout)[
            "rolled_back_from"
        ]
        is None
    )
    place.run("versions", "release", "digits")
    assert not any(
        row["held"]
        for row in json.loads(place.run("versions", "list", "--json").stdout)
    )


@pytest.mark.parametrize("in_store", [True, False])
def test_a_model_that_the_page_lists_and_the_site_lacks_is_mended(
    place: Place, in_store: bool
) -> None:
    place.publish(name="b-second")
    place.publish(name="a-first")
    shutil.rmtree(place.site / "models" / "a-first")
    if not in_store:
        shutil.rmtree(place.out / "a-first")
    place.publish(b"w2", name="b-second")
    default = "a-first" if in_store else "b-second"  # the store remembers what was live
    assert place.json("models/index.json")["default"] == default
    assert f"models/{default}/" in place.card()
    assert list(check_site(place.site)) == sorted({default, "b-second"})


def test_a_default_whose_live_version_is_gone_for_good_is_replaced(
    place: Place,
) -> None:
    place.publish(name="b-second")
    version = place.publish(name="a-first").version
    for root in (place.site / "models", place.out):
        shutil.rmtree(root / "a-first" / version)
    place.publish(b"w2", name="b-second")
    assert place.json("models/index.json")["default"] == "b-second"
    assert "The page opens with b-second from now on" in place.said[-1]


def test_errors_of_the_group_have_their_exit_codes_and_a_damaged_index_is_named(
    place: Place,
) -> None:
    place.publish()
    for words, code in (
        ("release other", 6),
        ("pin digits abc", 6),
        ("default none", 6),
        ("release Digits", 2),
    ):
        place.run("versions", *words.split(), code=code)
    (place.site / "models" / "index.json").write_text("[]")
    assert (
        "index.json must list the models"
        in place.run("versions", "list", code=6).stderr
    )


def test_versions_of_the_store_or_the_site_alone_and_damaged_ones_are_listed(
    place: Place, ids: list[str]
) -> None:
    shutil.rmtree(place.out / "digits" / ids[0])
    broken = make_version(place.out, b"w4")
    (broken / "manifest.json").write_text("{")
    make_version(place.out, name="another", metrics=None)
    alone, damaged, *versions = list_versions(place.out, place.site)
    assert (alone.name, alone.test_accuracy, alone.problem) == ("another", None, None)
    assert (alone.live, alone.default, alone.held, alone.pinned, alone.periods) == (
        False,
        False,
        None,
        False,
        (),
    )
    assert damaged.version == broken.name
    assert "is not JSON" in str(damaged.problem)
    assert [(row.name, row.version, row.test_accuracy) for row in versions] == [
        ("digits", one, 0.9561) for one in ids
    ]
    assert versions[-1].bytes > 1000
    assert list_versions(place.out / "none", place.site / "none") == []
