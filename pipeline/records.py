"""The records passed from one stage to the next: paths, digests and numbers, never
arrays or models.

Each is a frozen dataclass that `save` writes as JSON and `load` reads back with its
types checked, so any stage can be run again from the files on disk. Paths to what a
stage wrote are relative to the folder that holds it, so that folders can be copied and
moved: a record never names the files of another copy. Digests bind a record to what it
speaks of.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SplitStatistics:
    """The labels and pixels of the training or the test images, for comparison with
    another data set.
    """

    labels: tuple[int, ...]  # images of each class, in the order of the names
    # share of the pixels in each of 16 bins of equal width, from black to white
    pixels: tuple[float, ...]
    mean: float  # of the pixels, 0..1
    deviation: float  # standard deviation of the pixels


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """The data set that the model was measured on, and, unless it was trained
    elsewhere, trained on.
    """

    name: str
    source: str  # "cache", "keras", "npm", "file" or "folder"
    digest: str  # SHA-256 over the payloads
    train_images: int
    test_images: int
    # of the training images: which are by people's pens, and bent copies of them
    drawn_images: int = 0
    # whether most training images are bright at their edges
    dark_on_bright: bool = False
    # pixels, to which `contain` resized every image; null: they are as they were
    size: int | None = None
    # of the images that were chosen for tests; null: the data set has its own
    test_share: float | None = None
    split_seed: int | None = None  # of that choice
    warnings: tuple[str, ...] = ()
    license: str | None = None  # SPDX identifier
    attribution: str | None = None  # who to name as the makers of the data
    train_statistics: SplitStatistics | None = None
    test_statistics: SplitStatistics | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(DataFacts):
    """A validated data set, and where to read it from (`arrays.load_images`).

    Those by pens are its first images.
    """

    path: str  # folder of IDX or .npy files, or the .npz file
    labels: tuple[str, ...]  # one name per class
    image_height: int  # pixels
    image_width: int  # pixels
    channels: int = 1  # 3: red, green and blue
    repeated_test_images: int = 0  # test images that equal a training image, or nearly
    repeated: tuple[
        tuple[int, int], ...
    ] = ()  # the first of them: rows in the test and in the training set


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """One line of the training history."""

    epoch: int  # 0 is the state before the first step
    loss: float | None  # mean over the epoch's training images; None at epoch 0
    accuracy: float | None  # on the epoch's training images, during training
    validation_loss: float | None  # None if there are no validation images
    validation_accuracy: float | None
    learning_rate: float  # at the end of the epoch
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One image whose label is not the class that the model prefers."""

    index: int  # in the test set; in the training set for TrainedModel.disputed
    label: int
    predicted: int
    probability: float  # given to the predicted class
    label_probability: float  # given to the class of the label


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The file of a model that was trained elsewhere."""

    file: str  # its name, without the folder
    digest: str  # SHA-256 over its content
    layout: Literal["flatten", "channel", "rows"]  # how images become its input
    softmax_appended: bool  # because it returned logits


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A trained Keras model on disk with its history, or without one if it was trained
    elsewhere.
    """

    model_path: str  # .keras, in the run's folder
    # .npz in the run's folder, with a linear model's weights as they formed
    # (`TrainingState.film`)
    snapshots_path: str | None
    weights_digest: str  # SHA-256 over the weights, in order, as little-endian float32
    parameters: int
    history: tuple[EpochResult, ...]  # empty if it was trained elsewhere
    training_images: int  # 0 if it was trained elsewhere: no image was used here
    validation_images: int
    # training labels that the model contradicts with confidence
    # (`training.label_review`)
    disputed_labels: int
    # those that it contradicts most, at most 200; `index` is the training set's
    disputed: tuple[Mistake, ...]
    seed: int | None  # this and the next two are null if it was trained elsewhere
    device: str | None  # used by TensorFlow, e.g. "CPU" or "GPU: NVIDIA H100"
    strategy: str | None  # "xla", "graph" or "fit"; on several devices "mirrored-2", …
    seconds: float
    environment: dict[str, str]  # package → version
    origin: Origin | None = None  # null if it was trained here


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """How well one class is recognized on the test images."""

    label: str
    precision: float | None  # null if no image was predicted as this class
    recall: float
    support: int  # test images of the class


