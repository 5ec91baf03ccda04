"""Export a Keras model as TensorFlow.js files that were run and found right, or say why it cannot be."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipeline.errors import ConfigError, ConversionError
from pipeline.preprocessing.steps import use_our_spelling
from pipeline.records import ExportedFormat, FormatCheck, Verification
from pipeline.system.javascript import JsRun
from pipeline.system.json_records import from_json, save
from pipeline.system.tensorflow import environment, on_cpu
from pipeline.tfjs.describe import layer_rows
from pipeline.tfjs.export_folder import beside, check_target, replace
from pipeline.tfjs.graph_model.converter import Loops, graph_available, write_graph_model
from pipeline.tfjs.image_metadata import check_labels, image_size, page_note
from pipeline.tfjs.layers_model.graph import Graph
from pipeline.tfjs.layers_model.model_json import write_graph
from pipeline.tfjs.layers_model.tracer import build_graph, check_built
from pipeline.tfjs.load_keras import load_keras_file
from pipeline.tfjs.model_files import digests, input_names, output_names
from pipeline.tfjs.model_manifest import build_manifest, output_kind
from pipeline.tfjs.parity import proof
from pipeline.tfjs.parity.compare import OutputCheck, random_inputs
from pipeline.tfjs.parity.user_samples import read_samples
from pipeline.tfjs.report import ExportReport
from pipeline.tfjs.weights import Dtype, check_dtype, encode
from pipeline.versions.manifest import MANIFEST_NAME, ImageSize, Manifest, Preprocess, sealed

Format = Literal["auto", "layers", "graph"]
_WASM_DIFFERS = (
    "TensorFlow.js's WebAssembly backend cannot run this model or differs from Keras on it; its plain CPU backend "
    "agrees. In the browser, use the webgl or cpu backend."
)


def export_model(
    model: Any,
    out: str | Path,
    *,
    format: Format = "auto",  # noqa: A002 - the word that everybody uses, and that of the command line
    dtype: str = "float32",
    samples: Any = None,
    custom_objects: Mapping[str, Any] | None = None,
    labels: Sequence[str] | None = None,
    preprocess: Mapping[str, Any] | None = None,
    name: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> ExportReport:
    """Write a Keras 3 model as TensorFlow.js files, after running them in stock TensorFlow.js and comparing with Keras.

    Args:
        model: a built `keras.Model`, or the path of a .keras or .h5 file. It is only read.
        out: folder to write. It appears complete or not at all; one that exists is replaced only when it is empty or an
            earlier export.
        format: "layers" (a layers-model of stock layers), "graph" (a frozen graph by the official converter), or
            "auto": layers when that is exact, otherwise graph.
        dtype: how weights are stored: "float32", "float16", "uint16" or "uint8".
        samples: further inputs to compare on, besides random ones: an array, a list or dict of arrays, or the path of
            an .npz or .npy file; shape (n, …) as the model takes them.
        custom_objects: classes by name, for a file that needs them.
        labels: one name per class, for the manifest and model.json.
        preprocess: how a drawing or photo becomes the input, for the manifest and model.json: {"drawing": [steps],
            "image": [steps]}, with the steps of `pipeline.preprocessing`. They are tried first. With them and labels,
            <sketch-classifier> takes the folder.
        name: for the manifest; by default the model's own.
        progress: called with a sentence at each step of a long export.

    Returns:
        What was written, how close it is to Keras, and what became of each layer.

    Raises:
        ConversionError: neither route gives what Keras computes, a weight cannot be stored, or the model is not built.
            The message names the layer, and the next step.
        ConfigError: an unknown format or dtype, or samples, labels or preprocessing that do not fit the model.
        DataError: a model or samples file that cannot be read.
        PublishError: `out` cannot be written, or holds something else.

    Example:
        >>> report = export_model(model, "web/model")  # doctest: +SKIP
        >>> report.format, report.max_abs_diff  # doctest: +SKIP
        ('layers', 1.2e-07)
    """
    say = progress or (lambda _: None)
    started = time.perf_counter()
    stored = check_dtype(dtype)
    if format not in ("auto", "layers", "graph"):
        raise ConfigError(f"The format must be auto, layers or graph. Received: format={format!r}.")
    target = Path(out)
    check_target(target)
    if isinstance(model, str | Path):
        say(f"reading {model}")
        name = name or Path(model).stem
        model = load_keras_file(model, custom_objects)
    check_built(model)
    name = name or model.name
    with beside(target) as work, on_cpu(), _as_functional(model) as model:
        extra = read_samples(model, samples)
        if preprocess:
            preprocess = {kind: use_our_spelling(steps) for kind, steps in preprocess.items()}
        image = image_size(model, preprocess) if preprocess else None
        if labels is not None:
            check_labels(model, labels, for_page=bool(preprocess))
        job = _Job(model=model, work=work, dtype=stored, samples=extra, labels=labels, preprocess=preprocess, say=say)
        written = _by_route(job, format)
        say("writing the manifest")
        files = digests(written.folder)
        checks = written.checks
        agreement = min(check.argmax_agreement for check in checks)
        notes = written.notes
        if preprocess:
            shape, kind = model.inputs[0].shape[1:], output_kind(model)
            notes += (page_note(shape, labels, kind, agreement, f"{written.route}-{dtype}"),)
        report = ExportReport(
            name=name,
            format=written.route,
            reason=written.reason,
            dtype=dtype,
            path=target,
            model=target / "model.json",
            files=tuple(files),
            bytes=sum(file.bytes for file in files),
            max_abs_diff=max(check.max_abs_diff for check in checks),
            float32_max_abs_diff=max(check.max_abs_diff for check in written.exact),
            limit=max(check.limit for check in written.exact),
            argmax_agreement=agreement,
            outputs=checks,
            layers=tuple(layer_rows(model, written.graph, written.probed, stored)),
            samples=job.rows,
            node=written.run.node,
            tfjs=written.run.tfjs,
            backend=written.run.backend,
            notes=notes,
            seconds=time.perf_counter() - started,
        )
        manifest = sealed(_manifest(model, report, labels, preprocess, image), _verification(report))
        save(written.folder / MANIFEST_NAME, manifest)
        replace(written.folder, target)
    return report


def _manifest(
    model: Any,
    report: ExportReport,
    labels: Sequence[str] | None,
    preprocess: Mapping[str, Any] | None,
    image: ImageSize | None,
) -> Manifest:
    fmt = ExportedFormat(
        id=f"{report.format}-{report.dtype}",
        route=report.format,
        dtype=report.dtype,
        path="model.json",
        bytes=report.bytes,
        files=report.files,
    )
    return build_manifest(
        model,
        name=report.name,
        formats=[fmt],
        image=image,
        environment=environment(),
        labels=tuple(labels or ()),
        preprocess=from_json(Preprocess, preprocess) if preprocess else None,
    )


def _verification(report: ExportReport) -> Verification:
    check = FormatCheck(
        format=f"{report.format}-{report.dtype}",
        runtime="tfjs",
        samples=report.samples,
        max_abs_diff=report.max_abs_diff,
        limit=report.limit,
        argmax_agreement=report.argmax_agreement,
        passed=report.max_abs_diff <= report.limit,
        detail=f"float32 weights differ by {report.float32_max_abs_diff:.2g}, the limit is {report.limit:.2g}",
        seconds=report.seconds,
    )
    return Verification(node=report.node, tfjs=report.tfjs, backend=report.backend, checks=(check,))


@dataclass(kw_only=True)
class _Job:
    """One export under way."""

    model: Any
    work: Path
    dtype: Dtype
    samples: list[dict[str, Any]]
    labels: Sequence[str] | None
    preprocess: Mapping[str, Any] | None
    say: Callable[[str], None]
    rows: int = 0

    def sets(self) -> list[dict[str, Any]]:
        sets = [*random_inputs(self.model), *self.samples]
        self.rows = sum(next(iter(inputs.values())).shape[0] for inputs in sets)
        return sets

    @property
    def metadata(self) -> dict[str, Any] | None:
        facts = {"labels": self.labels and list(self.labels), "preprocess": self.preprocess}
        return {key: value for key, value in facts.items() if value} or None


@dataclass(frozen=True, kw_only=True)
class _Written:
    """A verified export in the work folder."""

    route: proof.Route
    reason: str
    folder: Path
    checks: tuple[OutputCheck, ...]  # of the files that were asked for
    exact: tuple[OutputCheck, ...]  # of the float32 files
    probed: dict[str, float]  # largest difference by layer
    graph: Graph | None
    run: JsRun
    notes: tuple[str, ...]


@contextmanager
def _as_functional(model: Any) -> Iterator[Any]:
    """A subclassed model as the only layer of a Functional one, so that its inputs and outputs are known."""
    import keras
    from keras import tree
    from keras.src.export.export_utils import get_input_signature

    if getattr(model, "inputs", None) is not None:
        yield model
        return
    specs = get_input_signature(model)
    arguments = specs if isinstance(specs, list | tuple) and len(specs) == 1 else [specs]
    calls = len(model._inbound_nodes)
    inputs = tree.map_structure(lambda spec: keras.Input(spec.shape[1:], dtype=spec.dtype), arguments[0])
    try:
        yield keras.Model(inputs, model(inputs), name=model.name)
    finally:
        del model._inbound_nodes[calls:]  # the call above leaves its mark there


def _by_route(job: _Job, wanted: Format) -> _Written:
    _check_weights(job.model, job.dtype)
    if wanted == "layers":
        return _layers(job, "asked for")
    if wanted == "graph":
        return _graph(job, "asked for")
    try:
        return _layers(job, "stock layers compute exactly what Keras does")
    except ConversionError as refusal:
        job.say(f"not as a layers-model: {refusal}")
        missing = graph_available()
        if missing is not None:
            raise ConversionError(
                f"{_cause(refusal)} The graph route, which might do, cannot be taken here: {missing}. "
                "Next step: replace the layer, or export where the graph route is there."
            ) from refusal
        try:
            return _graph(job, f"not possible as a layers-model: {refusal}")
        except ConversionError as error:
            raise ConversionError(
                f"Neither format will do.\n  As layers: {_cause(refusal)}\n  As a graph: {_cause(error)}\n"
                "Next step: replace what is named here by built-in layers that compute the same."
            ) from error


def _cause(error: ConversionError) -> str:
    """The message without its advice, which is to take the other route."""
    return str(error).partition(" Next step:")[0]


def _check_weights(model: Any, dtype: Dtype) -> None:
    """Refuse weights that no route can store: not finite, or too large for float16."""
    for variable in model.weights:
        if str(variable.dtype).startswith("float"):
            encode(variable.path, np.asarray(variable), "float16" if dtype == "float16" else "float32")


def _layers(job: _Job, reason: str) -> _Written:
    job.say("writing the layers-model")
    model, work = job.model, job.work
    graph = build_graph(model)
    folder = work / "layers"
    write_graph(graph, model, folder, dtype=job.dtype, metadata=job.metadata)
    exports = [proof.layers_export(model, graph, folder, "asked")]
    if job.dtype != "float32":
        write_graph(graph, model, work / "float32")
        exports.append(proof.layers_export(model, graph, work / "float32", "exact"))
    return _prove(job, "layers", reason, folder, exports, graph)


def _graph(job: _Job, reason: str) -> _Written:
    ways: tuple[Loops, ...] = ("unroll", "while") if _has_loops(job.model) else ("unroll",)
    for i, loops in enumerate(ways):
        try:
            return _graph_with(job, reason, loops)
        except ConversionError as error:
            if i == len(ways) - 1:
                raise
            job.say(f"unrolled loops will not do ({error}); keeping them as loops")
    raise AssertionError("there is always a way to try")


def _graph_with(job: _Job, reason: str, loops: Loops) -> _Written:
    job.say("writing the graph-model through the official converter")
    model, work = job.model, job.work
    folder = work / f"graph-{loops}"
    write_graph_model(model, folder, dtype=job.dtype, metadata=job.metadata, loops=loops)
    names = (input_names(model), output_names(model))
    exports = [proof.graph_export(folder, "asked", *names)]
    if job.dtype != "float32":
        write_graph_model(model, work / f"float32-{loops}", loops=loops)
        exports.append(proof.graph_export(work / f"float32-{loops}", "exact", *names))
    return _prove(job, "graph", reason, folder, exports, None, loops)


def _has_loops(model: Any) -> bool:
    from keras.layers import RNN

    return any(isinstance(layer, RNN) for layer in model._flatten_layers())


def _prove(
    job: _Job,
    route: proof.Route,
    reason: str,
    folder: Path,
    exports: list[proof.Export],
    graph: Graph | None,
    loops: Loops = "unroll",
) -> _Written:
    """Run the exports; the float32 one must be right, and the one that was asked for must have the right shapes."""
    model, work = job.model, job.work
    sets = job.sets()
    job.say(f"running it in TensorFlow.js on {job.rows} samples")
    run, results = proof.run_exports(exports, model, sets, work / f"run-{folder.name}", proof.choose_backend(model))
    exact = results[exports[-1].id]
    asked = results["asked"]
    if not exact.passed:
        job.say("it differs; looking for the layer")
        parting = proof.first_parting(model, route, sets, work, loops) if exact.error is None else None
        raise proof.failure(model, route, exact, parting)
    if asked.error is not None or any(check.max_abs_diff == float("inf") for check in asked.checks):
        raise proof.failure(model, route, asked, None)
    probed = {}
    if graph is not None and proof.probed_values(model, sets) <= proof.PROBED_VALUES:
        job.say("comparing every layer")
        probed = proof.every_layer(model, sets, work)
    return _Written(
        route=route,
        reason=reason,
        folder=folder,
        checks=asked.checks,
        exact=exact.checks,
        probed=probed,
        graph=graph,
        run=run,
        notes=(_WASM_DIFFERS,) if run.backend != proof.choose_backend(model) else (),
    )
