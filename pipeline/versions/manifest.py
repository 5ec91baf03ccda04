"""`manifest.json`, the only way that facts cross from Python to JavaScript: its types,
its reader and the version id.

`docs/manifest.schema.json` and docs/manifest.md are generated from these types,
comments included (`python -m tests.support.manifest_schema`), and from that schema the
types of TypeScript (web/scripts/schema.mjs).
"""

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pipeline.errors import PublishError
from pipeline.records import (
    ClassMetrics,
    Confidence,
    DataFacts,
    ExportedFormat,
    FileDigest,
    Gate,
    Verification,
)
from pipeline.system.json_records import RecordError, from_json, to_json
from pipeline.system.outside import read_json

MANIFEST_NAME = "manifest.json"
CARD_NAME = "README.md"
JUDGING_NAME = "judging.json"
LATEST_NAME = "latest.json"  # beside the versions of a model: names the live one
VERSION_PATTERN = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class ImageSize:
    """The size of the images that a model takes."""

    height: int  # pixels
    width: int  # pixels
    channels: int  # 1: ink or gray; 3: red, green and blue


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One input of the model."""

    name: str
    # of one example, without the batch axis; null where any size is allowed
    shape: tuple[int | None, ...]
    dtype: str  # "string": load() turns strings into what the files take
    image: ImageSize | None = None  # null when the model does not take images


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One output of the model."""

    name: str
    # of one example, without the batch axis; null where any size is allowed
    shape: tuple[int | None, ...]
    # "probabilities" when the model ends in softmax or sigmoid
    kind: Literal["probabilities", "values"]


@dataclass(frozen=True, kw_only=True)
class Preprocess:
    """The preprocessing steps that produce the model's input."""

    # from a drawing or photo to an image of the size in `input.image`
    drawing: tuple[dict[str, Any], ...]
    # from such an image, or one from the data set, to the input
    image: tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class ProbeInput:
    """One input of the probes:

    a browser draws its numbers from a hash of their positions, evenly in a range.
    """

    shape: tuple[int, ...]  # of one example
    low: float
    high: float
    whole: bool  # whether the numbers are whole


@dataclass(frozen=True, kw_only=True)
class ProbeOutput:
    """One output of the probes: Keras' answers."""

    places: tuple[int, ...]  # of the numbers below, in the answer to one example
    answers: tuple[tuple[float, ...], ...]  # for each probe
    # largest difference that passes; that of the format's check if it is larger
    limit: float


