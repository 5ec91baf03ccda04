"""Where the files to check are: a folder, or an address on the web. Both are read within bounds."""

from collections.abc import Callable
from typing import Any, TypeVar

from pipeline.checking.folder import Folder, Missing, Problem
from pipeline.checking.web import Web
from pipeline.errors import ConfigError
from pipeline.system.outside import parse_json

T = TypeVar("T")
Place = Folder | Web


def read_json(place: Place, path: str, parse: Callable[[Any], T], wrong: str = "") -> T:
    """Parse the values of a JSON file; Problem, with the words `wrong` if given, where that fails."""
    try:
        values = parse_json(place.fetch(path).read_bytes())
    except ValueError as error:
        raise Problem(f"is not JSON ({error})") from error
    try:
        return parse(values)
    except (ValueError, TypeError, LookupError, AttributeError, ConfigError) as error:
        raise Problem(wrong or str(error)) from error


def exists(place: Place, path: str) -> bool:
    """Tell whether there is such a file, if only one that cannot be read."""
    try:
        place.fetch(path)
    except Problem as problem:
        return not isinstance(problem, Missing)
    return True
