"""The two routes from a Keras model to TensorFlow.js files that were run and checked,
and the choice between them.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.errors import ConversionError
from pipeline.system.javascript import JsRun
from pipeline.system.progress import Progress
from pipeline.tfjs.formats.kinds import FormatName
from pipeline.tfjs.graph_model.converter import convert_graph, write_graph_json
from pipeline.tfjs.graph_model.tracer import Loops
from pipeline.tfjs.keras_model import has_loops, input_names, output_names
from pipeline.tfjs.layers_model.graph import LayersGraph
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.compare import OutputCheck
from pipeline.tfjs.parity.divergence import PROBED_VALUES, compare_layers, probed_values
from pipeline.tfjs.parity.pixels import Range
from pipeline.tfjs.parity.proof import (
    Export,
    Route,
    check_stored,
    choose_backend,
    failure,
    run_exports,
)
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import (
    Reference,
    check_answers,
    reference,
    unvaried,
    weak_notes,
)
from pipeline.tfjs.parity.stored_weights import write_dequantized
from pipeline.tfjs.strings.layers import without
from pipeline.tfjs.weights import Array, Dtype, encode

Format = Literal["auto", "layers", "graph", "onnx", "litert"]
_HASHING = ("Hashing", "HashedCrossing")
_WASM_DIFFERS = (
    "TensorFlow.js's WebAssembly backend cannot run this model or differs from Keras on"
    " it; its plain CPU backend agrees. In the browser, use the webgl or cpu backend."
)


_FACTORS = (1.0, 0.1, 0.01)  # of further random inputs, where an output has not varied


def _scaled(inputs: Mapping[str, Array], factor: float) -> dict[str, Array]:
    return {
        name: (one * factor).astype(one.dtype) if one.dtype.kind == "f" else one
        for name, one in inputs.items()
    }


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """One export: the model, and what was asked for."""

    model: Any
    work: Path  # folder for everything that is written
    dtype: Dtype
    samples: Sequence[Mapping[str, Array]]  # the user's own
    span: Range | None = None  # of what images become, where it takes some
    metadata: Mapping[str, Any] | None
    progress: Progress

    @cached_property
    def references(self) -> list[Reference]:
        """All inputs to compare on, with what Keras computes."""
        sets = [
            *random_inputs(self.model, like=self.samples, span=self.span),
            *self.samples,
        ]
        found = [reference(self.model, inputs) for inputs in sets]
        for seed, factor in enumerate(_FACTORS, 1):  # a saturated output shows nothing
            if not any(unvaried(self.model, found).values()):
                break
            drawn = random_inputs(
                self.model, seed=seed, like=self.samples, span=self.span
            )
            found += [
                reference(self.model, _scaled(inputs, factor)) for inputs in drawn
            ]
        return found

    @property
    def sample_count(self) -> int:
        """Number of samples to compare on."""
        return sum(one.rows for one in self.references)

    def check(self) -> None:
        """Refuse what no route can store or prove:

        weights or answers that are not finite, or too large for float16.
        """
        for variable in self.model.weights:
            if str(variable.dtype).startswith("float"):
                encode(
                    variable.path,
                    np.asarray(variable),
                    "float16" if self.dtype == "float16" else "float32",
                )
        check_answers(self.model, self.references)
        constant = next(
            (
                name
                for name, always in unvaried(self.model, self.references).items()
                if always
            ),
            None,
        )
        if constant is not None:
            raise ConversionError(
                f"Output '{constant}' must depend on the inputs, or nothing proves that"
                " the export computes the same. Received: one answer to"
                f" {self.sample_count} samples. Next step: pass samples (--samples) on"
                " which its answers differ, or load its trained weights: a deep"
                " network without them has one answer to all."
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks about what the comparison cannot show."""
        return weak_notes(self.model, self.references)


@dataclass(frozen=True, kw_only=True)
class CheckedExport:
    """An export in the work folder that passed its checks."""

    route: Route | FormatName
    reason: str
    folder: Path
    checks: tuple[OutputCheck, ...]  # of the files that were asked for
    float32_checks: tuple[OutputCheck, ...]  # of the same files with float32 weights
    # the largest by layer, where layers were compared
    layer_differences: Mapping[str, float]
    graph: LayersGraph | None  # None for anything but a layers-model
    run: JsRun
    notes: tuple[str, ...]
    needs: str | None = None  # as in `records.ExportedFormat`


def export_by_route(request: ExportRequest, wanted: Format) -> CheckedExport:
    """Write and check the model in the wanted format: with "auto" as layers, or as a
    graph where that is not exact.

    Raises ConversionError when that format cannot represent the model exactly, or its
    files failed a check.
    """
    request.check()
    for layer in request.model._flatten_layers():
        if type(layer).__name__ in _HASHING:  # of strings, it was cut off
            raise ConversionError(
                f"Layer '{layer.name}' ({type(layer).__name__}) hashes numbers, which"
                f" TensorFlow.js cannot. Received: num_bins={layer.num_bins}. Next"
                f" step: {without(layer)}."
            )
    if wanted == "layers":
        return _as_layers(request, "asked for")
    if wanted == "graph":
        return _as_graph(request, "asked for")
    try:
        return _as_layers(request, "stock layers compute exactly what Keras does")
    except ConversionError as refusal:
        request.progress(f"not as a layers-model: {_cause(refusal)}")
        try:
            advice = (
                step := _step(refusal)
            ) and f" For a layers-model, {step}"  # what the refusal names first is done
            return _as_graph(
                request, f"not possible as a layers-model: {_cause(refusal)}{advice}"
            )
        except ConversionError as error:
            raise neither(refusal, error) from error


