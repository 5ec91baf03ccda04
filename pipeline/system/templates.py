"""Fill in the Jinja2 templates that are beside the code: `*.html.j2` and `*.md.j2`.

Each value is escaped for HTML or Markdown, unless a filter or `safe` has marked it; an
unknown name is an error.
"""

import functools
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.system.outside import visible

if TYPE_CHECKING:
    from jinja2 import Environment


class Marked(str):
    """Text that stays as it is."""

    def __html__(self) -> str:
        """Tell Jinja2 so."""
        return self


def render(template: str, **values: object) -> str:
    """Fill in a template, which is named by its path in the package."""
    return (
        _environment(is_html=template.endswith(".html.j2"))
        .get_template(template)
        .render(values)
    )


def percent(share: float | None) -> str:
    """A fraction 0..1 as a percentage; "–" when unknown."""
    return "–" if share is None else f"{share * 100:.2f} %"


def number(value: Any) -> str:
    """A number formatted for people; "–" when unknown; anything else as text."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return (
        f"{value:,}"
        if isinstance(value, int) and not isinstance(value, bool)
        else str(value)
    )


def markdown(text: str) -> str:
    """Text that Markdown shows literally, in one line: a label may be "|" or "<b>"."""
    return " ".join(
        "".join(f"\\{c}" if c in r"\`*_[]<>|#" else c for c in text).split()
    )


def yaml(value: float | str) -> Marked:
    """A number or a text as YAML, of which JSON is a part."""
    if isinstance(value, float):
        # YAML 1.1 parsers read 1e-05, without a point, as text
        return Marked(f"{Decimal(repr(value)):f}")
    # Escape characters that YAML forbids or folds (control characters, line
    # separators); the rest stays readable.
    text = json.dumps(value, ensure_ascii=False)
    return Marked("".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text))


def code(text: str, mark: str = "`") -> Marked:
    """Text for a span or block of code in Markdown, where only the mark that ends it
    has a meaning.
    """
    return Marked(text.replace(mark, "'" * len(mark)))


@functools.cache
def _environment(*, is_html: bool) -> "Environment":
    # here, because most commands render nothing
    from jinja2 import (
        Environment,
        FileSystemLoader,
        StrictUndefined,
    )

    def finalize(value: object) -> object:
        if hasattr(value, "__html__"):
            return value
        # then Jinja2 escapes what has no mark
        return visible(str(value)) if is_html else Marked(markdown(str(value)))

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    as_json = functools.partial(json.dumps, ensure_ascii=False)
    environment.filters |= {
        "percent": percent,
        "number": number,
        "json": as_json,
        "yaml": yaml,
        "code": code,
    }
    return environment