@dataclass(frozen=True, kw_only=True)
class Drawings:
    """How the model reads digits that people wrote with pens (`pipeline.pens`), none of
    whom it learned from.
    """

    drawings: int
    writers: int
    accuracy: float
    accuracy_interval: tuple[float, float]  # 95 %, over the writers
    confidence: float  # mean of the largest probability


@dataclass(frozen=True, kw_only=True)
class MisreadDrawing:
    """One of the digits of `Drawings` that the model takes for another."""

    label: int
    predicted: int
    probability: float  # of `predicted`
    # x, y, x, y, … of each, y downwards; the digit's longer side is 100
    strokes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Confidence:
    """How often answers are right, from their probabilities (`quality.confidence`): a
    correction, and how well it fits.

    Confidence is the largest of the probabilities raised to the power of 1 /
    temperature, over their sum, and at most the ceiling.
    """

    temperature: float  # above 1 where the model is surer than it is right
    ceiling: float = 1.0  # how often its surest answers are right
    # drawings are digits by people's pens
    fitted_on: Literal["drawings", "validation images", "test images"]
    fitted: int  # how many of them
    # others than it was fitted on; drawings are by other writers
    measured_on: Literal["drawings", "test images"]
    measured: int
    accuracy: float  # on what it was measured
    mean: float  # confidence
    expected_calibration_error: float  # of the confidence, over 15 bins of equal width
    uncorrected_calibration_error: float  # of the largest probability


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How numbers are stored as bytes: value = scale × byte + min."""

    scale: float
    min: float


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """How many of some images a rule flags."""

    images: int
    flagged: int


@dataclass(frozen=True, kw_only=True)
class Familiarity:
    """A network beside the model that tells digits from what is none
    (`quality.familiar`), and how often it is wrong.

    It has one hidden layer with ReLU. Where its output is 0 or more, the answer is
    flagged.
    """

    # in the run's folder: uint8, the weights of each hidden unit, `inputs` bytes each
    path: str
    digest: str  # SHA-256 of that file
    inputs: int  # numbers of one picture
    # the pixels of a side of the model's input that are averaged to one of them
    pool: int
    hidden: Scale  # of the weights
    biases: tuple[float, ...]  # one per hidden unit
    outputs: tuple[float, ...]  # how much each of them counts in the output
    bias: float  # of the output
    within: float  # share of the digits by which the limit was set that are not flagged
    test: Flagged  # the test images
    drawings: Flagged  # those of Drawings that are read correctly
    signs: Flagged  # letters and things, none of which is a digit
    letters: int  # how many of those are letters, of fonts that it did not learn from
    # how many of them the model is surer of than 90 %, and are not flagged
    letters_believed: int


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Results of the model on the test images."""

    test_images: int
    test_loss: float
    test_accuracy: float
    test_accuracy_interval: tuple[float, float]  # 95 % Wilson score interval
    expected_calibration_error: float
    per_class: tuple[ClassMetrics, ...]
    confusion: tuple[tuple[int, ...], ...]  # [label][predicted]
    mistakes: tuple[Mistake, ...]
    weights_digest: str  # TrainedModel.weights_digest of the model that was measured
    # .npy in the run's folder, float32 (test images, classes): Keras' answers, the
    # reference for verification
    probabilities_path: str
    probabilities_digest: str  # SHA-256 of that file
    drawings: Drawings | None = None  # null where the classes are not the digits
    # at most 12, those first of which the model is surest
    misread_drawings: tuple[MisreadDrawing, ...] = ()
    # null where the classes are not the digits, or the images are large
    familiarity: Familiarity | None = None
    # null where there are too few images to fit it
    confidence: Confidence | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedAnswers:
    """How a published model does on test images of other data than it was measured
    on.
    """

    version: str
    # rows in the test set of the images that it takes for another class
    wrong: tuple[int, ...]


