"""Files from outside: only regular ones are opened, and nothing breaks a bound."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.system.outside import (
    DEPTH,
    JSON_BYTES,
    TOML_BYTES,
    ZIP_DIRECTORY_BYTES,
    TooLargeError,
    open_regular,
    open_zip,
    parse_json,
    read_bounded,
    read_json,
    read_toml,
)


def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match="not a file") as caught:
            open_regular(path)
        assert caught.value.filename == str(path)


def test_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert read_bounded(tmp_path / "x", 5) == b"12345"
    with pytest.raises(TooLargeError, match="more than 4 bytes"):
        read_bounded(tmp_path / "x", 4)


def test_json_is_read_as_it_was_written() -> None:
    value = {"a": [1, -(2**63), 2**63 - 1, 0.5, True, None, "é\n"], "": {}}
    assert (
        parse_json(
            '{"a": [1, -9223372036854775808, 9223372036854775807, 0.5, true, null,'
            ' "é\\n"], "": {}}'
        )
        == value
    )
    assert parse_json(b"3") == 3
    deepest = "[" * DEPTH + "]" * DEPTH
    assert str(parse_json(deepest)) == deepest


@pytest.mark.parametrize(("text", "message"), [
    ("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "more than 100 deep"),
    ("[" * 5000 + "]" * 5000, "more than 100 deep"), ('{"a":' * 100_000, "more than 100 deep"),
    ("9" * 25, "a whole number has 84 bits"), ("[1, -9223372036854775809]", "64 bits"), ("9" * 5000, "4300 digits"),
    ("1e999", "1e999 is not JSON"), ('{"a": NaN}', "NaN is not JSON"),
    ('{"a\\u0000": 1}', "a character that no UTF-8 text or path can hold"),
    ('["\\ud800"]', "a character that no UTF-8 text or path can hold"), ("[1,", "Expecting value"),
], ids=lambda text: text[:20])  # fmt: skip
def test_json_that_breaks_a_bound_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def test_json_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-32"):  # which browsers do not guess
        with pytest.raises(
            ValueError, match=r"decode|Expecting|double quotes|NUL|character"
        ):
            parse_json('{"a": 1}'.encode(encoding))
    assert parse_json('{"a": 1}'.encode("utf-8-sig")) == {"a": 1}
    with pytest.raises(ValueError, match="more than"):
        parse_json(b" " * (JSON_BYTES + 1))
    (tmp_path / "x.json").write_bytes(b'"\xff"')
    with pytest.raises(ValueError, match="utf-8"):
        read_json(tmp_path / "x.json")


@pytest.mark.parametrize(("text", "message"), [
    ("a = " + "[" * 8000, "more than 100 deep"), ("a." * 4000 + "a = 1", "more than 100 deep"),
    ("a = 0x" + "f" * 10_000, "a whole number has 40000 bits"), ("a = " + "9" * 10_000, "4300 digits"),
    ('a = "\\u0000"', "no UTF-8 text or path"),
    ("#" * (TOML_BYTES + 1), "more than 16,384 bytes"),
], ids=lambda text: text[:20])  # fmt: skip
def test_toml_that_breaks_a_bound_is_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_toml(tmp_path / "x.toml")


def archive(members: dict[str, bytes], **settings: Any) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **settings) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    return file


def test_an_archive_is_opened_if_it_unpacks_to_no_more_than_may_be() -> None:
    bomb = archive(
        {"a": bytes(6000), "b": bytes(4000)}, compression=zipfile.ZIP_DEFLATED
    )
    with open_zip(bomb, 10_000) as opened:
        assert opened.read("a") == bytes(6000)
    with pytest.raises(TooLargeError, match="unpacks to 10,000 bytes, more than 9,999"):
        open_zip(bomb, 9_999)


def test_an_archive_with_an_endless_list_or_another_method_is_refused() -> None:
    with pytest.raises(ValueError, match="method 14"):
        open_zip(archive({"a": b"1"}, compression=zipfile.ZIP_LZMA), 10)
    long = "x" * 60_000
    with pytest.raises(TooLargeError, match="a list of more than 4 MB"):
        open_zip(
            archive(
                {f"{n}{long}": b"" for n in range(ZIP_DIRECTORY_BYTES // 60_000 + 1)}
            ),
            10,
        )
