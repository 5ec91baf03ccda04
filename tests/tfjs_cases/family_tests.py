"""The tests of one family of cases, imported by the file of each family so that they run side by side."""

from collections.abc import Mapping
from typing import Any

from tests.tfjs_cases import coverage
from tests.tfjs_cases.harness import EXACT, NO_GRAPH, Case, Outcome


def test_case(case: Case, outcomes: Mapping[str, Outcome]) -> None:
    outcome = outcomes[case.id]
    if case.expect == EXACT:
        assert outcome.refusal is None
        assert outcome.error is None
    else:
        assert outcome.refusal is not None
        assert case.expect in outcome.refusal
    # whatever was written, by either route, and loads, is right
    if outcome.error is None:
        assert all(check.passed for check in outcome.checks), outcome.checks


def test_the_coverage_page_is_current(request: Any, outcomes: Mapping[str, Outcome]) -> None:
    found = coverage.rows(request.module.CASES, outcomes)
    known = [row for row in found if NO_GRAPH is None or row[2] == "layers"]
    page = set(coverage.table_of(coverage.PAGE.read_text(encoding="utf-8")))
    assert [row for row in known if row not in page] == [], "run `python -m tests.tfjs_cases.coverage`"
