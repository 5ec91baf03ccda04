"""The table of cases and docs/coverage.md, which the file of each family holds equal to what its cases do."""

from tests.tfjs_cases import CASES, coverage

PAGE = coverage.table_of(coverage.PAGE.read_text(encoding="utf-8"))


def test_the_cases_are_many_and_differ() -> None:
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)


def test_the_page_lists_every_case_once() -> None:
    listed = sorted((layer, options) for layer, options, _, _ in PAGE)
    assert listed == sorted((case.layer, case.options) for case in CASES), "run `python -m tests.tfjs_cases.coverage`"


def test_the_documentation_says_how_many_of_them_load_runs() -> None:
    written = [row for row in PAGE if row[2] != "neither"]
    text = " ".join((coverage.PAGE.parent / "embedding.md").read_text(encoding="utf-8").split())
    assert f"[{len(written)} cases](coverage.md) of the converter" in text


def test_every_layer_that_both_sides_have_is_tried_and_converts() -> None:
    exact = {layer for layer, _, route, _ in PAGE if route == "layers"}
    assert coverage.SHARED - exact == set()
