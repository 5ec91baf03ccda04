"""Compare an ONNX or LiteRT file, whoever wrote it, with the Keras model that it was made from."""

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.checking.findings import Report
from pipeline.checking.matching import Match, add_answers, best_match
from pipeline.checking.places import Place, Problem
from pipeline.system.javascript import JsResult
from pipeline.system.progress import Progress
from pipeline.tfjs.formats.kinds import Kind
from pipeline.tfjs.formats.probing import first_layer
from pipeline.tfjs.formats.running import FileModel, RuntimeProblem, describe, run_file
from pipeline.tfjs.keras_model import as_functional
from pipeline.tfjs.parity.random_inputs import SAMPLES, random_inputs
from pipeline.tfjs.parity.reference import Inputs

Shape = tuple[int | None, ...]
MANY = 6  # inputs with too many orders to look at each: the runtime tells whether they fit
FILE_BYTES = 2**28  # as of any file that is fetched from an address


def check_file_model(place: Place, name: str, kind: Kind, report: Report, keras_model: Any, progress: Progress) -> None:
    """Run the file of this name in `place` on random inputs in its own runtime, and add what was found.

    Inputs and outputs belong to those of Keras by name where the names are the same, otherwise in the order in which
    the answers are right. ConfigError if the runtime is not installed.
    """
    where = place.describe(name)
    with tempfile.TemporaryDirectory(prefix="pipeline-check-") as work, as_functional(keras_model) as model:
        try:
            local = place.fetch(name, FILE_BYTES)
            size = local.stat().st_size
            progress(f"running {where} in {kind.runtime}")
            found = describe(kind, local, Path(work) / "open")
        except RuntimeProblem as problem:
            report.add(name, "files", "", [(where, f"is no file that {kind.runtime} can run: {problem}")])
            return
        except Problem as problem:
            report.add(name, "files", "", [(where, str(problem))])
            return
        report.add(name, "files", f"{size:,} bytes; no digests are recorded")
        ours = [tuple(tensor.shape) for tensor in model.inputs]
        if not _fit(found.shapes, ours):
            takes = f"takes inputs of the shapes {_text(found.shapes)}, but the Keras model {_text(ours)}"
            report.add(name, "model", "", [(where, takes)])
            return
        sets = random_inputs(model, samples=found.batch or SAMPLES)

        def run(cases: Sequence[tuple[tuple[str, ...], Inputs]]) -> list[JsResult]:
            return run_file(found, [named(names, inputs) for names, inputs in cases], Path(work) / "run")

        match = best_match(found, model, sets, run)
        facts = {"subject": name, "kind": f"{kind.title} file", "runtime": f"{kind.runtime} {kind.version}"}
        add_answers(report, where, model, found, match, layer=_blamed(found, model, match, sets, Path(work)), **facts)


def named(names: Sequence[str], inputs: Inputs) -> Inputs:
    """Keras' inputs under the names that they have in the file."""
    return dict(zip(names, inputs.values(), strict=True))


def _fit(theirs: Sequence[Shape], ours: Sequence[Shape]) -> bool:
    """Whether inputs of the shapes `ours` can be given to a file that takes `theirs`, in any order."""

    def same(one: Shape, other: Shape) -> bool:
        return len(one) == len(other) and all(a == b or None in (a, b) for a, b in zip(one, other, strict=True))

    if len(theirs) != len(ours) or len(ours) > MANY:
        return len(theirs) == len(ours)
    return any(all(map(same, theirs, order)) for order in itertools.permutations(ours))


def _text(shapes: Sequence[Shape]) -> str:
    return ", ".join(str(shape).replace("None", "any") for shape in shapes)


def _blamed(found: FileModel, model: Any, match: Match, sets: Sequence[Inputs], work: Path) -> str | None:
    if not match.checks or match.passed or found.rounding:
        return None
    return first_layer(found, model, match.inputs, sets, work / "probe")
