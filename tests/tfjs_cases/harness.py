"""Cases of the converter: build many small models, export all, run them in a Node.js
process by format, compare each.

A case says what it expects: "exact" (the layers route computes what Keras does) or a
word of the refusal. Refused cases go through the graph route as well, and its outcome
is recorded.
"""

import contextlib
import json
import subprocess
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.checking.browser import find_chromium
from pipeline.errors import ConfigError, ConversionError
from pipeline.exporting.folder import file_digests
from pipeline.exporting.model_manifest import build_manifest
from pipeline.records import ExportedFormat, FormatCheck, Verification
from pipeline.system.javascript import VERIFY_SCRIPT, JsCase, find_wasm, run_cases
from pipeline.system.json_records import to_json
from pipeline.system.node import find_node
from pipeline.tfjs.graph_model.converter import converter_version, write_graph_model
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.compare import OutputCheck, compare
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict
from pipeline.versions.loadable import sealed
from pipeline.versions.manifest import MANIFEST_NAME

WEB = Path(__file__).parents[2] / "web"
NO_GRAPH = None if converter_version() else "the official converter is not installed"
needs_graph = pytest.mark.skipif(
    NO_GRAPH is not None, reason=f"needs the graph route: {NO_GRAPH}"
)

Build = Callable[[Any], Any]  # keras -> a built model
Outputs = Sequence[tuple[str, Any]]  # names and arrays
EXACT = "exact"


@dataclass(frozen=True)
class Case:
    """One model. `layer` and `options` are what the coverage table shows."""

    layer: str
    options: str
    build: Build
    expect: str = EXACT
    seed: int = 0  # of its weights and inputs
    graph: bool = False  # whether it is a graph-model even if layers would do

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
    # with the names that the files have
    runs: list[JsCase] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)  # the names that the manifest has
    # of Keras by output, for each run
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def max_abs_diff(self) -> float:
        return max((check.max_abs_diff for check in self.checks), default=float("nan"))

    def compared(self, number: int, outputs: Outputs) -> list[OutputCheck]:
        """Compare the answers to one run with Keras'."""
        expected = self.answers[number]
        found = in_order(self.route, list(expected), outputs)
        return [
            compare(name, values, one)
            for (name, values), one in zip(expected.items(), found, strict=True)
        ]


def in_order(route: str | None, names: Sequence[str], outputs: Outputs) -> list[Any]:
    """The arrays in the order of Keras' outputs.

    A graph-model has an order of its own, and mostly Keras' names.
    """
    by_name = dict(outputs)
    own = route == "graph" and set(by_name) == set(names)
    return (
        [by_name[name] for name in names] if own else [values for _, values in outputs]
    )


def randomise(model: Any, seed: int = 0) -> Any:
    """Weights and statistics that hide nothing:

    no zeros, no ones, variances that differ.
    """
    generator = np.random.default_rng(seed)
    values = []
    for variable in model.weights:
        shape, path = tuple(variable.shape), variable.path
        if "seed" in path or not str(variable.dtype).startswith("float"):
            values.append(np.asarray(variable))
        elif "variance" in path or path.endswith(("gamma", "scale")):
            values.append(generator.uniform(0.5, 1.5, shape))
        else:
            # a depthwise kernel sums over space
            inputs = shape[:2] if len(shape) == 4 and shape[-1] == 1 else shape[:-1]
            size = max(1, int(np.prod(inputs))) if len(shape) > 1 else 4
            values.append(generator.normal(0, 1 / np.sqrt(size), shape))
    model.set_weights(values)
    return model


def seq(
    shape: tuple[int | None, ...], make: Callable[[Any], Any], dtype: str = "float32"
) -> Build:
    """A Sequential of the layer (or layers) that `make(keras.layers)` gives."""

    def build(keras: Any) -> Any:
        made = make(keras.layers)
        return keras.Sequential(
            [
                keras.Input(shape, dtype=dtype),
                *(made if isinstance(made, list) else [made]),
            ]
        )

    return build


def run(cases: Sequence[Case], folder: Path) -> dict[str, Outcome]:
    """Export, run and compare every case."""
    with warnings.catch_warnings():
        # Keras warns about some of the options that are tried on purpose (a mask that a
        # layer drops, a softmax over 1)
        warnings.filterwarnings("ignore", category=UserWarning, module=r"keras\.")
        return _run(cases, folder)


