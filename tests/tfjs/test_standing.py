"""Models that nobody here wrote:

of Keras' own layer tests, of other packages, and the big ones of docs/zoo.md.
"""

from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline import export_model
from tests.tfjs_cases import coverage, keras_suite, packages, standing, zoo
from tests.tfjs_cases.standing import Judge, Result, counts, recorded

BAD = ("crash", "wrong")


def _bad(results: list[Result]) -> list[Result]:
    return [one for one in results if one.outcome in BAD]


def _counts(results: list[Result]) -> dict[str, Counter[str]]:
    # what depends on SciPy being there
    return counts(one for one in results if one.outcome != "not judged")


@pytest.mark.all_only
@pytest.mark.timeout(3600)
def test_keras_own_tests_have_the_recorded_outcomes() -> None:
    results = keras_suite.judged()
    assert _bad(results) == []
    assert _counts(results) == _counts(recorded(keras_suite.RESULTS)[2])


@pytest.mark.all_only
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("package", packages.MODULES)
def test_models_of_a_package_have_the_recorded_outcomes(package: str) -> None:
    if package in packages.missing():
        pytest.skip(f"{package} is not installed: `make .venv/.models` does that")
    results = packages.judged(package)
    print(f"{package}: {dict(counts(results)[package])}")
    assert _bad(results) == []
    assert counts(results)[package] == counts(recorded(packages.RESULTS)[2])[package]


def test_a_difference_or_a_crash_is_no_export(
    model: Any, keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = keras.initializers.Constant(1e6)
    layers = [
        keras.layers.Dense(2, bias_initializer=large),
        keras.layers.Rescaling(1.0, -1e6),
    ]
    cancelling = keras.Sequential([keras.Input((4,)), *layers])
    judge = Judge(tmp_path)
    judge.export("Dense", "exact", model)
    prepare = Judge._prepare

    def changed(self: Judge, number: int, model: Any, *arguments: Any) -> None:
        # after the export; to 1e6, the last bit
        by = 0.0625 if model is cancelling else 0.5
        model.set_weights(
            [value + by * (by == 0.5 or value > 1) for value in model.get_weights()]
        )
        prepare(self, number, model, *arguments)

    monkeypatch.setattr(Judge, "_prepare", changed)
    judge.export("Dense", "changed", model)
    judge.export("Dense", "one bit changed", cancelling)
    monkeypatch.setattr(standing, "export_model", lambda *_: [][0])
    judge.export("Dense", "broken", model)
    results = judge.finish()
    assert [one.outcome for one in results] == [
        "layers",
        "wrong",
        "not judged",
        "crash",
    ]
    assert all("differs by" in one.reason for one in results[1:3])


@pytest.mark.parametrize("source", [keras_suite, packages])
def test_no_recorded_model_crashed_or_differed(source: ModuleType) -> None:
    results = recorded(source.RESULTS)[2]
    assert len(results) > 50
    assert _bad(results) == []


def test_the_page_ends_with_what_was_recorded() -> None:
    page = coverage.PAGE.read_text(encoding="utf-8")
    assert page.endswith(coverage.standing()), (
        "run `python -m tests.tfjs_cases.coverage`"
    )


@pytest.mark.all_only
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", zoo.ZOO)
def test_the_zoo_converts(name: str, tmp_path: Path) -> None:
    report = export_model(zoo.build(name), tmp_path / "out")
    assert all(check.passed for check in report.outputs)


def test_every_model_of_the_zoo_has_a_recorded_result() -> None:
    page = zoo.PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | " in page for name in zoo.ZOO)
