"""Cases of the converter: build many small models, export all, run them in few Node processes, compare each.

A case says what it expects: "exact" (the layers route computes what Keras does) or a word of the refusal.
Refused cases go through the graph route as well, and its outcome is recorded.
"""

import json
import subprocess
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConversionError
from pipeline.records import ExportedFormat, FormatCheck, Verification
from pipeline.system.javascript import VERIFY_SCRIPT, JsCase, run_cases
from pipeline.system.json_records import save
from pipeline.system.node import find_node
from pipeline.tfjs.export_folder import file_digests
from pipeline.tfjs.graph_model.converter import converter_version, write_graph_model
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.model_manifest import build_manifest
from pipeline.tfjs.parity.compare import OutputCheck, compare
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.sealing import sealed
from tests.support.browsers import WEB

NO_GRAPH = None if converter_version() else "the official converter is not installed"
needs_graph = pytest.mark.skipif(NO_GRAPH is not None, reason=f"needs the graph route: {NO_GRAPH}")

Build = Callable[[Any], Any]  # keras -> a built model
EXACT = "exact"
CASES_PER_PROCESS = 60


@dataclass(frozen=True)
class Case:
    """One model. `layer` and `options` are what the coverage table shows."""

    layer: str
    options: str
    build: Build
    expect: str = EXACT
    seed: int = 0  # of its weights and inputs

    @property
    def id(self) -> str:
        return f"{self.layer}-{self.options}".replace(" ", "_")


@dataclass
class Outcome:
    """The outcome of a case."""

    route: str | None = None  # "layers", "graph", or None when neither would do
    refusal: str | None = None  # of the layers route
    graph_error: str | None = None
    error: str | None = None  # of TensorFlow.js
    checks: list[OutputCheck] = field(default_factory=list)
    classes: tuple[str, ...] = ()  # TensorFlow.js layers that were written
    runs: list[JsCase] = field(default_factory=list)  # with the names that the files have
    inputs: list[str] = field(default_factory=list)  # the names that the manifest has
    answers: list[dict[str, Any]] = field(default_factory=list)  # of Keras by output, for each run

    @property
    def max_abs_diff(self) -> float:
        return max((check.max_abs_diff for check in self.checks), default=float("nan"))


def randomise(model: Any, seed: int = 0) -> Any:
    """Weights and statistics that hide nothing: no zeros, no ones, variances that differ."""
    generator = np.random.default_rng(seed)
    values = []
    for variable in model.weights:
        shape, path = tuple(variable.shape), variable.path
        if "seed" in path or not str(variable.dtype).startswith("float"):
            values.append(np.asarray(variable))
        elif "variance" in path or path.endswith(("gamma", "scale")):
            values.append(generator.uniform(0.5, 1.5, shape))
        else:
            inputs = (
                shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1]
            )  # a depthwise kernel sums over space
            size = max(1, int(np.prod(inputs))) if len(shape) > 1 else 4
            values.append(generator.normal(0, 1 / np.sqrt(size), shape))
    model.set_weights(values)
    return model


def run(cases: Sequence[Case], folder: Path) -> dict[str, Outcome]:
    """Export, run and compare every case."""
    with warnings.catch_warnings():
        # Keras warns about some of the options that are tried on purpose (a mask that a layer drops, a softmax over 1)
        warnings.filterwarnings("ignore", category=UserWarning, module=r"keras\.")
        return _run(cases, folder)


def _run(cases: Sequence[Case], folder: Path) -> dict[str, Outcome]:
    import keras

    outcomes: dict[str, Outcome] = {}
    jobs: list[tuple[str, JsCase, list[np.ndarray[Any, Any]], list[str]]] = []
    for number, case in enumerate(cases):
        keras.backend.clear_session(free_memory=False)
        model = randomise(case.build(keras), seed=case.seed)
        outcome = outcomes[case.id] = Outcome()
        path = folder / f"case{number}"
        names = _export(model, path, outcome)
        if outcome.route is None:
            continue
        for i, inputs in enumerate(random_inputs(model, seed=case.seed)):
            named = dict(zip(names, inputs.values(), strict=True)) if outcome.route == "layers" else inputs
            job = JsCase(id=f"{case.id}#{i}", model=path / "model.json", inputs=named, route=outcome.route)
            expected = predict(model, inputs)
            jobs.append((case.id, job, expected, output_names(model)))
            outcome.runs.append(job)
            outcome.answers.append(dict(zip(output_names(model), expected, strict=True)))
        outcome.inputs = input_names(model)
        _write_manifest(model, path, outcome)
    for start in range(0, len(jobs), CASES_PER_PROCESS):
        chunk = jobs[start : start + CASES_PER_PROCESS]
        results = run_cases([job for _, job, _, _ in chunk], folder / f"node{start}").results
        for (case_id, job, expected, names), result in zip(chunk, results, strict=True):
            _judge(outcomes[case_id], job, expected, names, result)
    return outcomes


def _export(model: Any, path: Path, outcome: Outcome) -> list[str]:
    try:
        graph = trace_model(model)
        write_layers_json(graph, model, path)
    except ConversionError as error:
        outcome.refusal = str(error)
        if NO_GRAPH is None:
            loops = "unroll" if all(n for t in model.inputs for n in t.shape[1:]) else "while"
            try:
                write_graph_model(model, path, loops=loops)  # type: ignore[arg-type]
                outcome.route = "graph"
            except ConversionError as graph_error:
                outcome.graph_error = str(graph_error)
        return []
    outcome.route = "layers"
    names = [layer.class_name for layer in graph.layers if layer.class_name != "InputLayer"]
    outcome.classes = tuple(dict.fromkeys(names))
    return graph.input_names


