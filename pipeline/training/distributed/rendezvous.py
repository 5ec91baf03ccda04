"""Where the workers of a training run meet before TensorFlow starts: is everyone there, and started alike?

The chief listens on its own address of TF_CONFIG, which TensorFlow takes over afterwards. Each worker tells it what it
was started with and gets back what to do: what differs, that nothing is to be done, or to train, with the chief's
checkpoint. Messages are JSON and bytes behind their length; like TensorFlow's own, they are for a trusted network.
"""

import contextlib
import json
import select
import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.errors import WorkerLost
from pipeline.records import Dataset
from pipeline.stage_cache import code_digest
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import to_json
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import environment
from pipeline.training.checkpoint import load_checkpoint
from pipeline.training.distributed.cluster import Cluster

Facts = Mapping[str, str]  # what must be equal on every worker: name → value

GREETING_BYTES_AT_MOST = 1 << 20
GREETING_SECONDS = 5.0  # for a whole greeting, once connected: whoever is slower is none of ours
RETRY_SECONDS = 0.2
# A chief that has its model already waits no longer for the others: they may have ended when it was trained.
DONE_SECONDS = 10.0
HEADER = struct.Struct(">4sQ")  # magic, length
MAGIC = b"kwp1"


def sync_start(
    cluster: Cluster,
    config: Config,
    dataset: Dataset,
    work: Path,
    *,
    key: str,
    train: bool,
    progress: Progress = silent,
) -> bool:
    """Meet the other workers before training, and leave the chief's checkpoint in every worker's own folder.

    Args:
        cluster: who takes part, and who this is.
        config: recipe and waiting time.
        dataset: checked images.
        work: folder of the checkpoint, on a disk of this worker's own or on one that all share.
        key: of the training, see `checkpoint`.
        train: the chief's word on whether there is something to train; the others' is not asked.
        progress: receives a line before the wait.

    Returns:
        Whether there is.

    Raises:
        WorkerLost: see `rendezvous`.
    """
    path = work / "checkpoint.npz"
    others = "the chief" if not cluster.is_chief else f"{len(cluster.addresses) - 1} other worker(s)"
    progress(f"{cluster.title(cluster.index)} meets {others}")
    kept = cluster.is_chief and train and load_checkpoint(path, key) is not None
    checkpoint = rendezvous(
        cluster,
        start_facts(cluster, config, dataset),
        train=train,
        checkpoint=path.read_bytes() if kept else b"",
        timeout=config.worker_timeout,
    )
    if checkpoint and not cluster.is_chief:
        write_files_atomically([(path, checkpoint)])
    elif not cluster.is_chief:
        path.unlink(missing_ok=True)  # of a run that the chief knows nothing of
    return checkpoint is not None


def start_facts(cluster: Cluster, config: Config, dataset: Dataset) -> dict[str, str]:
    """What training depends on, by the name that an error gives it."""
    recipe = config.recipe
    parts = {"preprocess": recipe.preprocess, "model": recipe.model, "training": recipe.training}
    values = {f"{part}.{name}": value for part, record in parts.items() for name, value in to_json(record).items()}
    return {name: str(value) for name, value in values.items()} | {
        "TF_CONFIG cluster": ", ".join(cluster.addresses),
        "data set": dataset.digest,
        "pipeline code": code_digest(),
        "device": config.device,
        **{f"version of {package}": version for package, version in environment().items()},
    }


def rendezvous(
    cluster: Cluster, facts: Facts, *, train: bool = True, checkpoint: bytes = b"", timeout: float
) -> bytes | None:
    """Meet the other workers.

    Args:
        cluster: who takes part, and who this is.
        facts: what must be the same on all of them.
        train: the chief's word on whether there is something to train; the others' is not asked.
        checkpoint: the chief's, empty when it starts afresh.
        timeout: seconds to wait for the others; when nothing is to be trained, at most DONE_SECONDS, and in vain.

    Returns:
        The chief's checkpoint, empty when it has none; or None when nothing is to be trained.

    Raises:
        WorkerLost: a worker did not come in time, or was started with something else. Every worker that came raises
            it, with the same reasons.
    """
    if not cluster.is_chief:
        return _handshake(cluster, facts, timeout)
    with contextlib.ExitStack() as stack:
        present = _receive_all(stack, cluster, timeout if train else min(timeout, DONE_SECONDS))
        problems = _differences(facts, {index: theirs for index, (_, theirs) in present.items()})
        if train:
            missing = sorted(set(range(1, len(cluster.addresses))) - present.keys())
            problems += [f"{cluster.title(index)} did not come within {timeout:g} s" for index in missing]
        answer = json.dumps({"problems": problems, "train": train}).encode()
        for index, (connection, _) in present.items():
            connection.settimeout(timeout)
            try:
                _send(connection, answer)
                _send(connection, checkpoint)
                connection.recv(1)  # the other closes first, so that the port is free for TensorFlow
            except OSError as error:
                if train and not problems:
                    raise WorkerLost(
                        f"{cluster.title(index)} left before the start: {error}. Start it again on every worker."
                    ) from error
    return _handshake_result(problems, train, checkpoint)


