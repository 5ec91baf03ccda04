"""`pipeline versions` prune and remove, as commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.versions import Place, check_site


def run(place: Place, words: str, code: int = 0) -> str:
    done = place.run("versions", *words.split(), code=code)
    return done.output if code else done.stdout


def document(place: Place, words: str) -> dict[str, Any]:
    return dict(json.loads(run(place, f"{words} --json")))


@pytest.fixture
def aged(place: Place) -> Place:
    """Four versions."""
    for n in (1, 2, 3, 4):
        place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z")
    return place


def test_prune_keeps_five_and_thirty_days_and_tells_the_bytes(aged: Place) -> None:
    assert run(aged, "prune --dry-run") == "There was nothing to remove\n"
    assert (
        run(aged, "prune --keep 1 --days 0 --dry-run")
        .splitlines()[-1]
        .endswith(" kB  would be removed")
    )
    assert run(aged, "prune") == "There was nothing to remove\n"
    found = document(aged, "prune digits --keep 1 --days 0")
    # two in two places
    assert (found["name"], found["dry_run"], len(found["removed"])) == (
        "digits",
        False,
        4,
    )
    assert found["bytes"] == sum(found["removed"].values()) > 1000
    assert len(check_site(aged.site)) == 1


def test_an_unknown_model_and_impossible_numbers_are_refused(aged: Place) -> None:
    assert "Received: 'letters'. There are: digits" in run(aged, "prune letters", 6)
    assert "Received: 'letters'. There are: digits" in run(aged, "remove letters", 6)
    for option in ("--keep -1", "--days -1", "--days nan", "--days 1e9"):
        run(aged, f"prune {option}", 2)


def test_remove_takes_a_model_from_everywhere_and_says_with_what_the_page_opens(
    aged: Place,
) -> None:
    aged.publish(name="other")
    document(aged, "default digits")
    done = document(aged, "remove digits")
    assert (done["name"], done["default"]) == ("digits", "other")
    assert [Path(path).name for path in done["removed"]] == ["digits", "digits"]
    assert check_site(aged.site).keys() == {"other"}
    assert "the only one" in run(aged, "remove other", 6)
