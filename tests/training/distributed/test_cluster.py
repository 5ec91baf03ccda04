"""TF_CONFIG is read or refused by name, and workers that were started otherwise are found before they train."""

import contextlib
import itertools
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError, WorkerLost
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.distributed.cluster import Cluster, cluster_of, read_cluster, translating_lost_workers, watchdog
from pipeline.training.distributed.rendezvous import rendezvous, start_facts
from tests.support.training import train
from tests.support.workers import free_ports

FACTS = {"training.epochs": "4", "data set": "abc"}


def tf_config(cluster: Any, task: Any) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


class Meeting:
    """Workers as threads; each ends with what `rendezvous` returned or raised."""

    def __init__(self, workers: int) -> None:
        ports = free_ports(workers)
        self.port, self.addresses = ports[0], tuple(f"127.0.0.1:{port}" for port in ports)
        self.results: dict[Any, Any] = {}
        self.threads: list[threading.Thread] = []

    def start(self, index: int, name: Any = None, *, timeout: float = 20, **changes: Any) -> None:
        facts = changes.pop("facts", FACTS)

        def run() -> None:
            try:
                cluster = Cluster(addresses=self.addresses, index=index)
                result: Any = rendezvous(cluster, facts, timeout=timeout, **changes)
            except PipelineError as error:
                result = error
            self.results[index if name is None else name] = result

        self.threads.append(threading.Thread(target=run, name=f"worker {index}"))
        self.threads[-1].start()

    def end(self) -> dict[Any, Any]:
        for thread in self.threads:
            thread.join()
        return self.results


def keep_time(monkeypatch: pytest.MonkeyPatch, **functions: Any) -> None:
    """Replace some of the functions by which the rendezvous knows the time."""
    kept = {"monotonic": time.monotonic, "sleep": time.sleep}
    monkeypatch.setattr("pipeline.training.distributed.rendezvous.time", SimpleNamespace(**(kept | functions)))


