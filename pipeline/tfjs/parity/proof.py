"""Prove an export: run it in stock TensorFlow.js, compare it with Keras, and find the layer where the two part."""

import contextlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import ConversionError, PipelineError
from pipeline.system.javascript import Backend, JsCase, JsResult, JsRun, find_wasm, run_cases
from pipeline.tfjs.graph_model.converter import Loops, write_graph_model
from pipeline.tfjs.layers_model.graph import Graph
from pipeline.tfjs.layers_model.model_json import write_graph
from pipeline.tfjs.layers_model.tracer import build_graph, functional_of
from pipeline.tfjs.model_files import output_names
from pipeline.tfjs.parity.compare import OutputCheck, compare, predict
from pipeline.tfjs.weights import Array

Route = Literal["layers", "graph"]
Inputs = Mapping[str, Array]

BIG_PARAMETERS = 300_000  # beyond, the WebAssembly backend is used: TensorFlow.js's plain one takes minutes
PROBED_VALUES = 3_000_000  # intermediate values, up to which every layer is compared as a matter of course
BATCH = 64  # samples per call


@dataclass(frozen=True, kw_only=True)
class Export:
    """A written model and how to feed it."""

    id: str
    route: Route
    model: Path  # model.json
    inputs: tuple[str, ...]  # names in TensorFlow.js, in the order of Keras' inputs
    outputs: tuple[str, ...]  # names in Keras, in its order


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What TensorFlow.js answered for one export, set by set."""

    checks: tuple[OutputCheck, ...]
    error: str | None

    @property
    def passed(self) -> bool:
        """Whether it ran and every output was right."""
        return self.error is None and all(check.passed for check in self.checks)


@dataclass(frozen=True, kw_only=True)
class Parting:
    """A layer whose output differs although its inputs do not."""

    layer: str
    kind: str
    check: OutputCheck


def layers_export(model: Any, graph: Graph, path: Path, name: str) -> Export:
    """Describe a layers-model that was written from `graph`."""
    names = tuple(tensor.layer.name for tensor in graph.inputs)
    return Export(id=name, route="layers", model=path / "model.json", inputs=names, outputs=tuple(output_names(model)))


def graph_export(path: Path, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> Export:
    """Describe a graph-model."""
    return Export(id=name, route="graph", model=path / "model.json", inputs=tuple(inputs), outputs=tuple(outputs))


def run_exports(
    exports: Sequence[Export], model: Any, sets: Sequence[Inputs], work: Path, backend: Backend
) -> tuple[JsRun, dict[str, Answers]]:
    """Run every export of the model on every set of inputs in one Node process, while Keras answers the same.

    When something fails on WebAssembly, all is run again on the plain backend, whose answer counts: some kernels of the
    former are missing, some wrong (MaxPooling3D), and some abort the process on small pictures.
    """
    cases = [
        JsCase(
            id=f"{export.id}#{i}",
            route=export.route,
            model=export.model,
            inputs=dict(zip(export.inputs, inputs.values(), strict=True)),
            batch=BATCH,
        )
        for export in exports
        for i, inputs in enumerate(sets)
    ]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_cases, cases, work, backend=backend)
        expected = [predict(model, inputs) for inputs in sets]
    if backend == "wasm":
        with contextlib.suppress(PipelineError):
            run = running.result()
            answers = _judge(exports, expected, run)
            runs = all(answer.error is None for answer in answers.values())
            if runs and answers[exports[-1].id].passed:  # the last has float32 weights
                return run, answers
        run = run_cases(cases, work, backend="cpu")
    else:
        run = running.result()
    return run, _judge(exports, expected, run)


def _judge(exports: Sequence[Export], expected: Sequence[Sequence[Array]], run: JsRun) -> dict[str, Answers]:
    """`expected` holds Keras' answers for each set, in the order of the outputs."""
    answers = {}
    for export in exports:
        results = [run[f"{export.id}#{i}"] for i in range(len(expected))]
        error = next((result.error for result in results if result.error is not None), None)
        checks: list[OutputCheck] = []
        if error is None:
            for result, wanted in zip(results, expected, strict=True):
                checks += [compare(*one) for one in zip(export.outputs, wanted, _in_order(export, result), strict=True)]
        answers[export.id] = Answers(checks=tuple(checks), error=error)
    return answers


def _in_order(export: Export, result: JsResult) -> list[Array]:
    """The answers in Keras' order. A graph-model's order is arbitrary: its signature tells the names."""
    if export.route == "graph":
        by_name = dict(result.outputs)
        return [by_name[name] for name in export.outputs]
    return [values for _, values in result.outputs]


def choose_backend(model: Any) -> Backend:
    """WebAssembly for big models where it is installed, else the plain backend."""
    return "wasm" if model.count_params() > BIG_PARAMETERS and find_wasm() is not None else "cpu"


