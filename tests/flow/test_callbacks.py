"""Builds with callbacks: what counts as unchanged, and what a version records."""

import json
from pathlib import Path
from typing import Any

from pipeline import build
from pipeline.build_result import BuildResult
from pipeline.python_api import configured
from pipeline.stages.run import run_stages


def train(data: Path, folder: Path, **options: Any) -> BuildResult:
    config = configured(
        "softmax", str(data), set={"training.epochs": 1}, name="m", runs=folder / "runs", device="cpu", **options
    )
    return run_stages(config, until="train")


def test_a_training_by_fit_is_never_recalled(keras: Any, small_npz: Path, tmp_path: Path) -> None:
    assert train(small_npz, tmp_path).unchanged == []
    assert train(small_npz, tmp_path).unchanged == ["train"]
    for _ in range(2):
        assert train(small_npz, tmp_path, callbacks=(keras.callbacks.Callback(),)).unchanged == []
    assert train(small_npz, tmp_path).unchanged == []  # the model in the folder is of the run by fit


def test_a_version_is_of_the_weights_that_early_stopping_left(keras: Any, small_npz: Path, tmp_path: Path) -> None:
    stop = keras.callbacks.EarlyStopping("val_accuracy", min_delta=0.5, patience=2, restore_best_weights=True)
    folders: dict[str, Any] = {"store": tmp_path / "out", "site": tmp_path / "site", "runs": tmp_path / "runs"}
    result = build(
        "softmax", small_npz, set={"training.epochs": 9, "gates.threshold": 0.5, "gates.class_recall": 0.3}, name="m",
        callbacks=[stop], device="cpu", **folders,
    )  # fmt: skip
    assert result.exported
    assert result.trained
    version = Path(result.exported.directory)
    training = json.loads((version / "manifest.json").read_text())["training"]
    history = json.loads((version / "history.json").read_text())
    assert training["epochs"] == 1
    assert training["weights_digest"] == result.trained.weights_digest
    assert training["validation_accuracy"] == history["epochs"][-1]["validation_accuracy"]
    assert [epoch["epoch"] for epoch in history["epochs"]] == [0, 1]
    assert history["snapshots"]["shape"] == [2, 7850]
