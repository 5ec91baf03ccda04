"""The ways from a Keras model to a file, ours and the official ones, and the one judge
of all of them.

Ours prove a file before they write it. The judge does not take their word: it runs
every file in the format's own runtime, on inputs that no proof has seen and on the
first row alone, and compares with Keras. Names and orders that an exporter does not
keep are tried until one fits, so that only what is computed counts.
"""

import itertools
import json
import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pipeline import export_model
from pipeline.errors import PipelineError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.system.tensorflow import native_noise_captured
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.proof import names_in_file
from pipeline.tfjs.formats.running import RuntimeProblem, describe, run_file
from pipeline.tfjs.graph_model.converter import quiet
from pipeline.tfjs.keras_model import input_names, output_names, reason_of
from pipeline.tfjs.parity.proof import Answers, choose_backend, judge
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import Reference, reference
from pipeline.versions.manifest import MANIFEST_NAME
from tests.tfjs_cases.standing import OTHER_SEED, fed_names

Kind = Literal["exact", "refused", "does not run", "wrong", "crashed"]
MEANINGS: dict[Kind, str] = {
    "exact": "the file computes what Keras does",
    "refused": "an error, and no file",
    "does not run": "a file that its runtime cannot open or run",
    "wrong": "a file that runs and computes something else",
    "crashed": (
        "the process ended, took more than the time limit, or failed in a way that no"
        " export announces"
    ),
}
ORDERS = 4  # more inputs or outputs than these are not tried in other orders


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One model converted in one way."""

    model: str
    way: str
    kind: Kind
    # of processor time, to write the file, our proof included; other programs do not
    # change it
    seconds: float = 0.0
    bytes: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One model, with what Keras computes on the judge's inputs."""

    name: str
    model: Any
    references: Sequence[Reference]


Judge = Callable[[Subject, Path], Answers]
# (model, empty folder): writes the file, and returns what judges it
Write = Callable[[Any, Path], Judge]


def subject(name: str, model: Any) -> Subject:
    """The model with the judge's inputs; the first row of them alone, too, where the
    batch is free.
    """
    drawn = random_inputs(model, seed=OTHER_SEED)
    if all(tensor.shape[0] is None for tensor in model.inputs):
        drawn.append({name: values[:1] for name, values in drawn[0].items()})
    return Subject(
        name=name,
        model=model,
        references=[reference(model, inputs) for inputs in drawn],
    )


def convert(way: str, one: Subject, folder: Path) -> Outcome:
    """Convert the model in this way, and judge the file."""
    folder.mkdir(parents=True)
    outcome = Outcome(model=one.name, way=way, kind="refused")
    started = _processor_seconds()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            judged_by = WAYS[way](one.model, folder / "out")
    except PipelineError as error:
        return replace(
            outcome,
            seconds=_processor_seconds() - started,
            reason=_first_line(str(error)),
        )
    except Exception as error:  # the official exporters raise anything; ours must not
        kind: Kind = "crashed" if way.startswith("ours") else "refused"
        reason = f"{type(error).__name__}: {_first_line(reason_of(error))}"
        return replace(
            outcome, kind=kind, seconds=_processor_seconds() - started, reason=reason
        )
    seconds = _processor_seconds() - started
    outcome = replace(outcome, seconds=seconds, bytes=_size(folder / "out"))
    try:
        answers = judged_by(one, folder)
    except RuntimeProblem as problem:
        return replace(outcome, kind="does not run", reason=_first_line(str(problem)))
    except ValueError as error:  # more or fewer outputs than Keras has
        return replace(outcome, kind="wrong", reason=_first_line(str(error)))
    if answers.error is not None:
        return replace(outcome, kind="does not run", reason=_first_line(answers.error))
    return replace(
        outcome,
        kind="exact" if answers.passed else "wrong",
        reason=_difference(answers),
    )


def _processor_seconds() -> float:
    """Return the seconds of this process and of those of its runtimes that have ended."""
    return sum(os.times()[:4])


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:400]


def _size(out: Path) -> int:
    return sum(
        path.stat().st_size for path in out.iterdir() if path.name != MANIFEST_NAME
    )


def _difference(answers: Answers) -> str:
    """The worst output, "" where all are right."""
    wrong = [check for check in answers.checks if not check.passed]
    if not wrong:
        return ""
    return max(wrong, key=lambda check: check.max_abs_diff / check.limit).wrong


