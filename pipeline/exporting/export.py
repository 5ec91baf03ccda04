"""Export a Keras model as files that compute what Keras does, or say why that is not
possible.
"""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

from pipeline.errors import ConfigError, ConversionError
from pipeline.exporting import image_metadata
from pipeline.exporting.beside import require_page, write_beside, write_strings
from pipeline.exporting.folder import (
    check_replaceable,
    file_digests,
    work_folder_beside,
)
from pipeline.exporting.model_manifest import build_manifest, measured_kinds
from pipeline.exporting.probes import make_probes
from pipeline.exporting.report import ExportReport, layer_rows
from pipeline.exporting.usage import usage_lines
from pipeline.records import ExportedFormat, FormatCheck, Verification
from pipeline.system.files import replace_folder
from pipeline.system.json_records import from_json, save
from pipeline.system.progress import Progress, silent, timed
from pipeline.system.tensorflow import environment, on_cpu
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.proof import export_file
from pipeline.tfjs.keras_model import check_built, check_numbers, check_vocabularies
from pipeline.tfjs.layers_model.rules.table import Rule, own_rules
from pipeline.tfjs.load_keras import check_container, load_keras_file
from pipeline.tfjs.parity.user_samples import load_samples, read_samples
from pipeline.tfjs.precision import (
    check_precision,
    in_float32,
    lower_layers,
    measure,
    refusal,
)
from pipeline.tfjs.routes import CheckedExport, ExportRequest, Format, export_by_route
from pipeline.tfjs.strings.cut import without_strings
from pipeline.tfjs.strings.proof import first, prove_strings, trial_strings
from pipeline.tfjs.subclassed import as_functional
from pipeline.tfjs.weights import Dtype, check_dtype
from pipeline.versions.loadable import plain_name, sealed
from pipeline.versions.manifest import MANIFEST_NAME, Manifest, Preprocess
from pipeline.versions.ownership import require_writable

_UNUSED_LABELS = (
    "labels name probabilities, and no output is known to give these: load() answers"
    " with values alone. If they are logits, export keras.Sequential([model,"
    ' keras.layers.Softmax()]), or keras.layers.Activation("sigmoid") for a single one;'
    " if they are quantities, leave out the labels"
)


