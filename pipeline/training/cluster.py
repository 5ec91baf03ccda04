"""Training on several devices or machines: the machines that take part, and
TensorFlow's strategy for them.

`mirrored` uses all GPUs of this machine. `multiworker` uses the machines listed in
TF_CONFIG, TensorFlow's standard: each runs the same command; the first of them, the
chief, also evaluates, exports and publishes. `compiled_epoch` is how they compute
together.
"""

import contextlib
import faulthandler
import hashlib
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.config import Config
from pipeline.errors import ConfigError, PipelineError, WorkerLost
from pipeline.records import Dataset
from pipeline.stage_cache import code_digest, digest_of
from pipeline.system.outside import parse_json
from pipeline.system.progress import Progress
from pipeline.system.tensorflow import environment, native_noise_captured
from pipeline.training.checkpoint import Checkpoint

EXAMPLE = (
    'TF_CONFIG=\'{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task":'
    ' {"type": "worker", "index": 0}}\''
)


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The machines of a training run, seen from one of them."""

    addresses: tuple[str, ...]  # host:port of each worker, the chief's first
    index: int  # of this worker
    timeout: float = 300.0  # seconds to wait for the others

    @property
    def is_chief(self) -> bool:
        """Tell whether this worker stores the results."""
        return self.index == 0

    def title(self, index: int) -> str:
        """How messages name a worker."""
        return (
            f"worker {index}{' (the chief)' if index == 0 else ''} at"
            f" {self.addresses[index]}"
        )


def read_cluster(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster that TF_CONFIG describes; ConfigError if it is missing or wrong."""
    text = environment.get("TF_CONFIG", "")
    if not text:
        raise ConfigError(
            "Training on several machines needs the environment variable TF_CONFIG on"
            " each. Received: none. Set it; for the first of two workers, for example:"
            f" {EXAMPLE}"
        )
    try:
        config = parse_json(text)
        addresses, task = config["cluster"], config["task"]
        everyone = (*addresses.get("chief", ()), *addresses.get("worker", ()))
        own = dict(enumerate(addresses[task["type"]]))[int(task["index"])]
        index = everyone.index(own)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(
            "TF_CONFIG must list the workers, and say which of them this is. "
            f"Received: {text}. For the first of two workers, for example: {EXAMPLE}"
        ) from error
    return Cluster(
        addresses=everyone,
        index=index,
        timeout=_timeout(environment.get("PIPELINE_WORKER_TIMEOUT", "300")),
    )


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise ConfigError(
            f"PIPELINE_WORKER_TIMEOUT must be seconds above 0. Received: {text!r}."
            " Correct it."
        )
    return seconds


def cluster_of(config: Config, progress: Progress) -> Cluster | None:
    """The machines that this build trains on, or None if it is this one alone."""
    if config.distribute != "multiworker":
        return None
    cluster = read_cluster()
    if len(cluster.addresses) == 1:
        progress("--distribute multiworker has no effect: TF_CONFIG lists one worker")
        return None
    return cluster