def _run(cases: Sequence[Case], folder: Path) -> dict[str, Outcome]:
    import keras

    outcomes: dict[str, Outcome] = {}
    for number, case in enumerate(cases):
        # or names would depend on the cases before
        keras.backend.clear_session(free_memory=False)
        model = randomise(case.build(keras), seed=case.seed)
        outcome = outcomes[case.id] = Outcome()
        path = folder / f"case{number}"
        names = _export(model, path, outcome, case.graph)
        if outcome.route is None:
            continue
        outcome.inputs = input_names(model)
        for i, inputs in enumerate(random_inputs(model, seed=case.seed)):
            named = (
                dict(zip(names, inputs.values(), strict=True))
                if outcome.route == "layers"
                else inputs
            )
            run = JsCase(
                id=f"{case.id}#{i}",
                model=path / "model.json",
                inputs=named,
                route=outcome.route,
            )
            outcome.runs.append(run)
            outcome.answers.append(
                dict(zip(output_names(model), predict(model, inputs), strict=True))
            )
        _write_manifest(model, path, outcome)
    for route in ("layers", "graph"):
        jobs = [
            (one, i, run)
            for one in outcomes.values()
            for i, run in enumerate(one.runs)
            if one.route == route
        ]
        results = (
            run_cases([run for *_, run in jobs], folder / route).results if jobs else ()
        )
        for (outcome, number, _), result in zip(jobs, results, strict=True):
            if result.error is not None:
                outcome.error = result.error
            else:
                outcome.checks += outcome.compared(number, result.outputs)
    return outcomes


def _export(model: Any, path: Path, outcome: Outcome, graph_alone: bool) -> list[str]:
    if not graph_alone:
        try:
            graph = trace_model(model)
            write_layers_json(graph, model, path)
        except ConversionError as error:
            outcome.refusal = str(error)
        else:
            outcome.route = "layers"
            names = [
                layer.class_name
                for layer in graph.layers
                if layer.class_name != "InputLayer"
            ]
            outcome.classes = tuple(dict.fromkeys(names))
            return graph.input_names
    if NO_GRAPH is None:
        loops = (
            "unroll" if all(n for t in model.inputs for n in t.shape[1:]) else "while"
        )
        try:
            write_graph_model(model, path, loops=loops)  # type: ignore[arg-type]
            outcome.route = "graph"
        except ConversionError as graph_error:
            outcome.graph_error = str(graph_error)
    return []


def _write_manifest(model: Any, folder: Path, outcome: Outcome) -> None:
    """The manifest that `export_model` would write."""
    files, name, route = file_digests(folder), f"{outcome.route}-float32", outcome.route
    computed = {name: values.shape for name, values in outcome.answers[-1].items()}
    size = sum(file.bytes for file in files)
    fmt = ExportedFormat(
        id=name,
        route=route,  # type: ignore[arg-type]  # a route is text here
        dtype="float32",
        path="model.json",
        bytes=size,
        files=files,
    )
    proof: Any = {
        "runtime": "tfjs",
        "samples": 1,
        "max_abs_diff": 0,
        "limit": 1,
        "argmax_agreement": 1,
        "passed": True,
    }
    check = FormatCheck(format=name, detail="", seconds=0, **proof)
    verification = Verification(node="", tfjs="", backend="cpu", checks=(check,))
    manifest = build_manifest(
        model, name="case", formats=[fmt], image=None, environment={}, computed=computed
    )
    (folder / MANIFEST_NAME).write_text(
        json.dumps(to_json(sealed(manifest, verification)))
    )


def run_by_small_engine(
    outcomes: Mapping[str, Outcome], folder: Path
) -> dict[str, list[OutputCheck] | None]:
    """Run layers-models by the engine for chains (web/src/runtime/dense/ and conv/),
    and compare it with Keras.

    None for a case that it leaves to TensorFlow.js.
    """
    cases, places = [], {}
    for case_id, outcome in outcomes.items():
        for number, (run, place) in enumerate(
            zip(outcome.runs, _folders(outcome), strict=True)
        ):
            inputs = []
            for i, values in enumerate(run.inputs.values()):
                values.astype("<f4").tofile(path := place / f"chain{number}-{i}.bin")
                inputs.append({"path": str(path), "shape": list(values.shape)})
            cases.append({"id": run.id, "folder": str(place), "inputs": inputs})
            places[run.id] = (case_id, number)
    found: dict[str, list[OutputCheck] | None] = {}
    for result in _in_node(
        "chains.mjs",
        {"cases": cases},
        folder,
        "--experimental-strip-types",
        "--no-warnings",
    ):
        case_id, number = places[result["id"]]
        if "error" in result:
            assert result["error"] == "unsupported", result
            found[case_id] = None
            continue
        ((name, expected),) = outcomes[case_id].answers[number].items()
        values = np.array(result["outputs"], np.float32).reshape(expected.shape)
        found[case_id] = [
            *(found.get(case_id) or []),
            *outcomes[case_id].compared(number, [(name, values)]),
        ]
    return found


