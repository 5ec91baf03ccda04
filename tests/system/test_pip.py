"""The command that a message suggests installs into this very environment."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.system import pip
from pipeline.system.pip import pip_install


def test_the_command_uses_the_pip_of_this_environment() -> None:
    command = shlex.split(pip_install("tensorflow[and-cuda]"))
    assert command[-2:] == ["install", "tensorflow[and-cuda]"]
    found = subprocess.run(
        [*command[:-2], "--version"], capture_output=True, text=True, check=True
    )
    assert sys.prefix in found.stdout


def test_a_python_below_the_folder_is_named_as_seen_from_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    assert pip_install("s3fs") == ".venv/bin/python -m pip install s3fs"
    monkeypatch.setattr(pip, "find_spec", lambda _: None)
    assert pip_install("s3fs") == "uv pip install --python .venv/bin/python s3fs"
