"""`runs/` copied, moved, half deleted or mixed:

what is published is the model that was asked for, with its numbers.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.build_result import BuildResult
from pipeline.config import Config
from pipeline.errors import DataError, PublishError
from pipeline.export import export_version
from pipeline.quality.evaluate import evaluate_model
from pipeline.quality.gates import require_judged
from pipeline.site import compress
from pipeline.stages.run import run_stages
from pipeline.verify import verify_export
from pipeline.versions import store
from pipeline.versions.store import DamagedVersion
from tests.support.training import small_build
from tests.support.versions import snapshot

Projects = dict[int, Path]

Facts = tuple[int, float, str]  # seed, test accuracy, SHA-256 of the weights
AllFacts = dict[int, Facts]
RECORDS = ("train.json", "evaluate.json", "verify.json")
FILES = ("model.keras", "snapshots.npz", "probabilities.npy")


def also(*values: Any) -> list[Any]:
    """Parameters that are too many for every run."""
    return [pytest.param(value, marks=pytest.mark.all_only) for value in values]


def config(project: Path, seed: int) -> Config:
    values: dict[str, Any] = {
        "training": {"epochs": 2, "seed": seed},
        "gates": {"baseline_margin": 0.5},
    }
    return small_build(project, project / "digits.npz", "digits", **values)


def live(project: Path) -> Facts:
    """Return the manifest of the live version, and its files."""
    models = project / "site/models/digits"
    folder = models / json.loads((models / "latest.json").read_text())["version"]
    manifest = json.loads((folder / "manifest.json").read_text())
    weights = hashlib.sha256(
        (folder / "layers-float32/group1-shard1of1.bin").read_bytes()
    ).hexdigest()
    assert (
        manifest["training"]["weights_digest"]
        == manifest["metrics"]["weights_digest"]
        == weights
    )
    assert manifest["gates"][0]["value"] == manifest["metrics"]["test_accuracy"]
    return manifest["training"]["seed"], manifest["metrics"]["test_accuracy"], weights


@pytest.fixture(scope="module", autouse=True)
def no_compressed_copies() -> Iterator[None]:
    """test_compress.py tests them; without, a build is twice as fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compress, "LEAST", sys.maxsize)
        yield