def export_model(
    model: Any,
    out: str | Path,
    *,
    format: Format = "auto",  # noqa: A002 - the usual word, and that of the command line
    dtype: Dtype = "float32",
    precision: Literal["float32"] | None = None,
    samples: Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    labels: Sequence[str] | str | Path | None = None,
    preprocess: Mapping[str, Any] | str | Path | None = None,
    name: str | None = None,
    scaled_twice: bool = False,
    bare: bool = False,
    strict: bool = False,
    layer_rules: Mapping[type, Rule] | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write a Keras 3 model as TensorFlow.js files, after running them in stock
    TensorFlow.js and comparing with Keras.

    Or as an ONNX or LiteRT file, after the same in onnxruntime or LiteRT.

    Args:
        model: a built `keras.Model`, or the path of a .keras or .h5 file. It is only
            read.
        out: folder to write. It appears complete or not at all; an existing one is
            replaced only if it is empty or an
            earlier export.
        format: "layers" (a layers-model of stock layers), "graph" (a frozen graph by
            the official converter), or
            "auto": layers where that is exact, otherwise graph. "onnx" and "litert" are
            files that Keras' own exporters write, for other programs; they need the
            extra `[formats]`.
        dtype: how weights are stored: "float32", "float16", "uint16" or "uint8". ONNX
            and LiteRT: "float32".
        precision: "float32" exports a model of lower precision (mixed_float16,
            mixed_bfloat16) as it computes in
            float32, and reports how far that is from what Keras computes. Without it
            such a model is refused; for any other model it changes nothing.
        samples: further inputs to compare on, besides random ones: an array, a list or
            dict of arrays, or the path of
            an .npz or .npy file; shape (n, …) as the model takes them. A subclassed
            model whose call() takes several inputs gets their shapes from them.
        custom_objects: classes by name, for a file that needs them.
        labels: one name per class, for the manifest and model.json; or a text with
            commas between them, or the path of
            a file with one in each line.
        preprocess: how a drawing or photo becomes the input, for the manifest and
            model.json: {"drawing": [steps],
            "image": [steps]}, with the steps of `pipeline.preprocessing`, or the path
            of a JSON file or a manifest that has them. They are tried first. "tf",
            "torch" and "caffe" are the modes of Keras' `preprocess_input`, "0-255" and
            "0-1" ranges of pixels, for models that take one photo of a fixed size. With
            these and labels, <sketch-classifier> can load the folder.
        name: for the manifest; by default that of the file or the model, with "-" for
            all but letters, digits, _ and .
        scaled_twice: accept preprocessing in another range than the one that the
            model's first layers scale.
        bare: leave out load.js, which runs the model, and the page that tries it.
        strict: write nothing if the report would have notes.
        layer_rules: for layers of your own, by class, how each becomes layers of
            TensorFlow.js.
        progress: called with a line of text at each step of a long export, which begins
            with the seconds so far.

    Returns:
        The files that were written, their difference from Keras, and the conversion of
        each layer.

    Raises:
        ConversionError: the format does not compute what Keras does, a weight cannot be
        stored, or the model is not
            built or of lower precision. The message names the layer and the next step.
            Or the report would have notes, with `strict`.
        ConfigError: an unknown format, dtype or precision, a package that is missing
        for it, or samples, labels or
            preprocessing that do not fit the model.
        DataError: a model or a file of samples or steps that cannot be read.
        PublishError: `out` cannot be written, or holds anything but an earlier export.

    Example:
        >>> report = export_model(model, "web/model")  # doctest: +SKIP
        >>> report.format, report.max_abs_diff  # doctest: +SKIP
        ('layers', 1.2e-07)
    """
    progress = timed(progress or silent)
    started = time.perf_counter()
    kind, target = KINDS.get(format), Path(out)
    labels = None if labels is None else image_metadata.read_labels(labels)
    if name is not None and plain_name(str(name)) != name:
        raise ConfigError(
            "The name must have letters of a to z, digits, '_', '.' and '-' alone, and"
            f" not begin with '.' or '-'. Received: name={name!r}. Next step:"
            f" name={plain_name(str(name))!r}."
        )
    given: dict[str, Any] = {"samples": samples, "preprocess": preprocess, "bare": bare}
    steps, samples = check_request(
        model, out, format=format, dtype=dtype, precision=precision, **given
    )
    if isinstance(model, str | Path):
        progress(f"reading {model}")
        name = name or plain_name(Path(model).stem)
        model = load_keras_file(model, custom_objects)
    check_built(model)
    check_vocabularies(model)
    if kind:
        check_numbers(model)
    name = name or plain_name(model.name)
    lower = lower_layers(model)
    if lower and precision is None:
        raise refusal(lower[0])
    with (
        work_folder_beside(target) as work,
        on_cpu(),
        own_rules(layer_rules or {}),
        as_functional(model, samples) as whole,
        nullcontext((whole, None)) if kind else without_strings(whole) as (
            model,
            strings,
        ),
    ):
        steps = image_metadata.steps_for(whole, steps)
        extra, trials = read_samples(whole, samples), []
        if strings:
            trials = [*extra, trial_strings(strings)]
            extra = [strings.numbers_of(one) for one in (*extra, first(trials[-1]))]
        image = image_metadata.image_size(model, steps) if steps else None
        if image and not scaled_twice:
            image_metadata.check_range(model, image, steps)
        if labels is not None:
            image_metadata.check_labels(model, labels, for_page=bool(steps))
        metadata = {"labels": labels and list(labels), "preprocess": steps}
        request = ExportRequest(
            model=model,
            work=work,
            dtype=check_dtype(dtype),
            samples=extra,
            span=image_metadata.range_of(image, steps) if image else None,
            metadata={key: value for key, value in metadata.items() if value} or None,
            progress=progress,
        )
        with in_float32(model):
            checked = (
                export_file(request, kind) if kind else export_by_route(request, format)
            )
        change = None
        if lower:
            progress("comparing with Keras' own answers in lower precision")
            change = measure(model, request.references)
        progress("writing the manifest")
        kinds = measured_kinds(model, labels or (), request.references)
        if strings:
            write_strings(strings, checked.folder, kinds)
        unused = "" if not labels or "probabilities" in kinds else _UNUSED_LABELS
        notes = (*filter(None, [unused]), *checked.notes, *request.notes)
        told = {
            "notes": notes,
            "precision": change,
            "seconds": time.perf_counter() - started,
        }
        report = _report(request, checked, name=name, path=target, **told)
        manifest = _manifest(
            *(whole, report, checked.needs),
            image=image,
            kinds=kinds,
            labels=tuple(labels or ()),
            preprocess=from_json(Preprocess, steps) if steps else None,
        )
        with in_float32(model):
            probes = make_probes(
                model,
                request.references[0].inputs,
                [one.limit for one in checked.checks],
            )
        manifest = dataclasses.replace(manifest, probes=probes)
        if strings:
            save(checked.folder / MANIFEST_NAME, manifest)
            progress("running load() on strings")
            rounded = None if dtype == "float32" else report.max_abs_diff_limit
            with in_float32(model):
                note = prove_strings(
                    strings,
                    checked.folder / MANIFEST_NAME,
                    trials,
                    work / "strings",
                    rounded,
                )
            report = dataclasses.replace(report, notes=(note, *report.notes))
        if strict and report.notes:
            raise ConversionError(
                "With strict an export must have no notes. Received: "
                f"{'; '.join(report.notes)}. Nothing was written. Next step: correct"
                " what they name, or leave strict (--strict) out."
            )
        usage = usage_lines(manifest, target, bare=bare, layered=bool(report.layers))
        report = dataclasses.replace(report, usage=usage)
        manifest = write_beside(checked.folder, manifest, report, bare=bare)
        save(checked.folder / MANIFEST_NAME, manifest)
        replace_folder(checked.folder, target)
    return report


def check_request(
    model: Any,
    out: str | Path,
    *,
    format: str,  # noqa: A002
    dtype: str,
    precision: str | None,
    samples: Any,
    preprocess: Any,
    bare: bool,
) -> tuple[dict[str, Any], Any]:
    """Refuse, without TensorFlow, arguments of `export_model` that fit no model; the
    preprocessing and the samples.
    """
    stored = check_dtype(dtype)
    check_precision(precision)
    if format not in ("auto", "layers", "graph", *KINDS):
        raise ConfigError(
            f"The format must be auto, layers, graph, {' or '.join(KINDS)}. Received:"
            f" format={format!r}. Next step: choose one of these."
        )
    if format in KINDS:
        KINDS[format].require(to_write=True)
        if stored != "float32":
            raise ConfigError(
                f"Weights of {KINDS[format].title} files are stored as float32."
                f" Received: dtype={dtype!r}. Next step: leave dtype out, and round"
                " them with the tools of that format."
            )
    if not bare:
        require_page()
    check_replaceable(Path(out))
    require_writable(Path(out))
    if isinstance(model, str | Path):
        check_container(Path(model))
    return (
        {} if preprocess is None else image_metadata.preprocess_steps(preprocess)
    ), load_samples(samples)


def _report(
    request: ExportRequest, checked: CheckedExport, *, path: Path, **told: Any
) -> ExportReport:
    dtype, checks, exact = request.dtype, checked.checks, checked.float32_checks
    files = file_digests(checked.folder)
    kind = KINDS.get(checked.route)
    rows = (
        layer_rows(request.model, checked.graph, checked.layer_differences, dtype)
        if checked.graph
        else ()
    )
    return ExportReport(
        format=checked.route,
        reason=checked.reason,
        dtype=dtype,
        path=path,
        model=path / (kind.file if kind else "model.json"),
        files=files,
        bytes=sum(file.bytes for file in files),
        max_abs_diff=max(check.max_abs_diff for check in checks),
        float32_max_abs_diff=max(check.max_abs_diff for check in exact),
        max_abs_diff_limit=max(check.limit for check in checks),
        limit=max(check.limit for check in exact),
        passed=all(check.passed for check in checks),
        argmax_agreement=min(
            (check.argmax_agreement for check in checks if check.has_argmax),
            default=None,
        ),
        outputs=checks,
        layers=tuple(rows),
        samples=request.sample_count,
        node=checked.run.node,
        tfjs=checked.run.tfjs,
        backend=checked.run.backend,
        **told,
    )


def _manifest(
    model: Any, report: ExportReport, needs: str | None, **known: Any
) -> Manifest:
    """The manifest with the results in the report; `known` has what the request says of
    the model.
    """
    kind = KINDS.get(report.format)
    fmt = ExportedFormat(
        id=f"{report.format}-{report.dtype}",
        route=report.format,
        dtype=report.dtype,
        path=report.model.name,
        bytes=report.bytes,
        files=report.files,
        needs=needs,
    )
    check = FormatCheck(
        format=fmt.id,
        runtime=kind.runtime if kind else "tfjs",
        samples=report.samples,
        max_abs_diff=report.max_abs_diff,
        limit=report.max_abs_diff_limit,
        argmax_agreement=(
            1.0 if report.argmax_agreement is None else report.argmax_agreement
        ),
        passed=report.passed,
        detail=(
            f"with float32 weights: {report.float32_max_abs_diff:.2g}, limit"
            f" {report.limit:.2g}"
        )
        + (f"; {report.precision}" if report.precision else ""),
        seconds=report.seconds,
    )
    versions = environment() | (kind.versions() if kind else {})
    computed = {check.name: check.expected_shape for check in report.outputs}
    whole = build_manifest(
        model,
        name=report.name,
        formats=[fmt],
        environment=versions,
        computed=computed,
        **known,
    )
    return sealed(
        whole,
        Verification(
            node=report.node, tfjs=report.tfjs, backend=report.backend, checks=(check,)
        ),
    )
