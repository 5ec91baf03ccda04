"""The facts in index.html: complete, safe for any label, and renewable."""

import copy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pipeline.site import noscript
from pipeline.site.noscript import END, START
from tests.support.versions import files_of, typed

PAGE = f"<!doctype html><main><noscript><p>Off.</p>{START}{END}</noscript><p>after</p></main>"
SOURCE = Path(__file__).parents[2] / "web" / "index.html"


def render_static(manifest: dict[str, Any]) -> str:
    return noscript.render_static(typed(manifest))


def fill(page: str, manifest: dict[str, Any]) -> str:
    return noscript.inject(page.encode(), typed(manifest), None).decode()


def has_place(page: str) -> bool:
    return noscript.has_placeholder(page.encode())


VOID = {"img", "meta", "link", "input", "br"}


class Outline(HTMLParser):
    """What a browser without JavaScript builds: every element with its parents, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    handle_startendtag = handle_starttag  # <img … />

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag  # well nested

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]

    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def test_the_pages_source_has_the_place_inside_its_noscript() -> None:
    page = SOURCE.read_text()
    assert has_place(page)
    before = page[: page.index(START)]
    assert before.count("<noscript>") == before.count("</noscript>") + 1


def test_the_facts_are_there(manifest: dict[str, Any]) -> None:
    words = Outline(render_static(manifest)).words()
    for fact in (
        "digits",
        "A linear Keras model (one dense layer and a softmax) with 2,355 parameters",
        "created 2026-11-25",
        "95.61 % of 1,000 test images correctly (95 % interval 94.15 % to 96.72 %)",
        "0 99.00 % 300 1 97.00 % 400 2 90.00 % 300",
        "test accuracy Good enough. 0.9561 0.95 passed",
        manifest["version"],
    ):
        assert fact in words


def test_every_file_can_be_reached_and_the_picture_has_a_text(manifest: dict[str, Any]) -> None:
    outline = Outline(render_static(manifest))
    base = f"models/digits/{manifest['version']}/"
    links = {attributes["href"] for attributes in outline.all("a")}
    assert links == {base + path for path in [*files_of(b""), "README.md", "README.de.md", "manifest.json"]}
    (picture,) = outline.all("img")
    assert picture == {"src": f"{base}weights.png", "alt": "3 images of weights, one per class"}


def test_the_makers_of_the_data_are_named_and_a_failed_gate_is_said_to_have_failed(manifest: dict[str, Any]) -> None:
    assert "Trained on" not in render_static(manifest)
    manifest["data"] |= {"license": "CC-BY-SA-3.0", "attribution": "A & B"}
    manifest["gates"].append({"name": "size", "passed": False, "value": None, "limit": None, "detail": ""})
    words = Outline(render_static(manifest)).words()
    assert "Trained on mnist by A & B (CC-BY-SA-3.0)." in words
    assert "size – – failed" in words


HOSTILE = [
    "<script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    END,
    "\"' onerror='alert(1)' x=\"",
    "&lt;b&gt;",
    "\\1\\g<0>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_the_user_becomes_markup(manifest: dict[str, Any], text: str) -> None:
    manifest["data"]["attribution"] = "A"
    harmless = Outline(fill(PAGE, manifest))
    hostile = copy.deepcopy(manifest)
    hostile["labels"][0] = hostile["name"] = hostile["gates"][0]["detail"] = hostile["gates"][0]["name"] = text
    hostile["metrics"]["per_class"][0]["label"] = hostile["formats"][0]["dtype"] = hostile["created"] = text
    hostile["data"] |= {"name": text, "license": text, "attribution": text}
    hostile["files"][text] = hostile["files"].pop("evaluation")
    hostile["files"][text]["path"] = text
    page = fill(PAGE, hostile)
    assert has_place(page)
    assert page.lower().count("</noscript") == 1  # a browser that runs scripts reads no further than the first
    outline = Outline(page)
    assert [(tag, parents) for tag, _, parents in outline.elements] == [
        (tag, parents) for tag, _, parents in harmless.elements
    ]
    assert [sorted(a) for _, a, _ in outline.elements] == [sorted(a) for _, a, _ in harmless.elements]
    assert outline.comments == harmless.comments
    assert " ".join(text.split()) in outline.words()
    assert all(not href.startswith(("javascript:", "/", "http")) for href in (str(a["href"]) for a in outline.all("a")))


def test_filling_again_replaces_what_was_there(manifest: dict[str, Any]) -> None:
    other = manifest | {"name": "other"}
    assert fill(fill(PAGE, other), manifest) == fill(PAGE, manifest)
    assert "after" in Outline(fill(PAGE, manifest)).words()


def test_there_is_no_inline_style_or_script_for_the_strict_policy(manifest: dict[str, Any]) -> None:
    outline = Outline(render_static(manifest))
    assert not outline.all("script") + outline.all("style")
    assert not [a for _, attributes, _ in outline.elements for a in attributes if a == "style" or a.startswith("on")]


def test_what_the_manifest_does_not_say_is_left_out(manifest: dict[str, Any]) -> None:
    bare = manifest | {"metrics": None, "gates": None, "files": None, "training": None, "linear": None}
    outline = Outline(render_static(bare))
    assert not outline.all("img")
    assert len(outline.all("table")) == 1
    assert "%" not in outline.words()


def test_a_page_without_exactly_one_place_is_recognized() -> None:
    assert has_place(PAGE)
    for page in ("", START, END + START, PAGE + PAGE, START + START + END):
        assert not has_place(page)


@pytest.mark.parametrize("classes", [2, 101])
def test_any_number_of_classes_has_its_rows_and_labels(manifest: dict[str, Any], classes: int) -> None:
    entry = manifest["metrics"]["per_class"][0]
    labels = [f"class {i}" for i in range(classes)]
    metrics = manifest["metrics"] | {"per_class": [entry | {"label": label} for label in labels]}
    outline = Outline(render_static(manifest | {"labels": labels, "metrics": metrics}))
    assert len(outline.all("li")) == classes
    assert sum(label in outline.text for label in labels) == classes
