"""The verify stage: run every exported format on the test images and compare it with
Keras.

The formats of TensorFlow.js are run in real JavaScript, ONNX and LiteRT files in their
own runtimes.
"""

import dataclasses
import hashlib
import io
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.data.arrays import load_images
from pipeline.errors import ConversionError, DataError, translating_errors
from pipeline.exporting.probes import draw_all
from pipeline.preprocessing.apply import prepare_images
from pipeline.quality.answers import batch_size
from pipeline.records import (
    Dataset,
    Evaluation,
    ExportedFormat,
    FormatCheck,
    Runtime,
    Verification,
)
from pipeline.system.files import scratch_folder, write_files_atomically
from pipeline.system.javascript import Backend, JsCase, NodeProcess, run_cases
from pipeline.system.json_records import dump_json, save
from pipeline.system.progress import Progress, silent
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.proof import names_in_file
from pipeline.tfjs.formats.running import RuntimeProblem, describe, run_file
from pipeline.tfjs.parity.compare import (
    LEAST_AGREEMENT,
    LIMITS,
    LIMITS_OF_OTHERS,
    compare,
)
from pipeline.versions.card import with_rendered
from pipeline.versions.loadable import sealed
from pipeline.versions.manifest import MANIFEST_NAME, Probes, identified, read_manifest
from pipeline.versions.store import Version

JsRuntime = Literal["tfjs", "dense"]

# Number of test images run in the page's engine if the model convolves: it takes them
# one by one, as the page does, at several milliseconds each on a CPU. Stock
# TensorFlow.js takes batches and runs all test images.
PAGE_SAMPLES = 1000


