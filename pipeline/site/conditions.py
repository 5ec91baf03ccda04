"""What the headers of a request ask of a file: a compressed copy, a part of it, or only what is new (RFC 9110)."""

import re
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from pipeline.site.compress import ENCODINGS, find_copy


def choose_copy(file: Path, accept_encoding: str) -> tuple[str, Path | None]:
    """The encoding to send ("" for none) and the compressed copy in that encoding."""
    accepted = _accepted(accept_encoding)
    for encoding in ENCODINGS:
        copy = find_copy(file, encoding) if encoding in accepted else None
        if copy:
            return encoding, copy
    return "", None


def is_current(headers: Message, etag: str, modified: int) -> bool:
    """Whether the browser's copy is current, by its tags (weak comparison) or else by its date (13.1.2, 13.1.3).

    `modified` is in seconds since 1970.
    """
    if "If-None-Match" in headers:
        known = [tag.strip().removeprefix("W/") for tag in headers["If-None-Match"].split(",")]
        return etag in known or known == ["*"]
    try:
        return modified <= parsedate_to_datetime(headers["If-Modified-Since"]).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):  # no date
        return False


def requested_part(headers: Message, size: int, etag: str, last_modified: str) -> range | None:
    """The bytes that are asked for; None for all of them, an empty range if the file has none of those (14.2).

    More than one range, and anything that is not understood, means all of them; so does an `If-Range` for another file.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", headers.get("Range", "").replace(" ", ""))
    if not found or headers.get("If-Range", etag) not in (etag, last_modified):
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    if first is None:
        return None if last is None else range(max(0, size - last), size)  # the last so many
    if last is None:
        return range(first, size)
    return None if last < first else range(first, min(last + 1, size))


def _accepted(accept_encoding: str) -> set[str]:
    """The encodings in an Accept-Encoding header that `q=0` does not rule out (12.5.3)."""
    parts = [part.replace(" ", "").lower().split(";q=") for part in accept_encoding.split(",")]
    return {name for name, *quality in parts if not quality or quality[0].strip("0.")}
