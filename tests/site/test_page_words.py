"""The page's words about itself: those of the script, safe for any text, and renewable."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.site.page import web_dir
from pipeline.site.page_words import name_page, page_words
from tests.support.versions import typed

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests/fixtures/page_words.json").read_text())
_STOP = (
    (ROOT / "web/src/page/html/stop.html")
    .read_bytes()
    .replace(b"{name}", b"votes")
    .replace(b"{needs}", b"rows")
)
# as the build does
PAGE = (
    (ROOT / "web/index.html")
    .read_bytes()
    .replace(b"<!-- include stop votes rows -->", _STOP)
)


@pytest.mark.parametrize("case", CASES)
def test_python_and_javascript_find_the_same_words(
    case: dict[str, Any], manifest: dict[str, Any]
) -> None:
    drawn = {
        "preprocess": {"drawing": [{"step": "ink"}], "image": []},
        "labels": list("0123456789"),
    }
    measured = (
        case["manifest"]["metrics"]
        and manifest["metrics"] | case["manifest"]["metrics"]
    )
    facts = case["manifest"] | {
        "data": manifest["data"] | {"name": case["manifest"]["data"]},
        "metrics": measured,
    }
    assert page_words(typed(manifest | drawn | facts)) == case["words"]


def test_the_page_names_them_in_each_of_its_places(manifest: dict[str, Any]) -> None:
    words = {"title": 'Shapes <b>&" \\1', "noun": "shape"}
    page = name_page(PAGE, typed(manifest | words)).decode()
    title = html.escape(words["title"])
    assert f'<title data-words="title">{title}</title>' in page
    assert f'<h1 id="page-title" data-words="heading">{title}</h1>' in page
    assert 'content="Draw a shape with a finger' in page
    assert '<p class="promise" data-words="promise">Draw a shape. See how' in page
    assert (
        f'<a data-words="card" href="models/digits/{manifest["version"]}/README.md">its'
        " model card</a>" in page
    )
    assert page.count("data-words") == PAGE.count(b"data-words") == 7


def tags_of(page: bytes) -> dict[str, str]:
    """Read the page as a chat does for the preview of a link."""
    found = re.findall(
        rb'<meta (?:property|name)="((?:og|twitter):[^"]*)" content="([^"]*)" />', page
    )
    return {key.decode(): html.unescape(content.decode()) for key, content in found}


def test_the_preview_of_a_link_says_and_shows_what_the_page_is(
    manifest: dict[str, Any],
) -> None:
    tags = tags_of(name_page(PAGE, typed(manifest), "https://example.org/site/"))
    assert tags["og:title"] == page_words(typed(manifest))["title"]
    assert tags["og:description"] == page_words(typed(manifest))["description"]
    assert tags["og:url"] == "https://example.org/site/"
    assert tags["og:image"] == "https://example.org/site/preview.png"
    assert tags["twitter:card"] == "summary_large_image"
    without_address = tags_of(name_page(PAGE, typed(manifest)))
    assert (without_address["og:image"], "og:url" in without_address) == (
        "preview.png",
        False,
    )
    no_digit = tags_of(name_page(PAGE, typed(manifest | {"noun": "shape"})))
    assert ("og:image" in no_digit, no_digit["twitter:card"]) == (False, "summary")


def test_naming_again_replaces_what_was_there(manifest: dict[str, Any]) -> None:
    other = name_page(PAGE, typed(manifest | {"title": "Other", "linear": False}))
    assert b"Other" in other
    assert b'id="votes" hidden>' in other  # it explains linear models
    assert name_page(other, typed(manifest)) == name_page(PAGE, typed(manifest))


def test_a_page_of_an_earlier_release_stays_as_it_is(manifest: dict[str, Any]) -> None:
    page = PAGE.replace(b"data-words", b"data-other").replace(b"<!-- preview -->", b"")
    assert name_page(page, typed(manifest)) == page


def test_no_page_of_another_model_speaks_of_digits(manifest: dict[str, Any]) -> None:
    shapes = typed(manifest | {"title": "Shapes", "noun": "shape"})
    pages = sorted(web_dir().glob("*.html"))
    assert len(pages) == 5
    for path in pages:
        page = name_page(path.read_bytes(), shapes).decode()
        named = re.findall(r'\b(?:content|alt|aria-\w+)="([^"]*)"', page)
        said = " ".join([re.sub(r"<[^>]*>", " ", page), *named])
        assert not re.search(r"digit|mnist|handwriting", said, re.IGNORECASE), path
