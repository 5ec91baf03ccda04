"""The few Markdown constructs that a model card uses."""

from collections.abc import Iterable, Sequence
from typing import Any


def percent(share: float | None) -> str:
    """A fraction 0..1 as a percentage; "–" when unknown."""
    return "–" if share is None else f"{share * 100:.2f} %"


def number(value: Any) -> str:
    """A number formatted for people; "–" when unknown; anything else as text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else text(value)


def text(value: Any) -> str:
    """Text from the manifest, escaped so that Markdown shows it literally: a label may be "|" or "<b>"."""
    escaped = "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in str(value))
    return " ".join(escaped.split())


def code_block(language: str, *lines: str) -> str:
    """Lines in a code fence."""
    return "\n".join([f"```{language}", *lines, "```"])


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are already Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
