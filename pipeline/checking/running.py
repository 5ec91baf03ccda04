"""Run checked versions again: the recorded answers in stock TensorFlow.js, and on request Keras itself."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.checking.findings import Problems, Report
from pipeline.checking.places import JSON_LIMIT, Place, Problem, unpacked
from pipeline.checking.version import CheckedVersion
from pipeline.errors import ConfigError, PipelineError
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import ExportedFormat
from pipeline.system.javascript import JsCase, find_wasm, run_cases
from pipeline.system.json_records import from_json
from pipeline.system.outside import parse_json
from pipeline.system.progress import Progress
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.proof import names_in_file, run_references, run_single
from pipeline.tfjs.formats.running import RuntimeProblem, describe
from pipeline.tfjs.keras_model import as_functional, input_names, output_names
from pipeline.tfjs.load_keras import load_keras_file
from pipeline.tfjs.parity.compare import LIMITS
from pipeline.tfjs.parity.proof import Answers, Export, choose_backend, run_exports
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import Reference, predict, reference
from pipeline.versions.manifest import InputSpec, Manifest

Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class _Answer:
    probabilities: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Recorded:
    """reference.json, see versions/test_images.py."""

    height: int
    width: int
    images: tuple[_Answer, ...]


def run_versions(
    place: Place, versions: list[CheckedVersion], report: Report, *, model: Path | None, progress: Progress
) -> None:
    """Compute every format of the versions again, and add the findings to the report.

    The inputs are the reference images of a version, with the answers that it records, or else random ones.

    Args:
        place: where the versions are.
        versions: those to run; damaged ones are left out, as their problems are known.
        report: gets the findings.
        model: a Keras model file to compare with; then there must be one version.
        progress: called before what takes long.

    Raises ConfigError if there are several versions for one model, and DataError if the model file cannot be read.
    """
    keras_model = None
    if model is not None:
        if len(versions) != 1:
            names = ", ".join(version.manifest.name for version in versions) or "none"
            raise ConfigError(f"--model goes with one version. Received: {names}. Pass the folder of one of them.")
        keras_model = load(model, progress)
    for version in versions:
        if not version.intact:
            continue
        manifest = version.manifest
        progress(f"running {manifest.name} {manifest.version}")
        with tempfile.TemporaryDirectory(prefix="pipeline-check-") as work:
            if "reference" in manifest.files and manifest.preprocess:
                _run_recorded(place, version, keras_model, report, Path(work))
            elif keras_model is not None:
                _run_random(place, version, keras_model, report, Path(work))
            else:
                report.add(_subject(manifest), "answers", "none are recorded; compare with Keras: --model FILE")


def load(path: Path, progress: Progress) -> Any:
    """The Keras model in a file, to compare with. DataError if it cannot be read."""
    progress(f"reading {path}")
    start_tensorflow("cpu")
    return load_keras_file(path)


def _run_recorded(place: Place, version: CheckedVersion, keras_model: Any, report: Report, work: Path) -> None:
    manifest, where = version.manifest, place.describe(version.folder)
    try:
        inputs, recorded = _recorded(version.local, manifest)
    except (Problem, ValueError, LookupError, TypeError, PipelineError) as error:
        report.add(_subject(manifest), "answers", "", [(where, f"has reference images that cannot be used ({error})")])
        return
    of, expected = "the recorded answers", recorded
    if keras_model is not None:
        of, expected = "Keras", predict(keras_model, {manifest.input_name: inputs})[0]
        problem = _difference(expected, recorded, LIMITS["float32"])
        found = [(where, f"records other answers than those of this model: {problem}")] if problem else []
        report.add(_subject(manifest), "model", "the Keras model gives the recorded answers", found)
    named = {manifest.input_name: inputs}
    cases = [
        JsCase(id=fmt.id, route=fmt.route, model=version.local / fmt.path, inputs=named)
        for fmt in manifest.formats
        if fmt.route not in KINDS
    ]
    run = run_cases(cases, work, backend="wasm" if inputs.ndim > 2 and find_wasm() is not None else "cpu")
    for fmt in manifest.formats:
        if fmt.route in KINDS:
            path = version.local / fmt.path
            result = run_single(KINDS[fmt.route], path, manifest.input_name, inputs, work / fmt.id)
        else:
            result = run[fmt.id]
        limit = LIMITS.get(fmt.dtype, 0.0)
        problem = result.error or _difference(result.outputs[0][1], expected, limit)
        detail = f"{fmt.id}: {len(inputs)} images, within {limit:g} of {of}"
        report.add(_subject(manifest), "answers", detail, _about(place, version, fmt, problem))


def _recorded(folder: Path, manifest: Manifest) -> tuple[Array, Array]:
    """The model's input for the reference images, and Keras' answers to them."""
    content = (folder / manifest.files["reference"].path).read_bytes()
    if len(content) > JSON_LIMIT:
        raise ValueError(f"{len(content):,} bytes")
    recorded = from_json(_Recorded, parse_json(content), ignore_unknown=True)
    shape = (len(recorded.images), recorded.height, recorded.width)
    size = shape[0] * shape[1] * shape[2]
    if min(shape) < 1 or size > JSON_LIMIT:
        raise ValueError(f"{shape[0]} images of {shape[1]} × {shape[2]} pixels")
    packed = (folder / manifest.files["reference_images"].path).read_bytes()
    images = np.frombuffer(unpacked(packed, "gzip", size), np.uint8).reshape(shape)
    answers = np.array([answer.probabilities for answer in recorded.images], np.float32)
    steps = manifest.preprocess.image if manifest.preprocess else ()
    return prepare_images(images, steps), answers


def _run_random(place: Place, version: CheckedVersion, keras_model: Any, report: Report, work: Path) -> None:
    manifest = version.manifest
    with as_functional(keras_model) as model:
        specs = (manifest.input,) if isinstance(manifest.input, InputSpec) else manifest.input or ()
        names = [spec.name for spec in specs]
        if names != input_names(model):
            other = f"takes {', '.join(names)}, but the Keras model {', '.join(input_names(model))}"
            report.add(_subject(manifest), "model", "", [(place.describe(version.folder), other)])
            return
        references = [reference(model, inputs) for inputs in random_inputs(model)]
        answers = [_answers_of(fmt, version, model, references, work / fmt.id) for fmt in manifest.formats]
    for fmt, answer in zip(manifest.formats, answers, strict=True):
        # What rounding the weights costs was measured on the same inputs when the model was exported.
        rounding = 0.0 if fmt.dtype == "float32" else _recorded_limit(manifest, fmt)
        wrong = [
            f"{one.name} differs by {one.max_abs_diff:.3g}"
            for one in answer.checks
            if one.shape != one.expected_shape or not one.max_abs_diff <= max(one.limit, rounding)
        ]
        worst = max((one.max_abs_diff for one in answer.checks), default=0.0)
        detail = f"{fmt.id}: random inputs, within {worst:.1e} of Keras"
        problem = answer.error or "; ".join(wrong)
        report.add(_subject(manifest), "answers", detail, _about(place, version, fmt, problem))


def _answers_of(
    fmt: ExportedFormat, version: CheckedVersion, model: Any, references: Sequence[Reference], work: Path
) -> Answers:
    """What a format computes on Keras' inputs."""
    names, outputs = tuple(input_names(model)), tuple(output_names(model))
    file = version.local / fmt.path
    if fmt.route in KINDS:
        try:
            found = describe(KINDS[fmt.route], file, work)
        except RuntimeProblem as problem:
            return Answers(outputs=(), checks=(), error=str(problem))
        return run_references(found, names_in_file(found, names), references, outputs, work)
    export = Export(id=fmt.id, route=fmt.route, folder=file.parent, inputs=names, outputs=outputs)
    _, (answers,) = run_exports([export], references, work, choose_backend(model))
    return answers


def _recorded_limit(manifest: Manifest, fmt: ExportedFormat) -> float:
    checks = manifest.verification.checks if manifest.verification else ()
    return max((check.limit for check in checks if check.format == fmt.id), default=0.0)


def _difference(answers: Array, expected: Array, limit: float) -> str:
    """How the answers differ from those expected, in words; "" if they do not."""
    if answers.shape != expected.shape:
        return f"shape {answers.shape} instead of {expected.shape}"
    difference = float(np.abs(answers.astype(np.float64) - expected).max(initial=0.0))
    return "" if difference <= limit else f"a difference of {difference:.3g}, limit {limit:g}"  # NaN is a difference


def _about(place: Place, version: CheckedVersion, fmt: ExportedFormat, problem: str) -> Problems:
    where = place.describe(f"{version.folder}/{fmt.path}")
    runtime = KINDS[fmt.route].runtime if fmt.route in KINDS else "TensorFlow.js"
    return [(where, f"computes something else in {runtime}: {problem[:300]}")] if problem else []


def _subject(manifest: Manifest) -> str:
    return f"{manifest.name} {manifest.version}"
