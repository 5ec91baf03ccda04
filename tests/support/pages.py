"""The parts of the docs that the code writes: the help of each command and the keys of
a recipe.

`python -m tests.support.pages` writes them; the tests of the docs fail where a page and
the code differ.
"""

import dataclasses
import json
import re
import textwrap
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import click
from click.testing import CliRunner

from pipeline.cli.main import cli
from pipeline.recipes.fields import SECTIONS, choices_of
from pipeline.recipes.reading import Recipe

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "pipeline/recipes/settings.pyi"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PART = re.compile(
    r"(<!-- from the code: (\w+) ?(\w*) -->\n).*?(<!-- end -->)", re.DOTALL
)
TOML_TYPES = {bool: "boolean", float: "float", int: "integer", str: "string"}


def commands(group: click.Group = cli, words: str = "") -> dict[str, click.Command]:
    """Every command by its words, such as "versions pin"; a group comes before its
    commands.
    """
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[words + name] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{words}{name} ")
    return found


def option_lines(command: click.Command) -> dict[str, str]:
    """A line of the docs for each option of a command, by its longest name; --help is
    left out.
    """
    context = click.Context(command, show_default=True)
    records = {
        one.opts[-1]: one.get_help_record(context)
        for one in command.params
        if isinstance(one, click.Option)
    }
    return {
        name: f"- `{record[0]}` {_escaped(record[1])}"
        for name, record in records.items()
        if record
    }


def _escaped(text: str) -> str:
    """The text without HTML's tags."""
    return text.replace("<", "\\<")


def shared_options() -> dict[str, str]:
    """The lines of the options that several commands have alike."""
    lines = [
        line
        for command in commands().values()
        for line in option_lines(command).items()
    ]
    return {name: line for name, line in lines if lines.count((name, line)) > 1}


def section_of(words: str, command: click.Command) -> str:
    """The section of the docs about a command:

    its arguments, its help and its own options.
    """
    lines, shared = option_lines(command), shared_options()
    own = [line for name, line in lines.items() if shared.get(name) != line]
    others = ", ".join(
        f"`{name}`"
        for name, line in lines.items()
        if shared.get(name) == line and name != "--json"
    )
    arguments = [
        one.make_metavar(click.Context(command))
        for one in command.params
        if isinstance(one, click.Argument)
    ]
    assert command.help, words
    texts = _escaped(command.help).split("\n\n")
    if arguments:
        texts[0] = f"`{' '.join([words, *arguments])}`: {texts[0]}"
    parts = [
        f"## pipeline {words}",
        *(textwrap.fill(" ".join(text.split()), 120) for text in texts),
    ]
    if command.epilog:
        example = f"Example: `{command.epilog.partition('Example: ')[2]}`"
        if len(texts) == 1:
            parts[1] += (
                f" {example}" if len(parts[1]) + len(example) < 120 else f"\n{example}"
            )
        else:
            parts.append(example)
    if own or others:
        parts.append(
            "\n".join(
                [*own, *([f"- [Shared](#shared-options): {others}"] if others else [])]
            )
        )
    return "\n\n".join(parts)


def keys_of(section: str) -> str:
    """The table of a recipe's keys in one of its sections, or of those at the top."""
    rows = [
        "| key | type | default | allowed | unit | meaning |",
        "|---|---|---|---|---|---|",
    ]
    record = get_type_hints(Recipe)[section] if section else Recipe
    for key in dataclasses.fields(record):
        kind, rule = get_type_hints(record)[key.name], key.metadata.get("rule")
        table = " ".join(str(kind.__doc__).split())  # of a section
        choices = choices_of(kind)
        types = dict.fromkeys(map(type, choices)) or [kind]
        # JSON's spelling is TOML's
        cells = (
            f"`{key.name}`",
            " or ".join(
                "array" if get_origin(one) is tuple else TOML_TYPES.get(one, "table")
                for one in types
            ),
            (
                ""
                if key.default is dataclasses.MISSING
                else f"`{json.dumps(key.default)}`"
            ),
            (
                rule.words
                if rule
                else ", ".join(f"`{json.dumps(choice)}`" for choice in choices)
            ),
            key.metadata.get("unit", ""),
            key.metadata.get("meaning")
            or f"{table[0].lower()}{table[1:]}".removesuffix("."),
        )
        rows.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
    return "\n".join(rows)