def _receive_all(
    stack: contextlib.ExitStack, cluster: Cluster, timeout: float
) -> dict[int, tuple[socket.socket, dict[str, Any]]]:
    """Connections and greetings by worker, as far as they came in time."""
    address = cluster.addresses[0]
    port = int(address.rpartition(":")[2])
    both = socket.has_dualstack_ipv6()
    try:
        # On every interface, as TensorFlow listens: the name by which others know this machine may not be its own.
        server = stack.enter_context(
            socket.create_server(
                ("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both, backlog=256
            )
        )
    except OSError as error:
        raise WorkerLost(
            f"The chief cannot listen on port {port} of {address}: {error.strerror}. Choose a free port in TF_CONFIG."
        ) from error
    present: dict[int, tuple[socket.socket, dict[str, Any]]] = {}
    until = time.monotonic() + timeout
    while (left := until - time.monotonic()) > 0:
        for index in [index for index, (connection, _) in present.items() if _has_gone(connection)]:
            del present[index]  # it may start again
        if present.keys() >= set(range(1, len(cluster.addresses))):
            break
        server.settimeout(left)
        try:
            connection, _ = server.accept()
        except TimeoutError:
            break
        stack.enter_context(connection)
        try:
            connection.settimeout(GREETING_SECONDS)
            greeting = json.loads(_receive(connection, GREETING_BYTES_AT_MOST))
            index, facts = int(greeting["worker"]), dict(greeting["facts"])
        except (OSError, ValueError, KeyError, TypeError):  # a probe, or a worker that ended again
            connection.close()
            continue
        known = present.get(index)
        if known is not None and not _has_gone(known[0]):
            # Answered at once: it is not the one that the others wait for.
            problem = f"two processes say that they are worker {index}"
            with contextlib.suppress(OSError):
                _send(connection, json.dumps({"problems": [problem], "train": False}).encode())
                _send(connection, b"")
        else:
            present[index] = (connection, facts)
    return present


def _differences(facts: Facts, present: Mapping[int, Facts]) -> list[str]:
    problems = []
    for index, theirs in sorted(present.items()):
        for name in sorted(facts.keys() | theirs.keys()):
            here, there = facts.get(name, "nothing"), theirs.get(name, "nothing")
            if here != there:
                problems.append(f"worker {index} has another {name} than the chief: {there}, not {here}")
    return problems


def _handshake(cluster: Cluster, facts: Facts, timeout: float) -> bytes | None:
    host, _, port = cluster.addresses[0].rpartition(":")
    greeting = json.dumps({"worker": cluster.index, "facts": dict(facts)}).encode()
    until = time.monotonic() + timeout
    reason: object = "no answer"
    while (left := until - time.monotonic()) > 0:
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=min(left, GREETING_SECONDS)) as chief:
                _send(chief, greeting)
                # The chief answers when all have come, or when its own time is up, which may have begun after ours.
                chief.settimeout(2 * timeout)
                answer = json.loads(_receive(chief, GREETING_BYTES_AT_MOST))
                checkpoint = _receive(chief)
            return _handshake_result(answer["problems"], answer["train"], checkpoint)
        except (OSError, ValueError) as error:  # it has not started yet, its name is not known yet, or it starts again
            reason = error
            time.sleep(RETRY_SECONDS)
    raise WorkerLost(
        f"The chief at {cluster.addresses[0]} did not answer within {timeout:g} s: {reason}. Start the same command on "
        "every worker, and check that they reach each other at the addresses in TF_CONFIG."
    )


def _handshake_result(problems: list[str], train: bool, checkpoint: bytes) -> bytes | None:
    if problems:
        raise WorkerLost(
            f"The workers cannot train together: {'; '.join(problems)}. Start the same command, of the same version "
            "and with the same options and data, on every worker."
        )
    return checkpoint if train else None


def _has_gone(connection: socket.socket) -> bool:
    """Whether the other side has closed it; it sends nothing after its greeting."""
    return bool(select.select([connection], [], [], 0)[0])


def _send(connection: socket.socket, content: bytes) -> None:
    connection.sendall(HEADER.pack(MAGIC, len(content)) + content)


def _receive(connection: socket.socket, at_most: int | None = None) -> bytes:
    magic, length = HEADER.unpack(_receive_exactly(connection, HEADER.size))
    if magic != MAGIC or (at_most is not None and length > at_most):
        raise ValueError("not a message of this program")
    return _receive_exactly(connection, length)


def _receive_exactly(connection: socket.socket, length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = connection.recv(min(length - len(content), 1 << 20))
        if not part:
            raise ConnectionError("the connection ended")
        content += part
    return bytes(content)
