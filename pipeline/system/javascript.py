"""Run exported models in stock TensorFlow.js under Node.js: arrays in, arrays out.

The protocol is described at the top of `verify.mjs`. All cases of one call share one
Node.js process, or a few.
"""

import contextlib
import errno
import json
import math
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError, PipelineError
from pipeline.system.node import find_node
from pipeline.system.web_files import WEB

VERIFY_SCRIPT = WEB / "verify" / "verify.mjs"
_WASM_FILES = (
    "tf-backend-wasm.min.js",
    "tfjs-backend-wasm.wasm",
    "tfjs-backend-wasm-simd.wasm",
)
# next to the script in a wheel that includes them, otherwise where npm installs them in
# the repository
_WASM_FOLDERS = (
    VERIFY_SCRIPT.parent,
    Path(__file__).parents[2]
    / "web"
    / "node_modules"
    / "@tensorflow"
    / "tfjs-backend-wasm"
    / "dist",
)

Array = NDArray[Any]
NodeProcess: TypeAlias = "subprocess.Popen[str]"
Backend = Literal["cpu", "wasm"]
# Errors of the system for a program whose files are fine; the last is Node.js without
# the files that a thread needs.
_REFUSED = re.compile(
    r"\b(EDQUOT|EFBIG|EIO|EMFILE|ENFILE|ENOSPC|EROFS)\b|ERR_WORKER_INIT_FAILED"
)
_DTYPES: dict[str, Any] = {
    "float32": np.dtype("<f4"),
    "int32": np.dtype("<i4"),
    "bool": np.dtype("u1"),
}


@dataclass(frozen=True, kw_only=True)
class JsCase:
    """One model to run on one set of inputs.

    `inputs` maps input names to arrays (samples, …) of float32, int32 or bool, in the
    order of the model's inputs; `strings` others to lists, for load(): a "strings" case
    outputs the numbers that they become, "answers" its answers.
    """

    id: str
    inputs: Mapping[str, Array]
    model: Path  # a model.json; of any runtime but "tfjs" the manifest.json
    runtime: Literal["tfjs", "dense", "strings", "answers"] = "tfjs"
    route: str = "layers"  # or "graph"
    format: str | None = None  # likewise
    strings: Mapping[str, Sequence[str]] | None = None
    batch: int | None = None  # samples per call; None = all at once


@dataclass(frozen=True, kw_only=True)
class JsResult:
    """The answer from JavaScript:

    `outputs` as (name, array) in the model's order, or `error`.
    """

    id: str
    outputs: tuple[tuple[str, Array], ...] = ()
    labels: Mapping[str, Sequence[str]] | None = None  # of those that have any
    seconds: float = 0.0
    latency_ms: float | None = None  # of a call, in a browser
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class JsRun:
    """The answers of one call."""

    node: str  # version
    tfjs: str  # version
    backend: str
    results: tuple[JsResult, ...]
    # what page.mjs tells of the browser
    page: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, case_id: str) -> JsResult:
        """The result of one case."""
        return next(result for result in self.results if result.id == case_id)


def find_wasm() -> Path | None:
    """Folder with TensorFlow.js's WebAssembly backend; None if it is not installed."""
    return next(
        (
            folder
            for folder in _WASM_FOLDERS
            if all((folder / name).exists() for name in _WASM_FILES)
        ),
        None,
    )


def require_script() -> None:
    """Raise PipelineError if the script that runs TensorFlow.js is not built."""
    if not VERIFY_SCRIPT.exists():
        raise PipelineError(
            "The script that runs TensorFlow.js must be built. Received: no"
            f" {VERIFY_SCRIPT}. Run `make web` (or `npm run build` in web/)."
        )


@contextlib.contextmanager
def started_node(processes: int = 1) -> Iterator[list[NodeProcess]]:
    """Node.js processes that load TensorFlow.js, each for one job; they end with the
    block, or with this process.

    Raises PipelineError if Node.js is missing or the script is not built.
    """
    require_script()
    command = [find_node(), str(VERIFY_SCRIPT)]
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(processes):
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                process_group=0,  # as for `WorkerProcess`
                # so that a file that is too large is an error instead of a signal that
                # kills
                restore_signals=False,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            started.append(process)
        yield started


