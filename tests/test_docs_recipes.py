"""docs/recipes.md lists every key of a recipe and every preprocessing step; its
examples work.
"""

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.preprocessing.apply import (
    DRAWING_STEPS,
    IMAGE_STEPS,
    prepare_drawing,
    prepare_images,
)
from pipeline.preprocessing.steps import LARGEST_SIDE, RULES, PerChannel
from pipeline.recipes.fields import SECTIONS
from pipeline.recipes.reading import Recipe, load_recipe, recipe_names
from tests.support.pages import ROOT, SETTINGS, code_blocks, settings_stub, table_under

PAGE = (ROOT / "docs/recipes.md").read_text()


def test_every_key_at_the_top_and_every_section_is_listed() -> None:
    fields = [field.name for field in dataclasses.fields(Recipe)]
    assert [row[0].strip("`") for row in table_under(PAGE, "## Keys")] == fields
    assert [name for name in fields if name in SECTIONS] == list(SECTIONS)
    for section in SECTIONS:  # whose tables test_docs_cli.py compares
        assert f"\n### {section}\n" in PAGE
        assert f"<!-- from the code: keys {section} -->" in PAGE


def test_the_types_of_the_keys_are_those_of_the_recipe() -> None:
    assert SETTINGS.read_text() == settings_stub()


def test_every_built_in_recipe_is_listed() -> None:
    listed = [
        row[0].removesuffix(" (default)").strip("`")
        for row in table_under(PAGE, "# Recipes")
    ]
    assert sorted(listed) == sorted(recipe_names())
    assert listed[0] == recipe_names()[0]


def test_every_default_and_every_listed_example_keeps_its_rule(tmp_path: Path) -> None:
    (text,) = code_blocks(PAGE, "toml")
    (tmp_path / "small.toml").write_text(text)
    recipe = load_recipe(str(tmp_path / "small.toml"))
    assert (recipe.name, recipe.model.units, recipe.training.epochs) == ("small", 64, 5)
    (tmp_path / "default.toml").write_text("[training]\nseed = 1")
    assert load_recipe(str(tmp_path / "default.toml")) == Recipe(name="default")


def allowed(step: str, parameter: inspect.Parameter) -> str:
    """A parameter's values, in the words of the page."""
    if parameter.annotation is int:
        return f"whole number from 1 to {LARGEST_SIDE}"
    words = (
        RULES[step, parameter.name][0]
        if (step, parameter.name) in RULES
        else "any number"
    )
    return (
        f"{words}, or a list with one for each channel"
        if parameter.annotation == PerChannel
        else words
    )


@pytest.mark.parametrize(
    ("heading", "steps"),
    [
        ("### Steps for drawings and photos", DRAWING_STEPS),
        ("### Steps for images", IMAGE_STEPS),
    ],
)
def test_every_step_with_its_parameters_is_listed(
    heading: str, steps: Mapping[str, Callable[..., Any]]
) -> None:
    wanted = set()
    for name, function in steps.items():
        parameters = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        ]
        wanted |= {(name, p.name, allowed(name, p)) for p in parameters} or {
            (name, "", "")
        }
    rows = table_under(PAGE, heading)
    listed = {
        (row[0].strip("`"), name.strip("`"), row[2])
        for row in rows
        for name in row[1].split(", ")
    }
    assert listed == wanted
    for _, parameter, _, unit, meaning in rows:
        assert meaning
        assert bool(unit) == bool(parameter)


def test_the_example_of_steps_can_be_taken() -> None:
    (text,) = code_blocks(PAGE, "json")
    steps = json.loads(text)
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[10:30, 28:32] = 255
    drawing = prepare_drawing(pixels, steps["drawing"])
    assert drawing is not None
    assert prepare_images(drawing[np.newaxis], steps["image"]).shape == (1, 28, 28, 1)