def renewed(page: str) -> str:
    """The page with its marked parts brought up to date."""

    def part(found: re.Match[str]) -> str:
        start, kind, name, end = found.groups()
        content = {
            "help": lambda: (
                f"```\n{CliRunner().invoke(cli, ['--help'], prog_name='pipeline').output.rstrip()}\n```"
            ),
            "shared": lambda: "\n".join(shared_options().values()),
            "commands": lambda: "\n\n".join(
                section_of(*one) for one in commands().items()
            ),
            "keys": lambda: keys_of(name),
        }[kind]()
        return f"{start}{content}\n{end}"

    return PART.sub(part, page)


def settings_stub() -> str:
    """The types of a recipe's keys, by their full names and section by section, for
    what checks types.
    """
    hints, sections = (
        get_type_hints(Recipe),
        {name: get_type_hints(get_type_hints(Recipe)[name]) for name in SECTIONS},
    )
    own = {name: kind for name, kind in hints.items() if name not in SECTIONS}
    dotted = {
        f"{name}.{key}": kind
        for name, keys in sections.items()
        for key, kind in keys.items()
    }
    parts = {
        name: f"{name.title()}Keys | fields.{hints[name].__name__}" for name in SECTIONS
    }
    rows = [
        f'        "{key}": {_type_of(kind)},' for key, kind in (own | dotted).items()
    ]
    classes = {f"{name.title()}Keys": keys for name, keys in sections.items()} | {
        "RecipeKeys": own | parts
    }
    return "\n".join(
        [
            '"""The types of a recipe\'s keys, for `set` and `Recipe.replace`.',
            '\nWritten by tests.support.pages.\n"""\n',
            "from collections.abc import Sequence",
            "from typing import Literal, TypedDict\n",
            "from pipeline.recipes import fields\n",
            *(
                'Settings = TypedDict(\n    "Settings",\n    {',
                *rows,
                "    },\n    total=False,\n)",
            ),
            *(
                f"\nclass {name}(TypedDict, total=False):\n"
                + "\n".join(
                    f"    {key}: {_type_of(kind)}" for key, kind in keys.items()
                )
                for name, keys in classes.items()
            ),
            "",
        ]
    )


def _type_of(kind: Any) -> str:
    """A type as its users write it; a list may be any sequence."""
    text = (
        kind
        if isinstance(kind, str)
        else kind.__name__
        if isinstance(kind, type)
        else str(kind)
    )
    return re.sub(
        r"^tuple\[(.*), \.\.\.\]$",
        r"Sequence[\1]",
        text.replace("typing.", "").replace("'", '"'),
    )


def code_blocks(page: str, language: str) -> list[str]:
    """The fenced code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def table_under(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without the table's own head."""
    _, _, rest = f"\n{page}".partition(f"\n{heading}\n")
    found = re.search(r"^\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", rest, re.MULTILINE)
    assert found is not None, f"no table under {heading!r}"
    return [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in found[1].splitlines()
    ]


def keys_under(page: str, heading: str) -> list[str]:
    """The keys in bold type in a section of a page."""
    _, _, rest = page.partition(f"\n{heading}\n")
    return re.findall(r"\*\*`(\w+)`", rest.partition("\n#")[0])


def main() -> None:
    for path in PAGES:
        path.write_text(renewed(path.read_text()))
    SETTINGS.write_text(settings_stub())


if __name__ == "__main__":
    main()