@dataclass(frozen=True, kw_only=True)
class Probes:
    """Eight inputs with Keras' answers, which `load()` and the element repeat on the
    visitor's device.
    """

    # in the order of `input`, or of the numbers that words become
    inputs: tuple[ProbeInput, ...]
    outputs: tuple[ProbeOutput, ...]  # in the order of `output`: the first twelve


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Results on the test images, computed by Keras; fractions are 0..1."""

    test_images: int
    test_loss: float  # cross-entropy, nats
    test_accuracy: float
    test_accuracy_interval: tuple[float, float]  # 95 % Wilson score interval
    expected_calibration_error: float
    per_class: tuple[ClassMetrics, ...]  # in the order of `labels`
    weights_digest: str  # of the weights that were measured: the same as in `training`


@dataclass(frozen=True, kw_only=True)
class TrainingFacts:
    """How the model was trained."""

    parameters: int
    weights_digest: str  # SHA-256 over the weights, in order, as little-endian float32
    seed: int
    epochs: int
    batch_size: int
    training_images: int
    validation_images: int
    # on the validation images, after the last epoch
    validation_accuracy: float | None = None
    device: str  # used by TensorFlow, e.g. "CPU"
    strategy: str  # how epochs were run, e.g. "xla"
    seconds: float


@dataclass(frozen=True, kw_only=True)
class OriginFacts:
    """Where a model comes from that was trained elsewhere, and taken over from its
    file.
    """

    file: str  # its name
    digest: str  # SHA-256 over its content
    softmax_appended: bool  # because it returned logits
    parameters: int
    weights_digest: str  # SHA-256 over the weights, in order, as little-endian float32


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All facts about an exported version.

    `pipeline export` knows nothing about training: those keys are then null.
    """

    schema: Literal[1]  # increased when older readers would misread the file
    name: str  # of the model
    title: str | None = None  # of its page and card, from the recipe; null: the name
    # what one image shows, as the page and the card call it: "digit", "shape", …
    noun: str | None = None
    version: str  # 12 hexadecimal digits, derived from the content
    created: str  # UTC, ISO 8601
    labels: tuple[str, ...] = ()  # one per class
    # a list if there are several
    input: InputSpec | tuple[InputSpec, ...] | None = None
    # a list if there are several
    output: OutputSpec | tuple[OutputSpec, ...] | None = None
    # input → Dense → softmax: the weights of each class form an image
    linear: bool = False
    preprocess: Preprocess | None = None
    formats: tuple[ExportedFormat, ...]
    # id of what pages load by default: the smallest with 99.99 % of Keras' answers
    default_format: str | None = None
    # format id → why it was not written
    skipped_formats: dict[str, str] = field(default_factory=dict)
    metrics: Metrics | None = None
    # how often answers are right; null where that was not measured
    confidence: Confidence | None = None
    gates: tuple[Gate, ...] = ()
    training: TrainingFacts | None = None  # null also if it was trained elsewhere
    origin: OriginFacts | None = None  # null unless it was trained elsewhere
    data: DataFacts | None = None
    recipe: dict[str, Any] | None = None  # resolved, as in docs/recipes.md
    environment: dict[str, str] = field(default_factory=dict)  # package → version
    license: str | None = None  # of the model: SPDX identifier, from the recipe
    card: FileDigest | None = None  # the model card; null in exports
    # judging.json: what judges answers, for pages that read latest.json
    judging: FileDigest | None = None
    # the other files of the version, by role
    files: dict[str, FileDigest] = field(default_factory=dict)
    # in exports: the report, load.js with its parts, and the page that uses them
    beside: tuple[FileDigest, ...] = ()
    probes: Probes | None = None  # null where a browser cannot repeat them
    verification: Verification | None = None

    @property
    def listed_files(self) -> tuple[FileDigest, ...]:
        """Every file of the version once, except the manifest itself."""
        rendered = (file for file in (self.card, self.judging) if file)
        # formats may share weights
        of_formats = dict.fromkeys(file for fmt in self.formats for file in fmt.files)
        return (*of_formats, *rendered, *self.files.values(), *self.beside)

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        """The model's inputs, always as a tuple; empty if unknown."""
        return (
            self.input
            if isinstance(self.input, tuple)
            else (self.input,)
            if self.input
            else ()
        )

    @property
    def outputs(self) -> tuple[OutputSpec, ...]:
        """The model's outputs, likewise."""
        return (
            self.output
            if isinstance(self.output, tuple)
            else (self.output,)
            if self.output
            else ()
        )

    @property
    def input_name(self) -> str:
        """The name of the only input. Raises TypeError if there is not exactly one."""
        if not isinstance(self.input, InputSpec):
            raise TypeError(f"{self.name} must have one input. Received: {self.input}")
        return self.input.name

    @property
    def weights_digest(self) -> str | None:
        """`TrainedModel.weights_digest` of the model; None if an export does not say
        it.
        """
        known = self.training or self.origin
        return known.weights_digest if known else None

    @property
    def image(self) -> ImageSize | None:
        """The size of the images that the model takes; None if it takes something else
        or several inputs.
        """
        return self.input.image if isinstance(self.input, InputSpec) else None


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; PublishError if it cannot be used.

    Unknown keys are ignored, because a newer release may have written them.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        reason = (
            error.strerror
            if isinstance(error, OSError)
            else f"it is not JSON ({error})"
        )
        raise PublishError(
            f"Cannot read the manifest {path}: {reason}. Export or publish this model"
            " again."
        ) from error
    try:
        manifest = from_json(Manifest, content, ignore_unknown=True)
        _check(manifest)
    except RecordError as error:
        raise PublishError(
            f"{path} is not a usable manifest: {error}. Export this model again."
        ) from error
    return manifest


def read_pointer(path: Path) -> str:
    """The id of the version that a latest.json names.

    OSError if it cannot be read, ValueError if it names none; both say what was
    received.
    """
    pointer = read_json(path)
    version = pointer.get("version") if isinstance(pointer, dict) else None
    if not isinstance(version, str) or not VERSION_PATTERN.fullmatch(version):
        raise ValueError(f"{pointer!r:.80}")
    return version


