"""Worker processes that train together, as `pipeline build --distribute multiworker`
does on several machines.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Small batches, so that an epoch takes long enough to kill a worker during it.
RECIPE = """
[training]
epochs = 4
batch_size = 16
[gates]
threshold = 0.7
class_recall = 0.3
"""
# TensorFlow notices a lost worker within 10 s; the rest is for busy machines.
BOUND = 240  # seconds


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Workers:
    """Worker processes that train together, in one folder."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder, self.data = folder, data
        self.processes: list[subprocess.Popen[str]] = []
        (folder / "small.toml").write_text(RECIPE)

    def start(
        self,
        *,
        until: str = "train",
        timeout: int = 300,
        count: int = 2,
        only: Sequence[int] | None = None,
        addresses: Sequence[str] = (),
        program: Sequence[str] = ("-m", "pipeline"),
        **each: Sequence[str],
    ) -> list[subprocess.Popen[str]]:
        """Start `count` workers, or `only` some of them; `each` holds options with one
        value per worker.
        """
        addresses = addresses or [f"127.0.0.1:{port}" for port in free_ports(count)]
        self.addresses = tuple(addresses)
        started = []
        for index in range(count) if only is None else only:
            task = {
                "cluster": {"worker": list(addresses)},
                "task": {"type": "worker", "index": index},
            }
            own = [
                part
                for name, values in each.items()
                for part in (f"--{name.replace('_', '-')}", values[index])
            ]
            started.append(
                subprocess.Popen(
                    [*(sys.executable, *program, "build", "--until", until, "--distribute", "multiworker"),
                        *("--recipe", "small.toml", "--data", str(self.data), "--name", "digits", "--device", "cpu"),
                        *own],
                    cwd=self.folder,
                    env={**os.environ, "TF_CONFIG": json.dumps(task), "PIPELINE_WORKER_TIMEOUT": str(timeout)},
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                )
            )  # fmt: skip
        self.processes += started
        return started

    def run(self, **settings: Any) -> list[tuple[int, str, str]]:
        """Exit code, stdout and stderr of each worker."""
        return ends(self.start(**settings))

    def stop(self) -> None:
        """Kill the workers that are still running."""
        for process in self.processes:
            process.kill()
            process.communicate()

    @property
    def run_folder(self) -> Path:
        """The chief's folder, in which the others have theirs."""
        return self.folder / "runs/digits"


def ends(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    outputs = [process.communicate(timeout=BOUND) for process in processes]
    return [
        (process.returncode, *output)
        for process, output in zip(processes, outputs, strict=True)
    ]


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")
