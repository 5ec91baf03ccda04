"""Compare a model without a manifest, whoever wrote it, with the Keras model that it was made from.

That is a model.json of TensorFlow.js, or an ONNX or LiteRT file. Each runs in its own runtime, on random inputs.
"""

import itertools
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.checking.findings import Report
from pipeline.checking.places import FILE_BYTES, Place, Problem, read_json
from pipeline.checking.topology import Topology, read_topology, with_layer_outputs
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.system.progress import Progress
from pipeline.tfjs.formats.kinds import kind_of
from pipeline.tfjs.formats.proof import first_layer
from pipeline.tfjs.formats.running import FileModel, RuntimeProblem, describe, run_file
from pipeline.tfjs.keras_model import as_functional, input_names, output_names
from pipeline.tfjs.parity.divergence import first_wrong_layer
from pipeline.tfjs.parity.proof import Answers, choose_backend, judge
from pipeline.tfjs.parity.random_inputs import SAMPLES, random_inputs
from pipeline.tfjs.parity.reference import BATCH, Inputs, Reference, reference
from pipeline.tfjs.weights import Array

MODEL_NAME = "model.json"
ORDERS = 24  # of inputs or outputs that are tried where no name tells which is which
MANY = 6  # inputs with too many orders to look at each: the runtime tells whether they fit

Candidate = FileModel | Topology
Names = tuple[str, ...]  # of the inputs in the export, in the order of Keras'
Shape = tuple[int | None, ...]


def check_foreign(place: Place, path: str, report: Report, keras_model: Any, progress: Progress) -> None:
    """Run the model in a file of `place` on random inputs, and add what was found.

    Inputs and outputs belong to those of Keras by name where the names are the same, otherwise in the order in which
    the answers are right.
    """
    progress(f"running {report.describe(path)}")
    with tempfile.TemporaryDirectory(prefix="pipeline-check-") as folder, as_functional(keras_model) as model:
        work = Path(folder)
        try:
            found, size = _open(place, path, work)
        except Problem as problem:
            report.add(path, "files", "", [(path, str(problem))])
            return
        report.add(path, "files", f"{size:,} bytes; no digests are recorded")
        ours = [tuple(tensor.shape) for tensor in model.inputs]
        if not _fit(found.shapes, ours):
            takes = f"takes inputs of the shapes {_text(found.shapes)}, but the Keras model {_text(ours)}"
            report.add(path, "model", "", [(path, takes)])
            return
        sets = random_inputs(model, samples=found.batch or SAMPLES)
        names, answers = _best_match(found, model, [reference(model, inputs) for inputs in sets], work)
        wrong, layer = answers.wrong[:400], None
        if wrong and answers.checks and not found.rounding:
            to_find = model, names, sets, work / "probe"
            layer = first_layer(found, *to_find) if isinstance(found, FileModel) else _first_layer(found, *to_find)
    if isinstance(found, FileModel):
        kind, runtime = f"{found.kind.title} file", f"{found.kind.runtime} {found.kind.version}"
    else:
        kind, runtime = f"{found.route}-model", "TensorFlow.js"
    pairs = ", ".join(f"{ours} as {theirs}" for ours, theirs in zip(input_names(model), names, strict=True))
    stored = f"; its weights are rounded to {found.rounding}" if found.rounding else ""
    detail = f"{kind}: random inputs ({pairs}), within {answers.worst:.1e} of Keras{stored}"
    blame = f"; the first layer that differs is {layer}" if layer else ""
    problems = [(path, f"computes something else in {runtime}: {wrong}{blame}")] if wrong else ()
    report.add(path, "answers", detail, problems)


def _open(place: Place, path: str, work: Path) -> tuple[Candidate, int]:
    """Open the model; also returns its bytes. Problem where it cannot be read or its runtime cannot open it."""
    kind = kind_of(path)
    if kind is not None:
        try:
            local = place.fetch(path, FILE_BYTES)
            return describe(kind, local, work / "open"), local.stat().st_size
        except RuntimeProblem as problem:
            raise Problem(f"is no file that {kind.runtime} can run: {problem}") from problem
    found = read_json(place, path, partial(read_topology, place.fetch(path)))
    groups = found.document["weightsManifest"]
    try:
        room = sum(
            math.prod(weight["shape"]) * np.dtype((weight.get("quantization") or weight)["dtype"]).itemsize
            for group in groups
            for weight in group["weights"]
        )
        paths = [f"{path.removesuffix(MODEL_NAME)}{shard}" for group in groups for shard in group["paths"]]
    except (LookupError, TypeError, ValueError) as error:
        raise Problem(f"has a weightsManifest that cannot be read ({error!r:.80})") from error
    shards = [place.fetch(shard, max(room, 1)) for shard in paths]
    if (total := sum(shard.stat().st_size for shard in shards)) != room:
        raise Problem(f"lists weights of {room:,} bytes, but its files have {total:,}")
    return found, total