def _write_manifest(model: Any, folder: Path, outcome: Outcome) -> None:
    """The manifest that `export_model` would write."""
    files, name, route = file_digests(folder), f"{outcome.route}-float32", outcome.route
    computed = {name: values.shape for name, values in outcome.answers[-1].items()}
    size = sum(file.bytes for file in files)
    fmt = ExportedFormat(id=name, route=route, dtype="float32", path="model.json", bytes=size, files=files)  # type: ignore[arg-type]  # a route is text here
    check = FormatCheck(
        format=name,
        runtime="tfjs",
        samples=1,
        max_abs_diff=0,
        limit=1,
        argmax_agreement=1,
        passed=True,
        detail="",
        seconds=0,
    )
    verification = Verification(node="", tfjs="", backend="cpu", checks=(check,))
    manifest = build_manifest(model, name="case", formats=[fmt], image=None, environment={}, computed=computed)
    save(folder / MANIFEST_NAME, sealed(manifest, verification))


def run_by_small_engine(outcomes: Mapping[str, Outcome], folder: Path) -> dict[str, list[OutputCheck] | None]:
    """Run every layers-model by the engine for chains (web/src/runtime/dense/ and conv/), and compare it with Keras.

    None for a case that it leaves to TensorFlow.js.
    """
    cases, answers = [], {}
    for case_id, outcome in outcomes.items():
        for number, run in enumerate(outcome.runs if outcome.error is None and outcome.route == "layers" else ()):
            assert run.model
            inputs = []
            for i, values in enumerate(run.inputs.values()):
                path = run.model.parent / f"chain{number}-{i}.bin"
                values.astype("<f4").tofile(path)
                inputs.append({"path": str(path), "shape": list(values.shape)})
            cases.append({"id": run.id, "folder": str(run.model.parent), "inputs": inputs})
            answers[run.id] = (case_id, outcome.answers[number])
    job = folder / "chains.json"
    job.write_text(json.dumps({"web": str(WEB), "cases": cases}))
    script = str(Path(__file__).with_name("chains.mjs"))
    command = [find_node(), "--experimental-strip-types", "--no-warnings", script, str(job)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[OutputCheck] | None] = {}
    for result in json.loads(done.stdout):
        case_id, expected = answers[result["id"]]
        if "error" in result:
            assert result["error"] == "unsupported", result
            found[case_id] = None
            continue
        ((name, values),) = expected.items()
        checks = found.setdefault(case_id, [])
        assert checks is not None
        checks.append(compare(name, values, np.array(result["outputs"], np.float32).reshape(values.shape)))
    return found


@dataclass(frozen=True)
class Loaded:
    """What load() made of one run of a case in Chromium."""

    error: str | None = None
    difference: float | None = None  # from stock TensorFlow.js; None where one of them is not a number
    checks: tuple[OutputCheck, ...] = ()  # against Keras


def run_by_load(outcomes: Mapping[str, Outcome], folder: Path, chromium: str) -> dict[str, list[Loaded]]:
    """Run every case that was written and runs in Node by load() and by stock TensorFlow.js, in Chromium."""
    cases, answers = [], {}
    for case_id, outcome in outcomes.items():
        for number, run in enumerate(outcome.runs if outcome.error is None else ()):
            assert run.model
            inputs = []
            for i, (name, (fed, values)) in enumerate(zip(outcome.inputs, run.inputs.items(), strict=True)):
                path = run.model.parent / f"input{number}-{i}.bin"
                values.tofile(path)
                place, dtype = path.relative_to(folder).as_posix(), values.dtype.name
                inputs.append({"name": name, "fed": fed, "path": place, "shape": list(values.shape), "dtype": dtype})
            place = run.model.parent.relative_to(folder).as_posix()
            cases.append({"id": run.id, "folder": place, "route": run.route, "inputs": inputs})
            answers[run.id] = (case_id, outcome.answers[number])
    tfjs = VERIFY_SCRIPT.parent
    job = {"root": str(folder), "web": str(WEB), "site": str(tfjs.parent / "site"), "chromium": chromium}
    (folder / "job.json").write_text(json.dumps({**job, "tfjs": str(tfjs / "tf.min.js"), "cases": cases}))
    command = [find_node(), str(Path(__file__).with_name("loaded.mjs")), str(folder / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    loaded: dict[str, list[Loaded]] = {}
    for result in json.loads(done.stdout):
        case_id, expected = answers[result["id"]]
        loaded.setdefault(case_id, []).append(_judge_loaded(result, expected))
    return loaded


def _judge_loaded(result: Any, expected: Mapping[str, Any]) -> Loaded:
    if "error" in result:
        return Loaded(error=result["error"])
    outputs = {name: np.array(one["values"], float).reshape(one["shape"]) for name, one in result["outputs"].items()}
    checks = tuple(compare(name, values, outputs[name]) for name, values in expected.items())
    return Loaded(difference=result["difference"], checks=checks)


def _judge(outcome: Outcome, job: JsCase, expected: Iterable[Any], names: Sequence[str], result: Any) -> None:
    if result.error is not None:
        outcome.error = result.error
        return
    answers = [values for _, values in result.outputs]
    if job.route == "graph":
        by_name = dict(result.outputs)
        answers = [by_name[name] for name in names] if set(by_name) == set(names) else answers
    outcome.checks += [compare(n, e, v) for n, e, v in zip(names, expected, answers, strict=True)]
