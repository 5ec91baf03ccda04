"""What the files of the families share: each case of the module is a test, and all are run together."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.tfjs.parity.compare import OutputCheck
from tests.support.browsers import require_chromium

pytest.register_assert_rewrite("tests.tfjs_cases.family_tests")

from tests.tfjs_cases.harness import (  # noqa: E402 - after the line above, which must come first
    Loaded,
    Outcome,
    run,
    run_by_load,
    run_by_small_engine,
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", metafunc.module.CASES, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


@pytest.fixture(scope="module")
def outcomes(request: Any, folder: Path) -> dict[str, Outcome]:
    return run(request.module.CASES, folder)


@pytest.fixture(scope="module")
def loaded(outcomes: dict[str, Outcome], folder: Path) -> dict[str, list[Loaded]]:
    return run_by_load(outcomes, folder, require_chromium())


@pytest.fixture(scope="module")
def small(outcomes: dict[str, Outcome], folder: Path) -> dict[str, list[OutputCheck] | None]:
    return run_by_small_engine(outcomes, folder)
