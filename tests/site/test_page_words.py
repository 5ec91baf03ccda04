"""The page's words about itself: those of the script, safe for any text, and renewable."""

import html
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.site.page_words import name_page, page_words
from tests.support.versions import typed

ROOT = Path(__file__).parents[2]
CASES = json.loads((ROOT / "tests/fixtures/page_words.json").read_text())
PAGE = (ROOT / "web/index.html").read_bytes()


@pytest.mark.parametrize("case", CASES)
def test_python_and_javascript_find_the_same_words(case: dict[str, Any], manifest: dict[str, Any]) -> None:
    drawn = {"preprocess": {"drawing": [{"step": "ink"}], "image": []}}
    facts = drawn | case["manifest"] | {"data": manifest["data"] | {"name": case["manifest"]["data"]}}
    assert page_words(typed(manifest | facts)) == case["words"]


def test_the_page_names_them_in_each_of_its_places(manifest: dict[str, Any]) -> None:
    words = {"title": 'Shapes <b>&" \\1', "noun": "shape"}
    page = name_page(PAGE, typed(manifest | words)).decode()
    title = html.escape(words["title"])
    assert f'<title data-words="title">{title}</title>' in page
    assert f'<h1 data-words="title">{title}</h1>' in page
    assert 'content="Draw a shape with a finger' in page
    assert '<p class="promise" data-words="promise">A small model answers' in page
    assert page.count("data-words") == PAGE.count(b"data-words") == 4


def test_naming_again_replaces_what_was_there(manifest: dict[str, Any]) -> None:
    other = name_page(PAGE, typed(manifest | {"title": "Other"}))
    assert b"Other" in other
    assert name_page(other, typed(manifest)) == name_page(PAGE, typed(manifest))


def test_a_page_of_an_earlier_release_stays_as_it_is(manifest: dict[str, Any]) -> None:
    page = PAGE.replace(b"data-words", b"data-other")
    assert name_page(page, typed(manifest)) == page