def neither(layers: ConversionError, graph: ConversionError) -> ConversionError:
    """The refusal of both routes.

    The next step is that of the graph, which decides: it can do more than layers can.
    """
    step = (
        _step(graph, layers)
        or "compute that part by other layers or operations, or outside of the model."
    )
    return ConversionError(
        "The model can be exported neither as a layers-model nor as a graph-model.\n "
        f" As layers: {_cause(layers)}\n  As a graph: {_cause(graph)}\nNext step:"
        f" {step}"
    )


def _cause(error: ConversionError) -> str:
    return str(error).partition(" Next step:")[0]


def _step(*errors: ConversionError) -> str:
    """The first next step that is more than to try the other format, and if possible
    than to replace a layer; or "".

    After a package to install, the one that does without it is named, too.
    """
    steps = (str(error).partition("Next step: ")[2] for error in errors)
    own = [
        re.sub(r"^(use|try) format='\w+'( \(or 'auto'\))?(, or | and |\.)", "", step)
        for step in steps
    ]
    own = sorted(
        filter(None, own),
        key=lambda step: step.startswith(("replace ", "compute that part")),
    )
    return ", or ".join(own[: 2 if own and own[0].startswith("pip ") else 1])


def _as_layers(request: ExportRequest, reason: str) -> CheckedExport:
    request.progress("writing the layers-model")
    graph, work = trace_model(request.model), request.work / "layers"
    exports = _write(
        request,
        "layers",
        work,
        graph.input_names,
        partial(write_layers_json, graph, request.model),
    )
    return _check(request, "layers", work, exports, reason, graph=graph)


def _as_graph(
    request: ExportRequest, reason: str, loops: Loops = "unroll"
) -> CheckedExport:
    request.progress("writing the graph-model through the official converter")
    try:
        graph = convert_graph(request.model, loops=loops)
        work = request.work / f"graph-{loops}"
        exports = _write(
            request,
            "graph",
            work,
            input_names(request.model),
            partial(write_graph_json, graph),
        )
        del graph  # which holds all weights, as TensorFlow.js will
        return _check(request, "graph", work, exports, reason, loops=loops)
    except ConversionError as error:
        if loops == "while" or not has_loops(request.model):
            raise
        request.progress(
            f"not with unrolled loops ({_cause(error)}); keeping them as loops"
        )
    return _as_graph(request, reason, "while")


def _check(
    request: ExportRequest,
    route: Route,
    work: Path,
    exports: Sequence[Export],
    reason: str,
    *,
    graph: LayersGraph | None = None,
    loops: Loops = "unroll",
) -> CheckedExport:
    """Run the files: with float32 weights they must compute what Keras does, and with
    the weights as they are stored what the same weights compute as float32.
    """
    model, references = request.model, request.references
    request.progress(f"running it in TensorFlow.js on {request.sample_count} samples")
    backend = choose_backend(model)
    run, (exact, *others) = run_exports(exports, references, work / "run", backend)
    if exact.error is not None:
        raise failure(model, route, exact, None)
    if not exact.passed:
        request.progress("it differs; looking for the layer")
        small = [
            {name: values[:1] for name, values in one.inputs.items()}
            for one in references
        ]
        layers = compare_layers(model, route, small, work, loops)
        raise failure(
            model,
            route,
            exact,
            next((one for one in layers if not one[2].passed), None),
        )
    for answer in others:
        if answer.error is not None:
            raise failure(model, route, answer, None)
    differences: dict[str, float] = {}
    if (
        graph is not None
        and probed_values(model, request.sample_count) <= PROBED_VALUES
    ):
        request.progress("comparing every layer")
        layers = compare_layers(model, route, [one.inputs for one in references], work)
        # they can differ although the outputs do not, where differences cancel or
        # saturate
        for one in layers:
            name, _, check = one
            if not check.passed:
                raise failure(model, route, exact, one)
            differences[name] = max(differences.get(name, 0.0), check.max_abs_diff)
    return CheckedExport(
        route=route,
        reason=reason,
        folder=work / request.dtype,
        checks=check_stored(exports[1], *others) if others else exact.checks,
        float32_checks=exact.checks,
        layer_differences=differences,
        graph=graph,
        run=run,
        notes=(_WASM_DIFFERS,) if run.backend != backend else (),
    )


def _write(
    request: ExportRequest,
    route: Route,
    work: Path,
    inputs: Sequence[str],
    write: Callable[..., None],
) -> list[Export]:
    """Write the model with float32 weights and, for another dtype, as asked and with
    the rounded weights as float32.

    `inputs` are names in TensorFlow.js, in the order of Keras' inputs; `write` takes
    (folder, *, dtype, metadata).
    """
    outputs = tuple(output_names(request.model))

    def export(folder: str) -> Export:
        # `check_stored` has that of rounded weights
        limit = None if folder == "float32" else math.inf
        model = work / folder / "model.json"
        return Export(
            id=folder,
            route=route,
            model=model,
            inputs=tuple(inputs),
            outputs=outputs,
            limit=limit,
        )

    write(work / "float32", dtype="float32", metadata=request.metadata)
    if request.dtype == "float32":
        return [export("float32")]
    write(work / request.dtype, dtype=request.dtype, metadata=request.metadata)
    write_dequantized(work / request.dtype, work / "float32", work / "dequantized")
    return [export("float32"), export(request.dtype), export("dequantized")]
