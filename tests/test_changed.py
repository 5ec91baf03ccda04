"""`make test-changed` runs what a change can break, and says what it leaves out."""

import pytest

from tests.changed import ROOT, SCENARIOS, affected_rooms, python_tests, scenarios
from tests.slowest import has_reason
from tests.tiers import LISTED, listed


def test_a_changed_room_affects_those_that_import_it() -> None:
    affected = affected_rooms(["pipeline/signing/keys.py"])
    assert {"signing", "site", "cli"} <= affected
    assert not {"training", "tfjs", "data"} & affected
    assert affected_rooms(["README.md"]) == set()


def test_its_own_tests_and_those_of_whole_programs_are_run_and_all_others_named_a_changed_lock_runs_all() -> (
    None
):
    run, left = python_tests(["pipeline/signing/keys.py"])
    assert {
        "tests/signing/test_keys.py",
        "tests/cli/test_main.py",
        "tests/flow/test_build.py",
    } <= set(run)
    assert {"tests/training/test_model.py", "tests/data/test_mnist.py"} <= set(left)
    assert {
        str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py")
    } == {*run, *left}
    assert python_tests(["requirements/dev.txt"])[1] == []


@pytest.mark.parametrize(("path", "expected"), [
    ("docs/trust.md", "tests/test_docs.py"), ("Makefile", "tests/test_supply_chain.py"),
    ("tests/fixtures/preprocess.json", "tests/preprocessing/test_apply.py"),
    ("tests/support/tampering.py", "tests/checking/test_check.py"),
    ("tests/support/devices.py", "tests/training/test_gpu.py"),  # which starts it
    ("tests/tfjs_cases/wiring.py", "tests/tfjs/test_cases.py"),  # by __init__.py
    ("tests/tfjs_cases/keras_suite.py", "tests/tfjs/test_refused.py"),  # by coverage.py
    # which table.py beside it reads
    ("tests/tfjs_cases/cases.toml", "tests/tfjs/test_cases.py"),
    # by a folder's conftest.py
    ("tests/tfjs_cases/harness.py", "tests/tfjs/formats/test_recipe_formats.py"),
])  # fmt: skip
def test_a_changed_document_fixture_or_helper_runs_whatever_it_reaches(
    path: str, expected: str
) -> None:
    run, left = python_tests([path])
    assert expected in run
    assert "tests/data/test_mnist.py" in left


@pytest.mark.parametrize(("paths", "expected"), [
    (["pipeline/tfjs/tracer.py"], []), (["tests/browser/draw.test.ts"], ["draw"]),
    (["web/src/frame/frame.ts", "tests/browser/draw.test.ts"], [*SCENARIOS["web/src/frame/"], "draw"]),
    (["tests/browser/scenario.ts"], None), (["web/package.json"], None),
])  # fmt: skip
def test_scenarios_are_chosen_by_the_room_of_the_page(
    paths: list[str], expected: list[str] | None
) -> None:
    assert scenarios(paths) == (expected and sorted(expected))


def test_every_entry_of_the_table_is_a_scenario_that_exists() -> None:
    for start, names in SCENARIOS.items():
        assert (ROOT / start).exists()
        assert all(
            list(ROOT.glob(f"tests/browser/{name}*.test.ts")) for name in names
        ), start


def test_the_longest_entry_decides_the_tier() -> None:
    part = max(LISTED, key=len)
    assert listed(f"tests/{part}") == LISTED[part]
    assert listed("tests/test_changed.py") is None


def test_a_slow_test_of_the_web_code_has_its_reason_in_the_table_there() -> None:
    assert has_reason("web/src/embed/package.test.ts::the package is packed")
    assert has_reason("tests/flow/test_build.py::test_a_build")
    assert not has_reason("web/src/pad/strokes.test.ts::a stroke")