def verify_export(
    version: Version,
    dataset: Dataset,
    evaluation: Evaluation,
    steps: list[dict[str, Any]],
    work: Path,
    *,
    node: Sequence[NodeProcess] = (),
    progress: Progress = silent,
) -> Verification:
    """Compare the probabilities with Keras' for every format and every runtime that
    visitors use.

    Stock TensorFlow.js runs all of its formats; the engine of the page and the embed
    runs every layers format; the runtime of a file for other programs runs that. A
    format with rounded weights that differs beyond its limit is deleted, and the
    manifest says so. Probes that a format in JavaScript does not pass are left out of
    the manifest.

    `steps` prepare an image for the model; `work` is the run's folder, with the file of
    probabilities. `started_node` gives two processes `node`: one runs TensorFlow.js,
    and one the page's engine.

    Raises:
        ConversionError: a format does not load, or one in float32 differs beyond its
        limit; the message contains the
            table.
        DataError: the probabilities are not those that were measured.
    """
    images = load_images(dataset)
    reference = read_reference(
        work / evaluation.probabilities_path, evaluation, images.test_labels
    )
    directory, manifest = version.folder, version.manifest
    prepared = prepare_images(images.test, steps)
    convolves = prepared.ndim > 2
    name, limits = manifest.input_name, LIMITS_OF_OTHERS if manifest.origin else LIMITS
    probes = manifest.probes
    drawn = draw_all(probes.inputs[0]).astype(np.float32) if probes else prepared[:0]
    whole = np.concatenate([prepared, drawn])
    runs: list[tuple[ExportedFormat, JsRuntime, NDArray[Any]]] = []
    for fmt in manifest.formats:
        if fmt.route in ("layers", "graph"):
            runs.append((fmt, "tfjs", whole))
        if fmt.route == "layers":
            runs.append(
                (
                    fmt,
                    "dense",
                    (
                        np.concatenate([prepared[:PAGE_SAMPLES], drawn])
                        if convolves
                        else whole
                    ),
                )
            )
    cases = [
        JsCase(
            id=f"{fmt.id}.{runtime}",
            runtime=runtime,
            route=fmt.route,
            model=directory / (fmt.path if runtime == "tfjs" else MANIFEST_NAME),
            format=fmt.id,
            inputs={name: inputs},
            batch=batch_size(inputs),
        )
        for fmt, runtime, inputs in runs
    ]
    backend: Backend = "wasm" if convolves else "cpu"
    with scratch_folder(work) as scratch:  # the inputs alone take 31 MB
        run = run_cases(cases, scratch, backend=backend, node=node)
        files = [
            (fmt, *_run_file(directory, fmt, name, prepared, scratch))
            for fmt in manifest.formats
            if fmt.route in KINDS
        ]
    checks, repeated = [], True
    for (fmt, runtime, inputs), result in zip(runs, run.results, strict=True):
        if result.error is not None:
            raise ConversionError(
                f"{fmt.id} does not run in JavaScript ({runtime}): {result.error}."
                " Nothing was published."
            )
        answers, rows = result.outputs[0][1], len(inputs) - len(drawn)
        expected, truth, limit = (
            reference[:rows],
            images.test_labels[:rows],
            limits[fmt.dtype],
        )
        checks.append(
            check_format(
                fmt, runtime, answers[:rows], expected, truth, limit, result.seconds
            )
        )
        progress(check_line(checks[-1]))
        repeated &= (
            not probes
            or not checks[-1].passed
            or repeats(probes, answers[rows:], limit)
        )
    for fmt, answers, seconds in files:
        runtime_name, limit = KINDS[fmt.route].runtime, limits[fmt.dtype]
        checks.append(
            check_format(
                fmt,
                runtime_name,
                answers,
                reference,
                images.test_labels,
                limit,
                seconds,
            )
        )
        progress(check_line(checks[-1]))
    exact = all(check.passed for check in checks if check.format.endswith("float32"))
    if not exact:
        table = "\n".join(check_line(check) for check in checks)
        in_javascript = any(
            check.runtime in ("tfjs", "dense") for check in checks if not check.passed
        )
        whose = "JavaScript's results" if in_javascript else "The files' results"
        raise ConversionError(
            f"{whose} differ from Keras':\n\n{table}\n\nNothing was published. This is"
            " a bug in the converter: please report it with the model."
        )
    failed = {
        check.format: f"too sensitive to rounding: {check.detail}"
        for check in checks
        if not check.passed
    }
    if not repeated:
        progress(
            "probes left out: a format differs from Keras on them by more than its"
            " limit"
        )
    if failed or not repeated:
        _leave_out(version, failed, probes if repeated else None)
    for name, reason in failed.items():
        progress(f"{name} left out: {reason}")
    passed = tuple(check for check in checks if check.format not in failed)
    return Verification(
        node=run.node, tfjs=run.tfjs, backend=run.backend, checks=passed
    )


def _run_file(
    directory: Path, fmt: ExportedFormat, name: str, inputs: NDArray[Any], scratch: Path
) -> tuple[NDArray[np.float32], float]:
    """The probabilities that an ONNX or LiteRT file computes, and the seconds that
    took, its start included.
    """
    kind, started, work = KINDS[fmt.route], time.perf_counter(), scratch / fmt.id
    try:
        found = describe(kind, directory / fmt.path, work)
        given = {names_in_file(found, [name])[0]: inputs}
        [result] = run_file(found, [given], work, [found.batch or batch_size(inputs)])
        error = result.error
    except RuntimeProblem as problem:
        error = str(problem)
    if error is not None:
        raise ConversionError(
            f"{fmt.id} does not run in {kind.runtime}: {error}. Nothing was published."
        )
    return result.outputs[0][1], time.perf_counter() - started


def repeats(probes: Probes, answers: NDArray[np.float32], limit: float) -> bool:
    """Return whether these are Keras' answers to the probes, as closely as pages ask
    (web/src/runtime/proof.ts).
    """
    one = probes.outputs[0]
    return compare(
        "", np.array(one.answers), answers[:, one.places], limit=max(limit, one.limit)
    ).passed


