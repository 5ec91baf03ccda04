"""Which Node is taken."""

import sys
from pathlib import Path

import pytest

from pipeline.system import node

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script stands for another Node")


@pytest.mark.parametrize(
    ("answer", "taken"),
    [("v20.19.0", True), ("v22.0.1", True), ("v20.10.0", False), ("v18.20.0", False), ("no version", False)],
)
def test_a_system_node_that_is_too_old_is_passed_over(
    answer: str, taken: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = tmp_path / "node"
    system.write_text(f"#!/bin/sh\necho {answer}\n")
    system.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    bundled = tmp_path / "bundled" / "bin" / "node"
    bundled.parent.mkdir(parents=True)
    bundled.touch()
    monkeypatch.setattr(node, "_bundled_root", lambda: tmp_path / "bundled")
    assert node.find_node.__wrapped__() == str(system if taken else bundled)
