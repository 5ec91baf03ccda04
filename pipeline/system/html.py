"""What results look like in notebooks: short HTML without scripts or colors of its own, so that any theme shows it."""

import dataclasses
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from pipeline.system.outside import visible
from pipeline.system.templates import render

_ROWS = 50  # `as_json` has them all
_CHARACTERS = 200  # of one cell


def escaped(text: object) -> str:
    """Return a text from outside as it may stand in HTML, in an attribute as well."""
    return escape(visible(str(text)))


class Shown:
    """A dataclass that notebooks show as a table of its fields; those that hold records become tables of their own."""

    def _repr_html_(self) -> str:
        facts, tables = [], []
        for field in dataclasses.fields(self):  # type: ignore[arg-type] # what inherits this is a dataclass
            name, value = field.name.replace("_", " "), getattr(self, field.name)
            if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
                head = [one.name for one in dataclasses.fields(value[0])]
                rows = [[getattr(record, key) for key in head] for record in value]
                tables.append(Table(f"{name} ({len(rows):,})", [key.replace("_", " ") for key in head], rows))
            elif value not in (None, (), {}, "") and not _is_nested(value):
                facts.append((name, value))
        return report(type(self).__name__, facts, *tables)


class Table(NamedTuple):
    """A table to unfold; one without rows is left out."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]


def report(title: str, facts: Iterable[tuple[str, object]], *tables: Table) -> str:
    """A result: its title, facts as name and value, and tables."""
    return render("system/result.html.j2", title=title, facts=facts, tables=tables, limit=_ROWS, cell=_cell)


def _is_nested(value: object) -> bool:
    """Whether it is a matrix or a record, for which one cell is too small."""
    return dataclasses.is_dataclass(value) or (isinstance(value, tuple) and isinstance(value[0], tuple))


def _cell(value: object) -> str:
    return text if len(text := _plain(value)) <= _CHARACTERS else f"{text[: _CHARACTERS - 1]}…"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "✓ yes" if value else "✗ no"  # for eyes that see no colors
    if isinstance(value, int | float):
        return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    return "" if value is None else str(value)