def _leave_out(
    version: Version, reasons: dict[str, str], probes: Probes | None
) -> None:
    """Delete formats of a staged version, format id → why, and rewrite its manifest
    with these probes.
    """
    directory, manifest = version.folder, version.manifest
    kept = tuple(fmt for fmt in manifest.formats if fmt.id not in reasons)
    skipped = manifest.skipped_formats | reasons
    manifest = dataclasses.replace(
        manifest, formats=kept, skipped_formats=skipped, probes=probes
    )
    save(directory / MANIFEST_NAME, identified(manifest))
    for name in reasons:
        # each format with rounded weights has a folder of its own
        shutil.rmtree(directory / name)


def read_reference(
    path: Path, evaluation: Evaluation, labels: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Keras' probabilities, (N, classes), from exactly the bytes that the evaluation,
    and so the gates, are about.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found == evaluation.probabilities_digest:
        probabilities: NDArray[np.float32] = np.load(
            io.BytesIO(content), allow_pickle=False
        )
        accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        if accuracy == evaluation.test_accuracy:
            return probabilities
        found = (
            f"a test accuracy of {accuracy:.4f} instead of"
            f" {evaluation.test_accuracy:.4f}"
        )
    raise DataError(
        f"{path} must hold the probabilities that were measured. Received: {found},"
        f" expected SHA-256 {evaluation.probabilities_digest}. Nothing was exported or"
        " published. Run it again with --force."
    )


def check_format(
    fmt: ExportedFormat,
    runtime: Runtime,
    answers: NDArray[np.float32],
    reference: NDArray[np.float32],
    labels: NDArray[np.int64],
    limit: float,
    seconds: float,
) -> FormatCheck:
    """Compare one format's probabilities, float32 (N, classes), with Keras', given the
    true labels, int64 (N,).
    """
    found = compare("probabilities", reference, answers, limit=limit)
    if found.shape != found.expected_shape:
        raise ConversionError(
            f"Answers must have Keras' shape. Received: {found.wrong} from {fmt.id} in"
            f" {runtime}. This is a bug in the converter: please report it with the"
            " model."
        )
    agreement = found.argmax_agreement
    accuracy, expected = (
        float((rows.argmax(axis=1) == labels).mean()) for rows in (answers, reference)
    )
    problems = [found.wrong] if found.wrong else []
    several = round((1 - agreement) * len(reference)) > 1
    if agreement < LEAST_AGREEMENT[fmt.dtype] and (several or fmt.dtype == "float32"):
        problems.append(
            f"agrees on {agreement:.4%}, limit {LEAST_AGREEMENT[fmt.dtype]:.2%}"
        )
    if fmt.dtype == "float32" and accuracy != expected:
        problems.append(f"accuracy {accuracy:.4f}, Keras {expected:.4f}")
    return FormatCheck(
        format=fmt.id,
        runtime=runtime,
        samples=len(reference),
        max_abs_diff=found.max_abs_diff,
        limit=found.limit,
        argmax_agreement=agreement,
        test_accuracy=accuracy,
        passed=not problems,
        detail="; ".join(problems) or "within limits",
        seconds=round(seconds, 3),
    )


def check_line(check: FormatCheck) -> str:
    """One check as a line of text."""
    return (
        f"{check.format:<15} {check.runtime:<6} max diff {check.max_abs_diff:.1e}"
        f" (limit {check.limit:.0e})  agreement {check.argmax_agreement:.4f}  accuracy"
        f" {check.test_accuracy:.4f} on {check.samples:,} images "
        f" {'passed' if check.passed else 'FAILED: ' + check.detail}"
    )


def seal_version(directory: Path, verification: Verification) -> None:
    """Write the card and judging.json of a staged version; add their digests and the
    verification to its manifest.
    """
    manifest, contents = with_rendered(
        sealed(read_manifest(directory / MANIFEST_NAME), verification)
    )
    contents[MANIFEST_NAME] = dump_json(manifest).encode()  # the last to be written
    with translating_errors(directory):
        write_files_atomically(
            [(directory / name, content) for name, content in contents.items()]
        )
