"""The address that the owner gives a site:

checked, normalized, and kept by every later change of the site.
"""

from typing import Any

import pytest

from pipeline.errors import ConfigError
from pipeline.site.index import normalized_base_url
from tests.support.versions import Place, make_version, publish_folder

URL = "https://example.org/site/"


@pytest.mark.parametrize(("given", "expected"), [
    ("https://example.org", "https://example.org/"), ("HTTPS://example.org/site", URL),
    ("https://example.org/site//", URL),
    ("http://[2001:db8::1]:8080/a%20b", "http://[2001:db8::1]:8080/a%20b/"),
    ("https://müller.example/~a", "https://müller.example/~a/"),
])  # fmt: skip
def test_an_address_ends_with_one_slash(given: str, expected: str) -> None:
    assert normalized_base_url(given) == expected
    assert normalized_base_url(expected) == expected


REFUSED = """
example.org/site /site/ ftp://example.org/ file:///srv/site/ https:// https://example.org:port/ https://[::1/
https://me:secret@example.org/ https://example.org/?model=digits https://example.org/#use
https://example.org/site/index.html https://example.org/'onload='x/ https://example.org/"><script>/
"""


@pytest.mark.parametrize(
    "given",
    [*REFUSED.split(), "", "https://example.org/a b/", "https://example.org/\nsite/"],
)
def test_anything_else_is_refused_with_an_example(given: str) -> None:
    rule = (
        r"(?s)must be the address of the"
        r" folder(?!.*secret).*Received:.*https://example\.org"
    )
    with pytest.raises(ConfigError, match=rule):
        normalized_base_url(given)


def published(place: Place, weights: bytes, base_url: str | None) -> Any:
    """Publish a version; returns the address that the site has then."""
    folder = make_version(place.out, weights)
    publish_folder(
        folder,
        place.site,
        place.web,
        place.out,
        base_url=base_url,
        progress=pytest.fail,
    )
    return address_of(place)


def address_of(place: Place) -> Any:
    return place.json("models/index.json").get("base_url")


def test_it_stays_until_another_is_given(place: Place) -> None:
    with pytest.raises(ConfigError):
        published(place, b"w1", "example.org")
    assert not place.site.exists()
    assert published(place, b"w1", None) is None
    assert published(place, b"w2", "https://example.org/site") == URL
    assert published(place, b"w3", None) == URL
    place.rollback()
    assert address_of(place) == URL
    assert published(place, b"w4", "https://other.example") == "https://other.example/"


@pytest.mark.parametrize(
    "damage", ['{"default": "digits", "base_url": "x y"}', "[]", None]
)
def test_a_lost_list_of_models_is_restored_from_the_store_or_says_what_to_give_again(
    place: Place, damage: str | None
) -> None:
    place.publish(title="Digits")
    place.publish(name="other", expires=30)
    place.run("versions", "default", "digits")
    published(place, b"w1", URL)
    path, before = place.site / "models" / "index.json", place.json("models/index.json")
    path.write_text(damage) if damage else path.unlink()
    warning = f"{path} was lost or damaged: what {place.out} remembers takes its place."
    assert warning in place.run("versions", "prune", "--dry-run").stderr
    assert warning in place.publish(b"w2", title="Digits").warnings
    assert place.json("models/index.json") == before
    for memory in place.out.glob("*/sites.json"):
        memory.unlink()
    path.write_text(damage or "{")
    place.said.clear()
    place.publish(b"w2")
    assert "give it again" in place.said[0]
    assert address_of(place) is None
