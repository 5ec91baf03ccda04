"""Compare a TensorFlow.js model without a manifest, whoever exported it, with the Keras model that it was made from."""

import itertools
import json
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.checking.findings import Report
from pipeline.checking.places import Place, Problem, read_json
from pipeline.checking.topology import Topology, read_topology, with_layer_outputs
from pipeline.errors import ConfigError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.system.progress import Progress
from pipeline.tfjs.keras_model import as_functional, calls_in_order, functional_of, input_names, output_names
from pipeline.tfjs.parity.compare import OutputCheck, compare
from pipeline.tfjs.parity.divergence import PROBED_VALUES, probe_model, probed_values
from pipeline.tfjs.parity.proof import choose_backend
from pipeline.tfjs.parity.random_inputs import SAMPLES, random_inputs
from pipeline.tfjs.parity.reference import BATCH, Inputs, predict
from pipeline.tfjs.weights import Array

MODEL_NAME = "model.json"
ORDERS = 24  # of inputs or outputs that are tried where no name tells which is which
# How far an output may be off by the rounding of weights, relative to its largest value: the limits that hold for
# probabilities (`compare.LIMITS`). Float16 keeps 11 bits, eight times as many steps as uint8.
ROUNDED_LIMITS = {"float16": 1e-2, "uint16": 4e-4, "uint8": 9e-2}


@dataclass(frozen=True, kw_only=True)
class _Match:
    """One way in which the inputs and outputs can belong to Keras', and how close the outputs come then."""

    inputs: tuple[str, ...]  # names in TensorFlow.js, in the order of Keras' inputs
    checks: tuple[OutputCheck, ...]  # of all sets of inputs
    error: str | None = None

    @property
    def passed(self) -> bool:
        return self.error is None and all(check.passed for check in self.checks)


def check_plain_model(place: Place, folder: str, report: Report, keras_model: Any, progress: Progress) -> None:
    """Run the model.json in a folder of `place` on random inputs in stock TensorFlow.js, and add what was found.

    A layers- or graph-model, by any converter. Inputs and outputs belong to those of Keras by name where the names are
    the same, otherwise by shape, otherwise in the order in which the answers are right.
    """
    subject = folder or MODEL_NAME
    where = place.describe(f"{folder}/{MODEL_NAME}".lstrip("/"))
    try:
        document = read_json(place, f"{folder}/{MODEL_NAME}".lstrip("/"))
        topology = read_topology(document)
        local, size = _fetch_weights(place, folder, document)
    except Problem as problem:
        report.add(subject, "files", "", [(where, str(problem))])
        return
    report.add(subject, "files", f"{MODEL_NAME} and {size:,} bytes of weights; no digests are recorded")
    progress(f"running {where} in TensorFlow.js")
    with tempfile.TemporaryDirectory(prefix="pipeline-check-") as work, as_functional(keras_model) as model:
        if len(topology.inputs) != len(model.inputs):
            takes = f"has {len(topology.inputs)} inputs, but the Keras model {len(model.inputs)}"
            report.add(subject, "model", "", [(where, takes)])
            return
        sets = random_inputs(model, samples=topology.batch or SAMPLES)
        match = _best_match(topology, local, model, sets, Path(work))
        wrong = match.error or next((_difference(check) for check in match.checks if not check.passed), "")
        if match.checks and wrong and not topology.rounding:
            layer = _first_layer(topology, local, model, match, sets, Path(work))
            wrong += f"; the first layer that differs is {layer}" if layer else ""
        pairs = ", ".join(f"{ours} as {theirs}" for ours, theirs in zip(input_names(model), match.inputs, strict=True))
    worst = max((check.max_abs_diff for check in match.checks), default=0.0)
    stored = f"; its weights are rounded to {topology.rounding}" if topology.rounding else ""
    report.add(
        subject,
        "answers",
        f"{topology.route}-model: random inputs ({pairs}), within {worst:.1e} of Keras{stored}",
        [(where, f"computes something else in TensorFlow.js: {wrong[:400]}")] if wrong else (),
    )


def load_required(target: str, model: Path | None) -> Path:
    """The Keras file that such a model is compared with; ConfigError without one."""
    if model is None:
        raise ConfigError(
            f"A {MODEL_NAME} without a manifest records no answers to check. Received: {target}. Pass the Keras model "
            "that it was made from: --model FILE."
        )
    return model


def _fetch_weights(place: Place, folder: str, document: Any) -> tuple[Path, int]:
    """The local folder with model.json and all weights, and their bytes. Problem if one is missing or too short."""
    total, room = 0, _weight_bytes(document)
    for group in document["weightsManifest"]:
        for path in group["paths"]:
            total += place.fetch(f"{folder}/{path}".lstrip("/"), max(room, 1)).stat().st_size
    if total != room:
        raise Problem(f"lists weights of {room:,} bytes, but its files have {total:,}")
    return place.fetch(f"{folder}/{MODEL_NAME}".lstrip("/")).parent, total


def _weight_bytes(document: Any) -> int:
    try:
        return sum(
            math.prod(weight["shape"]) * np.dtype((weight.get("quantization") or weight)["dtype"]).itemsize
            for group in document["weightsManifest"]
            for weight in group["weights"]
        )
    except (LookupError, TypeError, ValueError) as error:
        raise Problem(f"has a weightsManifest that cannot be read ({error!r:.80})") from error


