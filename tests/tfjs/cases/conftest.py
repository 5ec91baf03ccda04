"""What the files of the families share: each case of the module is a test, and all are run together."""

from typing import Any

import pytest

pytest.register_assert_rewrite("tests.tfjs_cases.family_tests")

from tests.tfjs_cases.harness import Outcome, run  # noqa: E402 - after the line above, which must come first


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", metafunc.module.CASES, ids=lambda case: case.id)


@pytest.fixture(scope="module")
def outcomes(request: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return run(request.module.CASES, tmp_path_factory.mktemp("cases"))
