"""A build remembers its stages, and forgets them when something has changed."""

import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from pipeline import doctor, stage_cache
from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.recipes.reading import load_recipe
from pipeline.records import Gate
from pipeline.stage_cache import Run
from pipeline.stages.run import run_stages

RECORD = Gate(name="g", value=1.0, limit=0.5, passed=True, detail="d")


def remembered(folder: Path) -> Run:
    run = Run(folder)
    (folder / "model.keras").write_bytes(b"weights")
    run.remember("train", "key", RECORD, ["model.keras"])
    return run


@pytest.mark.parametrize("name", ["new.py", "versions/card.md.j2"])
def test_code_and_templates_are_in_every_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_cache, "__file__", str(tmp_path / "stage_cache.py"))
    (tmp_path / "versions").mkdir()
    before = stage_cache.code_digest.__wrapped__()
    (tmp_path / name).write_text("new")
    assert stage_cache.code_digest.__wrapped__() != before


def test_a_stage_is_recalled_under_its_key_alone(tmp_path: Path) -> None:
    run = remembered(tmp_path)
    assert run.recall("train", "key", Gate) == RECORD
    assert run.recall("train", "another", Gate) is None
    assert run.recall("evaluate", "key", Gate) is None


@pytest.mark.parametrize(
    "state",
    ["[]", '"text"', "{}", '{"key": "key"}', "not JSON", "", "[" * 5000, "9" * 5000],
)
def test_a_damaged_state_is_as_good_as_none(state: str, tmp_path: Path) -> None:
    run = remembered(tmp_path)
    (tmp_path / "train.json").write_text(state)
    assert run.recall("train", "key", Gate) is None


def test_a_pipe_in_the_place_of_a_state_is_not_waited_for(tmp_path: Path) -> None:
    run = remembered(tmp_path)
    (tmp_path / "model.keras").unlink()
    os.mkfifo(tmp_path / "model.keras")
    assert run.recall("train", "key", Gate) is None
    (tmp_path / "train.json").unlink()
    os.mkfifo(tmp_path / "train.json")
    assert run.recall("train", "key", Gate) is None


def test_files_of_a_run_that_could_not_say_what_it_had_made_are_not_taken_for_the_earlier_ones(
    tmp_path: Path,
) -> None:
    """Train A; train B, and lose the power between its model and its record; then build
    A.
    """
    run = remembered(tmp_path)
    (tmp_path / "model.keras").write_bytes(b"weights of B")
    assert run.recall("train", "key", Gate) is None
    (tmp_path / "model.keras").unlink()
    assert run.recall("train", "key", Gate) is None


@pytest.mark.parametrize("missing", ["require_built", "require_script"])
def test_the_doctor_looks_at_what_is_built(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (found,) = (
        finding for finding in doctor.examine() if finding.subject == "web assets"
    )
    assert found.ok
    monkeypatch.setattr(
        doctor,
        missing,
        Mock(side_effect=PipelineError("It is not built. Run `make web`.")),
    )
    (found,) = (
        finding for finding in doctor.examine() if finding.subject == "web assets"
    )
    assert (found.ok, found.detail) == (False, "It is not built. Run `make web`.")


@pytest.mark.parametrize("missing", ["require_script", "find_node", "require_built"])
def test_missing_parts_are_named_before_anything_is_computed(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        f"pipeline.stages.run.{missing}",
        Mock(side_effect=PipelineError("It is missing")),
    )
    out, site = tmp_path / "out", tmp_path / "site"
    with pytest.raises(PipelineError, match="It is missing"):
        run_stages(
            Config(
                name="x",
                recipe=load_recipe("softmax"),
                data="nowhere.npz",
                out=out,
                site=site,
            )
        )
