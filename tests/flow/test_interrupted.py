"""`pipeline build` interrupted by Ctrl-C or SIGKILL, and run twice at once."""

import json
import os
import signal
import time
from collections.abc import Sequence

import psutil
import pytest

from pipeline.system.locks import exclusive
from tests.support.interruptions import is_alive
from tests.support.versions import scratch_in
from tests.support.workshop import STAGES, Workshop


def test_ctrl_c_exits_130_with_what_was_found_and_the_next_build_resumes(
    workshop: Workshop,
) -> None:
    process = workshop.start("--json", epochs=2000)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch    3/2000" in line:
            process.send_signal(signal.SIGINT)
            break
    stdout, stderr = process.communicate()
    assert process.returncode == 130, stderr
    assert "Run the same command again to continue" in stderr
    document = json.loads(stdout)
    assert (
        document["exit_code"],
        document["stage"],
        document["data"]["test_images"],
    ) == (130, "train", 500)
    assert document["training"]["epoch"] >= 3
    assert not (workshop.folder / "exported_models").exists()

    process = workshop.start(epochs=2000)
    assert process.stderr is not None
    resumed = next(line for line in process.stderr if "resuming after epoch" in line)
    process.kill()
    process.communicate()
    assert int(resumed.split()[3]) >= 3


@pytest.mark.parametrize(
    "stages",
    [("data", "export"), pytest.param(STAGES, marks=pytest.mark.all_only)],
    ids=len,
)
def test_sigkill_in_any_stage_spoils_nothing_and_the_next_build_succeeds(
    copy: Workshop, stages: Sequence[str]
) -> None:
    site = copy.published()
    # the line of a stage is printed at its end, so this kills in the one after it
    for stage in stages:
        process = copy.start("--set", "training.seed=3")
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
    done = copy.build("--set", "training.seed=3", "--json")
    assert done.returncode == 0, done.stderr
    copy.check_site()
    assert scratch_in(copy.folder) == []


def test_a_helper_of_a_killed_build_spoils_no_other(copy: Workshop) -> None:
    """The main process is killed alone, as the system does when memory runs out, while
    its helper prepares images.
    """
    expected = copy.build("--set", "training.seed=6", "--json")
    process = copy.start("--force", epochs=5)
    while (
        not (helpers := psutil.Process(process.pid).children())
        and process.poll() is None
    ):
        time.sleep(0.001)
    process.kill()
    process.communicate()
    again = copy.build("--set", "training.seed=6", "--force", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["version"] == json.loads(expected.stdout)["version"]
    assert not any(is_alive(helper.pid) for helper in helpers)
    assert scratch_in(copy.folder) == []


def test_two_builds_at_once_both_succeed_one_after_the_other(copy: Workshop) -> None:
    # until both are there
    with exclusive(copy.folder / "runs" / f"{copy.data.stem}-small"):
        both = [copy.start("--set", "training.seed=4", "--json") for _ in range(2)]
        for process in both:
            assert process.stderr is not None
            assert any("Waiting for" in line for line in process.stderr)
    outputs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    documents = [json.loads(stdout) for stdout, _ in outputs]
    assert documents[0]["version"] == documents[1]["version"]
    assert sorted(len(document["unchanged"]) for document in documents) == [0, 4]
    copy.check_site()
