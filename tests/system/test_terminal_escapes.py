"""Text from outside sends no escapes to a terminal, a log or a page: they are shown."""

import json
import os
import unicodedata
from pathlib import Path

import pytest

from pipeline.system.outside import escape_html, in_one_line, visible
from tests.support.workshop import call

EVIL = "\x1b]0;owned\x07\x1b[2K\x9b31m\u202e\x7f"


def acting(text: str) -> set[str]:
    """The characters of a text that do something else than to be seen."""
    return {
        one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")
    } - {"\n", "\t"}


def test_every_control_is_escaped_and_all_else_stays() -> None:
    controls = [
        chr(code)
        for code in range(0x3000)
        if unicodedata.category(chr(code)) in ("Cc", "Zl", "Zp")
    ]
    turning = [
        chr(code)
        for code in (
            0x61C,
            0x200E,
            0x200F,
            *range(0x202A, 0x202F),
            *range(0x2066, 0x206A),
        )
    ]
    for one in {*controls, *turning} - {"\n", "\t"}:
        assert visible(f"a{one}b") == f"a\\u{ord(one):04x}b"
    plain = "Zürich – 東京 🙂 שלום\n\tthe next line"
    assert visible(plain) == plain
    assert in_one_line("a\nb\tc") == "a\\u000ab\\u0009c"
    assert json.loads(visible(json.dumps({"a": "\x7f"}))) == {"a": "\x7f"}
    assert escape_html("<\x1b>") == "&lt;\\u001b&gt;"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of a stranger, with a model whose name speaks to terminals, and begins a
    line of its own.
    """
    folder = tmp_path / "store" / f"{EVIL}\nok    forged"
    folder.mkdir(parents=True)
    (folder / "latest.json").write_text('{"version": "0123456789ab"}')
    return tmp_path / "store"


@pytest.mark.skipif(os.name == "nt", reason="no such names")
def test_check_shows_the_name_of_a_hosts_model_without_obeying_it(store: Path) -> None:
    done = call("check", str(store))
    assert done.exit_code == 4
    for text in (done.stdout, done.stderr):
        assert acting(text) == set()
        assert "\\u001b" in text
    assert not any(line.startswith("ok    forged") for line in done.output.splitlines())
    as_json = call("check", str(store), "--json")
    assert acting(as_json.stdout) == set()
    assert json.loads(as_json.stdout)["passed"] is False


@pytest.mark.skipif(os.name == "nt", reason="no such names")
def test_errors_and_usage_errors_show_what_they_received(store: Path) -> None:
    for arguments in (
        ["check", f"{store}/{EVIL}"],
        [EVIL],
        ["check", "--key", EVIL, str(store)],
    ):
        done = call(*arguments)
        assert done.exit_code not in (0, 1)
        assert acting(done.output) == set(), arguments
