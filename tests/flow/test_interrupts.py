"""Ctrl-C, SIGTERM and SIGHUP at any moment of a build:

130, nothing left, and the next build does its work.
"""

import pytest

from tests.support.interruptions import sweep
from tests.support.versions import scratch_in
from tests.support.workshop import Workshop


@pytest.mark.parametrize("moments", [3, pytest.param(120, marks=pytest.mark.all_only)])
def test_a_signal_at_any_moment_ends_the_build_with_130_and_no_helper_is_left(
    copy: Workshop, moments: int
) -> None:
    outcomes = sweep(copy, moments)
    assert [outcome for outcome in outcomes if outcome.kind.startswith("PROBLEM")] == []
    # The others: before the first line of ours, or when all was done.
    assert [outcome.kind for outcome in outcomes].count("130") > moments / 2
    done = copy.build("--set", "training.seed=9")
    assert done.returncode == 0, done.stderr
    copy.check_site()
    assert scratch_in(copy.folder) == []
