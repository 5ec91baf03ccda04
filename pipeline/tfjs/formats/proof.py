"""The third route from a Keras model:

an ONNX or LiteRT file, run in its own runtime and compared with Keras.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.system.javascript import JsRun
from pipeline.tfjs.formats.kinds import Kind
from pipeline.tfjs.formats.running import (
    FileModel,
    RuntimeProblem,
    describe,
    run_file,
    tensors_of,
)
from pipeline.tfjs.formats.writing import INSTEAD, refusal, write_file
from pipeline.tfjs.graph_model.converter import check_dtypes
from pipeline.tfjs.graph_model.rewrites import safe_name
from pipeline.tfjs.keras_model import input_names, name_pattern, output_names
from pipeline.tfjs.parity.divergence import first_wrong_layer
from pipeline.tfjs.parity.proof import Answers, judge
from pipeline.tfjs.parity.reference import (
    BATCH,
    Inputs,
    Reference,
    rows_are_independent,
)
from pipeline.tfjs.routes import CheckedExport, ExportRequest
from pipeline.tfjs.weights import Array


def export_file(request: ExportRequest, kind: Kind) -> CheckedExport:
    """Write and check the model as such a file, which is alone in its folder.

    Raises ConfigError if a package is missing, and ConversionError when Keras cannot
    write the model, the runtime not run it, or when it computes something else.
    """
    kind.require(to_write=True)
    model, folder = request.model, request.work / kind.name
    check_dtypes(model, kind.runtime)
    request.check()
    folder.mkdir()
    request.progress(f"writing the {kind.title} file through Keras")
    # LiteRT.js runs no file that takes any number of examples
    single = kind.name == "litert" and rows_are_independent(
        model, request.references[0].inputs
    )
    write_file(kind, model, folder / kind.file, single=single)
    request.progress(f"running it in {kind.runtime} on {request.sample_count} samples")
    try:
        found = describe(kind, folder / kind.file, request.work / "open")
    except RuntimeProblem as problem:
        raise refusal(kind, model, problem) from problem
    if len(found.inputs) != len(model.inputs):
        others = (
            f"the file takes {len(found.inputs)} inputs and Keras {len(model.inputs)}"
        )
        raise refusal(kind, model, RuntimeProblem(others))
    names = names_in_file(found, input_names(model))
    answers = run_references(
        found, names, request.references, output_names(model), request.work / "run"
    )
    if answers.error is not None:
        raise refusal(kind, model, RuntimeProblem(answers.error))
    if not answers.passed:
        request.progress("it differs; looking for the layer")
        sets = [one.inputs for one in request.references]
        raise _differs(
            request,
            kind,
            answers,
            first_layer(found, model, names, sets, request.work / "probe"),
        )
    return CheckedExport(
        route=kind.name,
        reason="asked for",
        folder=folder,
        checks=answers.checks,
        float32_checks=answers.checks,
        layer_differences={},
        graph=None,
        run=JsRun(
            node="", tfjs="", backend=f"{kind.runtime} {kind.version}", results=()
        ),
        notes=(),
        needs=found.needs,
    )


def names_in_file(found: FileModel, ours: Sequence[str]) -> tuple[str, ...]:
    """The names that Keras' inputs have in a file that we wrote."""
    safe = tuple(map(safe_name, ours))
    return safe if set(safe) == set(found.inputs) else found.inputs


def run_references(
    found: FileModel,
    names: Sequence[str],
    references: Sequence[Reference],
    outputs: Sequence[str],
    work: Path,
    limit: float | None = None,
) -> Answers:
    """Run the file on each set of inputs and compare it with Keras; its outputs are in
    Keras' order.
    """
    sets = [dict(zip(names, one.inputs.values(), strict=True)) for one in references]
    rows = [found.batch or (BATCH if one.separable else None) for one in references]
    return judge(outputs, references, run_file(found, sets, work, rows), limit=limit)


def first_layer(
    found: FileModel,
    model: Any,
    names: Sequence[str],
    sets: Sequence[Inputs],
    work: Path,
) -> str | None:
    """The layer of Keras from which on a file computes something else, by the names of
    the values inside.

    `names` are those of the inputs in the file, in the order of Keras'.
    """

    def receive(layers: Sequence[str], inputs: Inputs) -> Iterator[tuple[str, Array]]:
        patterns = {layer: name_pattern(layer) for layer in layers}
        for tensor, values in tensors_of(
            found, dict(zip(names, inputs.values(), strict=True)), work
        ):
            # one tensor can be several layers' output
            parts = [part.removesuffix(":0") for part in tensor.split(";")]
            of = [
                layer
                for layer, pattern in patterns.items()
                if any(map(pattern.fullmatch, parts))
            ]
            # ONNX has the channels first, where Keras has them last
            forms = (
                [values, np.moveaxis(values, 1, -1)] if values.ndim > 2 else [values]
            )
            yield from ((layer, form) for layer in of for form in forms)

    return first_wrong_layer(model, sets, found.batch, receive)


def _differs(
    request: ExportRequest, kind: Kind, answers: Answers, layer: str | None
) -> ConversionError:
    where = f"from layer {layer} on" if layer else "somewhere before its output"
    return ConversionError(
        f"'{request.model.name}' as {kind.title} file must compute what Keras does in"
        f" {kind.runtime}, but differs {where}. Received: {answers.wrong}. Nothing was"
        f" written. Next step: replace that layer, or {INSTEAD}."
    )
