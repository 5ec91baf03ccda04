"""`pipeline build` interrupted by Ctrl-C or SIGKILL, and run twice at once."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.interruptions import children_of, is_alive
from tests.support.versions import scratch_in
from tests.support.workshop import STAGES, Workshop


def test_ctrl_c_exits_130_and_the_next_build_resumes(workshop: Workshop) -> None:
    process = workshop.start(epochs=2000)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch    3/2000" in line:
            process.send_signal(signal.SIGINT)
            break
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "Run the same command again to continue" in stderr
    assert not (workshop.folder / "exported_models").exists()

    process = workshop.start(epochs=2000)
    assert process.stderr is not None
    resumed = next(line for line in process.stderr if "resuming after epoch" in line)
    process.kill()
    process.communicate()
    assert int(resumed.split()[3]) >= 3


def test_sigkill_in_any_stage_leaves_what_was_published_and_the_next_build_succeeds(copy: Workshop) -> None:
    site = copy.published()
    for stage in STAGES:  # the line of a stage is printed at its end, so this kills in the one after it
        process = copy.start("--seed", "3")
        assert process.stderr is not None
        for line in process.stderr:
            if line.split()[0] == stage:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        if stage != "verify":  # killed in publish: old or new, both are whole
            assert copy.published() == site
        copy.check_site()
    done = copy.build("--seed", "3", "--json")
    assert done.returncode == 0, done.stderr
    copy.check_site()
    assert scratch_in(copy.folder) == []


@pytest.mark.skipif(not list(Path("/proc/self/task").glob("*/children")), reason="finds the helper by /proc")
def test_a_helper_of_a_killed_build_spoils_no_other(copy: Workshop) -> None:
    """The main process is killed alone, as the system does when memory runs out, while its helper prepares images."""
    expected = copy.build("--seed", "6", "--json")
    process = copy.start("--force", epochs=5)
    while not (helpers := children_of(process.pid)) and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    again = copy.build("--seed", "6", "--force", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["version"] == json.loads(expected.stdout)["version"]
    assert not any(is_alive(helper) for helper in helpers)
    assert scratch_in(copy.folder) == []


def test_two_builds_at_once_both_succeed_one_after_the_other(copy: Workshop) -> None:
    first, second = copy.start("--seed", "4", "--json"), copy.start("--seed", "4", "--json")
    outputs = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert sum("Waiting for" in stderr for _, stderr in outputs) == 1
    documents = [json.loads(stdout) for stdout, _ in outputs]
    assert documents[0]["version"] == documents[1]["version"]
    assert sorted(len(document["unchanged"]) for document in documents) == [0, 4]
    copy.check_site()