def _ours(model: Any, out: Path, *, wanted: Literal["auto", "onnx", "litert"]) -> Judge:
    report = export_model(model, out, format=wanted, bare=True)
    if wanted != "auto":
        return partial(_file_answers, wanted, report.model)
    fed = fed_names(report, input_names(model))
    return partial(
        _tfjs_answers,
        report.model,
        report.format,
        [fed[name] for name in input_names(model)],
    )


def _keras(model: Any, out: Path, *, wanted: Literal["onnx", "litert"]) -> Judge:
    """Keras' own exporter, with its own defaults."""
    out.mkdir()
    path = out / KINDS[wanted].file
    with native_noise_captured(), quiet():
        model.export(path, format=wanted, verbose=False)
    return partial(_file_answers, wanted, path)


def _official(model: Any, out: Path) -> Judge:
    from bench.convert import official_graph

    with native_noise_captured(), quiet():
        route, names = official_graph(model, out, control_flow_v2=True)
    return partial(_tfjs_answers, out / "model.json", route, names)


def _file_answers(name: str, path: Path, one: Subject, work: Path) -> Answers:
    """Run a file in its runtime, with its inputs in the order that fits best."""
    kind = KINDS[name]
    found = describe(kind, path, work / "open")
    ours = input_names(one.model)
    if len(found.inputs) != len(ours):
        raise RuntimeProblem(
            f"it takes {len(found.inputs)} inputs, and Keras {len(ours)}"
        )
    orders = dict.fromkeys([names_in_file(found, ours), *_orders(found.inputs)])
    names = tuple(output_names(one.model))

    def tried() -> Iterator[Answers]:
        for number, order in enumerate(orders):
            sets = [
                dict(zip(order, each.inputs.values(), strict=True))
                for each in one.references
            ]
            results = run_file(
                found, sets, work / f"run{number}", [found.batch] * len(sets)
            )
            if len(results[0].outputs) != len(names) and results[0].error is None:
                raise ValueError(
                    f"it has {len(results[0].outputs)} outputs, and Keras {len(names)}"
                )
            yield judge(names, one.references, results)

    return _best(tried())


def _tfjs_answers(
    path: Path, route: str, names: Sequence[str], one: Subject, work: Path
) -> Answers:
    """Run the model in stock TensorFlow.js, with the outputs in the order that fits
    best.

    A model whose results differ on WebAssembly also runs on the plain backend: some
    kernels of the former are wrong.
    """
    cases = [
        JsCase(
            id=str(number),
            model=path,
            route=route,
            inputs=dict(zip(names, each.inputs.values(), strict=True)),
            batch=each.batch,
        )
        for number, each in enumerate(one.references)
    ]

    def tried() -> Iterator[Answers]:
        for backend in dict.fromkeys((choose_backend(one.model), "cpu")):
            try:
                results = run_cases(cases, work / backend, backend=backend).results
            except PipelineError as error:  # the process was aborted
                yield Answers(outputs=(), checks=(), error=str(error))
                continue
            yield from _in_any_order(one, results)

    return _best(tried())


def _in_any_order(one: Subject, results: Sequence[JsResult]) -> Iterator[Answers]:
    names = tuple(output_names(one.model))
    for order in _orders(tuple(range(len(names)))):
        yield judge(names, one.references, results, order=order)


def _orders(items: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    return itertools.permutations(items) if len(items) <= ORDERS else iter((items,))


def _best(tried: Iterator[Answers]) -> Answers:
    """The first that passed; else the one that runs and is least wrong; else the first."""
    failed = []
    for answers in tried:
        if answers.passed:
            return answers
        failed.append(answers)
    return min(failed, key=lambda each: (each.error is not None, _worst(each)))


def _worst(answers: Answers) -> float:
    return max(
        (check.max_abs_diff / check.limit for check in answers.checks), default=math.inf
    )


WAYS: dict[str, Write] = {
    "ours, TensorFlow.js": partial(_ours, wanted="auto"),
    "official, SavedModel to graph-model": _official,
    "ours, ONNX": partial(_ours, wanted="onnx"),
    "Keras alone, ONNX": partial(_keras, wanted="onnx"),
    "ours, LiteRT": partial(_ours, wanted="litert"),
    "Keras alone, LiteRT": partial(_keras, wanted="litert"),
}


def as_line(outcome: Outcome) -> str:
    """The outcome as a line of JSON."""
    return json.dumps(vars(outcome), ensure_ascii=False)
