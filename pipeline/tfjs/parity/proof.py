"""Run exports in stock TensorFlow.js and compare their outputs with Keras'."""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import ConversionError, PipelineError
from pipeline.system.javascript import (
    Backend,
    JsCase,
    JsResult,
    JsRun,
    find_wasm,
    run_cases,
)
from pipeline.tfjs.parity.compare import OutputCheck, allow_rounding, compare
from pipeline.tfjs.parity.reference import Reference
from pipeline.tfjs.weights import Array

Route = Literal["layers", "graph"]
LayerCheck = tuple[str, str, OutputCheck]  # name, class and output of a layer

# beyond, the WebAssembly backend is used: TensorFlow.js's plain one takes minutes
BIG_PARAMETERS = 300_000


@dataclass(frozen=True, kw_only=True)
class Export:
    """A written model, and the names of its inputs and outputs."""

    id: str
    route: str  # a Route
    model: Path  # its model.json
    inputs: tuple[str, ...]  # names in TensorFlow.js, in the order of Keras' inputs
    outputs: tuple[str, ...]  # names in Keras, in its order
    # of a difference from Keras; None for what rounding explains
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Outputs of an export for all sets of inputs, one set after another."""

    outputs: tuple[Array, ...]
    checks: tuple[OutputCheck, ...]  # of each of the outputs, against Keras
    error: str | None

    @property
    def passed(self) -> bool:
        """True if it ran and every output was right."""
        return not self.wrong

    @property
    def wrong(self) -> str:
        """The error, or the first output that is not right, in words; "" if nothing is
        wrong.
        """
        return self.error or next(
            (check.wrong for check in self.checks if not check.passed), ""
        )

    @property
    def worst(self) -> float:
        """The largest difference from Keras."""
        return max((check.max_abs_diff for check in self.checks), default=0.0)


def run_exports(
    exports: Sequence[Export],
    references: Sequence[Reference],
    work: Path,
    backend: Backend,
) -> tuple[JsRun, list[Answers]]:
    """Run every export of a model on every set of inputs in one Node process, and
    compare with Keras.

    When something fails on WebAssembly, everything is run again on the plain backend,
    whose result counts: of the former's kernels some are missing, some wrong
    (MaxPooling3D), and some abort the process on small images. WebAssembly is judged by
    the first export, which has float32 weights where any has.
    """
    cases = [
        JsCase(
            id=f"{export.id}#{i}",
            route=export.route,
            model=export.model,
            inputs=dict(zip(export.inputs, one.inputs.values(), strict=True)),
            batch=one.batch,
        )
        for export in exports
        for i, one in enumerate(references)
    ]
    if backend == "wasm":
        with contextlib.suppress(PipelineError):
            run = run_cases(cases, work, backend="wasm")
            answers = _judge_all(exports, references, run)
            if answers[0].passed and all(answer.error is None for answer in answers):
                return run, answers
    run = run_cases(cases, work, backend="cpu")
    return run, _judge_all(exports, references, run)


def _judge_all(
    exports: Sequence[Export], references: Sequence[Reference], run: JsRun
) -> list[Answers]:
    def results(export: Export) -> list[JsResult]:
        return [run[f"{export.id}#{i}"] for i in range(len(references))]

    return [
        judge(
            export.outputs,
            references,
            results(export),
            by_name=export.route == "graph",
            limit=export.limit,
        )
        for export in exports
    ]


def judge(
    names: Sequence[str],
    references: Sequence[Reference],
    results: Sequence[JsResult],
    *,
    by_name: bool = False,
    order: Sequence[int] | None = None,
    limit: float | None = None,
    rounded: str | None = None,
) -> Answers:
    """Compare the results for each set of inputs with what Keras computed.

    Args:
        names: of Keras' outputs, in its order.
        references: the sets of inputs.
        results: for each set.
        by_name: find the outputs by their names, as in the signature of a graph.
        order: the positions in the export of Keras' outputs; by default the same.
        limit: as in `compare`. Without one it is, where need be, what rounding amounts
            to in this model.
        rounded: as in `compare`.
    """
    error = next((result.error for result in results if result.error is not None), None)
    outputs: list[Array] = []
    checks: list[OutputCheck] = []
    for result, one in zip(results, references, strict=True) if error is None else ():
        theirs = [name for name, _ in result.outputs]
        if by_name and len(names) > 1 and {*names} <= {*theirs}:
            order = [theirs.index(name) for name in names]
        elif len(theirs) != len(names):
            error = f"it has {len(theirs)} outputs, but the Keras model {len(names)}"
            return Answers(outputs=(), checks=(), error=error)
        received = [
            result.outputs[position][1] for position in order or range(len(names))
        ]
        outputs += received
        pairs = zip(names, one.answers, received, strict=True)
        found = [compare(*each, limit=limit, rounded=rounded) for each in pairs]
        off = not all(check.passed for check in found)
        if (
            off
            and limit is None
            and all(math.isfinite(check.max_abs_diff) for check in found)
        ):
            found = [
                allow_rounding(*each)
                for each in zip(found, one.answers, one.rounding, strict=True)
            ]
        checks += found
    return Answers(outputs=tuple(outputs), checks=tuple(checks), error=error)


def choose_backend(model: Any) -> Backend:
    """WebAssembly for big models where it is installed, else the plain backend."""
    return (
        "wasm"
        if model.count_params() > BIG_PARAMETERS and find_wasm() is not None
        else "cpu"
    )


def check_stored(
    export: Export, stored: Answers, dequantized: Answers
) -> tuple[OutputCheck, ...]:
    """Check that a model computes with its stored weights what it computes with the
    same weights as float32.

    That leaves rounding of the weights as the only difference from Keras. `dequantized`
    shows what it amounts to, so the limit for each output is that difference plus the
    limit for float32. Returns the checks of `stored` against Keras, with that limit.
    Raises ConversionError when an output differs from the dequantized model's by more
    than the limit for float32, or has values that are not finite where Keras' are.
    """
    checks = []
    for check, reference, values, wanted in zip(
        stored.checks,
        dequantized.checks,
        stored.outputs,
        dequantized.outputs,
        strict=True,
    ):
        same = compare(check.name, wanted, values)
        check = replace(check, limit=reference.max_abs_diff + same.limit)
        if not (same.passed and check.passed and math.isfinite(check.max_abs_diff)):
            raise ConversionError(
                f"As {export.id}, the model must compute what it does with its stored"
                f" weights decoded to float32. Received: output '{check.name}' differs"
                f" by {same.max_abs_diff:.3g} (limit {same.limit:.2g}) and from Keras"
                f" by {check.max_abs_diff:.3g} (limit {check.limit:.2g}). Nothing was"
                " written. Next step: use dtype='float32', and report this model."
            )
        checks.append(check)
    return tuple(checks)


def failure(
    model: Any, route: Route, answers: Answers, layer: LayerCheck | None
) -> ConversionError:
    """The error for an export that did not pass; `layer` is the first whose output
    differs.
    """
    other = "try format='graph', or " if route == "layers" else ""
    if answers.error is not None:
        return ConversionError(
            f"TensorFlow.js must be able to run '{model.name}' as a {route}-model."
            f" Received: {answers.error[:400]}. Nothing was written. Next step:"
            f" {other}replace the layer that the error names."
        )
    where = (
        f"from layer '{layer[0]}' ({layer[1]}) on"
        if layer
        else "somewhere before its output"
    )
    return ConversionError(
        f"'{model.name}' as a {route}-model must compute what Keras does, but differs"
        f" {where}. Received: {layer[2].wrong if layer else answers.wrong}. Nothing was"
        f" written. Next step: {other}replace that layer."
    )
