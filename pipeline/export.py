"""The export stage:

write a trained model that passed its gates to a complete, unverified version folder in
staging.
"""

import dataclasses
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from pipeline.config import Config
from pipeline.data.arrays import Images, load_images
from pipeline.errors import ConversionError
from pipeline.exporting.folder import file_digest, file_digests
from pipeline.exporting.model_manifest import build_manifest, is_linear
from pipeline.exporting.probes import make_probes
from pipeline.preprocessing.apply import prepare_images
from pipeline.preprocessing.steps import require_quick
from pipeline.records import (
    DataFacts,
    Dataset,
    Evaluation,
    ExportedFormat,
    Gate,
    Route,
    TrainedModel,
)
from pipeline.system.files import copy_content, scratch_folder
from pipeline.system.json_records import from_json, save, to_json
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import on_cpu, start_tensorflow
from pipeline.tfjs.formats.kinds import Kind, kinds_of
from pipeline.tfjs.formats.proof import export_file
from pipeline.tfjs.formats.writing import INSTEAD
from pipeline.tfjs.graph_model.converter import (
    INSTALL,
    graph_available,
    write_graph_model,
)
from pipeline.tfjs.keras_model import input_names
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.compare import LIMITS
from pipeline.tfjs.routes import ExportRequest
from pipeline.tfjs.weights import Dtype
from pipeline.training.input_pipeline import row_order
from pipeline.training.model import load_trained
from pipeline.versions.history import write_history
from pipeline.versions.images import write_samples, write_training_images
from pipeline.versions.manifest import (
    MANIFEST_NAME,
    ImageSize,
    Metrics,
    OriginFacts,
    Preprocess,
    TrainingFacts,
)
from pipeline.versions.store import Version

T = TypeVar("T")
LAYERS_DTYPES: tuple[Dtype, ...] = ("float32", "uint16", "uint8")
PROBED = 256  # test images whose range the probes have
# The files inside model.keras, by role. Keras also loads a folder, or a repository on
# the Hub, that holds them.
KERAS_PARTS = {
    "keras_config": "config.json",
    "keras_metadata": "metadata.json",
    "keras_weights": "model.weights.h5",
}


def export_version(
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    gates: Sequence[Gate],
    steps: list[dict[str, Any]],
    work: Path,
    staging: Path,
    *,
    progress: Progress = silent,
) -> Version:
    """Write every format, the records that the page shows, and the manifest into
    `staging`.

    `steps` prepare an image for the model; `work` is the run's folder, with the files
    of `trained`; all gates passed.

    Raises DataError if the model in hand is not the one that was evaluated, ConfigError
    if a page would take too long for a drawing, and ConversionError if TensorFlow.js
    cannot compute a layer of it as Keras does, or the runtime of a file for other
    programs that the recipe lists.
    """
    start_tensorflow("cpu")
    size = ImageSize(
        height=dataset.image_height,
        width=dataset.image_width,
        channels=dataset.channels,
    )
    drawing = config.recipe.preprocess.drawing_steps(
        size.height, size.width, size.channels
    )
    require_quick(drawing, steps, dataset.image_height, dataset.image_width)
    preprocess = {"drawing": drawing, "image": steps}
    images = load_images(dataset)
    wrong = [mistake.index for mistake in evaluation.mistakes]
    copy_content(work / trained.model_path, staging / "model.keras")
    with on_cpu():
        # The copy is loaded, so that what is checked is what goes live; the gates
        # judged this evaluation.
        model = load_trained(staging / "model.keras", evaluation.weights_digest)
        formats, skipped = _write_formats(
            model, staging, "graph" in config.recipe.formats, progress
        )
        formats += _write_files(
            model, kinds_of(config.recipe.formats), staging, work, progress
        )
        examples = {input_names(model)[0]: prepare_images(images.test[:PROBED], steps)}
        probes = make_probes(model, examples, [LIMITS["float32"]])
        samples = {}
        if config.images_to_publish(dataset.source) != "none":
            samples = write_samples(
                staging,
                model,
                images.test,
                images.test_labels,
                steps=steps,
                mistakes=wrong,
            )
    records = _write_evaluation(evaluation, work, staging) | write_history(
        staging, trained, work, size
    )
    files = {"keras": "model.keras", **_unpack_keras(staging), **records, **samples}
    if is_linear(model) and size.channels == 1:
        files |= _write_training_images(config, dataset, trained, images, staging)
    manifest = build_manifest(
        model,
        name=config.name,
        title=config.recipe.title or None,
        noun=config.noun(size.channels),
        formats=formats,
        image=size,
        environment=trained.environment | _writers(config),
        kinds=("probabilities",),  # as was measured
        labels=dataset.labels,
        preprocess=from_json(Preprocess, preprocess),
        skipped_formats=skipped,
        gates=tuple(gates),
        recipe=_used_recipe(config),
        license=config.recipe.license or None,
        files={role: file_digest(staging, path) for role, path in files.items()},
        metrics=_facts(Metrics, evaluation),
        confidence=evaluation.confidence,
        training=_training_facts(config, trained),
        origin=_facts(OriginFacts, trained.origin, trained) if trained.origin else None,
        data=_facts(DataFacts, dataset),
        probes=probes,
    )
    save(staging / MANIFEST_NAME, manifest)
    return Version(staging, manifest)