def run_cases(
    cases: Sequence[JsCase],
    out: Path,
    *,
    backend: str = "cpu",
    node: Sequence[NodeProcess] = (),
    page: Mapping[str, Any] | None = None,
    patience: float | None = None,
) -> JsRun:
    """Run every case; Node.js exchanges files in `out`, which is created if missing.

    A case that fails has its message in `JsResult.error`; the others still run. Each of
    the processes in `node`, from `started_node`, or else a new one, runs every n-th
    case; an array that several cases share is written once. `page` has what verify.mjs
    needs to run them in a browser. Raises PipelineError if Node.js is missing or fails
    or the script is not built, TimeoutError after `patience` seconds, ConfigError if
    the browser lacks the backend, OSError if the disk refuses what a case writes or no
    more files can be opened, and TypeError if an input is not float32, int32 or bool.
    """
    if not node:
        with started_node() as started:
            return run_cases(
                cases, out, backend=backend, node=started, page=page, patience=patience
            )
    wasm = find_wasm() if backend == "wasm" else None
    if backend == "wasm" and wasm is None:
        raise PipelineError(
            "The wasm backend of TensorFlow.js must be installed. Run `npm ci` in web/,"
            " or use the cpu backend."
        )
    count = len(node)
    folders = [out.resolve() / str(process) for process in range(count)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    written: dict[int, str] = {}
    described = [
        _case_json(case, folders[i % count], i, written) for i, case in enumerate(cases)
    ]
    settings = {"backend": backend, "wasm": str(wasm) if wasm else None, **(page or {})}

    with (
        ThreadPoolExecutor(count) as pool,
        # ends before the pool, whose threads wait for Node.js
        contextlib.ExitStack() as stack,
    ):
        out_of_patience = threading.Event()

        def give_up(process: NodeProcess) -> None:
            out_of_patience.set()
            process.kill()

        for process in node:
            stack.callback(process.kill)
            if patience is not None:
                timer = threading.Timer(patience, give_up, [process])
                stack.callback(timer.cancel)
                timer.start()

        def run(process: int) -> JsRun:
            job = {
                **settings,
                "out": str(folders[process]),
                "cases": described[process::count],
            }
            return _run_node(node[process], job)

        try:
            runs = list(pool.map(run, range(count)))
        except PipelineError as error:
            if out_of_patience.is_set():
                raise TimeoutError(
                    f"Node.js was ended after {patience:.0f} s"
                ) from error
            raise
    results = {result.id: result for each in runs for result in each.results}
    return replace(runs[0], results=tuple(results[case.id] for case in cases))


def _run_node(process: NodeProcess, job: dict[str, Any]) -> JsRun:
    job_path = Path(job["out"]) / "job.json"
    job_path.write_text(json.dumps(job), encoding="utf-8")
    stdin, stdout, stderr = (
        cast(IO[str], stream)
        for stream in (process.stdin, process.stdout, process.stderr)
    )
    # it has ended already: its exit code and stderr say why
    with contextlib.suppress(OSError):
        stdin.write(f"{job_path}\n")
        stdin.flush()
    with ThreadPoolExecutor(
        1
    ) as pool:  # not `communicate`, which closes stdin: then the process ends
        complaints = pool.submit(stderr.read)
        printed, complaint = stdout.read(), complaints.result()
    if code := process.wait():
        _raise_if_refused(complaint)
        raise PipelineError(
            f"Node.js exited with code {code} while running TensorFlow.js:"
            f" {_tail(complaint)}"
        )
    try:
        answer = json.loads(printed)
    except ValueError as error:
        raise PipelineError(
            f"Node.js must print one JSON document. Received: {printed[:200]!r}"
        ) from error
    if "error" in answer:
        raise ConfigError(answer["error"])
    results = tuple(_read_result(result) for result in answer.pop("results"))
    node, tfjs, backend = (answer.pop(key) for key in ("node", "tfjs", "backend"))
    return JsRun(node=node, tfjs=tfjs, backend=backend, results=results, page=answer)


def _case_json(
    case: JsCase, folder: Path, index: int, written: dict[int, str]
) -> dict[str, Any]:
    """The case as the script reads it.

    `written` maps an array's identity to its file; new files are added to it.
    """
    inputs = []
    for position, (name, values) in enumerate(case.inputs.items()):
        dtype = "bool" if values.dtype == np.bool_ else values.dtype.name
        if dtype not in _DTYPES:
            raise TypeError(
                f"Inputs must be float32, int32 or bool. Received: {name!r} with dtype"
                f" {values.dtype}."
            )
        if id(values) not in written:
            path = folder / f"input-{index}-{position}.bin"
            path.write_bytes(
                np.ascontiguousarray(values).astype(_DTYPES[dtype], copy=False).data
            )
            written[id(values)] = str(path)
        inputs.append(
            {
                "name": name,
                "path": written[id(values)],
                "shape": list(values.shape),
                "dtype": dtype,
            }
        )
    description: dict[str, Any] = {
        "id": case.id,
        "runtime": case.runtime,
        "inputs": inputs,
    }
    if case.runtime != "tfjs":
        description |= {
            "manifest": str(case.model.resolve()),
            "format": case.format,
            "given": case.strings,
        }
    else:
        description |= {"route": case.route, "model": str(case.model.resolve())}
    if case.batch is not None:
        description["batch"] = case.batch
    return description


def _read_result(result: Mapping[str, Any]) -> JsResult:
    if "error" in result:
        _raise_if_refused(str(result["error"]))
        return JsResult(id=result["id"], error=str(result["error"]))
    outputs = []
    for output in result["outputs"]:
        values, shape = (
            np.fromfile(output["path"], _DTYPES[output["dtype"]]),
            output["shape"],
        )
        # Some kernels give a wrong shape: one with a hole in it, or one that holds more
        # or fewer values.
        if None in shape or math.prod(shape) != len(values):
            error = (
                f"'{output['name']}' has {len(values)} values, which do not fit its"
                f" shape {shape}"
            )
            return JsResult(id=result["id"], error=error)
        outputs.append((output["name"], values.reshape(shape)))
    labels = {
        output["name"]: output["labels"]
        for output in result["outputs"]
        if "labels" in output
    }
    times = {key: result[key] for key in ("seconds", "latency_ms") if key in result}
    return JsResult(id=result["id"], outputs=tuple(outputs), labels=labels, **times)


def _tail(text: str) -> str:
    """The end of Node.js's output; the source lines in it can be a megabyte long."""
    return " | ".join(
        line.strip()[:200] for line in text.strip().splitlines()[-8:] if line.strip()
    )


def _raise_if_refused(message: str) -> None:
    """Raise OSError if Node.js says that the system refused to write or to open a
    file.
    """
    if found := _REFUSED.search(message):
        code = getattr(errno, found[1] or "EMFILE")
        raise OSError(code, os.strerror(code))
