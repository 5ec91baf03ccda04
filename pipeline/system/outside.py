"""Read files that may come from anyone: regular files only, of a bounded size, and
values of a bounded depth and range.

A broken bound is a ValueError, a refusal by the system an OSError. Both messages say
what was received; callers add the rule and the next step, and choose the error. Text
from outside is shown by `visible`: nothing in it moves a cursor, hides a line or turns
the order of letters.
"""

import errno
import html
import json
import math
import os
import re
import stat
import tomllib
import zipfile
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

# The largest JSON file that we write is the evaluation of 2,000 classes, with 4 million
# numbers: 36 MB. As Python's objects JSON takes up to 40 times its size, which is below
# 1.7 GB for this much.
JSON_BYTES = 40 * 2**20
# sixteen times our longest recipe; tomllib takes a second for the worst text of this
# length
TOML_BYTES = 2**14
DEPTH = 100  # levels of lists and tables: a model inside a model adds four
LARGEST_WHOLE = 2**63  # TOML's range; NumPy and TensorFlow cannot hold more
# a list of some 50,000 files, for which Python takes ten times that
ZIP_DIRECTORY_BYTES = 4 * 2**20
# no path can hold the one, no UTF-8 the other
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
# Control characters (C0 but tab and line feed, DEL, C1), separators of lines, and what
# changes the direction of text.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


class TooLargeError(ValueError):
    """A file has, or declares, more bytes than its kind may."""


def open_regular(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file to read it.

    A pipe, device, socket or folder is an OSError, and never waited for.
    """
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
        | getattr(os, "O_BINARY", 0)
    )
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "a pipe, a device or a socket"
            raise OSError(errno.EINVAL, f"it is {kind}, not a file", os.fspath(path))
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def size_of(file: IO[bytes]) -> int:
    """The bytes of a file that can be sought; it is then at its start."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def read_bounded(path: str | os.PathLike[str], limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes."""
    with open_regular(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLargeError(f"it has more than {limit:,} bytes")
    return content


def read_json(path: Path) -> Any:
    """The values of a JSON file, see `parse_json`."""
    return parse_json(read_bounded(path, JSON_BYTES))


def parse_json(content: bytes | str) -> Any:
    """The values of JSON in UTF-8, as browsers take it, without infinite numbers, which
    JavaScript cannot read.
    """
    if len(content) > JSON_BYTES:
        raise TooLargeError(f"it has more than {JSON_BYTES:,} bytes")
    try:
        content = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return _bounded(
            json.loads(content, parse_float=_finite, parse_constant=_finite)
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def read_toml(path: Path) -> dict[str, Any]:
    """The values of a TOML file, see `parse_toml`."""
    return parse_toml(read_bounded(path, TOML_BYTES).decode())


def parse_toml(text: str) -> dict[str, Any]:
    """The values of TOML. Numbers may be infinite."""
    try:
        table: dict[str, Any] = _bounded(tomllib.loads(text))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    return table


def open_zip(file: IO[bytes], limit: int) -> zipfile.ZipFile:
    """A zip archive of stored or deflated files that unpack to at most `limit` bytes
    together.

    Damaged archives raise whatever zipfile raises.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # before zipfile reads a list of any length
    if end and end[zipfile._ECD_SIZE] > ZIP_DIRECTORY_BYTES:  # type: ignore[attr-defined]
        raise TooLargeError("a zip archive with a list of more than 4 MB")
    file.seek(0)
    archive = zipfile.ZipFile(file)
    for member in archive.infolist():
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(
                f"{member.filename} is compressed with method {member.compress_type}"
            )
    if (unpacked := sum(member.file_size for member in archive.infolist())) > limit:
        raise TooLargeError(
            f"an archive that unpacks to {unpacked:,} bytes, more than {limit:,}"
        )
    return archive


_TOO_DEEP = f"lists and tables lie more than {DEPTH} deep in one another"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text:.40} is not JSON: JavaScript cannot read it")
    return value


def _bounded(value: Any) -> Any:
    """The value, once each number and text in it can be used and it is not too deep."""
    level = [value]
    for _ in range(DEPTH):
        if not (level := list(_inside(level))):
            return value
    raise ValueError(_TOO_DEEP)


def _inside(level: list[Any]) -> Iterator[Any]:
    """The lists and tables in these values' lists and tables; their numbers and texts
    are checked.
    """
    for container in level:
        entries = (
            [*container, *container.values()]
            if isinstance(container, dict)
            else container
        )
        for entry in entries if isinstance(container, list | dict) else [container]:
            if isinstance(entry, list | dict):
                yield entry
            elif isinstance(entry, str):
                if _NOT_TEXT.search(entry):
                    raise ValueError(
                        f"the text {entry[:40]!r} has a character that no UTF-8 text or"
                        " path can hold"
                    )
            elif isinstance(entry, int) and not -LARGEST_WHOLE <= entry < LARGEST_WHOLE:
                raise ValueError(
                    f"a whole number has {entry.bit_length()} bits, more than 64"
                )


def visible(text: str) -> str:
    """Return the text with such characters as escapes, in which JSON stays the same:

    \\u001b.
    """
    return _UNSEEN.sub(_escaped, text)


def escape_html(text: str) -> str:
    """Return `visible` of a text, safe in HTML and its attributes."""
    return html.escape(visible(text))


def in_one_line(text: str) -> str:
    """Return `visible` of a text that must not begin a line of its own."""
    return re.sub(r"[\t\n]", _escaped, visible(text))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
