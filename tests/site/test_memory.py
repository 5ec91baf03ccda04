"""Holds and pins survive the loss of any one file: the store remembers."""

import dataclasses
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from pipeline.site.history import earlier_versions, read_history
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.releases import pin_version
from pipeline.site.settings import hold_of, read_settings, write_settings
from pipeline.versions import store
from tests.support.versions import Place, check_site

FILES = ("history.json", "settings.json", "latest.json")


@pytest.fixture
def decided(place: Place) -> Place:
    """A site whose second version was rolled back, after the first one had been pinned;
    `old/` is how it was before.
    """
    first, _ = (place.publish(b"w%d" % n).version for n in (1, 2))
    shutil.copytree(place.site, place.site.parent / "old")
    pin_version(place.site, place.out, "digits", first)
    place.publish(b"w3")
    place.rollback()
    place.rollback()
    place.said.clear()
    return place


def old(path: Path) -> None:
    """Put back the copy of an earlier day, or none where there was none."""
    site = next(parent for parent in path.parents if parent.name == "site")
    earlier = site.parent / "old" / path.relative_to(site)
    shutil.copyfile(earlier, path) if earlier.exists() else path.unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "lost": Path.unlink,
    "emptied": lambda path: path.write_bytes(b""),
    "an empty list": lambda path: path.write_text("[]"),
    "half": lambda path: path.write_bytes(
        path.read_bytes()[: path.stat().st_size // 2]
    ),
    "old": old,
}


def decisions(place: Place) -> tuple[Any, ...]:
    models = place.site / "models"
    live, settings = store.latest(models, "digits"), read_settings(models, "digits")
    return (
        live,
        earlier_versions(read_history(models, "digits"), live),
        settings.held,
        settings.pinned,
    )


@pytest.mark.parametrize(("file", "damage"), sorted(product(FILES, DAMAGES)))
def test_one_file_that_is_lost_is_restored_and_named(
    file: str, damage: str, decided: Place
) -> None:
    before = decisions(decided)
    path = decided.site / "models" / "digits" / file
    DAMAGES[damage](path)
    decided.prune(progress=decided.said.append)
    assert decisions(decided) == before
    assert [
        line
        for line in decided.said
        if f"digits/{file} was lost, damaged or old" in line
    ]
    assert check_site(decided.site) == {"digits": before[0]}


COMMANDS = (
    "rollback digits {}",
    "versions default digits",
    "versions release digits",
    "versions pin digits {}",
)


@pytest.mark.parametrize("words", [*COMMANDS, "versions prune digits"])
def test_every_command_that_changes_the_site_restores_the_pointer_first(
    words: str, decided: Place
) -> None:
    live = decisions(decided)[0]
    (decided.site / "models/digits/latest.json").unlink()
    assert (
        "digits/latest.json was lost" in decided.run(*words.format(live).split()).stderr
    )
    assert decisions(decided)[0] == live


def test_a_rolled_back_version_stays_so_although_the_whole_site_is_lost(
    decided: Place,
) -> None:
    before = decisions(decided)
    shutil.rmtree(decided.site)
    decided.publish(b"other", name="other")
    assert decisions(decided) == before


def test_a_dry_run_restores_nothing_and_says_that_something_is_lost(
    decided: Place,
) -> None:
    (decided.site / "models/digits/settings.json").unlink()
    with pytest.raises(
        PublishError, match=r"lost, damaged or old settings\.json.*without --dry-run"
    ):
        decided.prune(dry_run=True)
    assert not (decided.site / "models/digits/settings.json").exists()


@pytest.mark.parametrize(
    "damage",
    [Path.unlink, lambda path: shutil.copyfile(path.with_suffix(".old"), path)],
)
def test_the_memory_itself_may_be_lost_or_old(
    damage: Callable[[Path], object], decided: Place
) -> None:
    memory = decided.out / "digits" / MEMORY_NAME
    shutil.copyfile(memory, memory.with_suffix(".old"))
    version = decided.publish(b"w4").version
    before = decisions(decided)
    damage(memory)
    pin_version(decided.site, decided.out, "digits", version)
    pin_version(decided.site, decided.out, "digits", version, on=False)
    assert decisions(decided) == before


def test_two_sites_of_one_store_do_not_disturb_each_other(decided: Place) -> None:
    before = decisions(decided)
    staging = decided.site.with_name("staging")
    decided.site, site = staging, decided.site
    decided.publish(b"w5")
    decided.site = site
    assert decisions(decided) == before
    decided.publish(b"w6")


def test_an_old_copy_of_the_site_is_told_and_its_owner_chooses(decided: Place) -> None:
    before = decisions(decided)
    shutil.copytree(decided.site.parent / "old", decided.site, dirs_exist_ok=True)
    (decided.site / "models/digits/settings.json").unlink()
    with pytest.raises(
        PublishError,
        match=(
            r"must agree on what is live.*Nothing was changed.*delete \S+latest\.json"
        ),
    ):
        decided.prune()
    (decided.site / "models/digits/latest.json").unlink()
    decided.prune()
    assert decisions(decided) == before


def test_where_site_and_store_were_changed_alone_neither_ends_what_the_other_says(
    decided: Place,
) -> None:
    first, _, held, _ = decisions(decided)
    models = decided.site / "models"
    settings = read_settings(models, "digits")
    write_settings(
        models,
        "digits",
        dataclasses.replace(settings, held=None, pinned=("0123456789ab",)),
    )
    decided.prune()
    assert decisions(decided)[2:] == (held, ("0123456789ab", first))


def test_a_live_version_that_is_damaged_in_both_places_stays_away_and_the_hold_stays(
    place: Place,
) -> None:
    live, bad = (place.publish(b"w%d" % n).version for n in (1, 2))
    place.rollback()
    shutil.rmtree(place.site)
    (place.out / "digits" / live / "manifest.json").write_text("{")
    place.publish(name="other")
    assert check_site(place.site).keys() == {"other"}
    hold = hold_of(place.site, place.out, "digits", bad)
    assert hold is not None
    assert hold.live is None