@pytest.fixture(scope="module")
def projects(
    small_npz: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """A built project for each of two seeds."""
    made = {}
    for seed in (11, 12):
        made[seed] = tmp_path_factory.mktemp(f"seed-{seed}")
        shutil.copy(small_npz, made[seed] / "digits.npz")
        run_stages(config(made[seed], seed))
    return made


@pytest.fixture(scope="module")
def expected(projects: Projects) -> dict[int, Facts]:
    """Build a project of each seed: the expected versions."""
    facts = {seed: live(project) for seed, project in projects.items()}
    assert facts[11][2] != facts[12][2]
    return facts


def built(project: Path, seed: int) -> BuildResult:
    return run_stages(config(project, seed))


def test_a_copy_of_runs_is_its_own(
    projects: Projects, expected: AllFacts, tmp_path: Path
) -> None:
    """Build in a, copy a/runs to b/runs, build another seed in a, build in b."""
    first, second = tmp_path / "a", tmp_path / "b"
    shutil.copytree(projects[11], first)
    shutil.copytree(first / "runs", second / "runs")
    shutil.copy(first / "digits.npz", second)
    built(first, 12)
    assert live(first) == expected[12]
    assert built(second, 11).unchanged == ["train", "evaluate"]  # its store is empty
    assert live(second) == expected[11]


def test_a_project_that_was_moved_has_nothing_to_do(
    projects: Projects, expected: AllFacts, tmp_path: Path
) -> None:
    shutil.copytree(projects[11], tmp_path / "was")
    (tmp_path / "was").rename(tmp_path / "moved")
    before = snapshot(tmp_path / "moved/site")
    assert built(tmp_path / "moved", 11).unchanged == [
        "train",
        "evaluate",
        "export",
        "verify",
    ]
    assert live(tmp_path / "moved") == expected[11]
    assert snapshot(tmp_path / "moved/site") == before


@pytest.mark.parametrize(
    "gone", ["model.keras", "probabilities.npy", *also("snapshots.npz", *RECORDS)]
)
def test_missing_files_are_made_again(
    gone: str, projects: Projects, expected: AllFacts, tmp_path: Path
) -> None:
    shutil.copytree(projects[11], tmp_path / "p")
    (tmp_path / "p/runs/digits" / gone).unlink()
    built(tmp_path / "p", 11)
    assert live(tmp_path / "p") == expected[11]
    assert (tmp_path / "p/runs/digits" / gone).exists()


@pytest.mark.parametrize("seed", [12, *also(11)])
@pytest.mark.parametrize(
    "of_12",
    [RECORDS, FILES, *also(FILES[:1] + RECORDS, RECORDS[:1], RECORDS[1:], FILES[2:])],
)
def test_mixed_runs_give_the_model_that_was_asked_for(
    of_12: tuple[str, ...],
    seed: int,
    projects: Projects,
    expected: AllFacts,
    tmp_path: Path,
) -> None:
    shutil.copytree(projects[11], tmp_path / "p")
    for name in of_12:
        shutil.copy(
            projects[12] / "runs/digits" / name, tmp_path / "p/runs/digits" / name
        )
    built(tmp_path / "p", seed)
    assert live(tmp_path / "p") == expected[seed]


@pytest.mark.parametrize(
    ("stage", "key"),
    [
        pytest.param("train", "seed", marks=pytest.mark.all_only),
        ("evaluate", "test_accuracy"),
        ("verify", "version"),
    ],
)
def test_a_changed_record_is_not_believed(
    stage: str, key: str, projects: Projects, expected: AllFacts, tmp_path: Path
) -> None:
    shutil.copytree(projects[11], tmp_path / "p")
    path, other = (
        project / "runs/digits" / f"{stage}.json"
        for project in (tmp_path / "p", projects[12])
    )
    state = json.loads(path.read_text())
    state["record"][key] = json.loads(other.read_text())["record"][key]
    path.write_text(json.dumps(state))
    assert stage not in built(tmp_path / "p", 11).unchanged
    assert live(tmp_path / "p") == expected[11]


def test_a_manifest_that_was_changed_is_made_again(
    projects: Projects, expected: AllFacts, tmp_path: Path
) -> None:
    shutil.copytree(projects[11], tmp_path / "p")
    shutil.rmtree(tmp_path / "p/site")
    (path,) = (tmp_path / "p/out").rglob("manifest.json")
    path.write_text(
        path.read_text().replace(
            f'"test_accuracy": {expected[11][1]}', '"test_accuracy": 0.9999'
        )
    )
    built(tmp_path / "p", 11)
    assert live(tmp_path / "p") == expected[11]


def test_each_stage_refuses_files_that_are_not_those_of_its_record(
    projects: Projects, tmp_path: Path
) -> None:
    """As when somebody copies runs while a build is under way:

    after the records were recalled.
    """
    one, other = (
        built(Path(shutil.copytree(projects[seed], tmp_path / str(seed))), seed)
        for seed in (11, 12)
    )
    assert one.dataset
    assert one.trained
    assert other.trained
    assert one.evaluation
    assert other.evaluation
    assert one.exported
    steps: list[dict[str, Any]] = one.config.recipe.preprocess.image_steps()
    with pytest.raises(
        DataError,
        match=r"model.keras must hold the weights that were trained .*--force",
    ):
        evaluate_model(one.dataset, one.trained, steps, other.run_dir)
    staging = store.new_staging(tmp_path / "out", "digits")
    with pytest.raises(
        DataError,
        match=r"model.keras must hold the weights that were trained .*--force",
    ):
        export_version(
            one.config,
            one.dataset,
            one.trained,
            one.evaluation,
            one.gates,
            steps,
            other.run_dir,
            staging,
        )
    with pytest.raises(
        DataError,
        match=(
            r"probabilities.npy must hold the probabilities that were measured.*--force"
        ),
    ):
        verify_export(one.exported, one.dataset, one.evaluation, steps, other.run_dir)
    forged = replace(one.evaluation, test_accuracy=0.9999)
    with pytest.raises(
        DataError, match=r"Received: a test accuracy of 0\.\d+ instead of 0.9999"
    ):
        verify_export(one.exported, one.dataset, forged, steps, one.run_dir)

    shutil.rmtree(staging)
    staging = store.new_staging(tmp_path / "out", "digits")
    # the record of a training run that gave other weights
    export_version(
        one.config,
        one.dataset,
        other.trained,
        one.evaluation,
        one.gates,
        steps,
        one.run_dir,
        staging,
    )
    with pytest.raises(
        DamagedVersion, match=r"layers-float32 holds the weights .*were trained"
    ):
        store.commit(staging, tmp_path / "out")
    version = store.open_version(one.exported.folder)
    with pytest.raises(
        PublishError,
        match=r"must be of the model that passed the gates.*Move that folder away",
    ):
        require_judged(version, other.trained, other.evaluation)
