"""Run checked versions again:

the recorded answers in stock TensorFlow.js, and on request Keras itself.
"""

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.checking.findings import Report
from pipeline.checking.folder import JSON_LIMIT, Problem, unpacked
from pipeline.checking.models import CheckedVersion
from pipeline.errors import ConfigError, ConversionError, PipelineError
from pipeline.preprocessing.apply import prepare_images
from pipeline.system.javascript import Backend, find_wasm
from pipeline.system.json_records import from_json
from pipeline.system.outside import parse_json
from pipeline.system.progress import Progress
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.proof import names_in_file, run_references
from pipeline.tfjs.formats.running import RuntimeProblem, describe
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.load_keras import load_keras_file
from pipeline.tfjs.parity.compare import LIMITS, LIMITS_OF_OTHERS, compare
from pipeline.tfjs.parity.proof import Answers, Export, choose_backend, run_exports
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import Reference, predict, reference
from pipeline.tfjs.strings.cut import without_strings
from pipeline.tfjs.strings.proof import first, prove_strings, trial_strings
from pipeline.tfjs.subclassed import as_functional
from pipeline.tfjs.weights import Array
from pipeline.versions.images import Reference as RecordedImages
from pipeline.versions.manifest import MANIFEST_NAME, Manifest


def run_versions(
    versions: list[CheckedVersion],
    report: Report,
    *,
    model: Path | None,
    progress: Progress,
) -> None:
    """Compute every format of the versions again, and add the findings to the report.

    The inputs are the reference images of a version, with the answers that it records,
    or else random ones. Damaged versions are left out, as their problems are known. A
    Keras file `model` is compared with one version.

    Raises ConfigError if there are several versions for one model, and DataError if the
    model file cannot be read.
    """
    keras_model = None
    if model is not None:
        if len(versions) != 1:
            names = ", ".join(version.manifest.name for version in versions) or "none"
            raise ConfigError(
                f"--model goes with one version. Received: {names}. Pass the folder of"
                " one of them."
            )
        keras_model = load(model, progress)
    for version in versions:
        if not version.intact:
            continue
        progress(f"running {version.manifest.name} {version.manifest.version}")
        with tempfile.TemporaryDirectory(prefix="pipeline-check-") as work:
            _run(version, keras_model, report, Path(work))


def load(path: Path, progress: Progress) -> Any:
    """The Keras model in a file, to compare with. DataError if it cannot be read."""
    progress(f"reading {path}")
    start_tensorflow("cpu")
    return load_keras_file(path)


