"""The evaluate stage: measure the trained model on the test images."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.data.arrays import Images, load_images
from pipeline.quality.answers import answer, load_on_cpu
from pipeline.quality.confidence import LEAST, MOST, calibration_error, judge_confidence
from pipeline.quality.drawings import Drawn, measure_drawings, misread_drawings
from pipeline.quality.familiar import WITHIN, Familiar, flagged
from pipeline.quality.intervals import wilson_interval
from pipeline.records import (
    ClassMetrics,
    Confidence,
    Dataset,
    Evaluation,
    Familiarity,
    Mistake,
    Scale,
    TrainedModel,
)
from pipeline.system.files import replacing, sha256_of
from pipeline.system.progress import Progress, counter, silent
from pipeline.training.input_pipeline import row_order

EPSILON = 1e-7  # keras.config.epsilon()
SURE = 0.9  # a probability that a reader believes


def evaluate_model(
    dataset: Dataset,
    trained: TrainedModel,
    steps: list[dict[str, Any]],
    work: Path,
    drawn: Drawn | None = None,
    familiar: Familiar | None = None,
    *,
    progress: Progress = silent,
) -> Evaluation:
    """Run the model, which is in the folder `work`, on every test image, on the CPU,
    and measure it.

    Keras' probabilities are stored in `work/probabilities.npy`, float32 (test images,
    classes): the exported model must reproduce them in JavaScript. `steps` are the
    `image` steps of the recipe, from an image to the model's input. If the classes are
    digits, the model also reads those that were `drawn`, and its confidence is that in
    drawings; `familiar` is the rule for what is no digit.
    """
    images = load_images(dataset)
    model = load_on_cpu(work / trained.model_path, trained.weights_digest)

    def read(
        some: NDArray[Any], advance: Callable[[int], None] = lambda _: None
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The answers to images, (N, classes), and which are unlike any digit, (N,);
        (0,) without a rule.
        """
        unlike = [np.empty(0, np.bool_)]

        def watch(inputs: NDArray[np.float32], _: NDArray[np.float32]) -> None:
            if familiar:
                unlike.append(familiar.unlike(inputs))
            advance(len(inputs))

        return answer(model, some, steps, watch=watch), np.concatenate(unlike)

    probabilities, unlike = read(
        images.test, counter(progress, "evaluate", dataset.test_images, "images")
    )
    loss = cross_entropy(probabilities, images.test_labels)
    path = work / "probabilities.npy"
    with replacing(path) as temporary:
        np.save(temporary, probabilities)
        digest = sha256_of(temporary)
    found = measure(
        probabilities,
        images.test_labels,
        dataset.labels,
        loss=loss,
        weights_digest=trained.weights_digest,
        probabilities_path=path.name,
        probabilities_digest=digest,
    )
    if drawn is None:
        confidence = _confidence_in_images(
            dataset, images, probabilities, trained, read
        )
        return dataclasses.replace(found, confidence=confidence)
    count, letters = len(drawn.labels), len(drawn.letters)
    answers, beyond = read(np.concatenate([drawn.digits, drawn.letters, drawn.things]))
    drawings = measure_drawings(answers[:count], drawn.labels, drawn.writers)
    familiarity: Familiarity | None = None
    if familiar:
        # of a wrong answer it is right to warn
        right = answers[:count].argmax(axis=1) == drawn.labels
        sure = answers[count:][:letters].max(axis=1) > SURE
        familiarity = _familiarity(
            familiar,
            work,
            test=flagged(unlike),
            drawings=flagged(beyond[:count][right]),
            signs=flagged(beyond[count:]),
            letters=letters,
            letters_believed=int((sure & ~beyond[count:][:letters]).sum()),
        )
    fitted, _ = read(drawn.fitted)
    confidence = judge_confidence(
        "drawings",
        (fitted, drawn.fitted_labels),
        "drawings",
        (answers[:count], drawn.labels),
        drawn.fitted_writers,
    )
    return dataclasses.replace(
        found,
        drawings=drawings,
        misread_drawings=misread_drawings(answers[:count]),
        familiarity=familiarity,
        confidence=confidence,
    )


Read = Callable[[NDArray[Any]], tuple[NDArray[np.float32], NDArray[np.bool_]]]


def _confidence_in_images(
    dataset: Dataset,
    images: Images,
    probabilities: NDArray[np.float32],
    trained: TrainedModel,
    read: Read,
) -> Confidence | None:
    """The confidence of a model without drawings, fitted on held-out images, else on
    every other test image.
    """
    if trained.origin or trained.validation_images < LEAST:
        fit, others = (
            (probabilities[start::2], images.test_labels[start::2]) for start in (0, 1)
        )
        return judge_confidence("test images", fit, "test images", others)
    order = row_order(dataset, trained.validation_images, trained.seed or 0)
    rows = np.arange(dataset.train_images) if order is None else order
    held_out = rows[trained.training_images :][:: -(-trained.validation_images // MOST)]
    fitted, _ = read(images.train[held_out])
    fit, others = (
        (fitted, images.train_labels[held_out]),
        (probabilities, images.test_labels),
    )
    return judge_confidence("validation images", fit, "test images", others)


def _familiarity(familiar: Familiar, work: Path, **rates: Any) -> Familiarity:
    """Store the rule's weights in `work`; what it says of the rule."""
    path = work / "familiar.bin"
    with replacing(path) as temporary:
        temporary.write_bytes(familiar.weights.tobytes())
        digest = sha256_of(temporary)
    return Familiarity(
        path=path.name,
        digest=digest,
        inputs=familiar.weights.shape[1],
        pool=familiar.pool,
        hidden=Scale(scale=familiar.scale, min=familiar.min),
        biases=tuple(familiar.biases.tolist()),
        outputs=tuple(familiar.outputs.tolist()),
        bias=familiar.bias,
        within=WITHIN,
        **rates,
    )


def cross_entropy(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> float:
    """Mean of -log p(label), as Keras' SparseCategoricalCrossentropy, with p clipped to
    EPSILON..1 - EPSILON.
    """
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(right, EPSILON, 1 - EPSILON)).mean())


def measure(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    *,
    loss: float,
    **facts: Any,
) -> Evaluation:
    """An Evaluation of probabilities (N, classes) and labels (N,), int64; `facts` are
    its digests and paths.
    """
    classes, count = len(names), len(labels)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    correct = int(np.trace(confusion))
    wrong = np.flatnonzero(predicted != labels)
    return Evaluation(
        test_images=count,
        test_loss=loss,
        test_accuracy=correct / count,
        test_accuracy_interval=wilson_interval(correct, count),
        expected_calibration_error=calibration_error(
            probabilities.max(axis=1), predicted == labels
        ),
        per_class=tuple(
            ClassMetrics(
                label=name,
                precision=(
                    float(confusion[k, k] / total)
                    if (total := confusion[:, k].sum())
                    else None
                ),
                recall=float(confusion[k, k] / confusion[k].sum()),
                support=int(confusion[k].sum()),
            )
            for k, name in enumerate(names)
        ),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        mistakes=tuple(
            Mistake(
                index=int(i),
                label=int(labels[i]),
                predicted=int(predicted[i]),
                probability=float(probabilities[i, predicted[i]]),
                label_probability=float(probabilities[i, labels[i]]),
            )
            for i in wrong
        ),
        **facts,
    )
