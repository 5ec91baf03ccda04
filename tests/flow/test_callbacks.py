"""Builds with callbacks and with --tensorboard: what counts as unchanged, and what is recorded of the training."""

import json
from pathlib import Path
from typing import Any

from pipeline import build
from pipeline.build_result import BuildResult
from pipeline.python_api import configured
from pipeline.stages.run import run_stages
from pipeline.system.progress import silent


def train(data: Path, folder: Path, lines: list[str] | None = None, **options: Any) -> BuildResult:
    config = configured("softmax", str(data), "m", epochs=3, runs=folder / "runs", device="cpu", **options)
    return run_stages(config, until="train", progress=silent if lines is None else lines.append)


def test_with_callbacks_the_model_is_trained_anew_and_nobody_else_gets_it(
    keras: Any, small_npz: Path, tmp_path: Path
) -> None:
    plain = train(small_npz, tmp_path)
    assert train(small_npz, tmp_path).unchanged == ["train"]
    seen: list[int] = []
    for _ in range(2):
        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch))
        watched = train(small_npz, tmp_path, callbacks=(note,))
        assert watched.unchanged == []
    assert seen == [0, 1, 2] * 2
    again = train(small_npz, tmp_path)
    assert again.unchanged == []  # the model in the folder is of the run with callbacks
    assert {each.trained.weights_digest for each in (plain, watched, again) if each.trained} == {
        plain.trained.weights_digest if plain.trained else None
    }


def test_tensorboard_changes_no_result_and_is_told_when_nothing_is_trained(small_npz: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    train(small_npz, tmp_path, tensorboard=logs)
    assert sorted(path.name for path in logs.iterdir()) == ["train", "validation"]
    lines: list[str] = []
    other = tmp_path / "other"
    assert train(small_npz, tmp_path, lines, tensorboard=other).unchanged == ["train"]
    assert f"nothing is written to {other}: the training is unchanged (--force repeats it)" in "\n".join(lines)
    assert not other.exists()


def test_a_version_records_the_training_that_early_stopping_left(keras: Any, small_npz: Path, tmp_path: Path) -> None:
    stop = keras.callbacks.EarlyStopping("val_accuracy", min_delta=0.5, patience=2, restore_best_weights=True)
    folders: dict[str, Any] = {name: tmp_path / name for name in ("out", "site", "runs")}
    result = build(
        "softmax",
        small_npz,
        name="m",
        epochs=9,
        threshold=0.5,
        class_recall=0.3,
        callbacks=[stop],
        device="cpu",
        **folders,
    )
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
