"""The export stage: a trained, accepted model in, a complete version folder out, in staging and not yet verified."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import __version__
from pipeline.config import Config
from pipeline.datasets.arrays import load_images
from pipeline.records import (
    Dataset,
    Evaluation,
    ExportedFormat,
    ExportedModel,
    FileDigest,
    Gate,
    TrainedModel,
    dump_json,
    save,
    to_json,
)
from pipeline.system.tensorflow import on_cpu, start_tensorflow
from pipeline.tfjs.graph_model.converter import graph_available, write_graph_model
from pipeline.tfjs.layers_model.tracer import write_layers_model
from pipeline.tfjs.model_files import output_names
from pipeline.tfjs.weights import Dtype
from pipeline.versions.manifest import SCHEMA, version_id
from pipeline.versions.test_images import write_samples
from pipeline.versions.weights_image import weights_sheet

LAYERS_DTYPES: tuple[Dtype, ...] = ("float32", "uint16", "uint8")


def export_version(
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    gates: Sequence[Gate],
    steps: list[dict[str, Any]],
    staging: Path,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> ExportedModel:
    """Write every format, the records that the page shows, and the manifest into `staging`.

    Raises:
        ConversionError: TensorFlow.js cannot compute a layer of the model as Keras does.
        DataError: the images changed since they were checked.
    """
    start_tensorflow("cpu")
    import keras

    drawing = config.recipe.preprocess.drawing_steps(dataset.image_height, dataset.image_width)
    preprocess = {"drawing": drawing, "image": steps}
    metadata = {"labels": list(dataset.labels), "preprocess": preprocess}
    images = load_images(dataset)
    wrong = [mistake.index for mistake in evaluation.mistakes]
    with on_cpu():
        model = keras.saving.load_model(trained.model_path, safe_mode=True)
        formats, skipped = _write_formats(model, staging, metadata, report)
        files = write_samples(staging, model, images.test, images.test_labels, steps=steps, mistakes=wrong)

    shutil.copyfile(trained.model_path, staging / "model.keras")
    evaluated = to_json(evaluation)
    del evaluated["probabilities_path"]  # of this machine
    save(staging / "evaluation.json", evaluated)
    files = {"keras": "model.keras", "evaluation": "evaluation.json", "history": "history.json", **files}
    history: dict[str, Any] = {"epochs": to_json(trained.history)}
    if trained.snapshots_path:
        history["snapshots"] = _write_snapshots(Path(trained.snapshots_path), staging / "snapshots.bin")
        files["snapshots"] = "snapshots.bin"
    save(staging / "history.json", history)
    if _is_linear(model):
        kernel = model.layers[0].get_weights()[0]
        sheet = weights_sheet(kernel, dataset.image_height, dataset.image_width)
        (staging / "weights.png").write_bytes(sheet)
        files["weights_picture"] = "weights.png"

    manifest = _manifest(config, dataset, trained, evaluation, gates, preprocess, formats, skipped, model)
    manifest["files"] = {name: to_json(file_digest(staging, path)) for name, path in files.items()}
    manifest["version"] = version_id(manifest)
    (staging / "manifest.json").write_text(dump_json(manifest), encoding="utf-8")
    return ExportedModel(
        name=config.name,
        version=manifest["version"],
        directory=str(staging.resolve()),
        formats=tuple(formats),
        skipped_formats=skipped,
    )


def file_digest(folder: Path, path: str) -> FileDigest:
    """Size and SHA-256 of a file of a version folder."""
    content = (folder / path).read_bytes()
    return FileDigest(path=path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _write_formats(
    model: Any, staging: Path, metadata: dict[str, Any], report: Callable[[str], None]
) -> tuple[list[ExportedFormat], dict[str, str]]:
    formats, skipped = [], {}
    for dtype in LAYERS_DTYPES:
        name = f"layers-{dtype}"
        report(name)
        write_layers_model(model, staging / name, dtype=dtype, metadata=metadata)
        formats.append(_describe(staging, name, route="layers", dtype=dtype))
    reason = graph_available()
    if reason:
        skipped["graph-float32"] = reason
        report(f"graph-float32 skipped: {reason}")
    else:
        report("graph-float32")
        write_graph_model(model, staging / "graph-float32", metadata=metadata)
        formats.append(_describe(staging, "graph-float32", route="graph", dtype="float32"))
    return formats, skipped


def _describe(staging: Path, name: str, *, route: str, dtype: str) -> ExportedFormat:
    paths = sorted(str(path.relative_to(staging)) for path in (staging / name).iterdir())
    files = tuple(file_digest(staging, path) for path in paths)
    return ExportedFormat(
        id=name, route=route, dtype=dtype, path=f"{name}/model.json", bytes=sum(f.bytes for f in files), files=files
    )


def _is_linear(model: Any) -> bool:
    """Whether the model is one dense layer, so that a class's weights are a picture."""
    return [type(layer).__name__ for layer in model.layers] == ["Dense"]