def identified(manifest: Manifest) -> Manifest:
    """The manifest with the version id derived from its content."""
    return dataclasses.replace(manifest, version=version_id(manifest))


def version_id(manifest: Manifest) -> str:
    """The version id: 12 hexadecimal digits derived from everything that identifies the
    model.

    Included: schema, name, labels, input, output, preprocess, the digests of the
    layers-model files (weights and
    topology), which formats and which other files there are, the resolved recipe, the
    digest of the data, seed and epochs. If there is no layers-model, the digests of the
    other formats, so that the weights always count.

    Excluded, because two runs that produce the same model differ in them: created,
    seconds, device and environment; the graph-model's bytes (the official converter
    guarantees no stable order) and model.keras (a zip with timestamps). Also excluded:
    whatever is computed from the model (metrics, confidence, gates, verification, the
    other files), and what lies beside an export.
    """
    hashed = [
        fmt for fmt in manifest.formats if fmt.route == "layers"
    ] or manifest.formats
    identity = {
        **{
            key: getattr(manifest, key)
            for key in ("schema", "name", "input", "output", "preprocess", "recipe")
        },
        "labels": manifest.labels or None,
        "formats": sorted(fmt.id for fmt in manifest.formats),
        "files": {file.path: file.sha256 for fmt in hashed for file in fmt.files},
        # Only their roles: a version that lacks one gets another id, and so does one
        # that says nothing of its confidence.
        "other_files": sorted(
            [*manifest.files, *(["confidence"] if manifest.confidence else [])]
        ),
        "data": manifest.data.digest if manifest.data else None,
        "seed": manifest.training.seed if manifest.training else None,
        "epochs": manifest.training.epochs if manifest.training else None,
    }
    canonical = json.dumps(
        to_json(identity),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _check(manifest: Manifest) -> None:
    """Check the rules that types cannot express. Raises RecordError."""
    if not VERSION_PATTERN.fullmatch(manifest.version):
        raise RecordError(
            f"version must be 12 hexadecimal digits. Received: {manifest.version!r}"
        )
    for i, fmt in enumerate(manifest.formats):
        for j, file in enumerate(fmt.files):
            _check_path(file.path, f"formats[{i}].files[{j}].path")
        if fmt.path not in {file.path for file in fmt.files}:
            raise RecordError(
                f"formats[{i}].path must be one of its files. Received: {fmt.path!r}"
            )
    for key, file in manifest.files.items():
        _check_path(file.path, f"files.{key}.path")
    for i, file in enumerate(manifest.beside):
        _check_path(file.path, f"beside[{i}].path")
    for key, known, name in (
        ("card", manifest.card, CARD_NAME),
        ("judging", manifest.judging, JUDGING_NAME),
    ):
        if known and known.path != name:
            raise RecordError(f"{key}.path must be {name!r}. Received: {known.path!r}")
    _check_statistics(manifest)


def _check_statistics(manifest: Manifest) -> None:
    """The gates of a later build divide by these."""
    data, training = manifest.data, manifest.training
    for split in (data.train_statistics, data.test_statistics) if data else ():
        if split and (
            len(split.labels) != len(manifest.labels)
            or min(split.labels, default=0) < 1
        ):
            raise RecordError(
                "data must count some images of each label. Received:"
                f" {split.labels!r:.80}"
            )
    share, images = (
        (training.validation_accuracy, training.validation_images)
        if training
        else (None, 0)
    )
    if images < 0 or (share is not None and not 0 <= share <= 1):
        raise RecordError(
            f"training.validation_accuracy must be in 0..1. Received: {share} of"
            f" {images} images"
        )


def _check_path(text: str, where: str) -> None:
    path = PurePosixPath(text)
    # Files are written to these paths: none may lead out of the version's folder or be
    # hidden in it.
    unsafe = path.is_absolute() or "\\" in text or ":" in text or str(path) != text
    if (
        unsafe
        or text in (MANIFEST_NAME, CARD_NAME, JUDGING_NAME)
        or any(part.startswith(".") for part in path.parts)
    ):
        raise RecordError(
            f"{where} must stay inside the version's folder. Received: {text!r}"
        )
