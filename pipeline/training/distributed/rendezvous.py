"""The rendezvous of the workers of a training run, before TensorFlow starts: are all present, and started alike?

The chief listens on its own address of TF_CONFIG, which TensorFlow takes over afterwards. Each worker sends the facts
that training depends on. The chief answers with what differs, with the word that there is nothing to train, or with its
checkpoint to train from. Messages are JSON or bytes after their length; like TensorFlow's, they need a trusted network.
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
from pipeline.stage_cache import CHECKPOINT, code_digest
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import to_json
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import environment
from pipeline.training.checkpoint import load_checkpoint
from pipeline.training.distributed.cluster import Cluster

Facts = Mapping[str, str]  # name → value, which must be the same on every worker

GREETING_BYTES_AT_MOST = 1 << 20
GREETING_SECONDS = 5.0  # for a whole greeting, once connected; what is slower is not a worker
RETRY_SECONDS = 0.2
# How long a chief that already has its model waits for the others: they may have ended when it was trained.
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
    """Wait for the other workers before training, and copy the chief's checkpoint to every worker's folder `work`.

    `train`, like the result, says whether there is something to train; only the chief's value counts.
    """
    path = work / CHECKPOINT
    others = "the chief" if not cluster.is_chief else f"{len(cluster.addresses) - 1} other worker(s)"
    progress(f"{cluster.title(cluster.index)} waits for {others}")
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
        path.unlink(missing_ok=True)  # of a run that the chief does not know
    return checkpoint is not None


def start_facts(cluster: Cluster, config: Config, dataset: Dataset) -> dict[str, str]:
    """Everything that training depends on, under the name that an error message uses."""
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
    """Wait for the other workers, and compare the facts of all, which must be the same.

    Args:
        cluster: the workers, and which of them this is.
        facts: what training depends on.
        train: whether there is something to train; only the chief's value counts.
        checkpoint: the chief's; empty if it has none.
        timeout: seconds to wait for the others. If there is nothing to train, the chief waits at most DONE_SECONDS, and
            missing workers are not an error.

    Returns the chief's checkpoint, empty if it has none; or None if there is nothing to train. Raises WorkerLost if a
    worker did not connect in time or has other facts; every worker that connected raises it, with the same reasons.
    """
    if not cluster.is_chief:
        return _handshake(cluster, facts, timeout)
    with contextlib.ExitStack() as stack:
        present = _receive_all(stack, cluster, timeout if train else min(timeout, DONE_SECONDS))
        problems = _differences(facts, {index: theirs for index, (_, theirs) in present.items()})
        if train:
            missing = sorted(set(range(1, len(cluster.addresses))) - present.keys())
            problems += [f"{cluster.title(index)} did not connect within {timeout:g} s" for index in missing]
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
                        f"Workers must stay until training starts. Received: {cluster.title(index)} left ({error}). "
                        "Start the same command on every worker again."
                    ) from error
    return _handshake_result(problems, train, checkpoint)


def _receive_all(
    stack: contextlib.ExitStack, cluster: Cluster, timeout: float
) -> dict[int, tuple[socket.socket, dict[str, Any]]]:
    """Connection and facts of each worker that connected in time."""
    address = cluster.addresses[0]
    port = int(address.rpartition(":")[2])
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        # On every interface, as TensorFlow listens: the name by which others know this machine may not be its own.
        listening = socket.create_server(("", port), family=family, dualstack_ipv6=both, backlog=256)
        server = stack.enter_context(listening)
    except OSError as error:
        raise WorkerLost(
            f"The chief cannot listen on port {port} of {address}. Received: {error.strerror}. "
            "Choose a free port in TF_CONFIG."
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
        except (OSError, ValueError, KeyError, TypeError):  # a probe, or a worker that ended
            connection.close()
            continue
        known = present.get(index)
        if known is not None and not _has_gone(known[0]):
            # Answered at once: the others do not wait for this one.
            problem = f"two processes claim to be worker {index}"
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
                # The chief answers when all have connected, or after its own timeout, which may have begun after ours.
                chief.settimeout(2 * timeout)
                answer = json.loads(_receive(chief, GREETING_BYTES_AT_MOST))
                checkpoint = _receive(chief)
            return _handshake_result(answer["problems"], answer["train"], checkpoint)
        except (OSError, ValueError) as error:  # not started yet, its name not known yet, or restarting
            reason = error
            time.sleep(RETRY_SECONDS)
    raise WorkerLost(
        f"The chief at {cluster.addresses[0]} did not answer within {timeout:g} s. Received: {reason}. Start the same "
        "command on every worker, and check that they can reach each other at the addresses in TF_CONFIG."
    )


def _handshake_result(problems: list[str], train: bool, checkpoint: bytes) -> bytes | None:
    if problems:
        raise WorkerLost(
            f"All workers must be present and started alike. Received: {'; '.join(problems)}. "
            "Start the same command, of the same version and with the same options and data, on every worker."
        )
    return checkpoint if train else None


def _has_gone(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection; it sends nothing after its greeting."""
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