def _fit(theirs: Sequence[Shape | None], ours: Sequence[Shape]) -> bool:
    """Whether inputs of the shapes `ours` can be given to a model that takes `theirs`, in any order."""

    def same(one: Shape | None, other: Shape) -> bool:
        return one is None or (
            len(one) == len(other) and all(a == b or None in (a, b) for a, b in zip(one, other, strict=True))
        )

    if len(theirs) != len(ours) or len(ours) > MANY:
        return len(theirs) == len(ours)
    return any(all(map(same, theirs, order)) for order in itertools.permutations(ours))


def _text(shapes: Sequence[Shape | None]) -> str:
    return ", ".join(str(shape).replace("None", "any") for shape in shapes)


def _best_match(found: Candidate, model: Any, references: Sequence[Reference], work: Path) -> tuple[Names, Answers]:
    """The first order of inputs and outputs with which everything is right, otherwise the closest one."""
    ours = output_names(model)
    orders = list(itertools.islice(_input_orders(found, model), ORDERS))
    sets = [dict(zip(names, one.inputs.values(), strict=True)) for names in orders for one in references]
    if isinstance(found, FileModel):
        results: Sequence[JsResult] = run_file(found, sets, work / "run")
    else:
        cases = [_case(found, found.path, inputs, str(number)) for number, inputs in enumerate(sets)]
        results = run_cases(cases, work, backend=choose_backend(model)).results
    tried = []
    for number, names in enumerate(orders):
        own = results[number * len(references) :][: len(references)]
        theirs = [name for name, _ in own[0].outputs]
        for order in itertools.islice(_output_orders(found, ours, theirs), ORDERS):
            answers = judge(ours, references, own, order=order, rounded=found.rounding)
            if answers.passed:
                return names, answers
            tried.append((names, answers))
    return min(tried, key=lambda one: math.inf if one[1].error else one[1].worst)


def _input_orders(found: Candidate, model: Any) -> Iterator[Names]:
    for ours in (input_names(model), [tensor.name for tensor in model.inputs]):
        if set(ours) == set(found.inputs):
            return iter([tuple(ours)])
    return iter([found.inputs]) if _keeps_order(found) else itertools.permutations(found.inputs)


def _output_orders(found: Candidate, ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Sequence[int]]:
    """Positions in the export of Keras' outputs."""
    if set(theirs) == set(ours):
        return iter([[theirs.index(name) for name in ours]])
    return iter([range(len(theirs))]) if _keeps_order(found) else itertools.permutations(range(len(theirs)))


def _keeps_order(found: Candidate) -> bool:
    """Whether inputs and outputs are in the order of Keras', as in layers-models; other converters reorder them."""
    return isinstance(found, Topology) and found.route == "layers"


def _case(found: Topology, path: Path, inputs: Inputs, case: str) -> JsCase:
    return JsCase(id=case, route=found.route, model=path, inputs=inputs, batch=found.batch or BATCH)


def _first_layer(found: Topology, model: Any, names: Names, sets: Sequence[Inputs], work: Path) -> str | None:
    """`first_wrong_layer` of a model.json."""

    def receive(layers: Sequence[str], inputs: Inputs) -> Iterator[tuple[str, Array]]:
        extended = with_layer_outputs(found, layers)
        if extended is None:
            return
        document, values = extended
        for group in document["weightsManifest"]:
            for shard in group["paths"]:
                (work / shard).parent.mkdir(parents=True, exist_ok=True)
                (work / shard).symlink_to((found.path.parent / shard).resolve())
        work.mkdir(exist_ok=True)
        (work / MODEL_NAME).write_text(json.dumps(document), encoding="utf-8")
        named = dict(zip(names, inputs.values(), strict=True))
        result = run_cases([_case(found, work / MODEL_NAME, named, "probe")], work / "run")["probe"]
        for number, (name, array) in enumerate(result.outputs if result.error is None else ()):
            yield values[int(name) if found.route == "graph" else number], array

    return first_wrong_layer(model, sets, found.batch, receive)
