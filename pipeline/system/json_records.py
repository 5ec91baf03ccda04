"""Convert frozen dataclasses to JSON and back: one encoder, and one decoder that checks
every type.

Recipes, manifests and stage records are all read by `from_json`, so they share one set
of rules and messages.
"""

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pipeline.system.files import write_files_atomically
from pipeline.system.outside import read_json

T = TypeVar("T")
_TIME = "%Y-%m-%dT%H:%M:%SZ"

_NAMES: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


class RecordError(ValueError):
    """A value does not fit its record type; the message names the key, the rule and the
    value received.
    """


def to_json(record: Any) -> Any:
    """Convert a record to plain JSON values; tuples become lists.

    A field with "sparse" in its metadata is left out while it has its default. It was
    added later and few records have it, so all others keep their content, and the ids
    that are derived from it.
    """
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        pairs = ((f, getattr(record, f.name)) for f in dataclasses.fields(record))
        return {
            f.name: to_json(value)
            for f, value in pairs
            if not (f.metadata.get("sparse") and value == f.default)
        }
    if isinstance(record, Mapping):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [to_json(value) for value in record]
    return record


def from_json(kind: type[T], value: Any, *, ignore_unknown: bool = False) -> T:
    """Build a record from what `json.loads` or `tomllib.loads` returned; RecordError if
    it does not fit.

    A field with a default may be missing; null means the default unless the type allows
    None. `ignore_unknown` skips keys that the dataclass does not have, so that files
    from newer releases can be read.
    """
    return typing.cast(T, _decode(kind, value, "", ignore_unknown))


def _decode(kind: Any, value: Any, where: str, ignore_unknown: bool) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        return _decode(_choose(args, value), value, where, ignore_unknown)
    if (origin is dict or dataclasses.is_dataclass(kind)) and not isinstance(
        value, dict
    ):
        raise _invalid(where, "must be an object", value)
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, value, where, ignore_unknown)
    if origin is Literal:
        # 1 is not true
        if (type(value), value) not in [(type(arg), arg) for arg in args]:
            names = (
                str(arg).lower() if isinstance(arg, bool) else repr(arg) for arg in args
            )
            raise _invalid(where, f"must be one of {', '.join(names)}", value)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _invalid(where, "must be a list", value)
        if args[-1] is Ellipsis:
            args = (args[0],) * len(value)
        if len(args) != len(value):
            raise _invalid(where, f"must be a list of {len(args)}", value)
        entries = enumerate(zip(args, value, strict=True))
        return tuple(
            _decode(arg, entry, f"{where}[{i}]", ignore_unknown)
            for i, (arg, entry) in entries
        )
    if origin is dict:
        return {
            key: _decode(args[1], entry, _join(where, key), ignore_unknown)
            for key, entry in value.items()
        }
    if kind is float and type(value) is int:
        return float(value)
    # not isinstance: bool is a subclass of int, but true is not a number in JSON
    if type(value) is not kind:
        raise _invalid(where, f"must be {_NAMES[kind]}", value)
    return value


def _decode_dataclass(
    kind: Any, value: dict[str, Any], where: str, ignore_unknown: bool
) -> Any:
    known = _fields(kind)
    values = {}
    for key, entry in value.items():
        if key not in known:
            if ignore_unknown:
                continue
            hint = did_you_mean(key, known)
            raise RecordError(
                f"{_join(where, key):.80} is not a known key.{hint} Known:"
                f" {', '.join(known)}."
            )
        hint_of_key, has_default = known[key]
        if (
            entry is None
            and has_default
            and type(None) not in get_args(hint_of_key)
            and hint_of_key is not Any
        ):
            continue
        values[key] = _decode(hint_of_key, entry, _join(where, key), ignore_unknown)
    for key, (_, has_default) in known.items():
        if key not in value and not has_default:
            raise RecordError(f"{_join(where, key)} is missing")
    return kind(**values)


@functools.cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Field name → (type, whether it has a default)."""
    hints = typing.get_type_hints(kind)
    missing = dataclasses.MISSING
    return {
        f.name: (
            hints[f.name],
            f.default is not missing or f.default_factory is not missing,
        )
        for f in dataclasses.fields(kind)
    }


def _choose(kinds: tuple[Any, ...], value: Any) -> Any:
    """The member of a union that a JSON value of this kind can be."""
    lists = [kind for kind in kinds if get_origin(kind) is tuple]
    others = [
        kind
        for kind in kinds
        if get_origin(kind) is not tuple and kind is not type(None)
    ]
    return lists[0] if lists and (isinstance(value, list) or not others) else others[0]


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _invalid(where: str, rule: str, value: Any) -> RecordError:
    return RecordError(f"{where or 'it'} {rule}. Received: {value!r:.80}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The part of a message that suggests the nearest known word; empty if none is
    near.
    """
    import difflib  # imported late: only messages need it

    close = difflib.get_close_matches(word[:80], list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def utc_now(*, days: int = 0) -> str:
    """The time to the second as records hold it, or that in so many days:

    UTC, ISO 8601.
    """
    return (datetime.now(UTC) + timedelta(days=days)).strftime(_TIME)


def is_over(time: str) -> bool:
    """Tell whether a time of a record has passed; ValueError or TypeError if it is no
    time.
    """
    return datetime.strptime(time, _TIME).replace(tzinfo=UTC) < datetime.now(UTC)


def dump_json(value: Any, *, compact: bool = False) -> str:
    """Records or plain values as JSON text, indented, or compact for files that are
    downloaded, or large.

    A number that is NaN or infinite, which JSON cannot represent, is a ValueError.
    """
    indent, separators = (None, (",", ":")) if compact else (2, None)
    text = json.dumps(
        to_json(value),
        indent=indent,
        separators=separators,
        ensure_ascii=False,
        allow_nan=False,
    )
    return text + "\n"


def save(path: Path, record: Any, *, compact: bool = False) -> None:
    """Write a record as JSON, atomically; `compact` as for `dump_json`."""
    write_files_atomically([(path, dump_json(record, compact=compact).encode())])


def load(kind: type[T], path: Path) -> T:
    """Read a record that `save` wrote; ValueError if it is not JSON, or does not fit
    `kind` (RecordError).
    """
    return from_json(kind, read_json(path))
