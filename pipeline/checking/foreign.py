"""Compare a model without a manifest, from any writer, with the Keras model that it was
made from.

That is a model.json of TensorFlow.js, or an ONNX or LiteRT file. Each runs in its own
runtime, on the user's samples or else on random inputs.
"""

import itertools
import math
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pipeline.checking.browser import Browser, Ran
from pipeline.checking.findings import Report
from pipeline.checking.folder import FILE_BYTES, Problem
from pipeline.checking.web import Place, read_json
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.system.progress import Progress
from pipeline.tfjs.formats.kinds import kind_of
from pipeline.tfjs.formats.proof import first_layer
from pipeline.tfjs.formats.running import FileModel, RuntimeProblem, describe, run_file
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.parity.proof import Answers, choose_backend, judge
from pipeline.tfjs.parity.random_inputs import SAMPLES, random_inputs
from pipeline.tfjs.parity.reference import Reference, reference, weak_notes
from pipeline.tfjs.parity.user_samples import read_samples
from pipeline.tfjs.strings.cut import without_strings
from pipeline.tfjs.subclassed import as_functional

MODEL_NAME = "model.json"
ROUNDED = ("uint8", "float16", "uint16")  # the coarsest first
# of a weight
_BYTES = {
    "float32": 4,
    "int32": 4,
    "uint16": 2,
    "float16": 2,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
}
MOST_AT_A_TIME = 4096  # examples
# s that Node.js may take, and times as long as Keras: a stranger's loop may never end
PATIENCE, SLOWER = (
    60.0,
    100.0,
)
ORDERS = 24  # of outputs that are tried where no name tells which is which


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A model.json, as far as running it takes."""

    path: Path  # on this disk
    document: Any
    route: Literal["layers", "graph"]
    inputs: tuple[str, ...]  # names in TensorFlow.js
    # of the inputs; None where any is allowed
    shapes: tuple[tuple[int | None, ...] | None, ...]
    batch: int | None  # the only number of examples that it takes; None for any
    # the coarsest dtype that its weights were rounded to; None if they are float32
    rounding: str | None


Candidate = FileModel | Topology
Names = tuple[str, ...]  # of the inputs in the export, in the order of Keras'
Shape = tuple[int | None, ...]


def check_foreign(
    place: Place,
    path: str,
    report: Report,
    keras_model: Any,
    samples: Any,
    browser: Browser | None,
    progress: Progress,
) -> None:
    """Run the model in a file of `place` on the samples, or else on random inputs, and
    add what was found.

    Inputs and outputs belong to those of Keras by name where the names are the same.
    Otherwise inputs are in Keras' order, and outputs in the order in which the answers
    are right. With `browser` it runs there.
    """
    progress(f"running {report.describe(path)}")
    with (
        tempfile.TemporaryDirectory(prefix="pipeline-check-") as folder,
        as_functional(keras_model) as whole,
        without_strings(whole) as (model, strings),
    ):
        work = Path(folder)
        try:
            found, size = _open(place, path, work)
        except Problem as problem:
            report.add(path, "files", "", [(path, str(problem))])
            return
        report.add(path, "files", f"{size:,} bytes; no digests are recorded")
        ours = [tuple(tensor.shape) for tensor in model.inputs]
        names = _input_names(found, model)
        if not _fit(found, names, ours):
            takes = (
                f"takes inputs of the shapes {_text(found.shapes)}, but the Keras model"
                f" {_text(ours)}"
            )
            report.add(path, "model", "", [(path, takes)])
            return
        sets = read_samples(whole, samples)
        sets = [strings.numbers_of(one) for one in sets] if strings else sets
        sets = sets or random_inputs(
            model, samples=SAMPLES if found.batch == 1 else found.batch or SAMPLES
        )
        started = time.monotonic()
        references = [reference(model, inputs) for inputs in sets]
        patience = PATIENCE + SLOWER * (time.monotonic() - started)
        try:
            results, ran = _run(found, names, references, work, browser, patience)
        except TimeoutError as error:
            report.add(path, "answers", "", [(path, f"has not answered: {error}")])
            return
        answers = _judge(found, output_names(model), references, results)
        notes = weak_notes(model, references)
        wrong, layer = answers.wrong[:400], None
        if (
            wrong
            and answers.checks
            and not found.rounding
            and isinstance(found, FileModel)
            and not browser
        ):
            layer = first_layer(found, model, names, sets, work / "probe")
    if isinstance(found, FileModel):
        kind, runtime = (
            f"{found.kind.title} file",
            f"{found.kind.runtime} {found.kind.version}",
        )
    else:
        kind, runtime = f"{found.route}-model", "TensorFlow.js"
    if ran:
        runtime, report.ran = str(ran), replace(ran, outputs=answers.checks)
    pairs = ", ".join(
        f"{ours} as {theirs}"
        for ours, theirs in zip(input_names(model), names, strict=True)
    )
    on, rows = (
        "random inputs" if samples is None else "the given samples",
        sum(one.rows for one in references),
    )
    agreement = min(
        (check.argmax_agreement for check in answers.checks if check.has_argmax),
        default=None,
    )
    agreed = "" if agreement is None else f", agreement {agreement:.2%}"
    close = f"within {answers.worst:.1e} of Keras{agreed} on {rows} samples"
    more = f", {ran.latency_ms:.3g} ms a call" if ran and ran.latency_ms else ""
    more += f"; its weights are rounded to {found.rounding}" if found.rounding else ""
    detail = (
        f"{kind} in {runtime}: {on} ({pairs}),"
        f" {close if answers.checks else 'no answer'}{more}"
    )
    detail += "".join(f"; note: {note}" for note in notes)
    blame = f"; the first layer that differs is {layer}" if layer else ""
    problems = (
        [(path, f"computes something else in {runtime}: {wrong}{blame}")]
        if wrong
        else ()
    )
    report.add(path, "answers", detail, problems)


def _open(place: Place, path: str, work: Path) -> tuple[Candidate, int]:
    """Open the model; also returns its bytes.

    Problem where it cannot be read or its runtime cannot open it.
    """
    kind = kind_of(path)
    if kind is not None:
        try:
            local = place.fetch(path, FILE_BYTES)
            return describe(kind, local, work / "open"), local.stat().st_size
        except RuntimeProblem as problem:
            raise Problem(
                f"is no file that {kind.runtime} can run: {problem}"
            ) from problem
    found = read_json(place, path, partial(_read_topology, place.fetch(path)))
    groups = found.document["weightsManifest"]
    try:
        room = sum(
            math.prod(weight["shape"])
            * _BYTES[(weight.get("quantization") or weight)["dtype"]]
            for group in groups
            for weight in group["weights"]
        )
        paths = [
            f"{path.removesuffix(MODEL_NAME)}{shard}"
            for group in groups
            for shard in group["paths"]
        ]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise Problem(
            f"has a weightsManifest that cannot be read ({error!r:.80})"
        ) from error
    shards = [place.fetch(shard, max(room, 1)) for shard in paths]
    if (total := sum(shard.stat().st_size for shard in shards)) != room:
        raise Problem(f"lists weights of {room:,} bytes, but its files have {total:,}")
    return found, total


def _fit(found: Candidate, names: Names, ours: Sequence[Shape]) -> bool:
    """Say whether these names take inputs of the shapes `ours`."""

    def same(one: Shape | None, other: Shape) -> bool:
        return one is None or (
            len(one) == len(other)
            and all(a == b or None in (a, b) for a, b in zip(one, other, strict=True))
        )

    shapes = dict(zip(found.inputs, found.shapes, strict=True))
    return len(names) == len(ours) and all(
        same(shapes[name], one) for name, one in zip(names, ours, strict=True)
    )


def _text(shapes: Sequence[Shape | None]) -> str:
    return ", ".join(str(shape).replace("None", "any") for shape in shapes)


def _input_names(found: Candidate, model: Any) -> Names:
    # TensorFlow numbers an operation's values
    named = {name.removesuffix(":0"): name for name in found.inputs}
    for ours in (input_names(model), [tensor.name for tensor in model.inputs]):
        if set(ours) == set(named):
            return tuple(named[name] for name in ours)
    return found.inputs


def _run(
    found: Candidate,
    names: Names,
    references: Sequence[Reference],
    work: Path,
    browser: Browser | None,
    patience: float,
) -> tuple[Sequence[JsResult], Ran | None]:
    """The results for each set of inputs; and of a browser, how it ran."""
    sets = [dict(zip(names, one.inputs.values(), strict=True)) for one in references]
    rows = [found.batch or one.batch for one in references]
    if isinstance(found, FileModel) and not browser:
        return run_file(found, sets, work / "run", rows), None
    route = found.route if isinstance(found, Topology) else found.kind.name
    cases = [
        JsCase(
            id=str(number),
            route=route,
            model=found.path,
            inputs=inputs,
            batch=rows[number],
        )
        for number, inputs in enumerate(sets)
    ]
    if browser:
        return browser.run(cases, found.batch or 1, work / "run")
    return (
        run_cases(
            cases, work, backend=choose_backend(references[0].model), patience=patience
        ).results,
        None,
    )


def _judge(
    found: Candidate,
    ours: Sequence[str],
    references: Sequence[Reference],
    results: Sequence[JsResult],
) -> Answers:
    """The answers with the first order of outputs in which all are right, otherwise the
    closest ones.
    """
    theirs = [name for name, _ in results[0].outputs]
    tried = []
    for order in itertools.islice(_output_orders(found, ours, theirs), ORDERS):
        tried.append(
            judge(ours, references, results, order=order, rounded=found.rounding)
        )
        if tried[-1].passed:
            return tried[-1]
    return min(tried, key=lambda one: math.inf if one.error else one.worst)


def _output_orders(
    found: Candidate, ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[Sequence[int]]:
    """Positions in the export of Keras' outputs."""
    if set(theirs) == set(ours):
        return iter([[theirs.index(name) for name in ours]])
    # in Keras' order; other converters reorder them
    if isinstance(found, Topology) and found.route == "layers":
        return iter([range(len(theirs))])
    return itertools.permutations(range(len(theirs)))