ACCURACY_GATE, RECALL_GATE = "test accuracy", "class recall"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One condition for publishing."""

    name: str
    value: float | None  # null if there was nothing to measure, e.g. no baseline
    limit: float | None
    passed: bool | None  # null if there was nothing to measure
    detail: str  # one sentence for people

    @classmethod
    def at_least(cls, name: str, value: float, limit: float, detail: str) -> "Gate":
        """The gate that a value passes if it reaches the limit."""
        return cls(
            name=name, value=value, limit=limit, passed=value >= limit, detail=detail
        )

    @classmethod
    def unmeasured(cls, name: str, reason: str) -> "Gate":
        """A gate that stops nothing, because there is nothing to measure."""
        return cls(name=name, value=None, limit=None, passed=None, detail=reason)

    @property
    def outcome(self) -> str:
        """The result in words."""
        return (
            "not measured"
            if self.passed is None
            else "passed"
            if self.passed
            else "FAILED"
        )


def count_outcomes(gates: Iterable[Gate]) -> str:
    """Count how gates ended, as in "8 passed, 3 not measured"."""
    counts = Counter(gate.outcome.lower() for gate in gates)
    return ", ".join(
        f"{counts[word]} {word}"
        for word in ("passed", "not measured", "failed")
        if counts[word]
    )


@dataclass(frozen=True, kw_only=True)
class FileDigest:
    """A file of an exported version."""

    path: str  # relative to the version's folder
    bytes: int
    sha256: str


# the first two are of TensorFlow.js
Route = Literal["layers", "graph", "onnx", "litert"]


@dataclass(frozen=True, kw_only=True)
class ExportedFormat:
    """One of the formats in which the model was written."""

    id: str  # route and dtype, e.g. "layers-float32"
    route: Route  # the first two are of TensorFlow.js
    dtype: str  # of the stored weights
    path: str  # of the model.json, .onnx or .tflite file, in the version folder
    bytes: int  # topology and weights together
    files: tuple[FileDigest, ...]
    # the oldest runtime of an .onnx or .tflite file that has its operations, like "ONNX
    # opset 18"; else null or missing
    needs: str | None = field(default=None, metadata={"sparse": True})
    # The worst of all runtimes that verified it, so it holds in each of them; null
    # before verification.
    test_accuracy: float | None = None
    argmax_agreement: float | None = None
    max_abs_diff: float | None = None


Runtime = Literal["tfjs", "dense", "onnxruntime", "LiteRT"]


@dataclass(frozen=True, kw_only=True)
class FormatCheck:
    """One format, run by one JavaScript runtime on test images and compared with
    Keras.
    """

    format: str  # ExportedFormat.id
    runtime: Runtime  # "tfjs": stock TensorFlow.js; "dense": the page and the embed
    samples: int
    max_abs_diff: float  # over all probabilities
    limit: float  # for max_abs_diff
    argmax_agreement: float  # fraction of samples
    # computed from JavaScript's answers; null without labels
    test_accuracy: float | None = None
    passed: bool
    detail: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The results of running the exported files in JavaScript, or in the runtime of
    another format.
    """

    node: str  # version; empty where another runtime than TensorFlow.js computed
    tfjs: str  # version; likewise
    backend: str  # of TensorFlow.js, or the other runtime and its version
    checks: tuple[FormatCheck, ...]


@dataclass(frozen=True, kw_only=True)
class StoredVersion:
    """A version that was exported, verified and stored."""

    version: str
    # SHA-256 of manifest.json, which has the SHA-256 of every other file
    manifest_digest: str


@dataclass(frozen=True, kw_only=True)
class HeldModel:
    """Why a build was not published: a rollback holds the model."""

    since: str  # when it was rolled back: UTC, ISO 8601
    live: str | None  # the version that stays live
    release: str  # the command line after which builds publish the model again


@dataclass(frozen=True, kw_only=True)
class PublishedSite:
    """The site after a publication or rollback."""

    name: str
    version: str
    export_dir: str
    site_dir: str
    bytes: int  # of the published version
    previous_version: str | None
    # the version that was live before, if this was a rollback
    rolled_back_from: str | None = None
    warnings: tuple[
        str, ...
    ] = ()  # of what was mended, and of a signature that this did not renew
