"""The big models of keras.applications; the last results stand in docs/zoo.md."""

from pathlib import Path

import pytest

from pipeline import export_model
from tests.tfjs_cases.zoo import PAGE, ZOO, build


@pytest.mark.all_only
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_converts(name: str, tmp_path: Path) -> None:
    report = export_model(build(name), tmp_path / "out")
    assert all(check.passed for check in report.outputs)


def test_every_model_of_the_zoo_has_a_recorded_result() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | " in page for name in ZOO)
