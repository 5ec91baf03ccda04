"""Recipes as TOML with every key explained: what `pipeline recipe` prints, for people to start their own from."""

import dataclasses
import json
import textwrap
from collections.abc import Iterator
from typing import Any, get_type_hints

from pipeline.recipes.fields import SECTIONS, choices_of
from pipeline.recipes.reading import Recipe

WIDTH = 100  # of the comments, in characters


def as_toml(recipe: Recipe) -> str:
    """The recipe as a file that `load_recipe` reads back, with all keys, also those that have their defaults.

    Only its name is a comment: that of a file is the recipe's unless the file says otherwise.
    """
    lines = [
        *_comment(f"The recipe {recipe.name} with all keys. One that is left out has its default."),
        "",
        *_keys(recipe),
    ]
    for section in SECTIONS:
        table = getattr(recipe, section)
        lines += [*_comment(table.__doc__), f"[{section}]", "", *_keys(table)]
    return "\n".join(lines).rstrip()


def _keys(table: Any) -> Iterator[str]:
    kinds = get_type_hints(type(table))
    for key in dataclasses.fields(table):
        if key.name in SECTIONS:
            continue
        meaning, rule, choices = key.metadata["meaning"], key.metadata["rule"], choices_of(kinds[key.name])
        facts = {
            "Allowed": ", ".join(map(_value, choices)) or (rule.words if rule else ""),
            "Unit": key.metadata["unit"],
            "Default": "" if key.default in ("", dataclasses.MISSING) else _value(key.default),
        }
        yield from _comment(f"{meaning[0].upper()}{meaning[1:]}.")
        yield from _comment(" ".join(f"{name}: {fact}." for name, fact in facts.items() if fact))
        line = f"{key.name} = {_value(getattr(table, key.name))}"
        yield f"# {line}" if key.default is dataclasses.MISSING else line
        yield ""


def _value(value: Any) -> str:
    """TOML writes our values as JSON does, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
