"""Refusals of files, models, samples and the proof read as in docs/refusals.md."""

from pathlib import Path

import pytest

from tests.tfjs_cases import coverage
from tests.tfjs_cases.refused import REFUSED, Refused, said

LISTED = [
    row
    for row in coverage.table_of(coverage.REFUSALS.read_text(encoding="utf-8"))
    if len(row) == 3
]


@pytest.mark.parametrize("one", REFUSED, ids=[one.what for one in REFUSED])
def test_the_page_has_the_words(one: Refused, tmp_path: Path) -> None:
    row = said(one, tmp_path / "folder")
    assert row[2], "a next step"
    assert row in LISTED, "run `python -m tests.tfjs_cases.coverage`"


def test_the_page_lists_nothing_else() -> None:
    assert [row[0] for row in LISTED if row[0] != "what"] == sorted(
        one.what for one in REFUSED
    )


def test_no_row_advises_a_format_that_auto_has_tried() -> None:
    page = coverage.REFUSALS.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.endswith(" | nothing |")]
    assert len(rows) > 5
    assert [row for row in rows if "format=" in row] == []