def hurry(monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    """Let a worker's time be up when it has waited for somebody once."""
    ticks = itertools.chain([0.0, 0.0], itertools.repeat(1e9))
    name = f"worker {index}"
    keep_time(monkeypatch, monotonic=lambda: next(ticks) if threading.current_thread().name == name else 0.0)


def test_tf_config_with_and_without_a_chief() -> None:
    workers = ["a:1", "b:2"]
    plain = read_cluster(tf_config({"worker": workers}, {"type": "worker", "index": 1}))
    assert (plain.addresses, plain.index, plain.is_chief) == (("a:1", "b:2"), 1, False)
    named = {"chief": ["c:3"], "worker": workers}
    assert read_cluster(tf_config(named, {"type": "chief", "index": 0})) == Cluster(
        addresses=("c:3", "a:1", "b:2"), index=0
    )
    first = read_cluster(tf_config(named, {"type": "worker", "index": "0"}))  # TensorFlow reads a text as well
    assert (first.index, first.is_chief) == (1, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs the environment variable TF_CONFIG on every worker. Received: none"),
        ("{", "must be JSON"),
        ("[]", 'must have a "cluster" and a "task"'),
        ('{"cluster": {"worker": ["a:1"]}}', 'must have a "cluster" and a "task"'),
        ('{"cluster": {"ps": ["a:1"]}, "task": {"type": "ps", "index": 0}}', "may have only"),
        ('{"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}', 'must list "host:port"'),
        ('{"cluster": {"worker": ["a:99999"]}, "task": {"type": "worker", "index": 0}}', 'must list "host:port"'),
        ('{"cluster": {"worker": "a:1"}, "task": {"type": "worker", "index": 0}}', 'must list "host:port"'),
        ('{"cluster": {"worker": []}, "task": {"type": "worker", "index": 0}}', "must list at least one worker"),
        ('{"cluster": {"worker": ["a:1", "a:1"]}, "task": {"type": "worker", "index": 0}}', "none twice"),
        ('{"cluster": {"chief": ["a:1", "b:1"]}, "task": {"type": "chief", "index": 0}}', "may have only one chief"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}', "by a type and an index"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": -1}}', "by a type and an index"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker"}}', "by a type and an index"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}', "by a type and an index"),
    ],
)
def test_a_wrong_tf_config_is_refused_with_an_example(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_cluster({"TF_CONFIG": text})
    assert message in str(caught.value)
    assert '"task": {"type": "worker", "index": 0}' in str(caught.value)


def test_one_worker_is_the_same_as_none_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", tf_config({"worker": ["a:1"]}, {"type": "worker", "index": 0})["TF_CONFIG"])
    lines: list[str] = []
    config = Config(name="t", recipe=load_recipe("softmax"), distribute="multiworker")
    assert cluster_of(config, lines.append) is None
    assert lines[0].startswith("--distribute multiworker has no effect")
    assert cluster_of(Config(name="t", recipe=load_recipe("softmax")), lines.append) is None  # TF_CONFIG is not asked
    assert len(lines) == 1


def test_mirrored_with_one_device_is_the_same_as_none_and_says_so(small_mnist: Dataset, tmp_path: Path) -> None:
    tf = start_tensorflow("cpu")
    if len(tf.config.list_logical_devices("CPU")) > 1 or tf.config.list_logical_devices("GPU"):
        pytest.skip("TensorFlow has several devices here")
    recipe = override(load_recipe("softmax"), epochs=1)
    lines: list[str] = []
    records = []
    for distribute in ("mirrored", "none"):
        config = Config(name="t", recipe=recipe, device="cpu", distribute=distribute)
        records.append(train(config, small_mnist, tmp_path, distribute, progress=lines.append))
    assert lines[0].startswith("--distribute mirrored has no effect")
    assert (records[0].weights_digest, records[0].strategy) == (records[1].weights_digest, records[1].strategy)


def test_workers_that_come_in_any_order_get_the_chiefs_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting, refused = Meeting(3), threading.Event()
    keep_time(monkeypatch, sleep=lambda _: refused.set())
    checkpoint = bytes(range(256)) * 5000
    meeting.start(2)
    refused.wait()  # the last comes before the chief listens
    meeting.start(0, checkpoint=checkpoint)
    meeting.start(1)
    assert meeting.end() == dict.fromkeys(range(3), checkpoint)


@pytest.mark.parametrize("workers", [2, 3], ids=["all", "one missing"])
def test_those_who_come_are_told_when_there_is_nothing_to_train(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(workers)
    hurry(monkeypatch, 0)
    meeting.start(0, train=False)
    meeting.start(1)
    assert meeting.end() == {0: None, 1: None}


def test_every_worker_is_told_what_differs_and_where() -> None:
    meeting = Meeting(3)
    meeting.start(0)
    meeting.start(1)
    meeting.start(2, facts={**FACTS, "training.epochs": "5"})
    for result in meeting.end().values():
        assert isinstance(result, WorkerLost)
        assert "worker 2 has another training.epochs than the chief: 5, not 4" in str(result)
        assert "worker 1" not in str(result)


def test_a_missing_worker_is_named_to_those_who_came(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(3)
    hurry(monkeypatch, 0)
    meeting.start(0)
    meeting.start(1)
    for result in meeting.end().values():
        assert isinstance(result, WorkerLost)
        assert f"worker 2 at {meeting.addresses[2]} did not connect within 20 s" in str(result)


def test_a_missing_chief_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = Meeting(2)
    hurry(monkeypatch, 1)
    meeting.start(1)
    assert f"The chief at {meeting.addresses[0]} did not answer within 20 s" in str(meeting.end()[1])


def test_a_taken_port_is_named() -> None:
    meeting = Meeting(2)
    with socket.create_server(("", meeting.port)):
        meeting.start(0, timeout=1)
        assert f"cannot listen on port {meeting.port}" in str(meeting.end()[0])


def test_probes_and_a_worker_that_starts_again_do_not_disturb() -> None:
    meeting = Meeting(3)
    meeting.start(0)
    for content in (b"", b"GET / HTTP/1.1\r\n\r\n", b"kwp1" + (1 << 40).to_bytes(8, "big"), greeting(1)):
        connect(meeting.port, content).close()  # the last is a worker that ends before all have come
    meeting.start(1)
    meeting.start(2)
    assert meeting.end() == dict.fromkeys(range(3), b"")


def test_a_second_process_with_the_same_index_is_refused_alone() -> None:
    meeting = Meeting(3)
    meeting.start(0)
    first = connect(meeting.port, greeting(1))  # the chief reads greetings in the order in which they come
    meeting.start(1, "second")
    meeting.threads[-1].join()
    first.close()
    meeting.start(1)
    meeting.start(2)
    results = meeting.end()
    assert "two processes claim to be worker 1" in str(results.pop("second"))
    assert results == dict.fromkeys(range(3), b"")


def greeting(index: int) -> bytes:
    content = json.dumps({"worker": index, "facts": FACTS}).encode()
    return b"kwp1" + len(content).to_bytes(8, "big") + content


def connect(port: int, content: bytes) -> socket.socket:
    while True:
        with contextlib.suppress(ConnectionError):  # the chief does not listen yet
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(content)
            return connection
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("kind", "message", "reason"),
    [
        (
            "UnavailableError",
            "Graph execution error:\n\nDetected at node while/X defined at (most recent call last):\n"
            'File "a.py", line 1, in <module>\n\nCollective ops is aborted by: Connection reset by peer\nAdditional',
            "Connection reset by peer",
        ),
        (
            "DeadlineExceededError",
            "{{function_node x}} Collective has timed out during execution. [Op:CollectiveReduceV2] name: ",
            "Collective has timed out during execution",
        ),
        ("AbortedError", "", "AbortedError"),
    ],
)
def test_a_lost_worker_is_told_by_the_line_of_tensorflows_that_says_what_happened(
    kind: str, message: str, reason: str
) -> None:
    tf = start_tensorflow("cpu")
    with pytest.raises(WorkerLost) as caught, translating_lost_workers(tf, "epoch 3"):
        raise getattr(tf.errors, kind)(None, None, message)
    assert str(caught.value).startswith(f"Another worker was lost in epoch 3. Received: {reason}. The chief keeps")


def test_the_facts_cover_all_that_training_depends_on(small_mnist: Dataset) -> None:
    def facts(**changes: Any) -> dict[str, str]:
        recipe = override(load_recipe("softmax"), threshold=0.5, epochs=changes.get("epochs"), seed=changes.get("seed"))
        config = Config(name="t", recipe=recipe, device="cpu", out=Path(changes.get("out", "out")))
        return start_facts(Cluster(addresses=("a:1", "b:1"), index=0), config, small_mnist)

    same = facts()
    assert facts(out="elsewhere") == same
    assert {name for name, value in facts(seed=9).items() if value != same[name]} == {"training.seed"}
    assert {name for name, value in facts(epochs=9).items() if value != same[name]} == {"training.epochs"}
    assert {"data set", "pipeline code", "TF_CONFIG cluster", "version of tensorflow", "model.kind"} <= same.keys()


def test_what_does_not_come_back_ends_the_process_with_its_message() -> None:
    code = (
        "import ctypes; from pipeline.training.distributed.cluster import watchdog\n"
        "with watchdog(60, 'in time'): pass\n"
        "libc = ctypes.PyDLL(None)\n"  # PyDLL keeps Python's lock, as TensorFlow does
        "with watchdog(0.2, 'It waits for ever.'): libc.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (WorkerLost.exit_code, "Error: It waits for ever.\n")


def test_what_comes_back_in_time_leaves_no_file_behind() -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir())) if descriptors.exists() else None
    with watchdog(60, "never"):
        pass
    if before is not None:
        assert len(list(descriptors.iterdir())) == before
