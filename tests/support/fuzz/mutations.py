"""Damage files and values in every way that a fuzzer should try.

All choices come from a random generator.
"""

import json
import os
import random
import re
import zipfile
from pathlib import Path
from typing import Any

NUMBER = re.compile(rb"\d+")
NUMBERS = (
    b"0",
    b"-1",
    b"255",
    b"65536",
    b"2147483648",
    b"1" + b"0" * 12,
    b"9" * 30,
    b"1e999",
    b"9" * 5000,
)
EXTREMES = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**62,
    2**63,
    2**64 - 1,
)
DEEP, HUGE = "@deep@", "@huge@"  # in JSON that json.dumps cannot write
VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 3, 2**31, 10**7, 2**53, 2**63 - 1, 2**63, 10**30, HUGE),
    *(0.5, -1.5, 1e-320, 1e308, float("inf"), float("nan")),
    *(
        "",
        "x",
        "..",
        "/dev/zero",
        "../../x",
        "a\0b",
        "\ud800",
        "é\u202e",
        "y" * 100_000,
    ),
    *(
        [],
        {},
        [[]],
        [1] * 5000,
        [None],
        {"step": "ink"},
        {"": {}},
        {"x" * 5000: 1},
        DEEP,
    ),
)
SPECIAL = ("pipe", "/dev/zero", "/dev/null", "folder", "nowhere", "sparse", "empty")


def damaged(rng: random.Random, content: bytes) -> bytes:
    """The content after one to three changes of its bytes."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(BYTES)(rng, data)
    return bytes(data)


def _flip(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 8) if data else 0):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _range(rng: random.Random, data: bytearray) -> slice:
    start = rng.randrange(len(data) + 1)
    return slice(start, min(len(data), start + rng.choice((1, 2, 4, 8, 40, 256, 4096))))


def _cut(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(len(data) + 1) :]


def _remove(rng: random.Random, data: bytearray) -> None:
    del data[_range(rng, data)]


def _repeat(rng: random.Random, data: bytearray) -> None:
    part = _range(rng, data)
    data[part] = data[part] * rng.choice((2, 3, 100))


def _overwrite(rng: random.Random, data: bytearray) -> None:
    part = _range(rng, data)
    data[part] = rng.choice((b"\0", b"\xff", b" ", rng.randbytes(1))) * len(data[part])


def _move(rng: random.Random, data: bytearray) -> None:
    part = _range(rng, data)
    taken = data[part]
    del data[part]
    at = rng.randrange(len(data) + 1)
    data[at:at] = taken


def _put_extreme(rng: random.Random, data: bytearray) -> None:
    size = rng.choice((1, 2, 4, 8))
    at = rng.randrange(max(1, len(data) - size + 1))
    data[at : at + size] = (rng.choice(EXTREMES) % 256**size).to_bytes(
        size, rng.choice(("little", "big"))
    )


def _put_number(rng: random.Random, data: bytearray) -> None:
    if found := list(NUMBER.finditer(data)):
        one = rng.choice(found)
        data[one.start() : one.end()] = rng.choice(NUMBERS)


BYTES = (
    _flip,
    _cut,
    _remove,
    _repeat,
    _overwrite,
    _move,
    _put_extreme,
    _put_extreme,
    _put_number,
)


def changed(rng: random.Random, value: Any) -> Any:
    """A JSON value of which one to three parts, at any depth, are replaced, removed or
    doubled.
    """
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = list(_places(value))
        if not places:
            return rng.choice(VALUES)
        container, key = rng.choice(places)
        action = rng.random()
        if action < 0.15:
            del container[key]
        elif action < 0.25 and isinstance(container, list):
            container.insert(rng.randrange(len(container) + 1), container[key])
        elif action < 0.35 and isinstance(container, dict):
            container[rng.choice((key.upper(), key + "x", "", "a\0", "__class__"))] = (
                container.pop(key)
            )
        else:
            container[key] = rng.choice(VALUES)
    return value


def _places(value: Any) -> Any:
    for key in (
        list(value)
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else ()
    ):
        yield value, key
        yield from _places(value[key])


def as_json(value: Any) -> bytes:
    """The text of a value, with NaN, half characters and what is too deep or too long
    for json.dumps.
    """
    text = (
        json.dumps(value)
        .replace(f'"{DEEP}"', "[" * 5000 + "]" * 5000)
        .replace(f'"{HUGE}"', "9" * 5000)
    )
    return text.encode()


def damage_json(rng: random.Random, path: Path) -> None:
    """Change a JSON file: its values, its bytes, or what kind of file it is."""
    if rng.random() < 0.08:
        make_special(rng, path)
    elif rng.random() < 0.75:
        path.write_bytes(as_json(changed(rng, json.loads(path.read_bytes()))))
    else:
        path.write_bytes(damaged(rng, path.read_bytes()))


def damage_file(rng: random.Random, path: Path) -> None:
    """Change the bytes of a file, or what kind of file it is."""
    if rng.random() < 0.08:
        make_special(rng, path)
    else:
        path.write_bytes(damaged(rng, path.read_bytes()))


def write_zip(
    path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED
) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def make_special(rng: random.Random, path: Path) -> None:
    """Put something else in the place of a file."""
    path.unlink()
    kind = rng.choice(SPECIAL)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "sparse":
        with open(path, "wb") as file:
            file.truncate(700 * 2**20)
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.symlink_to(kind)