@dataclass(frozen=True)
class Ran:
    """Outcome of one run of a case in an engine."""

    error: str | None = None
    outputs: tuple[Any, ...] = ()  # in the order of Keras' outputs
    checks: tuple[OutputCheck, ...] = ()  # against Keras


def run_in_chromium(
    outcomes: Mapping[str, Outcome], engines: Mapping[str, Iterable[str]], folder: Path
) -> dict[tuple[str, str], list[Ran]]:
    """Run cases by some of the engines that browser.mjs lists, in one Chromium: the
    runs by engine and case.

    `outcomes` are below `folder`; `engines` are those of each case.
    """
    cases, places = [], {}
    for case_id, wanted in engines.items():
        outcome = outcomes[case_id]
        for number, (run, place) in enumerate(
            zip(outcome.runs, _folders(outcome), strict=True)
        ):
            inputs = []
            for i, (name, (fed, values)) in enumerate(
                zip(outcome.inputs, run.inputs.items(), strict=True)
            ):
                values.tofile(path := place / f"input{number}-{i}.bin")
                described = {
                    "path": path.relative_to(folder).as_posix(),
                    "dtype": values.dtype.name,
                }
                inputs.append(
                    {"name": name, "fed": fed, "shape": list(values.shape), **described}
                )
            described = {
                "id": run.id,
                "folder": place.relative_to(folder).as_posix(),
                "route": run.route,
            }
            cases.append({**described, "engines": list(wanted), "inputs": inputs})
            places[run.id] = (case_id, number)
    wasm, built = find_wasm(), VERIFY_SCRIPT.parent
    assert wasm is not None
    served = {
        "tf.min.js": str(built / "tf.min.js"),
        "site": str(built.parent / "site"),
        "wasm": str(wasm),
        "verify": str(built),
    }
    job = {
        "root": str(folder),
        "chromium": require_chromium(),
        "places": served,
        "cases": cases,
    }
    found: dict[tuple[str, str], list[Ran]] = {}
    for engine, results in _in_node("browser.mjs", job, folder).items():
        for result in results:
            case_id, number = places[result["id"]]
            ran = _ran(outcomes[case_id], number, engine, result)
            found.setdefault((engine, case_id), []).append(ran)
    return found


def _ran(outcome: Outcome, number: int, engine: str, result: Any) -> Ran:
    if "error" in result:
        return Ran(error=result["error"])
    outputs = [
        (one["name"], np.array(one["values"], float).reshape(one["shape"]))
        for one in result["outputs"]
    ]
    # load() has Keras' names for every model
    arrays = in_order(
        "graph" if engine == "load" else outcome.route,
        list(outcome.answers[number]),
        outputs,
    )
    checks = outcome.compared(
        number, list(zip(outcome.answers[number], arrays, strict=True))
    )
    return Ran(outputs=tuple(arrays), checks=tuple(checks))


def require_chromium() -> str:
    """Its path; the test is skipped where it, or what drives it, is not installed."""
    with contextlib.suppress(ConfigError):
        if (WEB / "node_modules" / "puppeteer-core").exists():
            return find_chromium()
    pytest.skip("needs Chromium and web/node_modules: `make browser web`")


def _folders(outcome: Outcome) -> list[Path]:
    return [run.model.parent for run in outcome.runs if run.model]


def _in_node(script: str, job: Mapping[str, Any], folder: Path, *options: str) -> Any:
    """Return the answer of a script beside this file to a job."""
    path = folder / f"{script}.json"
    path.write_text(json.dumps({**job, "web": str(WEB)}))
    command = [find_node(), *options, str(Path(__file__).with_name(script)), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)
