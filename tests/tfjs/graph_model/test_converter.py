"""When the official converter can be used, and what is said when it cannot."""

import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import pytest

from pipeline.tfjs.graph_model import converter

BROKEN = """
import sys
sys.modules["tensorflowjs.write_weights"] = None  # importing it fails
from pipeline.tfjs.graph_model.converter import graph_available
print(graph_available())
"""


def test_a_converter_that_is_not_installed_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(converter, "version", missing)
    assert converter.converter_version() is None
    assert converter.graph_available() == (
        "the official converter is not installed (`pip install --no-deps tensorflowjs==4.22.0`)"
    )


def test_a_converter_that_cannot_be_imported_gives_the_reason() -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, check=True)
    assert "tensorflowjs 4.22.0, cannot be imported: import of tensorflowjs.write_weights halted" in done.stdout
    assert "`pip install --no-deps tensorflowjs==4.22.0`" in done.stdout
