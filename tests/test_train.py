"""The train stage:

the same seed gives the same bytes, and an interrupted run goes on to the same result.
"""

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.errors import GateFailed
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset, TrainedModel
from pipeline.train import train_model
from pipeline.training.checkpoint import even_steps, load_checkpoint, save_checkpoint
from pipeline.training.cluster import Cluster
from tests.support.training import StopError, stopping, train
from tests.support.workshop import python

Straight = tuple[TrainedModel, Path]
Prepare = Callable[[Path], Dataset]


def config(epochs: int = 4, device: str = "cpu") -> Config:
    return Config(
        name="t",
        recipe=load_recipe("softmax").replace(training={"epochs": epochs}),
        device=device,
    )


@pytest.fixture(scope="module")
def straight(
    small_mnist: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Straight:
    """A training that nothing disturbs, and its folder."""
    work = tmp_path_factory.mktemp("straight")
    return train(config(), small_mnist, work), work


@pytest.fixture(scope="module")
def stopped(small_mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one that ended after its second epoch."""
    work = tmp_path_factory.mktemp("stopped")
    with pytest.raises(StopError):
        train(config(), small_mnist, work, progress=stopping("epoch 2/"))
    return work


@pytest.fixture
def work(stopped: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(stopped, tmp_path / "work"))


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def test_an_interrupted_run_resumes_to_the_same_weights(
    straight: Straight, work: Path, small_mnist: Dataset
) -> None:
    lines: list[str] = []
    resumed = train(config(), small_mnist, work, progress=lines.append)
    assert lines[0] == "resuming after epoch 2 of 4"
    assert len(lines) == 3
    assert resumed.weights_digest == straight[0].weights_digest
    assert [r.loss for r in resumed.history] == [r.loss for r in straight[0].history]
    assert not (work / "checkpoint.npz").exists()
    one, other = (
        arrays_of(straight[1] / "snapshots.npz"),
        arrays_of(work / "snapshots.npz"),
    )
    np.testing.assert_array_equal(one["snapshots"], other["snapshots"])


def test_a_run_interrupted_in_its_first_epoch_tells_the_state_before_it_once(
    work: Path, small_mnist: Dataset
) -> None:
    checkpoint = load_checkpoint(work / "checkpoint.npz", "k")
    assert checkpoint is not None
    # As it was when the third epoch's line could not be told: the second one's end is
    # in it. Go back to the start.
    assert [result.epoch for result in checkpoint.history] == [0, 1, 2]
    start = {
        name: getattr(checkpoint, name)[:1]
        for name in ("history", "moments", "snapshots")
    }
    save_checkpoint(work / "checkpoint.npz", dataclasses.replace(checkpoint, **start))
    trained = train(config(), small_mnist, work)
    assert [result.epoch for result in trained.history] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("damage", ["another key", "cut short"])
def test_a_checkpoint_of_another_run_or_a_damaged_one_is_not_used_and_the_same_seed_gives_identical_weights(
    straight: Straight, work: Path, small_mnist: Dataset, damage: str
) -> None:
    if damage == "cut short":
        checkpoint = work / "checkpoint.npz"
        checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    lines: list[str] = []
    again = train(
        config(),
        small_mnist,
        work,
        "other" if damage == "another key" else "k",
        progress=lines.append,
    )
    assert lines[0].startswith("epoch 1/4")
    # most of the first may be compiling
    assert ["s left" in line for line in lines] == [
        False,
        True,
        True,
        True,
    ]
    assert again.weights_digest == straight[0].weights_digest


def test_a_chief_lost_after_the_last_epoch_needs_no_workers(
    straight: Straight, small_mnist: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(StopError):
        train(config(), small_mnist, tmp_path, progress=stopping("epoch 4/"))
    gone = Cluster(addresses=("127.0.0.1:1", "127.0.0.1:2"), index=0)
    trained = train_model(config(), small_mnist, tmp_path, key="k", cluster=gone)
    assert trained is not None
    assert trained.weights_digest == straight[0].weights_digest
    assert (trained.strategy, trained.history[-1].epoch) == (straight[0].strategy, 4)


def test_the_history_holds_every_epoch_and_the_film_six_moments(
    straight: Straight,
) -> None:
    trained, work = straight
    assert [result.epoch for result in trained.history] == [0, 1, 2, 3, 4]
    # decayed to 0
    assert trained.history[-1].learning_rate == pytest.approx(0, abs=1e-6)
    assert trained.snapshots_path is not None
    film = arrays_of(work / trained.snapshots_path)
    steps, accuracies = film["moments"].T
    assert steps.tolist() == even_steps(4 * 58) == [0, 2, 8, 25, 77, 232]
    assert (film["snapshots"].shape, film["snapshots"][0].any()) == ((6, 7850), False)
    assert accuracies[[0, -1]].tolist() == [
        trained.history[at].validation_accuracy for at in (0, -1)
    ]
    assert accuracies[0] < 0.2 < accuracies[2] < accuracies[-1]
    assert (trained.parameters, trained.training_images, trained.validation_images) == (
        7850,
        1834,
        166,
    )


def test_training_that_diverges_stops_and_names_the_rate(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    recipe = config(3).recipe
    training = dataclasses.replace(recipe.training, learning_rate=1e38)
    wild = dataclasses.replace(
        config(3), recipe=dataclasses.replace(recipe, training=training)
    )
    with pytest.raises(
        GateFailed,
        match=r"diverged: the loss of epoch 1 is (nan|inf).*learning_rate.*1e\+38",
    ):
        train_model(wild, small_mnist, tmp_path, key="k")
    assert not (tmp_path / "model.keras").exists()


@pytest.mark.parametrize(
    ("device", "hidden", "warns"),
    [("auto", None, True), ("cpu", None, False), ("auto", "-1", False)],
)
def test_a_gpu_that_tensorflow_cannot_use_is_named(
    small_mnist: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    device: str,
    hidden: str | None,
    warns: bool,
) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("TensorFlow uses a GPU of this machine")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    driver = tmp_path / "nvidia-smi"
    listed = "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-6ca4b5a5)"
    driver.write_text(f"#!/bin/sh\necho '{listed}'\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    said: list[str] = []
    train_model(
        config(1, device=device), small_mnist, tmp_path, key="k", progress=said.append
    )
    warnings = [line for line in said if "cannot use the GPU" in line]
    assert len(warnings) == warns
    for line in warnings:
        assert "(NVIDIA H100 80GB HBM3)" in line
        assert line.endswith("tensorflow[and-cuda]'")


def test_the_saved_model_needs_nothing_of_ours_and_trains_on(
    straight: Straight,
) -> None:
    code = """
import sys, warnings, keras, numpy as np
warnings.simplefilter("error")
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
model.fit(np.ones((4, 784), np.float32), np.arange(4), verbose=0)
print(type(model.loss).__name__, int(model.optimizer.iterations), "pipeline" in sys.modules)
"""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    printed = python(
        "-c", code, str(straight[1] / straight[0].model_path), env=environment
    )
    assert printed.split() == ["SparseCategoricalCrossentropy", "1", "False"]


def test_changed_labels_are_disputed_by_their_rows(
    small_npz: Path, prepare: Prepare, tmp_path: Path
) -> None:
    with np.load(small_npz) as file:
        arrays = dict(file)
    changed = np.random.default_rng(1).choice(2000, 60, replace=False)
    labels = arrays["y_train"].copy()
    labels[changed] = (labels[changed] + 3) % 10
    np.savez(tmp_path / "changed.npz", **{**arrays, "y_train": labels})
    found = train(config(10), prepare(tmp_path / "changed.npz"), tmp_path)
    rows, wrong = {each.index for each in found.disputed}, set(changed.tolist())
    assert found.disputed_labels == len(rows)
    assert len(rows & wrong) > 30  # of 60; the others it has learned by heart
    assert len(rows - wrong) < 10  # of 1,940
    assert all(each.label == labels[each.index] for each in found.disputed)