def _training_facts(config: Config, trained: TrainedModel) -> TrainingFacts | None:
    """How it was trained; None if that was not done here."""
    if trained.origin:
        return None
    # a callback may have ended the training before the recipe's number
    epochs = {"epochs": trained.history[-1].epoch}
    return _facts(
        TrainingFacts, config.recipe.training, trained.history[-1], trained, epochs
    )


def _used_recipe(config: Config) -> dict[str, Any]:
    """The recipe, without what says how to train if it was not."""
    unused = ("model", "training") if config.model else ()
    return {
        key: value for key, value in to_json(config.recipe).items() if key not in unused
    }


def _write_formats(
    model: Any, staging: Path, graph_too: bool, progress: Progress
) -> tuple[list[ExportedFormat], dict[str, str]]:
    """Write the layers-models, and a graph-model if there are none or one is wanted
    too, all without labels.
    """
    formats: list[ExportedFormat] = []
    skipped: dict[str, str] = {}
    try:
        graph = trace_model(model)
    except ConversionError as refusal:
        why = str(refusal).partition(" Next step:")[0]  # which is done here
        if reason := graph_available():
            raise ConversionError(
                f"{why} A graph-model cannot be written: {reason}. Next step: {INSTALL}"
            ) from refusal
        progress(f"no layers-model: {why}")
        skipped |= {f"layers-{dtype}": why for dtype in LAYERS_DTYPES}
    for dtype in LAYERS_DTYPES if not skipped else ():
        name = f"layers-{dtype}"
        progress(name)
        write_layers_json(graph, model, staging / name, dtype=dtype)
        formats.append(_format(staging / name))
    if graph_too or skipped:
        name = "graph-float32"
        progress(name)
        write_graph_model(model, staging / name)
        formats.append(_format(staging / name))
    return formats, skipped


def _write_files(
    model: Any, kinds: Sequence[Kind], staging: Path, work: Path, progress: Progress
) -> list[ExportedFormat]:
    """Write the files for other programs, each run in its runtime on random inputs and
    then in a folder of its own.
    """
    formats: list[ExportedFormat] = []
    with scratch_folder(work) as scratch:
        request = ExportRequest(
            model=model,
            work=scratch,
            dtype="float32",
            samples=(),
            metadata=None,
            progress=progress,
        )
        for kind in kinds:
            try:
                checked = export_file(request, kind)
            except ConversionError as error:
                way_out = f"leave {kind.name} out of the recipe's formats"
                raise ConversionError(str(error).replace(INSTEAD, way_out)) from error
            folder = staging / f"{kind.name}-float32"
            shutil.move(checked.folder, folder)
            formats.append(dataclasses.replace(_format(folder), needs=checked.needs))
    return formats


def _writers(config: Config) -> dict[str, str]:
    """Package → version, of what writes and runs the files for other programs."""
    return {
        package: one
        for kind in kinds_of(config.recipe.formats)
        for package, one in kind.versions().items()
    }


def _format(folder: Path) -> ExportedFormat:
    """The record of the format in a folder, which has its name."""
    files = file_digests(folder)
    route, _, dtype = folder.name.partition("-")
    inside = [
        dataclasses.replace(file, path=f"{folder.name}/{file.path}") for file in files
    ]
    return ExportedFormat(
        id=folder.name,
        route=cast(Route, route),
        dtype=dtype,
        path=inside[0].path,
        bytes=sum(file.bytes for file in files),
        files=tuple(sorted(inside, key=lambda file: file.path)),
    )


def _unpack_keras(staging: Path) -> dict[str, str]:
    """Put the parts of model.keras beside it; the files by role."""
    with zipfile.ZipFile(staging / "model.keras") as archive:
        archive.extractall(staging, KERAS_PARTS.values())
    return KERAS_PARTS


def _write_evaluation(
    evaluation: Evaluation, work: Path, staging: Path
) -> dict[str, str]:
    """Write evaluation.json and, where there is one, the rule for what is no digit; the
    files by role.
    """
    evaluated = to_json(evaluation)
    del evaluated["probabilities_path"]  # it stays in the run's folder
    familiar = evaluated.pop("familiarity")
    save(staging / "evaluation.json", evaluated, compact=True)
    if not familiar:
        return {"evaluation": "evaluation.json"}
    copy_content(work / familiar.pop("path"), staging / "familiar.bin")
    save(staging / "familiar.json", familiar)
    return {
        "evaluation": "evaluation.json",
        "familiar": "familiar.json",
        "familiar_weights": "familiar.bin",
    }


def _write_training_images(
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    images: Images,
    staging: Path,
) -> dict[str, str]:
    """Write images with which the page can train the recipe's model, if they are to be
    published; by role.
    """
    if trained.origin or config.images_to_publish(dataset.source) != "some":
        return {}
    seed = config.recipe.training.seed
    order = row_order(dataset, trained.validation_images, seed)
    rows = np.arange(dataset.train_images) if order is None else order
    return write_training_images(
        staging,
        images.train,
        images.train_labels,
        trained=rows[: trained.training_images],
        held_out=rows[trained.training_images :],
        seed=seed,
    )


def _facts(kind: type[T], *records: Any) -> T:
    """The values from the records of earlier stages that the manifest keeps."""
    values = {
        key: value for record in records for key, value in to_json(record).items()
    }
    return from_json(kind, values, ignore_unknown=True)