def mirrored_strategy(tf: Any, progress: Progress) -> Any | None:
    """TensorFlow's strategy for all GPUs of this machine, or else all CPU devices; None
    if there is only one.
    """
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices(
        "CPU"
    )
    if len(devices) == 1:
        progress("--distribute mirrored has no effect: there is only one device")
        return None
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def multiworker_strategy(tf: Any, cluster: Cluster, progress: Progress) -> Any:
    """TensorFlow's strategy for the machines in TF_CONFIG. It must be created before
    TensorFlow computes anything.

    The cluster's `timeout` holds here and later in every step. TensorFlow waits for
    ever for a worker that ends just before it joins, and holds Python's lock meanwhile:
    then faulthandler's thread, which needs none, ends this process, and says where it
    was.
    """
    progress(
        f"All {len(cluster.addresses)} workers must join within {cluster.timeout:g} s."
        " Otherwise this one ends: read the messages of the others, and start the same"
        " command on every worker again."
    )
    with open(os.dup(2), "wb") as stderr, native_noise_captured():
        options = tf.distribute.experimental.CommunicationOptions(
            timeout_seconds=cluster.timeout
        )
        # exits with 1
        faulthandler.dump_traceback_later(cluster.timeout, exit=True, file=stderr)
        try:
            return tf.distribute.MultiWorkerMirroredStrategy(
                communication_options=options
            )
        except (
            RuntimeError
        ) as error:  # its collective operations can be set up only once, at the start
            raise PipelineError(
                f"The workers must join before TensorFlow starts. Received: {error}. "
                "Use a new process for each training run."
            ) from error
        except tf.errors.OpError as error:
            raise WorkerLost(
                f"{cluster.title(cluster.index)} cannot join the others. Received:"
                f" {_reason(error)}. Check that its port is free, then start the same"
                " command on every worker again."
            ) from error
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextlib.contextmanager
def translating_lost_workers(tf: Any, doing: str) -> Iterator[None]:
    """Turn TensorFlow's errors about lost workers into WorkerLost.

    TensorFlow notices within about 10 s.
    """
    errors = tf.errors
    try:
        yield
    except (
        errors.UnavailableError,
        errors.DeadlineExceededError,
        errors.AbortedError,
        errors.CancelledError,
    ) as error:
        raise WorkerLost(
            f"Another worker was lost in {doing}. Received: {_reason(error)}. The chief"
            " keeps its checkpoint of the previous epoch: start the same command on"
            " every worker again to resume from it."
        ) from error


def start_facts(
    config: Config, dataset: Dataset, checkpoint: Checkpoint | None
) -> dict[str, str]:
    """All that training depends on, which must be the same on every worker."""
    recipe = config.recipe
    return {
        "code": code_digest(),
        "versions of packages": str(environment()),
        "data set": dataset.digest,
        "recipe": digest_of(recipe.preprocess, recipe.model, recipe.training),
        "device": config.device,
        "checkpoint": str(checkpoint.history[-1].epoch if checkpoint else None),
    }


def require_same(tf: Any, strategy: Any, facts: Mapping[str, str], advice: str) -> None:
    """Compare the facts of all workers, by their digests, which TensorFlow gathers;
    WorkerLost if some differ.
    """
    digests = [
        list(hashlib.sha256(value.encode()).digest()) for value in facts.values()
    ]

    # the sum over all replicas gathers them: `gather` is compiled again at every call
    def own(
        context: Any,
    ) -> Any:
        rows = np.zeros(
            (strategy.num_replicas_in_sync, len(facts), len(digests[0])), np.float32
        )
        rows[context.replica_id_in_sync_group] = digests
        return tf.constant(rows)

    everyone = strategy.experimental_distribute_values_from_function(own)
    found = strategy.reduce(tf.distribute.ReduceOp.SUM, everyone, axis=None).numpy()
    replicas, names = len(strategy.extended.worker_devices), list(facts)
    places = np.argwhere((found != found[0]).any(axis=2))
    if different := sorted(
        {f"{names[fact]} of worker {replica // replicas}" for replica, fact in places}
    ):
        raise WorkerLost(
            f"All workers must have the same {', '.join(names)}. Received:"
            f" {' and '.join(different)} differ from the chief's. {advice}"
        )


def _reason(error: Any) -> str:
    """The line of TensorFlow's message that says what happened, without names of graph
    nodes.
    """
    lines = [
        re.sub(r"\{\{.*?\}\}|\[Op:.*", "", line).strip()
        for line in str(error.message).splitlines()
    ]
    lines = [line for line in lines if line] or [type(error).__name__]
    # After an error in a compiled loop, the first lines say where in the program it
    # occurred.
    found = next(
        (line for line in lines if line.startswith("Collective ops is aborted")),
        lines[0],
    )
    return found.removeprefix("Collective ops is aborted by: ").rstrip(".:")
