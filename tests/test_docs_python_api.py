"""docs/python-api.md lists what the package exports, argument by argument and field by
field; its examples run.
"""

import contextlib
import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import (
    BuildResult,
    ExportReport,
    PipelineError,
    Recipe,
    build,
    check,
    deploy,
    errors,
    export_model,
    publish,
    rollback,
    show,
)
from pipeline.errors import GateFailed
from pipeline.exporting.report import LayerRow
from pipeline.records import FileDigest
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.parity.compare import OutputCheck
from pipeline.tfjs.precision import PrecisionChange
from tests.support.pages import ROOT, code_blocks, keys_under, table_under

PAGE = (ROOT / "docs/python-api.md").read_text()


def defaults_of(function: Callable[..., Any]) -> list[tuple[str, str]]:
    """The arguments of a function and their defaults, as the page writes them."""
    parameters = inspect.signature(function).parameters.values()
    defaults = [
        "" if p.default is p.empty else repr(p.default).replace("'", '"')
        for p in parameters
    ]
    return list(zip([p.name for p in parameters], defaults, strict=True))


def test_every_exported_name_is_listed() -> None:
    rows = [*table_under(PAGE, "# Python API"), *table_under(PAGE, "## Errors")]
    listed = [row[0].partition("`")[2].partition("`")[0] for row in rows]
    assert sorted(listed) == sorted(pipeline.__all__)


@pytest.mark.parametrize(
    "function", [build, publish, rollback, check, deploy, export_model, show]
)
def test_every_argument_is_listed_with_its_default(
    function: Callable[..., Any],
) -> None:
    """In the function's table, or below it as one of `build`, which has the same
    default there.
    """
    rows = {
        row[0].strip("`"): row[1].strip("`")
        for row in table_under(PAGE, f"## {function.__name__}")
    }
    _, _, section = PAGE.partition(f"\n## {function.__name__}\n")
    shared = re.search(
        r"^As in \[`build`\]\(#build\): (.+)\.$",
        section.partition("\n## ")[0],
        re.MULTILINE,
    )
    of_build = dict(defaults_of(build))
    rows |= (
        {name: of_build[name] for name in re.findall(r"`(\w+)`", shared[1])}
        if shared
        else {}
    )
    assert sorted(rows.items()) == sorted(defaults_of(function))


@pytest.mark.parametrize(("heading", "record"), [
    ("## BuildResult", BuildResult), ("## ExportReport", ExportReport), ("### FileDigest", FileDigest),
    ("### OutputCheck", OutputCheck), ("### PrecisionChange", PrecisionChange), ("### LayerRow", LayerRow),
])  # fmt: skip
def test_every_field_is_listed(heading: str, record: type) -> None:
    assert keys_under(PAGE, heading) == [f.name for f in dataclasses.fields(record)]


def test_every_listed_error_has_its_exit_code() -> None:
    for name, code, _ in table_under(PAGE, "## Errors"):
        error = getattr(errors, name.strip("`"))
        assert issubclass(error, PipelineError)
        assert error.exit_code == int(code)
        if error not in (
            PipelineError,
            GateFailed,
            errors.CheckFailed,
            errors.WorkerLost,
        ):
            assert f"| {name} | " in PAGE.partition("| raises |")[2]


@pytest.mark.parametrize(
    "small",
    [True, pytest.param(False, marks=pytest.mark.all_only)],
    ids=["small", "whole MNIST"],
)
def test_the_examples_run(
    small: bool, small_npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they are, or on few images of MNIST, without drawings, and with lower limits."""
    start_tensorflow("cpu")
    easy = Recipe.load("softmax").replace(
        data={"pens": 0},
        gates={
            "class_recall": 0.3,
            "drawings": 0.0,
            "signs_flagged": 0.0,
            "drawings_unflagged": 0.0,
        },
    )
    names: dict[str, Any] = {"easy": easy, "digits": small_npz}
    with contextlib.chdir(tmp_path):
        for block in code_blocks(PAGE, "python"):
            if small:
                block = re.sub(
                    r'build\(\s*"softmax",(\s*"mnist",)?', "build(easy, digits,", block
                )
                block = re.sub(
                    r'(threshold": |test_accuracy >= )0\.9', r"\g<1>0.5", block
                )
            exec(block, names)  # noqa: S102 (our own documentation)
    assert {path.name for path in (tmp_path / "web").iterdir()} == {
        "copy", "gated", "host", "model", "runs", "shapes", "site", "small", "versions",
    }  # fmt: skip
    printed = capsys.readouterr().out
    assert "instead of mixed_float16: max abs diff" in printed
    assert "element: <sketch-classifier src=" in str(names["report"])
    assert "Exit code 5: " in printed
    assert printed.endswith(f"{pipeline.__version__}\n")
