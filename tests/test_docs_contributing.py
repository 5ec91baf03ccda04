"""The commands of the inner loop in CONTRIBUTING.md work:

each runs at least one test, and passes.
"""

import os
import re
import subprocess
import sys

import pytest

from tests.support.pages import ROOT, code_blocks

(LOOP,) = [
    block
    for block in code_blocks((ROOT / "CONTRIBUTING.md").read_text(), "sh")
    if "-m pytest" in block
]
BROWSER = r"test:browser|test_cases\.py"  # what takes one
COMMANDS = [line for line in LOOP.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("command", [
    pytest.param(one, marks=pytest.mark.all_only if re.search(BROWSER, one) else [], id=one.partition("-m ")[2] or one)
    for one in COMMANDS
])  # fmt: skip
def test_a_command_runs_tests_that_pass(command: str) -> None:
    if "test:browser" in command and not (ROOT / "site/index.html").exists():
        pytest.skip("needs the site of `pipeline build`")
    done = _run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* passed", done.stdout), done.stdout


def test_a_site_is_named_from_where_npm_is_called() -> None:
    assert (
        f"Received: {ROOT / 'nowhere'}."
        in _run("SITE_DIR=nowhere npm --prefix web run test:browser").stderr
    )


def _run(command: str) -> subprocess.CompletedProcess[str]:
    line = command.replace(".venv/bin/python", sys.executable)
    line = line.replace(
        "npm --prefix", f"{sys.executable} -m pipeline.system.node npm --prefix"
    )
    env = os.environ | {"TIER": "test"}
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env=env, capture_output=True, text=True
    )