def _best_match(topology: Topology, local: Path, model: Any, sets: Sequence[Inputs], work: Path) -> _Match:
    """The first order of inputs and outputs with which everything is right, otherwise the closest one."""
    expected = [predict(model, inputs) for inputs in sets]
    orders = list(itertools.islice(_input_orders(topology, model), ORDERS))
    cases = [
        _case(topology, local / MODEL_NAME, names, inputs, f"{i}#{j}")
        for i, names in enumerate(orders)
        for j, inputs in enumerate(sets)
    ]
    run = run_cases(cases, work, backend=choose_backend(model))
    matches = []
    for i, names in enumerate(orders):
        results = [run[f"{i}#{j}"] for j in range(len(sets))]
        error = next((result.error for result in results if result.error), None)
        if error is not None:
            matches.append(_Match(inputs=names, checks=(), error=error))
            continue
        if (count := len(results[0].outputs)) != len(expected[0]):
            error = f"it has {count} outputs, but the Keras model {len(expected[0])}"
            return _Match(inputs=names, checks=(), error=error)
        matches += [
            _Match(inputs=names, checks=tuple(_judge(results, expected, order, topology.rounding)))
            for order in itertools.islice(_output_orders(topology, model, results[0]), ORDERS)
        ]
    return next((one for one in matches if one.passed), min(matches, key=_distance))


def _distance(match: _Match) -> float:
    return math.inf if match.error else max(check.max_abs_diff for check in match.checks)


def _case(topology: Topology, path: Path, names: Sequence[str], inputs: Inputs, case: str) -> JsCase:
    named = dict(zip(names, inputs.values(), strict=True))
    return JsCase(id=case, route=topology.route, model=path, inputs=named, batch=topology.batch or BATCH)


def _input_orders(topology: Topology, model: Any) -> Iterator[tuple[str, ...]]:
    """Names in TensorFlow.js in the order of Keras' inputs."""
    known, tensors = input_names(model), [tensor.name for tensor in model.inputs]
    for ours in (known, tensors):
        if set(ours) == set(topology.inputs):
            yield tuple(ours)
            return
    yield from itertools.permutations(topology.inputs) if topology.route == "graph" else [tuple(topology.inputs)]


def _output_orders(topology: Topology, model: Any, result: JsResult) -> Iterator[tuple[int, ...]]:
    """Positions in TensorFlow.js of Keras' outputs. A layers-model keeps their order, a graph-model need not."""
    names = [name for name, _ in result.outputs]
    if set(names) == set(output_names(model)):
        yield tuple(names.index(name) for name in output_names(model))
    elif topology.route == "layers":
        yield tuple(range(len(names)))
    else:
        yield from itertools.permutations(range(len(names)))


def _judge(
    results: Sequence[JsResult], expected: Sequence[Sequence[Array]], order: Sequence[int], rounding: str | None
) -> Iterator[OutputCheck]:
    for result, wanted in zip(results, expected, strict=True):
        for position, values in zip(order, wanted, strict=True):
            name, received = result.outputs[position]
            check = compare(name, values, received)
            if rounding:
                largest = float(np.abs(values.astype(np.float64)).max(initial=0.0))
                check = replace(check, limit=max(check.limit, ROUNDED_LIMITS[rounding] * largest))
            yield check


def _difference(check: OutputCheck) -> str:
    if check.shape != check.expected_shape:
        return f"output {check.name} has shape {check.shape} instead of {check.expected_shape}"
    return f"output {check.name} differs by {check.max_abs_diff:.3g}, limit {check.limit:.2g}"


def _first_layer(
    topology: Topology, local: Path, model: Any, match: _Match, sets: Sequence[Inputs], work: Path
) -> str | None:
    """The first layer of Keras whose output no value of its name in TensorFlow.js equals; None if names do not tell."""
    probe = probe_model(model) if hasattr(model, "inputs") else None
    rows = sum(len(next(iter(one.values()))) for one in sets)
    if probe is None or probed_values(model, rows) > PROBED_VALUES:
        return None
    whole, layers = probe
    extended = with_layer_outputs(topology, [name for name, _ in layers])
    if extended is None:
        return None
    document, values = extended
    one = {name: array[: topology.batch or 1] for name, array in sets[0].items()}
    path = _beside_weights(document, local, work / "probe")
    result = run_cases([_case(topology, path, match.inputs, one, "probe")], work / "probe-run")["probe"]
    if result.error is not None:
        return None
    received = [
        (values[int(name) if topology.route == "graph" else i], array) for i, (name, array) in enumerate(result.outputs)
    ]
    right: dict[str, bool] = {}
    for (name, _), wanted in zip(layers, predict(whole, one), strict=True):
        found = [array for layer, array in received if layer == name and array.shape == wanted.shape]
        if found:
            right[name] = any(compare(name, wanted, array).passed for array in found)
    readers = _readers(model)
    # A converter may compute two layers as one, as a normalization in the weights before it: then the second is right.
    wrong = (name for name, is_right in right.items() if not is_right and not any(map(right.get, readers[name])))
    first = next(wrong, None)
    return next((f"{name} ({kind})" for name, kind in layers if name == first), None)


def _readers(model: Any) -> Mapping[str, set[str]]:
    """The layers that read each layer's output, by name."""
    readers = defaultdict(set)
    for node in calls_in_order(functional_of(model)):
        for parent in node.parent_nodes:
            readers[parent.operation.name].add(node.operation.name)
    return readers


def _beside_weights(document: Any, local: Path, folder: Path) -> Path:
    """Write another model.json for the weights in the folder `local`, into a new folder."""
    for group in document["weightsManifest"]:
        for shard in group["paths"]:
            (folder / shard).parent.mkdir(parents=True, exist_ok=True)
            (folder / shard).symlink_to((local / shard).resolve())
    folder.mkdir(exist_ok=True)
    path = folder / MODEL_NAME
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