def probe(model: Any) -> tuple[Any, list[str], list[str]] | None:
    """The same model with the output of every layer as an output, and their names and classes in the order of the
    graph.

    Returns:
        None when the model has no layers to look between (one layer only).
    """
    import keras

    functional = functional_of(model)
    tensors, names, kinds = [], [], []
    by_depth = functional._nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            if node.operation is None or node.is_input:
                continue
            for i, tensor in enumerate(node.outputs):
                if str(tensor.dtype).startswith("float"):
                    tensors.append(tensor)
                    names.append(f"{node.operation.name}{f' output {i}' if i else ''}")
                    kinds.append(type(node.operation).__name__)
    if len(tensors) < 2:
        return None
    return keras.Model(functional.inputs, tensors), names, kinds


def probed_values(model: Any, sets: Sequence[Inputs]) -> int:
    """How many values `probe` would compare, for sets of the given sizes (free axes counted as one)."""
    by_depth = functional_of(model)._nodes_by_depth
    total = 0
    for nodes in by_depth.values():
        for node in nodes:
            for tensor in node.outputs:
                size = 1
                for n in tensor.shape[1:]:
                    size *= n or 8
                total += size
    rows: int = sum(next(iter(inputs.values())).shape[0] for inputs in sets)
    return total * rows


def first_parting(
    model: Any, route: Route, sets: Sequence[Inputs], work: Path, loops: Loops = "unroll"
) -> Parting | None:
    """The first layer whose output in TensorFlow.js is not Keras', on one sample of each set.

    Returns:
        None when it cannot be told: a single layer, or a model of all outputs that does not run.
    """
    probing = probe(model) if hasattr(model, "inputs") else None
    if probing is None:
        return None
    whole, names, kinds = probing
    small = [{name: values[:1] for name, values in inputs.items()} for inputs in sets]
    path = work / "probe"
    try:
        export = _write_probe(whole, route, path, loops)
        _, answers = run_exports([export], whole, small, work / "probe-run", choose_backend(model))
    except PipelineError:
        return None
    checks = answers[export.id].checks
    for start in range(0, len(checks), len(names)):
        for name, kind, check in zip(names, kinds, checks[start : start + len(names)], strict=True):
            if not check.passed:
                return Parting(layer=name, kind=kind, check=check)
    return None


def every_layer(model: Any, sets: Sequence[Inputs], work: Path) -> dict[str, float]:
    """The largest difference of each layer's output, by name; empty when there is nothing between input and output.

    Raises:
        ConversionError: a layer differs, although the outputs of the model do not (their differences cancel or
        saturate).
    """
    probing = probe(model)
    if probing is None:
        return {}
    whole, names, kinds = probing
    export = _write_probe(whole, "layers", work / "every", "unroll")
    _, answers = run_exports([export], whole, sets, work / "every-run", choose_backend(model))
    if answers[export.id].error is not None:
        return {}  # the model itself ran; a model with that many outputs may not
    found: dict[str, float] = {}
    checks = answers[export.id].checks
    for i, check in enumerate(checks):
        name, kind = names[i % len(names)], kinds[i % len(names)]
        if not check.passed:
            raise failure(model, "layers", answers[export.id], Parting(layer=name, kind=kind, check=check))
        key = name.split(" output ")[0]
        found[key] = max(found.get(key, 0.0), check.max_abs_diff)
    return found


def _write_probe(whole: Any, route: Route, path: Path, loops: Loops) -> Export:
    if route == "graph":
        write_graph_model(whole, path, loops=loops)
        from pipeline.tfjs.model_files import input_names

        return graph_export(path, "probe", input_names(whole), output_names(whole))
    graph = build_graph(whole)
    write_graph(graph, whole, path)
    return layers_export(whole, graph, path, "probe")


def failure(model: Any, route: Route, answers: Answers, parting: Parting | None) -> ConversionError:
    """The error for an export that did not pass."""
    alternative = "format='graph'" if route == "layers" else "format='layers'"
    if answers.error is not None:
        return ConversionError(
            f"TensorFlow.js cannot run '{model.name}' as a {route}-model. Received: {answers.error[:400]}. "
            f"Next step: try {alternative}, or replace the layer that is named."
        )
    bad = next(check for check in answers.checks if not check.passed)
    where = f"from layer '{parting.layer}' ({parting.kind}) on" if parting else "somewhere before its output"
    worst = parting.check if parting else bad
    shapes = (
        f" and shape {worst.shape} instead of {worst.expected_shape}" if worst.shape != worst.expected_shape else ""
    )
    return ConversionError(
        f"'{model.name}' as a {route}-model computes something else than Keras {where}. Received: output "
        f"'{worst.name}' differs by {worst.max_abs_diff:.3g} (limit {worst.limit:.2g}){shapes}. Nothing was written. "
        f"Next step: try {alternative}, or replace that layer."
    )
