"""These tests need the extra [formats], which `make test` installs."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.tfjs.formats import runtime_worker


@pytest.fixture(autouse=True)
def runtimes() -> None:
    for module in ("onnx", "onnxruntime", "tf2onnx", "ai_edge_litert"):
        pytest.importorskip(
            module,
            reason="the extra [formats] is not installed; `make test` installs it",
        )


@pytest.fixture(scope="session")
def runtime() -> Iterator[Executor]:
    """A process that has imported the runtimes."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture
def one_process(runtime: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run files in one process, where the pipeline starts one each time because a
    damaged file can crash it.
    """

    def work(module: str, job: dict[str, Any]) -> Any:
        assert module == runtime_worker.__name__
        runtime.submit(runtime_worker.answer, job).result()
        ended = SimpleNamespace(wait=lambda timeout: None, returncode=0)
        return SimpleNamespace(process=ended, wait=lambda: None, stop=lambda: None)

    monkeypatch.setattr("pipeline.tfjs.formats.running.WorkerProcess", work)
