"""These tests need the extra [formats], which `make test` installs."""

import pytest


@pytest.fixture(autouse=True)
def runtimes() -> None:
    for module in ("onnx", "onnxruntime", "tf2onnx", "ai_edge_litert"):
        pytest.importorskip(module, reason="the extra [formats] is not installed; `make test` installs it")
