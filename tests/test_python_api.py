"""The package as a Python session sees it:

what it exports, and `build` up to its errors.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import ConfigError, PublishError, Recipe, build, deploy
from pipeline.build_result import BuildResult
from pipeline.config import Config
from pipeline.doctor import find_import
from pipeline.python_api import configured
from pipeline.recipes.reading import load_recipe
from pipeline.records import Gate, HeldModel
from pipeline.versions.ownership import render_marker
from tests.support.workshop import python


def test_build_and_publish_are_functions_whatever_was_imported_before() -> None:
    imported = (
        "import pipeline.stages.run, pipeline.cli.main; from pipeline import build,"
        " publish"
    )
    code = f"{imported}; print(callable(build), callable(publish))"
    assert python("-c", code) == "True True\n"


def test_the_arguments_mean_what_the_options_of_the_command_mean() -> None:
    config = configured(
        "softmax", "mine.npz", set={"training.epochs": 3}, site=Path("there")
    )
    assert (config.name, config.recipe.training.epochs, config.site) == (
        "mine-softmax",
        3,
        Path("there"),
    )
    assert config.recipe.gates == load_recipe("softmax").gates


@pytest.mark.parametrize(("options", "message"), [
    ({"recipe": "sotfmax"}, "Did you mean 'softmax'"), ({"name": "My Model"}, "Received: 'My Model'"),
    ({"set": {"training.epoch": 3}}, "Received: 'training.epoch'. Did you mean 'training.epochs'"),
    ({"set": {"training.epochs": 0}}, "epochs must be in 1..100000. Received: 0. Change the recipe or set."),
    ({"set": {"training.epochs": "3"}}, "training.epochs must be a whole number. Received: '3'"),
    ({"device": "tpu"}, "device must be one of auto, cpu, gpu. Received: 'tpu'"),
    ({"distribute": "all"}, "distribute must be one of none, mirrored, multiworker. Received: 'all'"),
    ({"until": "export"}, "until must be one of data, train, evaluate, verify, publish. Received: 'export'"),
    ({"set": {"publish_images": "many"}}, "publish_images must be one of 'auto', 'none', .*Received: 'many'"),
    ({"site": Path("a"), "store": Path("a/in")}, "Received: site a and store a/in. Change"),
    ({"base_url": "x"}, "base_url must be the address of the folder"),
    ({"set": {"model.from_logits": True}}, "Received: no model. Pass its file"),
])  # fmt: skip
def test_an_argument_that_cannot_be_used_is_an_error_before_anything_is_written(
    options: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=message):
        build(**options)
    assert list(tmp_path.iterdir()) == []


def test_an_error_names_an_argument_and_leaves_a_command_as_it_is(
    tmp_path: Path,
) -> None:
    with pytest.raises(
        PublishError, match=r"There must be a site.*`pipeline build`, or pass site\."
    ):
        deploy(str(tmp_path / "there"), site=tmp_path / "none")


def test_a_dry_run_tells_what_would_run_and_writes_nothing(
    small_npz: Path, tmp_path: Path
) -> None:
    folders: dict[str, Any] = {
        "store": tmp_path / "out",
        "site": tmp_path / "site",
        "runs": tmp_path / "runs",
    }
    easy = Recipe(name="x").replace(
        training={"epochs": 1}, gates={"threshold": 0.1, "class_recall": 0.0}
    )
    planned = build(easy, small_npz, dry_run=True, **folders).planned
    assert planned == ["train", "evaluate", "export", "verify", "publish"]
    assert build(easy, small_npz, dry_run=True, until="train", **folders).planned == [
        "train"
    ]
    assert list(tmp_path.iterdir()) == []
    result = build(easy, small_npz, until="data", **folders)
    assert (result.dataset is None, result.trained, [*tmp_path.iterdir()]) == (
        False,
        None,
        [tmp_path / "runs"],
    )
    build(easy, small_npz, until="evaluate", **folders)
    assert build(easy, small_npz, dry_run=True, **folders).planned == [
        "export",
        "verify",
        "publish",
    ]
    assert (
        build(easy, small_npz, dry_run=True, until="evaluate", **folders).planned == []
    )
    assert build(
        easy, small_npz, dry_run=True, force=True, until="train", **folders
    ).planned == ["train"]


def test_somebodys_page_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/.keras-web-pipeline").write_bytes(render_marker("site"))
    (tmp_path / "site/index.html").write_text("mine")
    with pytest.raises(
        PublishError, match=r"somebody's own page.*publish with embed_only"
    ):
        build(
            data=tmp_path / "gone.npz",
            store=tmp_path / "out",
            site=tmp_path / "site",
            runs=tmp_path / "runs",
        )
    assert not (tmp_path / "runs").exists()


def test_a_recipe_is_loaded_changed_and_checked(tmp_path: Path) -> None:
    mlp = Recipe.load("mlp")
    wide = mlp.replace(
        name="wide", model={"units": 512}, training={"epochs": 3}, gates=mlp.gates
    )
    assert (wide.name, wide.model.units, wide.training.epochs) == ("wide", 512, 3)
    assert (wide.preprocess, mlp.model.units) == (mlp.preprocess, 128)
    (tmp_path / "mine.toml").write_text("[training]\nepochs = 2\n")
    assert Recipe.load(tmp_path / "mine.toml").training.epochs == 2
    assert configured(wide, "x.npz", set={"training.epochs": 4}).recipe == wide.replace(
        training={"epochs": 4}
    )
    with pytest.raises(
        ConfigError, match=r"Received: 'model.unit'. Did you mean 'model.units'"
    ):
        mlp.replace(model={"unit": 5})  # type: ignore[arg-type]
    with pytest.raises(
        ConfigError, match=r"training.epochs must be in 1..100000. Received: 0"
    ):
        mlp.replace(training={"epochs": 0})


def test_a_result_is_shown_in_a_few_lines() -> None:
    result = BuildResult(
        Config(name="mine", recipe=load_recipe("softmax")), Path("runs/mine")
    )
    assert repr(result).splitlines() == [
        "BuildResult: mine, version none", "  not evaluated", "  gates: none", "  not published",
    ]  # fmt: skip
    result.gates = (
        Gate(name="baseline", value=0.5, limit=0.6, passed=False, detail="d"),
    )
    result.held = HeldModel(
        since="2026-11-27", live="ba9876543210", release="pipeline …"
    )
    assert repr(result).splitlines()[2:] == [
        "  gates: 1 failed: baseline",
        "  not published: a rollback holds the model",
    ]


def test_one_name_is_of_this_package_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_import().ok
    (tmp_path / "pipeline.py").write_text(
        "from keras_web_pipeline import Recipe\nprint(Recipe.load('mlp').name)\n"
    )
    (tmp_path / "other.py").write_text(
        "import keras_web_pipeline, pipeline\nprint(pipeline is keras_web_pipeline)\n"
    )
    (tmp_path / "wrong.py").write_text("import pipeline, keras_web_pipeline\n")
    run = {
        name: subprocess.run(
            [sys.executable, tmp_path / f"{name}.py"], capture_output=True, text=True
        )
        for name in ("pipeline", "other", "wrong")
    }
    assert (run["pipeline"].stdout, run["other"].stdout) == ("mlp\n", "True\n")
    assert "must be imported before another `pipeline`" in run["wrong"].stderr
    assert (
        f"gives {tmp_path / 'pipeline.py'}: rename that, or import keras_web_pipeline"
        in find_import().detail
    )
