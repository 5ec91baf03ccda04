"""The parts of the docs that the code writes: the help of each command and the keys of a recipe.

`python -m tests.support.pages` writes them; the tests of the docs fail where a page and the code differ.
"""

import dataclasses
import json
import re
from pathlib import Path
from typing import get_origin, get_type_hints

import click
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.recipes.fields import choices_of
from pipeline.recipes.reading import Recipe

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PART = re.compile(r"(<!-- from the code: (\w+) ?([\w ]*) -->\n).*?(<!-- end -->)", re.DOTALL)
TOML_TYPES = {bool: "boolean", float: "float", int: "integer", str: "string"}


def commands(group: click.Group = cli, words: str = "") -> dict[str, click.Command]:
    """Every command by its words, such as "versions pin"; a group comes before its commands."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[words + name] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{words}{name} ")
    return found


def help_of(command: str) -> str:
    """What `pipeline COMMAND --help`, or without a command `pipeline --help`, prints at a width of 80 columns."""
    arguments = [*command.split(), "--help"]
    return CliRunner().invoke(cli, arguments, prog_name="pipeline").output.rstrip()


def keys_of(section: str) -> str:
    """The table of a recipe's keys in one of its sections, or of those at the top."""
    rows = ["| key | type | default | allowed | unit | meaning |", "|---|---|---|---|---|---|"]
    record = get_type_hints(Recipe)[section] if section else Recipe
    for key in dataclasses.fields(record):
        kind, rule = get_type_hints(record)[key.name], key.metadata.get("rule")
        table = str(kind.__doc__)  # of a section
        choices = choices_of(kind)
        types = dict.fromkeys(map(type, choices)) or [kind]
        cells = (
            f"`{key.name}`",
            " or ".join("array" if get_origin(one) is tuple else TOML_TYPES.get(one, "table") for one in types),
            "" if key.default is dataclasses.MISSING else f"`{json.dumps(key.default)}`",  # JSON's spelling is TOML's
            rule.words if rule else ", ".join(f"`{json.dumps(choice)}`" for choice in choices),
            key.metadata.get("unit", ""),
            key.metadata.get("meaning") or f"{table[0].lower()}{table[1:]}".removesuffix("."),
        )
        rows.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return "\n".join(rows)


def renewed(page: str) -> str:
    """The page with its marked parts brought up to date."""

    def part(found: re.Match[str]) -> str:
        start, kind, name, end = found.groups()
        content = f"```\n{help_of(name)}\n```" if kind == "help" else keys_of(name)
        return f"{start}{content}\n{end}"

    return PART.sub(part, page)


def code_blocks(page: str, language: str) -> list[str]:
    """The fenced code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def table_under(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without the table's own head."""
    _, _, rest = f"\n{page}".partition(f"\n{heading}\n")
    found = re.search(r"^\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", rest, re.MULTILINE)
    assert found is not None, f"no table under {heading!r}"
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found[1].splitlines()]


def main() -> None:
    for path in PAGES:
        path.write_text(renewed(path.read_text()))


if __name__ == "__main__":
    main()
