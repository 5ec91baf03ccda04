"""Every layer, option and wiring of `tfjs_cases`, run in real TensorFlow.js: exact, or refused by name."""

import pytest

from tests.tfjs_cases import CASES, coverage
from tests.tfjs_cases.harness import EXACT, Case, Outcome, needs_graph, run


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run(CASES, tmp_path_factory.mktemp("tfjs-cases"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case, outcomes: dict[str, Outcome]) -> None:
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


def test_the_cases_are_many_and_differ() -> None:
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)


def test_every_layer_that_both_sides_have_is_tried_and_converts(outcomes: dict[str, Outcome]) -> None:
    exact = {case.layer for case in CASES if outcomes[case.id].route == "layers"}
    assert coverage.SHARED - exact == set()


@needs_graph
def test_the_page_on_coverage_is_not_stale(outcomes: dict[str, Outcome]) -> None:
    written = coverage.table_of(coverage.PAGE.read_text(encoding="utf-8"))
    assert written == coverage.rows(outcomes), "run `python -m tests.tfjs_cases.coverage`"