def _read_topology(path: Path, document: Any) -> Topology:
    """Read what is needed to run it; Problem where it is not what TensorFlow.js
    loads.
    """
    try:
        route: Literal["layers", "graph"] = (
            "graph" if "node" in document["modelTopology"] else "layers"
        )
        inputs = list(
            _graph_inputs(document) if route == "graph" else _layer_inputs(document)
        )
        stored = {
            weight["quantization"]["dtype"]
            for group in document["weightsManifest"]
            for weight in group["weights"]
            if weight.get("quantization")
        }
        rounding = next((dtype for dtype in ROUNDED if dtype in stored), None)
        sized = [
            None if shape is None else tuple(n if n and n > 0 else None for n in shape)
            for _, shape in inputs
        ]
        if not all(
            n is None or (isinstance(n, int) and n < 2**31)
            for shape in sized
            for n in shape or ()
        ):
            raise ValueError(f"no sizes: {sized}")
        batch = next((shape[0] for shape in sized if shape and shape[0]), None)
        if batch and batch > MOST_AT_A_TIME:
            raise ValueError(
                f"{batch:,} examples at a time; {MOST_AT_A_TIME:,} can be tried"
            )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Problem(
            f"is no model that TensorFlow.js loads ({type(error).__name__}:"
            f" {error!s:.80})"
        ) from error
    return Topology(
        path=path,
        document=document,
        route=route,
        inputs=tuple(name for name, _ in inputs),
        shapes=tuple(sized),
        batch=batch,
        rounding=rounding,
    )


