import errno
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from pipeline.system.locks import BusyError, exclusive

# Each writes "in <name>" and "out <name>" to the log while it alone may: interleaving would show as "in, in". In
# between it waits until the log holds a text.
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


def start(folder: Path, log: Path, name: str, until: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(folder), str(log), name, until])


def wait_for(log: Path, text: str) -> None:
    while not (log.exists() and text in log.read_text()):
        time.sleep(0.01)


def test_a_full_disk_can_be_locked_to_free_some_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_contents: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pipeline.system.locks.write_files_atomically", full)
    with exclusive(tmp_path, progress=pytest.fail):
        assert (tmp_path / ".lock").exists()


def test_without_waiting_a_lock_that_is_held_is_an_error(tmp_path: Path) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(tmp_path, progress=pytest.fail):
            held.set()
            done.wait()

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    with pytest.raises(BusyError, match=rf"process {os.getpid()} .* is using"), exclusive(tmp_path, wait=False):
        pass
    done.set()
    other.join()
    with exclusive(tmp_path, wait=False):
        pass


def test_a_second_process_waits_and_says_for_whom(tmp_path: Path) -> None:
    folder, log = tmp_path / "out", tmp_path / "log"
    first = start(folder, log, "first", "second: ")
    wait_for(log, "in first")
    second = start(folder, log, "second")
    assert (first.wait(), second.wait()) == (0, 0)
    lines = log.read_text().splitlines()
    (said,) = [line for line in lines if line.startswith("second: ")]
    assert re.search(rf"process {first.pid}\b.* 20\d\d-", said)  # the holder, and since when
    assert str(folder) in said
    assert [line for line in lines if line != said] == ["in first", "out first", "in second", "out second"]


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
    said: list[str] = []
    with exclusive(folder, progress=said.append):
        assert json.loads((folder / ".lock-owner.json").read_bytes())["pid"] == os.getpid()
    assert said == []


def test_the_same_thread_may_enter_again_and_still_holds_it_afterwards(tmp_path: Path) -> None:
    said: list[str] = []

    def enter_and_leave() -> None:
        with exclusive(tmp_path, progress=said.append):
            pass

    with exclusive(tmp_path, progress=said.append):
        with exclusive(tmp_path / "." / "", progress=said.append):
            pass
        assert (tmp_path / ".lock-owner.json").exists()
        other = threading.Thread(target=enter_and_leave, daemon=True)
        other.start()
        while not said:
            time.sleep(0.01)
        other.join(0.1)
        assert other.is_alive()
        assert len(said) == 1
    other.join()


def test_an_error_inside_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path, progress=pytest.fail):
        _ = 1 / 0
    with exclusive(tmp_path, progress=pytest.fail):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OSError, match=r"Not a directory: .*file/out"),
        exclusive(tmp_path / "file" / "out", progress=pytest.fail),
    ):
        pass


def test_a_lock_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / ".lock").mkdir()
    with pytest.raises(OSError, match=r"Is a directory: .*\.lock"), exclusive(tmp_path, progress=pytest.fail):
        pass
