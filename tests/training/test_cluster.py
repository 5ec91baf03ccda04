"""TF_CONFIG is read or refused by name, and what TensorFlow says of lost workers is
told in a line.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, WorkerLost
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.cluster import (
    Cluster,
    cluster_of,
    read_cluster,
    start_facts,
    translating_lost_workers,
)
from tests.support.training import train


def tf_config(cluster: Any, task: Any) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


def test_tf_config_with_and_without_a_chief() -> None:
    workers = ["a:1", "b:2"]
    plain = read_cluster(tf_config({"worker": workers}, {"type": "worker", "index": 1}))
    assert (plain.addresses, plain.index, plain.is_chief) == (("a:1", "b:2"), 1, False)
    named = {"chief": ["c:3"], "worker": workers}
    assert read_cluster(tf_config(named, {"type": "chief", "index": 0})) == Cluster(
        addresses=("c:3", "a:1", "b:2"), index=0
    )
    # TensorFlow reads a text as well
    first = read_cluster(tf_config(named, {"type": "worker", "index": "0"}))
    assert (first.index, first.is_chief) == (1, False)


@pytest.mark.parametrize("text", [
    "{", "[]",
    '{"cluster": {"worker": ["a:1"]}}',
    '{"cluster": {"worker": []}, "task": {"type": "worker", "index": 0}}',
    '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}',
    '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": -1}}',
    '{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}',
])  # fmt: skip
def test_a_wrong_tf_config_is_refused_with_an_example(text: str) -> None:
    for wrong, message in (
        (text, f"Received: {text}."),
        ("", "needs the environment variable TF_CONFIG"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_cluster({"TF_CONFIG": wrong})
        assert message in str(caught.value)
        assert '"task": {"type": "worker", "index": 0}' in str(caught.value)


def test_one_worker_is_the_same_as_none_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "TF_CONFIG",
        tf_config({"worker": ["a:1"]}, {"type": "worker", "index": 0})["TF_CONFIG"],
    )
    lines: list[str] = []
    config = Config(name="t", recipe=load_recipe("softmax"), distribute="multiworker")
    assert cluster_of(config, lines.append) is None
    assert lines[0].startswith("--distribute multiworker has no effect")
    # TF_CONFIG is not asked
    assert (
        cluster_of(Config(name="t", recipe=load_recipe("softmax")), lines.append)
        is None
    )
    assert len(lines) == 1


def test_mirrored_with_one_device_is_the_same_as_none_and_says_so(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    tf = start_tensorflow("cpu")
    if len(tf.config.list_logical_devices("CPU")) > 1 or tf.config.list_logical_devices(
        "GPU"
    ):
        pytest.skip("TensorFlow has several devices here")
    recipe = override(load_recipe("softmax"), {"training.epochs": 1})
    lines: list[str] = []
    records = []
    for distribute in ("mirrored", "none"):
        config = Config(name="t", recipe=recipe, device="cpu", distribute=distribute)
        records.append(
            train(config, small_mnist, tmp_path, distribute, progress=lines.append)
        )
    assert lines[0].startswith("--distribute mirrored has no effect")
    assert (records[0].weights_digest, records[0].strategy) == (
        records[1].weights_digest,
        records[1].strategy,
    )


@pytest.mark.parametrize(("kind", "message", "reason"), [
    ("UnavailableError", "Graph execution error:\n\nDetected at node while/X defined at (most recent call last):\n"
        'File "a.py", line 1, in <module>\n\nCollective ops is aborted by: Connection reset by peer\nAdditional',
        "Connection reset by peer"),
    ("DeadlineExceededError", "{{function_node x}} Collective has timed out during execution. [Op:X] name: ",
        "Collective has timed out during execution"),
    ("AbortedError", "", "AbortedError"),
])  # fmt: skip
def test_a_lost_worker_is_told_by_tensorflows_line_that_says_what_happened(
    kind: str, message: str, reason: str
) -> None:
    tf = start_tensorflow("cpu")
    with pytest.raises(WorkerLost) as caught, translating_lost_workers(tf, "epoch 3"):
        raise getattr(tf.errors, kind)(None, None, message)
    assert str(caught.value).startswith(
        f"Another worker was lost in epoch 3. Received: {reason}. The chief keeps"
    )


def test_the_facts_cover_all_that_training_depends_on(small_mnist: Dataset) -> None:
    def facts(**values: Any) -> dict[str, str]:
        recipe = load_recipe("softmax").replace(**values)
        return start_facts(
            Config(name="t", recipe=recipe, device="cpu"), small_mnist, None
        )

    same = facts()
    assert facts(gates={"threshold": 0.5}) == same
    assert {
        name
        for name, value in facts(training={"epochs": 9}).items()
        if value != same[name]
    } == {"recipe"}
    assert same.keys() == {
        "code",
        "versions of packages",
        "data set",
        "recipe",
        "device",
        "checkpoint",
    }
