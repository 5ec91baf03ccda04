"""Children end with their parent, also when it is killed alone and they are busy."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.system.worker_process import WorkerProcess
from tests.support.interruptions import is_alive


def wait_until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize(
    "end",
    [signal.SIGKILL, signal.SIGTERM, signal.SIGINT],
    ids=lambda number: number.name,
)
@pytest.mark.parametrize("kind", ["python", "node"])
def test_a_busy_child_ends_with_its_parent_alone(
    kind: str, end: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.support.sleeper", kind, str(tmp_path)]
    parent = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    said = tmp_path / "job.json.pid"
    wait_until(lambda: said.is_file() and said.read_text() != "")
    child = int(said.read_text())
    try:
        assert is_alive(child)
        parent.send_signal(end)
        parent.wait()
        wait_until(lambda: not is_alive(child))
    finally:
        if is_alive(child):
            os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(
    os.name == "nt", reason="a limit of the size of files needs resource"
)
def test_a_disk_that_refuses_is_an_error_of_the_disk(tmp_path: Path) -> None:
    worker = WorkerProcess("tests.support.sleeper", {"path": str(tmp_path / "file")})
    with pytest.raises(PublishError, match=r"Cannot .*file: File too large.*ulimit -f"):
        worker.wait()
    worker.stop()
