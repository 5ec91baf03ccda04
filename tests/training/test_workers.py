"""Training on several machines, played by processes on this one."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset
from tests.support.training import train
from tests.support.workers import Workers, ends, wait_for
from tests.support.workshop import python

HANGS_AFTER_THE_FIRST_EPOCH = """
import time
from pipeline import train
from pipeline.__main__ import main
train.epoch_line = lambda *_, **__: time.sleep(1000)
main()
"""
TWO_DEVICES = """
from pipeline.system.tensorflow import start_tensorflow
tf = start_tensorflow("cpu")
[cpu] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from pipeline.__main__ import main
main()
"""
# Another order of float32 additions, over some 460 steps. Worst seen: 2e-7.
SAME = 5e-6


def digest_of(run: Path) -> str:
    digest: str = json.loads((run / "train.json").read_text())["record"][
        "weights_digest"
    ]
    return digest


def files(folder: Path) -> list[str]:
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".lock")
    )


@pytest.fixture
def workers(tmp_path: Path, small_npz: Path) -> Iterator[Workers]:
    made = Workers(tmp_path, small_npz)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def straight(
    tmp_path_factory: pytest.TempPathFactory, small_npz: Path
) -> tuple[Workers, list[tuple[int, str, str]]]:
    """A whole build on two workers that nothing disturbs."""
    made = Workers(tmp_path_factory.mktemp("straight"), small_npz)
    try:
        return made, made.run(until="publish")
    finally:
        made.stop()


def test_the_chief_publishes_and_the_other_worker_says_that_it_is_done(
    straight: Any,
) -> None:
    made, [chief, worker] = straight
    assert [chief[0], worker[0]] == [0, 0], chief[2] + worker[2]
    assert re.search(r"is published in \S+/site$", chief[1], re.MULTILINE)
    assert worker[1] == ""
    assert (
        f"worker 1 at {made.addresses[1]} is done: the chief has the result"
        in worker[2]
    )
    ours = (  # and nothing of TensorFlow's
        r" {10}|(data|train|evaluate|export|verify|publish) "
    )
    assert [
        line
        for result in (chief, worker)
        for line in result[2].splitlines()
        if not re.match(ours, line)
    ] == []
    assert (made.folder / "site/index.html").exists()
    assert files(made.run_folder / "worker-1") == []


def test_all_workers_have_the_weights_of_one_machine(
    straight: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    made, [_, worker] = straight
    record = json.loads((made.run_folder / "train.json").read_text())["record"]
    digest = re.search(r"weights (\w{64})", worker[2])
    assert digest is not None
    assert digest[1] == record["weights_digest"]
    assert record["strategy"] == "multiworker-2"

    recipe = load_recipe(str(made.folder / "small.toml"))
    alone = train(Config(name="t", recipe=recipe, device="cpu"), small_mnist, tmp_path)
    import keras

    models = [
        keras.saving.load_model(path)
        for path in (
            tmp_path / alone.model_path,
            made.run_folder / record["model_path"],
        )
    ]
    for one, two in zip(*(model.get_weights() for model in models), strict=True):
        assert abs(one - two).max() < SAME
    for one, two in zip(alone.history, record["history"], strict=True):
        assert two["validation_loss"] == pytest.approx(one.validation_loss, abs=SAME)
        # one image's answer
        assert two["accuracy"] == pytest.approx(
            one.accuracy or two["accuracy"], abs=1 / 1834
        )
    assert [row["index"] for row in record["disputed"]] == [
        row.index for row in alone.disputed
    ]


def test_unchanged_runs_are_not_trained_again(straight: Any) -> None:
    made, _ = straight
    chief, worker = made.run(until="publish")
    assert [chief[0], worker[0]] == [0, 0], chief[2] + worker[2]
    assert re.search(r"^train +unchanged", chief[2], re.MULTILINE)
    assert "is done" in worker[2]
    assert "epoch" not in worker[2]


@pytest.mark.parametrize("lost", [1, 0], ids=["a worker", "the chief"])
def test_a_worker_killed_in_an_epoch_ends_the_others_and_the_job_goes_on(
    workers: Workers, straight: Any, lost: int
) -> None:
    processes = workers.start()
    wait_for(processes[lost], "epoch 2/4")
    processes[lost].send_signal(signal.SIGKILL)
    [(code, _, stderr)] = ends([processes[1 - lost]])
    assert code == 1, stderr
    assert re.search(
        r"Error: Another worker was lost in epoch \d\. Received: (?!Graph).*\. The"
        r" chief keeps",
        stderr,
    )
    assert "Traceback" not in stderr
    assert "checkpoint.npz" in files(workers.run_folder)

    chief, worker = workers.run()
    assert [chief[0], worker[0]] == [0, 0], chief[2] + worker[2]
    for result in (chief, worker):
        assert re.search(r"resuming after epoch [123] of 4", result[2])
    assert digest_of(workers.run_folder) == digest_of(straight[0].run_folder)
    assert digest_of(workers.run_folder) in worker[2]
    assert "checkpoint.npz" not in files(workers.run_folder)


def test_a_worker_that_was_started_otherwise_ends_all(
    workers: Workers, small_npz: Path, tmp_path: Path
) -> None:
    import numpy as np

    with np.load(small_npz, allow_pickle=False) as arrays:
        changed = dict(arrays)
    changed["x_train"] = 255 - changed["x_train"]
    np.savez(tmp_path / "other.npz", **changed)
    for code, stdout, stderr in workers.run(
        set=["training.epochs=4", "training.epochs=6"],
        data=[str(small_npz), str(tmp_path / "other.npz")],
    ):
        assert (code, stdout) == (1, "")
        assert "Error: All workers must have the same code" in stderr
        assert (
            "Received: data set of worker 1 and recipe of worker 1 differ from the"
            " chief's." in stderr
        )
        assert "epoch" not in stderr


def test_a_worker_that_never_comes_ends_the_others(workers: Workers) -> None:
    [(code, _, stderr)] = workers.run(timeout=3, only=[0])
    assert code == 1, stderr
    assert (
        "All 2 workers must join within 3 s. Otherwise this one ends: read the messages"
        " of the others" in stderr
    )
    assert "Timeout (0:00:03)!" in stderr


def test_mirrored_over_two_devices_is_as_two_workers(
    straight: Any, small_npz: Path, tmp_path: Path
) -> None:
    made, _ = straight
    arguments = [
        "build",
        "--until",
        "train",
        "--distribute",
        "mirrored",
        "--recipe",
        str(made.folder / "small.toml"),
    ]
    python(
        "-c",
        TWO_DEVICES,
        *arguments,
        "--data",
        str(small_npz),
        "--device",
        "cpu",
        cwd=tmp_path,
    )
    record = json.loads((tmp_path / "runs/digits-small/train.json").read_text())[
        "record"
    ]
    assert record["strategy"] == "mirrored-2"
    # a sum of two is the same in any order
    assert record["weights_digest"] == digest_of(made.run_folder)
    theirs = json.loads((made.run_folder / "train.json").read_text())["record"][
        "disputed"
    ]
    assert (
        [row["index"] for row in record["disputed"]]
        == [row["index"] for row in theirs]
        != []
    )


def test_a_worker_that_hangs_ends_the_others_after_the_timeout(
    workers: Workers,
) -> None:
    processes = workers.start(
        timeout=8, program=["-c", HANGS_AFTER_THE_FIRST_EPOCH], only=[1]
    )
    processes += workers.start(timeout=8, addresses=workers.addresses, only=[0])
    [(code, _, stderr)] = ends(processes[1:])
    assert code == 1
    assert (
        "Another worker was lost in epoch 2. Received: Collective has timed out"
        in stderr
    )
