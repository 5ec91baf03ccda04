"""The package as a Python session sees it: what it exports, and `build` up to its errors."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import ConfigError, DataError, GateFailed, build
from pipeline.build_result import BuildResult
from pipeline.config import Config
from pipeline.python_api import configured
from pipeline.recipes.reading import load_recipe
from pipeline.records import Gate, HeldVersion


def test_dir_lists_the_public_names() -> None:
    assert dir(pipeline) == sorted(pipeline.__all__)


def test_build_is_a_function_whatever_was_imported_before() -> None:
    code = "import pipeline.stages, pipeline.cli.main, sys; from pipeline import build; print(callable(build))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_the_arguments_mean_what_the_options_of_the_command_mean() -> None:
    config = configured("softmax", "mine.npz", None, epochs=3, site=Path("there"))
    assert (config.name, config.recipe.training.epochs, config.site) == ("mine-softmax", 3, Path("there"))
    assert config.recipe.gates == load_recipe("softmax").gates


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipe": "sotfmax"}, "Did you mean 'softmax'"),
        ({"name": "My Model"}, "Received: 'My Model'"),
        ({"epoch": 3}, "Received: epoch=. Did you mean 'epochs'"),
        ({"epochs": 0}, "epochs must be in 1..100000. Received: 0"),
        ({"epochs": "3"}, "training.epochs must be a whole number. Received: '3'"),
        ({"device": "tpu"}, "device must be one of auto, cpu, gpu. Received: 'tpu'"),
        ({"distribute": "all"}, "distribute must be one of none, mirrored, multiworker. Received: 'all'"),
    ],
)
def test_an_argument_that_cannot_be_used_is_an_error_before_anything_is_written(
    options: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=message):
        build(**options)
    assert list(tmp_path.iterdir()) == []


def test_data_that_is_missing_is_a_data_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"gone\.npz"):
        build(data=tmp_path / "gone.npz")


def test_a_model_that_fails_a_gate_is_not_published(small_npz: Path, tmp_path: Path) -> None:
    folders: dict[str, Any] = {name: tmp_path / name for name in ("out", "site", "runs")}
    lines: list[str] = []
    with pytest.raises(GateFailed, match="test accuracy") as failed:
        build("softmax", small_npz, epochs=1, threshold=1.0, progress=lines.append, **folders)
    assert any(line.startswith("evaluate") for line in lines)
    document = failed.value.document
    assert document is not None
    assert (document["stage"], document["gates"][0]["passed"]) == ("evaluate", False)
    assert not (tmp_path / "site" / "models").exists()


def test_a_result_is_shown_in_a_few_lines() -> None:
    result = BuildResult(Config(name="mine", recipe=load_recipe("softmax")), Path("runs/mine"))
    assert repr(result).splitlines() == [
        "BuildResult: mine, version none",
        "  not evaluated",
        "  gates: 0 passed, 0 failed",
        "  not published",
    ]
    result.gates = (Gate(name="baseline", value=0.5, limit=0.6, passed=False, detail="d"),)
    result.held = HeldVersion(version="0123456789ab", since="2026-11-27", live="ba9876543210", release="pipeline …")
    assert repr(result).splitlines()[2:] == [
        "  gates: 0 passed, 1 failed: baseline",
        "  not published: a rollback of 0123456789ab holds",
    ]
