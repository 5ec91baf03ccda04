"""Keras 3 to TensorFlow.js: our routes against the official converter's for Keras 3
models, on the same models.

The models are one test case per layer, all wirings, and four networks of
keras.applications, with random weights. A model loads when stock TensorFlow.js runs it
without an error; it matches when every output has Keras' shape and values. Some models
only return their inputs, such as a random augmentation layer at inference. Nobody
converts these alone, so the others are also counted without them.

The official graph-model is fed by the names in its own signature. Its outputs are
matched to Keras' in the order that fits best, because it does not keep one. Its
functions run in this project's environment, with empty modules for packages that they
import and these routes do not use (`import_converter`).
"""

import contextlib
import io
import itertools
import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.harness import print_table, save_results
from pipeline.errors import ConversionError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.tfjs.graph_model.converter import import_converter, write_graph_model
from pipeline.tfjs.keras_model import input_names
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict
from pipeline.tfjs.weights import Array
from tests.tfjs_cases import CASES
from tests.tfjs_cases.harness import randomise

APPLICATIONS = ("MobileNetV2", "MobileNetV3Small", "EfficientNetB0", "ResNet50")
CHUNK = 40  # models per Node process


@dataclass
class Result:
    """One model converted in one way."""

    model: str
    way: str
    seconds: float  # of the CPU: the machine may have other work
    loads: bool = False
    matches: bool = False
    identity: bool = False  # Keras returns the inputs unchanged
    bytes: int = 0
    error: str = ""


# (model, folder) -> route, input names
Converter = Callable[[Any, Path], tuple[str, list[str]]]


def ours_layers(model: Any, folder: Path) -> tuple[str, list[str]]:
    graph = trace_model(model)
    write_layers_json(graph, model, folder)
    return "layers", graph.input_names


def ours_graph(model: Any, folder: Path) -> tuple[str, list[str]]:
    fixed = all(size for tensor in model.inputs for size in tensor.shape[1:])
    write_graph_model(model, folder, loops="unroll" if fixed else "while")
    return "graph", input_names(model)


def ours_auto(model: Any, folder: Path) -> tuple[str, list[str]]:
    try:
        return ours_layers(model, folder)
    except ConversionError:
        return ours_graph(model, folder)


def official_in_memory(model: Any, folder: Path) -> tuple[str, list[str]]:
    import tensorflowjs

    tensorflowjs.converters.save_keras_model(model, str(folder))
    return "layers", input_names(model)


def official_h5(model: Any, folder: Path) -> tuple[str, list[str]]:
    from tensorflowjs.converters import converter

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.h5"
        model.save(path)
        converter.dispatch_keras_h5_to_tfjs_layers_model_conversion(
            str(path), str(folder)
        )
    return "layers", input_names(model)


def official_keras(model: Any, folder: Path) -> tuple[str, list[str]]:
    from tensorflowjs.converters import converter

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.keras"
        model.save(path)
        converter.dispatch_keras_keras_to_tfjs_layers_model_conversion(
            str(path), str(folder)
        )
    return "layers", input_names(model)


def official_graph(
    model: Any, folder: Path, *, control_flow_v2: bool
) -> tuple[str, list[str]]:
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter

    with tempfile.TemporaryDirectory() as scratch:
        model.export(scratch, verbose=False)
        converter.convert_tf_saved_model(
            scratch, str(folder), control_flow_v2=control_flow_v2
        )
    entries = json.loads((folder / "model.json").read_text())["signature"]["inputs"]
    names = {entry["name"].partition(":")[0]: name for name, entry in entries.items()}
    # Keras names an input by its tensor, not its layer
    return "graph", [names[tensor.name] for tensor in model.inputs]


WAYS: dict[str, Converter] = {
    "ours: auto": ours_auto,
    "ours: layers-model": ours_layers,
    "ours: graph-model": ours_graph,
    "official: save_keras_model": official_in_memory,
    "official: .h5 to layers-model": official_h5,
    "official: .keras to layers-model": official_keras,
    "official: SavedModel to graph-model": partial(
        official_graph, control_flow_v2=False
    ),
    "official: the same, control_flow_v2": partial(
        official_graph, control_flow_v2=True
    ),
}