def _write_snapshots(source: Path, target: Path) -> dict[str, Any]:
    """Quantise the weights of every epoch to uint8 on one scale: they are for pictures, which have no more shades."""
    with np.load(source, allow_pickle=False) as file:
        snapshots = file["snapshots"]  # float32 (epochs + 1, weights)
    low, high = float(snapshots.min()), float(snapshots.max())
    scale = (high - low) / 255 or 1.0
    target.write_bytes(np.rint((snapshots - low) / scale).astype(np.uint8).tobytes())
    return {"path": target.name, "dtype": "uint8", "shape": list(snapshots.shape), "scale": scale, "min": low}


def _manifest(
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    gates: Sequence[Gate],
    preprocess: dict[str, Any],
    formats: Sequence[ExportedFormat],
    skipped: dict[str, str],
    model: Any,
) -> dict[str, Any]:
    height, width = dataset.image_height, dataset.image_width
    recipe = to_json(config.recipe)
    return {
        "schema": SCHEMA,
        "name": config.name,
        "version": "",  # set once the rest is known: it is derived from the content
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "labels": list(dataset.labels),
        "input": {
            "name": model.inputs[0].name,
            "shape": [int(side) for side in model.inputs[0].shape[1:]],
            "dtype": "float32",
            "image": {"height": height, "width": width, "channels": 1},
        },
        "output": {
            "name": output_names(model)[0],
            "shape": [int(side) for side in model.outputs[0].shape[1:]],
            "kind": "probabilities",
        },
        "linear": _is_linear(model),
        "preprocess": preprocess,
        "formats": to_json(formats),
        "skipped_formats": skipped,
        "metrics": {
            "test_images": evaluation.test_images,
            "test_loss": evaluation.test_loss,
            "test_accuracy": evaluation.test_accuracy,
            "test_accuracy_interval": list(evaluation.test_accuracy_interval),
            "expected_calibration_error": evaluation.expected_calibration_error,
            "per_class": to_json(evaluation.per_class),
        },
        "gates": to_json(gates),
        "training": {
            "parameters": trained.parameters,
            "weights_digest": trained.weights_digest,
            "seed": trained.seed,
            "epochs": config.recipe.training.epochs,
            "batch_size": config.recipe.training.batch_size,
            "training_images": trained.training_images,
            "validation_images": trained.validation_images,
            "device": trained.device,
            "strategy": trained.strategy,
            "seconds": trained.seconds,
        },
        "data": {
            "name": dataset.name,
            "source": dataset.source,
            "digest": dataset.digest,
            "train_images": dataset.train_images,
            "test_images": dataset.test_images,
            "warnings": list(dataset.warnings),
        },
        "recipe": recipe,
        "environment": {**trained.environment, "pipeline": __version__},
        "git_commit": _git_commit(),
    }


def _git_commit() -> str | None:
    """The commit that the build ran in, with "-dirty" when files differ from it; None outside a checkout."""
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