def _layer_inputs(document: Any) -> Iterable[tuple[str, Sequence[int | None] | None]]:
    topology = document["modelTopology"]
    config = topology.get("model_config", topology)["config"]
    is_sequential = isinstance(config, list) or "input_layers" not in config
    layers = config if isinstance(config, list) else config["layers"]
    references = (
        [[layers[0]["config"]["name"]]] if is_sequential else config["input_layers"]
    )
    # Keras 3 writes a single reference without the list around it
    names = (
        [references[0]]
        if isinstance(references[0], str)
        else [reference[0] for reference in references]
    )
    by_name = {layer["config"]["name"]: layer["config"] for layer in layers}
    for name in names:
        config = by_name[name]
        yield name, config.get("batch_input_shape") or config.get("batch_shape")


def _graph_inputs(document: Any) -> Iterable[tuple[str, Sequence[int | None] | None]]:
    signature = (
        document.get("signature")
        or (document.get("userDefinedMetadata") or {}).get("signature")
        or {}
    )
    if signature.get("inputs"):
        for name, entry in signature["inputs"].items():
            sizes = entry.get("tensorShape", {}).get("dim")
            yield name, sizes and [int(one.get("size", -1)) for one in sizes]
        return
    for node in document["modelTopology"]["node"]:
        if node["op"] == "Placeholder":
            yield node["name"], None
