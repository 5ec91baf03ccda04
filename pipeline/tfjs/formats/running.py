"""Run ONNX and LiteRT files in their runtimes, in a process of its own:

arrays in, arrays out.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import DiskError, PipelineError
from pipeline.system.javascript import JsResult
from pipeline.system.worker_process import WorkerProcess
from pipeline.tfjs.formats.kinds import Kind
from pipeline.tfjs.weights import Array

# far beyond the slowest model; only keeps a damaged file from blocking forever
RUN_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class FileModel:
    """Metadata of a model file."""

    kind: Kind
    path: Path
    inputs: tuple[str, ...]  # names
    # of the inputs; None where a size is free
    shapes: tuple[tuple[int | None, ...], ...]
    batch: int | None  # the only number of examples that it takes; None for any
    # the coarsest dtype that its weights were rounded to; None if they are float32
    rounding: str | None
    needs: str  # the oldest runtime that has its operations, as in "ONNX opset 18"


class RuntimeProblem(Exception):  # noqa: N818 (what is found, not what went wrong in here)
    """The runtime cannot read or run the file; the message is its reason."""


def describe(kind: Kind, path: Path, work: Path) -> FileModel:
    """Open a file in its runtime.

    RuntimeProblem where that fails; ConfigError if the runtime is not installed.
    """
    found = _work(kind, path, work, [], [])
    sizes = [shape[0] for _, shape, _ in found["inputs"] if shape]
    return FileModel(
        kind=kind,
        path=path,
        inputs=tuple(name for name, _, _ in found["inputs"]),
        shapes=tuple(tuple(shape) for _, shape, _ in found["inputs"]),
        batch=next((size for size in sizes if size is not None), None),
        rounding=found["rounding"],
        needs=found["needs"],
    )


def run_file(
    model: FileModel,
    sets: Sequence[Mapping[str, Array]],
    work: Path,
    rows: Sequence[int | None] | None = None,
) -> list[JsResult]:
    """The outputs for each set of inputs, which are by name in the file, or the
    runtime's error.

    `rows` says for each set how many of its rows to run at a time; None for all.
    """
    try:
        found = _work(model.kind, model.path, work, sets, rows or [None] * len(sets))
    except RuntimeProblem as problem:
        return [JsResult(id=str(i), error=str(problem)) for i in range(len(sets))]
    results = []
    for i, error in enumerate(found["errors"]):
        if error is None:
            outputs = tuple(zip(found["outputs"], _arrays(work, i), strict=True))
            results.append(JsResult(id=str(i), outputs=outputs))
        else:
            results.append(JsResult(id=str(i), error=error))
    return results


def tensors_of(
    model: FileModel, inputs: Mapping[str, Array], work: Path
) -> list[tuple[str, Array]]:
    """The values inside the file, with their names; empty where there are too many or
    the runtime has none.
    """
    try:
        found = _work(model.kind, model.path, work, [inputs], [None], tensors=True)
    except RuntimeProblem:
        return []
    return (
        []
        if found["errors"][0]
        else list(zip(found["tensors"], _arrays(work, 0), strict=True))
    )


def _work(
    kind: Kind,
    path: Path,
    work: Path,
    sets: Sequence[Mapping[str, Array]],
    rows: Sequence[int | None],
    *,
    tensors: bool = False,
) -> dict[str, Any]:
    kind.require()
    work.mkdir(parents=True, exist_ok=True)
    for i, inputs in enumerate(sets):
        np.savez(work / f"inputs-{i}.npz", *inputs.values())
    job = {
        "path": str(path.resolve()),
        "format": kind.name,
        "folder": str(work.resolve()),
        "sets": [list(inputs) for inputs in sets],
        "rows": list(rows),
        "tensors": tensors,
    }
    worker = WorkerProcess("pipeline.tfjs.formats.runtime_worker", job)
    try:
        worker.process.wait(timeout=RUN_SECONDS)
        worker.wait()
    except subprocess.TimeoutExpired as error:
        raise RuntimeProblem(
            f"it did not come to its end in {RUN_SECONDS} s"
        ) from error
    except PipelineError as error:
        if isinstance(error, DiskError):
            raise
        raise RuntimeProblem(
            f"the runtime crashed (exit code {worker.process.returncode})"
        ) from error
    finally:
        worker.stop()
    found: dict[str, Any] = json.loads((work / "answer.json").read_bytes())
    if "error" in found:
        raise RuntimeProblem(found["error"])
    return found


def _arrays(work: Path, number: int) -> list[Array]:
    with np.load(work / f"outputs-{number}.npz", allow_pickle=False) as file:
        return [file[f"arr_{i}"] for i in range(len(file.files))]
