"""Arguments of `show`, the files that it hands over, and its refusals."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import (
    BuildResult,
    ConfigError,
    DataError,
    ExportReport,
    PublishError,
    export_model,
    show,
)
from pipeline.config import Config
from pipeline.notebook.show import sketch_class
from pipeline.recipes.reading import load_recipe
from pipeline.versions.store import open_version
from tests.support.versions import EXAMPLE, EXAMPLE_MODEL

STEPS = {
    "drawing": [
        {"step": "ink"},
        {"step": "fit", "box": 8},
        {"step": "center", "height": 10, "width": 10},
    ],
    "image": [{"step": "channel"}],
}


def shown(sketch: Any) -> dict[str, bytes]:
    files: dict[str, bytes] = sketch._files
    return files


def contents(folder: Path, pattern: str = "*") -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.glob(pattern)
    }


def default_format(version: Path) -> str:
    return str(json.loads((version / "manifest.json").read_text())["default_format"])


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """The folder of a version, in a store."""
    shutil.copytree(EXAMPLE_MODEL, tmp_path / "mnist-softmax")
    return tmp_path / "mnist-softmax" / EXAMPLE.name


@pytest.fixture(scope="module")
def model(keras: Any) -> Any:
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((10, 10, 1)), *layers], name="two words")


@pytest.fixture(scope="module")
def report(model: Any, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    out = tmp_path_factory.mktemp("export") / "model"
    return export_model(
        model, out, preprocess=STEPS, labels=["a", "b", "c"], name="three"
    )


def test_a_version_is_shown_by_its_default_format(version: Path) -> None:
    expected = contents(version, f"{default_format(version)}/*") | contents(
        version, "manifest.json"
    )
    result = BuildResult(
        config=Config(name="m", recipe=load_recipe("softmax"), data="mnist"),
        run_dir=version,
    )
    with pytest.raises(ConfigError, match="a build that stopped before"):
        show(result)
    result.exported = open_version(version)
    for given in (version, str(version), version.parent, result):
        assert shown(show(given)) == expected
    assert show(version).value is None
    assert show(version).input is None


def test_an_export_is_shown_as_it_is(report: ExportReport) -> None:
    assert (
        shown(show(report))
        == shown(show(report.path))
        == contents(report.path, "m*.json") | contents(report.path, "*.bin")
    )


def test_a_keras_model_and_its_file_are_exported_first(
    model: Any, report: ExportReport, tmp_path: Path
) -> None:
    model.save(tmp_path / "two words.keras")
    for given in (model, tmp_path / "two words.keras"):
        files = shown(show(given, preprocess=STEPS))
        manifest = json.loads(files["manifest.json"])
        assert (manifest["name"], manifest["labels"]) == ("two-words", ["0", "1", "2"])
        assert (
            files["group1-shard1of1.bin"]
            == contents(report.path, "*.bin")["group1-shard1of1.bin"]
        )


@pytest.mark.parametrize("shape", [(10, 10, 1), (12, 10), (9, 8, 3)])
def test_the_steps_that_are_suggested_for_a_model_fit_it(
    keras: Any, shape: tuple[int, ...]
) -> None:
    layers = [keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")]
    model = keras.Sequential([keras.Input(shape), *layers])
    with pytest.raises(
        ConfigError, match=rf"its input of shape {re.escape(str(shape))}"
    ) as refused:
        show(model)
    suggested = re.search(r"preprocess=(\{.*\})\.$", str(refused.value))
    assert suggested is not None
    assert shown(show(model, preprocess=json.loads(suggested[1])))


@pytest.mark.parametrize(("changes", "reason"), [
    ({"output": {"name": "o", "shape": [10], "kind": "values"}}, "does not answer with probabilities. End the"),
    ({"default_format": None, "verification": None}, "A format must agree with Keras"),
])  # fmt: skip
def test_a_model_that_cannot_be_drawn_for_is_refused(
    version: Path, changes: dict[str, Any], reason: str
) -> None:
    path = version / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ConfigError, match=reason):
        show(version)


def test_models_that_are_no_image_classifiers_are_refused(keras: Any) -> None:
    inputs = [keras.Input((4,)), keras.Input((4,))]
    several = keras.Model(inputs, keras.layers.Add()(inputs))
    table = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, activation="softmax")]
    )
    logits = keras.Sequential(
        [keras.Input((10, 10, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    for given, reason in (
        (several, "one input and one output"),
        (table, "Only models of images"),
        (3, "int, which"),
    ):
        with pytest.raises(ConfigError, match=reason):
            show(given)
    with pytest.raises(ConfigError, match="does not answer with probabilities"):
        show(logits, preprocess=STEPS)


def test_missing_and_damaged_files_are_data_errors(
    version: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"Received: .*nothing\. Correct the path"):
        show(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="Leave them out"):
        show(version, labels=["a"])
    weights = version / default_format(version) / "group1-shard1of1.bin"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(
        DataError, match=r"group1-shard1of1\.bin does not have the SHA-256"
    ):
        show(version)
    weights.unlink()
    with pytest.raises(DataError, match="No such file"):
        show(version)
    (version.parent / "latest.json").write_text("{}")
    with pytest.raises(PublishError, match=r"latest\.json must hold"):
        show(version.parent)


@pytest.fixture
def without_anywidget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sketch_class.cache_clear()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    yield
    sketch_class.cache_clear()


@pytest.mark.usefixtures("without_anywidget")
def test_without_anywidget_the_command_that_installs_it_is_named(version: Path) -> None:
    with pytest.raises(ConfigError, match=r"-m pip install anywidget"):
        show(version)
