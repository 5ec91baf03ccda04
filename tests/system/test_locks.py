"""One writer at a time in a folder."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from pipeline.system.locks import exclusive

# Each writes "in <name>" and "out <name>" to the log while it alone may: interleaving
# would show as "in, in". In between it waits until the log holds a text.
WORKER = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from pipeline.system.locks import exclusive

    folder, log, name, text = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]

    def write(text):
        with open(log, "a") as file:
            file.write(text + "\\n")

    with exclusive(folder, progress=lambda message: write(f"{name}: {message}")):
        write(f"in {name}")
        time.sleep(0.02)
        while text not in log.read_text():
            time.sleep(0.01)
        write(f"out {name}")
""")


def start(
    folder: Path, log: Path, name: str, until: str = ""
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), str(log), name, until]
    )


def wait_for(log: Path, text: str) -> None:
    while not (log.exists() and text in log.read_text()):
        time.sleep(0.01)


def test_a_second_process_waits_and_says_so(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    first = start(folder, log, "first", "second")
    wait_for(log, "in first")
    second = start(folder, log, "second")
    assert (first.wait(), second.wait()) == (0, 0)
    lines = log.read_text().splitlines()
    said = f"second: Waiting for another process to finish in {folder}."
    assert lines == ["in first", said, "out first", "in second", "out second"]


def test_many_processes_never_interleave(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    workers = [start(folder, log, f"w{i}") for i in range(4)]
    assert [worker.wait() for worker in workers] == [0] * 4
    lines = [line for line in log.read_text().splitlines() if ":" not in line]
    assert len(lines) == 8
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert (entered, left) == (f"in {entered[3:]}", f"out {entered[3:]}")


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    victim = start(folder, log, "victim", "never")
    wait_for(log, "in victim")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with exclusive(folder, progress=pytest.fail):
        pass


def test_the_same_thread_may_enter_again_and_still_holds_it_afterwards(
    tmp_path: Path,
) -> None:
    said: list[str] = []

    def enter_and_leave() -> None:
        with exclusive(tmp_path, progress=said.append):
            pass

    with exclusive(tmp_path, progress=said.append):
        with exclusive(tmp_path / "." / "", progress=said.append):
            pass
        other = threading.Thread(target=enter_and_leave, daemon=True)
        other.start()
        while not said:
            time.sleep(0.01)
        other.join(0.1)
        assert other.is_alive()
        assert len(said) == 1
    other.join()


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with (
        pytest.raises(OSError, match=r"Is a directory: .*\.lock"),
        exclusive(tmp_path, progress=pytest.fail),
    ):
        pass
