"""Which inputs and outputs of an export belong to which of Keras', and whether it then computes the same."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.checking.findings import Report
from pipeline.checking.topology import Topology
from pipeline.system.javascript import JsResult
from pipeline.tfjs.formats.running import FileModel
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.parity.compare import OutputCheck, compare
from pipeline.tfjs.parity.reference import Inputs, predict
from pipeline.tfjs.weights import Array

ORDERS = 24  # of inputs or outputs that are tried where no name tells which is which
# How far an output may be off by the rounding of weights, relative to its largest value: the limits that hold for
# probabilities (`compare.LIMITS`). Float16 keeps 11 bits, eight times as many steps as uint8.
ROUNDED_LIMITS = {"float16": 1e-2, "uint16": 4e-4, "uint8": 9e-2}


Candidate = FileModel | Topology
# Runs an export on sets of inputs, each with its names in the export.
Run = Callable[[Sequence[tuple[tuple[str, ...], Inputs]]], Sequence[JsResult]]


@dataclass(frozen=True, kw_only=True)
class Match:
    """One way in which the inputs and outputs can belong to Keras', and how close the outputs come then."""

    inputs: tuple[str, ...]  # names in the export, in the order of Keras' inputs
    checks: tuple[OutputCheck, ...]  # of all sets of inputs
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether it ran and every output was right."""
        return self.error is None and all(check.passed for check in self.checks)

    @property
    def wrong(self) -> str:
        """What is wrong, in words; "" if nothing is."""
        return self.error or next((_difference(check) for check in self.checks if not check.passed), "")


def best_match(candidate: Candidate, model: Any, sets: Sequence[Inputs], run: Run) -> Match:
    """The first order of inputs and outputs with which everything is right, otherwise the closest one."""
    expected = [predict(model, inputs) for inputs in sets]
    orders = list(itertools.islice(_input_orders(candidate, model), ORDERS))
    answers = iter(run([(names, inputs) for names in orders for inputs in sets]))
    matches = []
    for names in orders:
        results = [next(answers) for _ in sets]
        error = next((result.error for result in results if result.error), None)
        if error is not None:
            matches.append(Match(inputs=names, checks=(), error=error))
            continue
        if (count := len(results[0].outputs)) != len(expected[0]):
            error = f"it has {count} outputs, but the Keras model {len(expected[0])}"
            return Match(inputs=names, checks=(), error=error)
        matches += [
            Match(inputs=names, checks=tuple(_judge(results, expected, order, candidate.rounding)))
            for order in itertools.islice(_output_orders(candidate, model, results[0]), ORDERS)
        ]
    return next((one for one in matches if one.passed), min(matches, key=_distance))


def add_answers(
    report: Report,
    where: str,
    model: Any,
    candidate: Candidate,
    match: Match,
    *,
    subject: str,
    kind: str,
    runtime: str,
    layer: str | None,
) -> None:
    """Add how close an export of a kind comes to Keras, what was taken for which input, and the layer to blame."""
    pairs = ", ".join(f"{ours} as {theirs}" for ours, theirs in zip(input_names(model), match.inputs, strict=True))
    worst = max((check.max_abs_diff for check in match.checks), default=0.0)
    stored = f"; its weights are rounded to {candidate.rounding}" if candidate.rounding else ""
    wrong = match.wrong[:400] + (f"; the first layer that differs is {layer}" if layer else "")
    report.add(
        subject,
        "answers",
        f"{kind}: random inputs ({pairs}), within {worst:.1e} of Keras{stored}",
        [(where, f"computes something else in {runtime}: {wrong}")] if wrong else (),
    )


def _distance(match: Match) -> float:
    return math.inf if match.error else max(check.max_abs_diff for check in match.checks)


def _input_orders(candidate: Candidate, model: Any) -> Iterator[tuple[str, ...]]:
    """Names in the export in the order of Keras' inputs."""
    known, tensors = input_names(model), [tensor.name for tensor in model.inputs]
    for ours in (known, tensors):
        if set(ours) == set(candidate.inputs):
            yield tuple(ours)
            return
    yield from [candidate.inputs] if candidate.keeps_order else itertools.permutations(candidate.inputs)


def _output_orders(candidate: Candidate, model: Any, result: JsResult) -> Iterator[tuple[int, ...]]:
    """Positions in the export of Keras' outputs. A layers-model keeps their order, others need not."""
    names = [name for name, _ in result.outputs]
    if set(names) == set(output_names(model)):
        yield tuple(names.index(name) for name in output_names(model))
    elif candidate.keeps_order:
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