def models(keras: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Names and builders."""
    # no format here computes in less than float32
    cases = [case for case in CASES if case.expect != "precision"]
    first = {case.layer: case for case in reversed(cases)}
    chosen = [
        case for case in cases if first[case.layer] is case or case.layer == "wiring"
    ]
    small = [(case.id, lambda case=case: case.build(keras)) for case in chosen]
    big = [
        (
            name,
            lambda name=name: getattr(keras.applications, name)(
                weights=None, classifier_activation=None
            ),
        )
        for name in APPLICATIONS
    ]
    return [*small, *big]


def main() -> None:
    import keras

    import_converter()
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as scratch:
        everything = models(keras)
        for start in range(0, len(everything), CHUNK):
            results += convert_chunk(
                keras, everything[start : start + CHUNK], Path(scratch) / str(start)
            )
            shutil.rmtree(Path(scratch) / str(start))
    both = [
        {r.model for r in results if r.way == way and r.matches} for way in (*WAYS,)
    ]
    common = set.intersection(*(found for found in both if found))
    computing = len({r.model for r in results if not r.identity})
    rows = []
    for way in WAYS:
        own = [result for result in results if result.way == way]
        shared = [result for result in own if result.model in common]
        rows.append(
            [
                way,
                f"{sum(r.loads for r in own)} of {len(own)}",
                f"{sum(r.matches for r in own)}",
                f"{sum(r.matches for r in own if not r.identity)}",
                f"{sum(r.loads and not r.matches for r in own)}",
                (
                    f"{sum(r.seconds for r in shared):.1f}"
                    if any(r.matches for r in own)
                    else ""
                ),
                (
                    f"{sum(r.bytes for r in shared) / 1e6:.1f}"
                    if any(r.matches for r in own)
                    else ""
                ),
            ]
        )
    header = [
        "way",
        "load",
        "match",
        f"of the {computing} that compute",
        "load and differ",
        "CPU seconds",
        "MB",
    ]
    print_table(header, rows)
    print(
        f"CPU seconds and MB: sums over the {len(common)} models that match by every"
        " way that has any."
    )
    save_results("convert", summary(results))


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """All models, those that return their inputs and, for each way, those that failed,
    by their error.
    """
    models = dict.fromkeys(result.model for result in results)
    identities = dict.fromkeys(result.model for result in results if result.identity)
    failures: dict[str, dict[str, str]] = {way: {} for way in WAYS}
    for result in results:
        if not result.matches:
            errors = failures[result.way]
            error = result.error or "loads and differs"
            errors[error] = (
                f"{errors[error]} {result.model}" if error in errors else result.model
            )
    return {
        "models": " ".join(models),
        "identities": " ".join(identities),
        "failures": failures,
    }


def convert_chunk(
    keras: Any, chunk: Sequence[tuple[str, Callable[[], Any]]], scratch: Path
) -> list[Result]:
    results, jobs = [], []
    for number, (name, build) in enumerate(chunk):
        keras.backend.clear_session()
        model = randomise(build(), seed=number)
        sets = random_inputs(model, seed=number)
        expected = [predict(model, inputs) for inputs in sets]
        identity = all(
            returns_inputs(*pair) for pair in zip(sets, expected, strict=True)
        )
        for position, (way, convert) in enumerate(WAYS.items()):
            folder = scratch / f"{number}-{position}"
            result = Result(model=name, way=way, seconds=0.0, identity=identity)
            results.append(result)
            started = time.process_time()
            try:
                with quiet():
                    route, names = convert(model, folder)
            except Exception as error:
                # the official converter raises anything; that is what is counted
                result.error = f"{type(error).__name__}: {str(error)[:200]}"
                continue
            finally:
                result.seconds = time.process_time() - started
            result.bytes = sum(path.stat().st_size for path in folder.iterdir())
            cases = [
                JsCase(
                    id=f"{number}-{position}-{i}",
                    model=folder / "model.json",
                    route=route,
                    inputs=dict(zip(names, inputs.values(), strict=True)),
                )
                for i, inputs in enumerate(sets)
            ]
            jobs.append((result, cases, expected))
    flat = [case for _, cases, _ in jobs for case in cases]
    answers = {result.id: result for result in run_cases(flat, scratch / "run").results}
    for result, cases, expected in jobs:
        judge(result, [answers[case.id] for case in cases], expected)
    return results


def returns_inputs(inputs: Mapping[str, Array], outputs: Sequence[Array]) -> bool:
    given = list(inputs.values())
    return len(given) == len(outputs) and all(map(np.array_equal, given, outputs))


def judge(
    result: Result, answers: Sequence[JsResult], expected: Sequence[Sequence[Array]]
) -> None:
    result.error = (
        next((answer.error for answer in answers if answer.error is not None), "") or ""
    )
    result.loads = not result.error
    result.matches = result.loads and all(
        fits([values for _, values in answer.outputs], wanted)
        for answer, wanted in zip(answers, expected, strict=True)
    )


def fits(answers: Sequence[Array], expected: Sequence[Array]) -> bool:
    if len(answers) != len(expected):
        return False
    orders = itertools.permutations(answers) if len(answers) <= 4 else [answers]
    return any(
        all(compare("", e, a).passed for e, a in zip(expected, order, strict=True))
        for order in orders
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        yield


if __name__ == "__main__":
    main()
