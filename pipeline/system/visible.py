"""Text from outside as it may be shown: nothing in it moves a cursor, hides a line or turns the order of letters."""

import re

# Control characters (C0 but tab and line feed, DEL, C1), separators of lines, and what changes the direction of text.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return the text with such characters as escapes, in which JSON stays the same: \\u001b."""
    return _UNSEEN.sub(_escaped, text)


def in_one_line(text: str) -> str:
    """Return `visible` of a text that must not begin a line of its own."""
    return re.sub(r"[\t\n]", _escaped, visible(text))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