def _run(version: CheckedVersion, keras_model: Any, report: Report, work: Path) -> None:
    """Compute one version again:

    on its reference images if it has any, else on random inputs.
    """
    manifest = version.manifest
    subject, of = f"{manifest.name} {manifest.version}", "Keras"
    usual = LIMITS_OF_OTHERS if manifest.origin else LIMITS
    limits: dict[str, float | None] = {
        fmt.id: usual.get(fmt.dtype, 0.0) for fmt in manifest.formats
    }
    if "reference" in manifest.files and manifest.preprocess:
        try:
            images, recorded = _recorded(version.local, manifest)
            inputs = {manifest.input_name: images}
        except (Problem, ValueError, LookupError, TypeError, PipelineError) as error:
            wrong = f"has reference images that cannot be used ({error})"
            report.add(subject, "answers", "", [(version.folder, wrong)])
            return
        expected = recorded
        if keras_model is None:
            of = "the recorded answers"
        else:
            [expected] = predict(keras_model, inputs)
            wrong = compare(
                "probabilities", expected, recorded, limit=usual["float32"]
            ).wrong
            found = (
                [
                    (
                        version.folder,
                        f"records other answers than those of this model: {wrong}",
                    )
                ]
                if wrong
                else ()
            )
            report.add(
                subject, "model", "the Keras model gives the recorded answers", found
            )
        references = [
            Reference(
                model=keras_model, inputs=inputs, answers=[expected], separable=True
            )
        ]
        backend: Backend = (
            "wasm" if images.ndim > 2 and find_wasm() is not None else "cpu"
        )
        answers = _answers(
            version, references, ["probabilities"], limits, backend, work
        )
        on = f"{len(images)} images"
    elif keras_model is None:
        report.add(
            subject, "answers", "none are recorded; compare with Keras: --model FILE"
        )
        return
    else:
        with (
            as_functional(keras_model) as whole,
            without_strings(whole) as (model, strings),
        ):
            names = [spec.name for spec in manifest.inputs]
            if names != input_names(whole):
                other = (
                    f"takes {', '.join(names)}, but the Keras model"
                    f" {', '.join(input_names(whole))}"
                )
                other += "; if only the names differ, check its model.json alone"
                report.add(subject, "model", "", [(version.folder, other)])
                return
            for fmt in manifest.formats:
                # The cost of rounding the weights was measured on the same inputs when
                # the model was exported.
                checks = (
                    manifest.verification.checks
                    if manifest.verification and fmt.dtype != "float32"
                    else ()
                )
                limits[fmt.id] = max(
                    (check.limit for check in checks if check.format == fmt.id),
                    default=None,
                )
            trials = trial_strings(strings) if strings else {}
            sets = (
                [strings.numbers_of(first(trials))] if strings else random_inputs(model)
            )
            references = [reference(model, inputs) for inputs in sets]
            answers = _answers(
                version,
                references,
                output_names(model),
                limits,
                choose_backend(model),
                work,
            )
            if strings:
                limit = max(
                    (limit for limit in limits.values() if limit is not None),
                    default=None,
                )
                note, problems = "", []
                try:
                    note = prove_strings(
                        strings,
                        version.local / MANIFEST_NAME,
                        [trials],
                        work / "strings",
                        limit,
                    )
                except ConversionError as error:
                    wrong = str(error).partition(" Nothing was written.")[0]
                    problems = [
                        (
                            version.folder,
                            f"computes something else from strings: {wrong}",
                        )
                    ]
                report.add(subject, "strings", note, problems)
        on = "random texts" if strings else "random inputs"
    for fmt in manifest.formats:
        answer = answers[fmt.id]
        runtime = KINDS[fmt.route].runtime if fmt.route in KINDS else "TensorFlow.js"
        wrong = f"computes something else in {runtime}: {answer.wrong[:300]}"
        problems = [] if answer.passed else [(f"{version.folder}/{fmt.path}", wrong)]
        report.add(
            subject,
            "answers",
            f"{fmt.id}: {on}, within {answer.worst:.1e} of {of}",
            problems,
        )


def _answers(
    version: CheckedVersion,
    references: Sequence[Reference],
    outputs: Sequence[str],
    limits: Mapping[str, float | None],
    backend: Backend,
    work: Path,
) -> dict[str, Answers]:
    """Run each format on the inputs; answers by its id."""
    names, answers = tuple(references[0].inputs), {}
    exports = []
    for fmt in version.manifest.formats:
        file, limit = version.local / fmt.path, limits[fmt.id]
        if fmt.route not in KINDS:
            export = Export(
                id=fmt.id,
                route=fmt.route,
                model=file,
                inputs=names,
                outputs=tuple(outputs),
                limit=limit,
            )
            exports.append(export)
            continue
        try:
            found = describe(KINDS[fmt.route], file, work / fmt.id)
            known = names_in_file(found, names)
            answers[fmt.id] = run_references(
                found, known, references, outputs, work / fmt.id, limit
            )
        except RuntimeProblem as problem:
            answers[fmt.id] = Answers(outputs=(), checks=(), error=str(problem))
    if exports:
        _, results = run_exports(exports, references, work / "run", backend)
        answers |= {
            export.id: result for export, result in zip(exports, results, strict=True)
        }
    return answers


def _recorded(folder: Path, manifest: Manifest) -> tuple[Array, Array]:
    """The model's input for the reference images, and Keras' answers to them."""
    content = (folder / manifest.files["reference"].path).read_bytes()
    if len(content) > JSON_LIMIT:
        raise ValueError(f"{len(content):,} bytes")
    recorded = from_json(RecordedImages, parse_json(content), ignore_unknown=True)
    shape: tuple[int, ...] = (len(recorded.images), recorded.height, recorded.width)
    if manifest.image and manifest.image.channels > 1:
        shape += (manifest.image.channels,)
    size = math.prod(shape)
    if min(shape) < 1 or size > 3 * JSON_LIMIT:
        raise ValueError(f"{shape[0]} images of {shape[1]} × {shape[2]} pixels")
    packed = (folder / manifest.files["reference_images"].path).read_bytes()
    images = np.frombuffer(unpacked(packed, "gzip", size), np.uint8).reshape(shape)
    answers = np.array([answer.probabilities for answer in recorded.images], np.float32)
    return (
        prepare_images(
            images, manifest.preprocess.image if manifest.preprocess else ()
        ),
        answers,
    )
