"""The train stage: the same seed gives the same bytes, and an interrupted run goes on to the same result."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, GateFailed
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset
from pipeline.train import train_model
from pipeline.training.checkpoint import load_checkpoint, save_checkpoint
from tests.support.training import train


class StopError(Exception):
    """Stands for a crash or Ctrl-C between two epochs."""


def config(epochs: int = 4, seed: int = 1, device: str = "cpu") -> Config:
    return Config(name="t", recipe=override(load_recipe("softmax"), epochs=epochs, seed=seed), device=device)


def test_the_same_seed_gives_byte_identical_weights_and_another_seed_does_not(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        digests.append(train(config(seed=seed), small_mnist, tmp_path / name).weights_digest)
    assert digests[0] == digests[1] != digests[2]


def test_an_interrupted_run_resumes_to_the_same_weights_and_history(small_mnist: Dataset, tmp_path: Path) -> None:
    def stop_after_two(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise StopError

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    straight = train(config(), small_mnist, whole)
    with pytest.raises(StopError):
        train_model(config(), small_mnist, parts, key="k", progress=stop_after_two)
    assert (parts / "checkpoint.npz").exists()

    lines: list[str] = []
    resumed = train_model(config(), small_mnist, parts, key="k", progress=lines.append)
    assert lines[0] == "resuming after epoch 2 of 4"
    assert len(lines) == 3
    assert resumed
    assert resumed.weights_digest == straight.weights_digest
    assert [r.loss for r in resumed.history] == [r.loss for r in straight.history]
    assert not (parts / "checkpoint.npz").exists()


def test_a_run_that_was_interrupted_in_its_first_epoch_tells_the_state_before_it_once(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    def stop(line: str) -> None:
        raise StopError

    with pytest.raises(StopError):
        train_model(config(2), small_mnist, tmp_path, key="k", progress=stop)
    checkpoint = load_checkpoint(tmp_path / "checkpoint.npz", "k")
    assert checkpoint is not None
    # As it was when the second epoch's line could not be told: the first one's end is in it. Go back one more.
    assert [result.epoch for result in checkpoint.history] == [0, 1]
    before = dataclasses.replace(checkpoint, history=checkpoint.history[:1], snapshots=checkpoint.snapshots[:1])
    save_checkpoint(tmp_path / "checkpoint.npz", before)
    trained = train(config(2), small_mnist, tmp_path)
    assert [result.epoch for result in trained.history] == [0, 1, 2]


@pytest.mark.parametrize("damage", ["another key", "cut short"])
def test_a_checkpoint_of_another_run_or_a_damaged_one_is_not_used(
    small_mnist: Dataset, tmp_path: Path, damage: str
) -> None:
    def stop(line: str) -> None:
        raise StopError

    with pytest.raises(StopError):
        train_model(config(2), small_mnist, tmp_path, key="k", progress=stop)
    if damage == "cut short":
        checkpoint = tmp_path / "checkpoint.npz"
        checkpoint.write_bytes(checkpoint.read_bytes()[:500])
    lines: list[str] = []
    key = "other" if damage == "another key" else "k"
    train_model(config(2), small_mnist, tmp_path, key=key, progress=lines.append)
    assert lines[0].startswith("epoch 1/2")


def test_history_and_snapshots_hold_every_epoch_and_the_state_before_the_first(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    trained = train(config(3), small_mnist, tmp_path)
    assert [result.epoch for result in trained.history] == [0, 1, 2, 3]
    assert trained.history[0].validation_accuracy is not None
    assert trained.history[-1].learning_rate == pytest.approx(0, abs=1e-6)  # decayed to 0
    assert trained.snapshots_path is not None
    with np.load(tmp_path / trained.snapshots_path, allow_pickle=False) as file:
        snapshots = file["snapshots"]
    assert snapshots.shape == (4, 7850)
    assert trained.parameters == 7850
    assert (trained.training_images, trained.validation_images) == (1834, 166)


def test_training_that_diverges_stops_and_names_the_rate(small_mnist: Dataset, tmp_path: Path) -> None:
    wild = config(3)
    training = dataclasses.replace(wild.recipe.training, learning_rate=1e38)
    wild = dataclasses.replace(wild, recipe=dataclasses.replace(wild.recipe, training=training))
    with pytest.raises(GateFailed, match=r"diverged: the loss of epoch 1 is (nan|inf).*learning_rate.*1e\+38"):
        train_model(wild, small_mnist, tmp_path, key="k")
    assert not (tmp_path / "model.keras").exists()


def test_device_gpu_without_a_gpu_says_how_to_install_it(small_mnist: Dataset, tmp_path: Path) -> None:
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    with pytest.raises(ConfigError, match=r"lists no GPU. Install .*\[gpu\]"):
        train_model(config(device="gpu"), small_mnist, tmp_path, key="k")


def test_the_saved_model_needs_nothing_of_ours_and_trains_on(small_mnist: Dataset, tmp_path: Path) -> None:
    trained = train(config(1), small_mnist, tmp_path)
    code = """
import sys, warnings, keras, numpy as np
warnings.simplefilter("error")
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
model.fit(np.ones((4, 784), np.float32), np.arange(4), verbose=0)
print(type(model.loss).__name__, int(model.optimizer.iterations), "pipeline" in sys.modules)
"""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / trained.model_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["SparseCategoricalCrossentropy", "1", "False"]


def test_changed_labels_are_disputed_by_their_rows_in_the_file(
    small_npz: Path, prepare: Callable[[Path], Dataset], tmp_path: Path
) -> None:
    with np.load(small_npz) as file:
        arrays = dict(file)
    changed = np.random.default_rng(1).choice(2000, 60, replace=False)
    labels = arrays["y_train"].copy()
    labels[changed] = (labels[changed] + 3) % 10
    np.savez(tmp_path / "changed.npz", **{**arrays, "y_train": labels})
    found = train(config(epochs=10), prepare(tmp_path / "changed.npz"), tmp_path)
    rows, wrong = {each.index for each in found.disputed}, set(changed.tolist())
    assert found.disputed_labels == len(rows)
    assert len(rows & wrong) > 30  # of 60; the others it has learned by heart
    assert len(rows - wrong) < 10  # of 1,940
    assert all(each.label == labels[each.index] for each in found.disputed)
