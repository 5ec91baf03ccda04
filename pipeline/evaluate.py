"""The evaluate stage: what the trained model does on the test images, and whether that is good enough."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import GatesRecipe
from pipeline.datasets.arrays import load_images
from pipeline.errors import GateFailed
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import Baseline, ClassMetrics, Dataset, Evaluation, Gate, Mistake, ReliabilityBin, TrainedModel
from pipeline.system.tensorflow import on_cpu, start_tensorflow

Z_95 = 1.959963984540054  # the normal distribution's 97.5 % quantile
RELIABILITY_BINS = 15  # of equal width, as Guo et al. 2017 ("On calibration of modern neural networks") use
EPSILON = 1e-7  # keras.config.epsilon()
BATCH = 1000  # images per forward pass


def evaluate_model(dataset: Dataset, trained: TrainedModel, steps: list[dict[str, Any]], work: Path) -> Evaluation:
    """Run the model on every test image, on the CPU, and measure it.

    Keras' own probabilities are kept in `work/probabilities.npy` (float32, (test images, classes)): they are what the
    exported model must reproduce in JavaScript.
    """
    start_tensorflow("cpu")
    import keras

    images = load_images(dataset)
    with on_cpu():
        model = keras.saving.load_model(trained.model_path, safe_mode=True)
        # Batch by batch, as `predict` computes, but it would take all inputs at once: 31 MB of MNIST's, and a copy.
        probabilities = np.concatenate(
            [
                model.predict_on_batch(prepare_images(images.test[start : start + BATCH], steps))
                for start in range(0, len(images.test), BATCH)
            ]
        )
    loss = cross_entropy(probabilities, images.test_labels)
    path = work / "probabilities.npy"
    np.save(path, probabilities)
    return measure(probabilities, images.test_labels, dataset.labels, loss=loss, probabilities_path=str(path.resolve()))


def cross_entropy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean of -log p(label), as Keras' SparseCategoricalCrossentropy: p is kept within EPSILON of 0 and 1."""
    right = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(right, EPSILON, 1 - EPSILON)).mean())


def measure(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    *,
    loss: float,
    probabilities_path: str,
) -> Evaluation:
    """All numbers of an Evaluation from probabilities (N, classes) and labels (N,)."""
    classes, count = len(names), len(labels)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    correct = int(np.trace(confusion))
    bins, calibration_error = reliability(probabilities.max(axis=1), predicted == labels)
    wrong = np.flatnonzero(predicted != labels)
    return Evaluation(
        test_images=count,
        test_loss=loss,
        test_accuracy=correct / count,
        test_accuracy_interval=wilson_interval(correct, count),
        expected_calibration_error=calibration_error,
        per_class=tuple(
            ClassMetrics(
                label=name,
                precision=float(confusion[k, k] / total) if (total := confusion[:, k].sum()) else None,
                recall=float(confusion[k, k] / confusion[k].sum()),
                support=int(confusion[k].sum()),
            )
            for k, name in enumerate(names)
        ),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        reliability=bins,
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
        probabilities_path=probabilities_path,
    )


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval of a proportion (Wilson 1927): honest near 0 and 1, where the normal one is not."""
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def reliability(
    confidence: NDArray[np.float32], correct: NDArray[np.bool_]
) -> tuple[tuple[ReliabilityBin, ...], float]:
    """Bins of equal width over the confidence, and the expected calibration error: the mean |accuracy − confidence|."""
    edges = np.linspace(0, 1, RELIABILITY_BINS + 1)
    which = np.clip(np.ceil(confidence.astype(np.float64) * RELIABILITY_BINS).astype(int) - 1, 0, RELIABILITY_BINS - 1)
    bins, error = [], 0.0
    for k in range(RELIABILITY_BINS):
        inside = which == k
        count = int(inside.sum())
        mean_confidence = float(confidence[inside].mean(dtype=np.float64)) if count else None
        accuracy = float(correct[inside].mean()) if count else None
        if mean_confidence is not None and accuracy is not None:
            error += count / len(confidence) * abs(accuracy - mean_confidence)
        bins.append(
            ReliabilityBin(
                lower=float(edges[k]),
                upper=float(edges[k + 1]),
                count=count,
                confidence=mean_confidence,
                accuracy=accuracy,
            )
        )
    return tuple(bins), error


def judge(evaluation: Evaluation, limits: GatesRecipe, baseline: Baseline | None, data: str) -> tuple[Gate, ...]:
    """Compare a model with its gates.

    Args:
        evaluation: of the candidate.
        limits: the recipe's.
        baseline: what is published now; None records "no baseline".
        data: digest of the candidate's data set.
    """
    accuracy = evaluation.test_accuracy
    worst = min(evaluation.per_class, key=lambda metrics: metrics.recall)
    gates = [
        Gate(
            name="test accuracy",
            value=accuracy,
            limit=limits.threshold,
            passed=accuracy >= limits.threshold,
            detail=f"share of {evaluation.test_images:,} test images recognised",
        ),
        Gate(
            name="class recall",
            value=worst.recall,
            limit=limits.class_recall,
            passed=worst.recall >= limits.class_recall,
            detail=f"of the worst class, {worst.label!r}",
        ),
    ]
    if baseline is None:
        gates.append(
            Gate(name="baseline", value=None, limit=None, passed=True, detail="no baseline: nothing is published yet")
        )
    else:
        limit = baseline.test_accuracy - limits.baseline_margin
        detail = (
            f"published version {baseline.version} has {baseline.test_accuracy:.4f}; margin {limits.baseline_margin:g}"
        )
        if baseline.data != data:
            detail += "; measured on other data: give a model of other data another --name"
        gates.append(
            Gate(
                name="baseline",
                value=accuracy,
                limit=limit,
                passed=accuracy >= limit,
                detail=detail,
            )
        )
    return tuple(gates)


def require_passed(gates: tuple[Gate, ...]) -> None:
    """Raise GateFailed with a table when a gate failed."""
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        names = " and ".join(gate.name for gate in failed)
        raise GateFailed(
            f"The model is not good enough: {names}.\n\n{gate_table(gates)}\n\n"
            "Nothing was exported or published. Train a better model (another --recipe, more --epochs), "
            "or set another limit in the recipe."
        )


def gate_table(gates: tuple[Gate, ...]) -> str:
    """Gates as a text table: value, limit, by how much."""
    rows = [("gate", "value", "limit", "margin", "", "")]
    for gate in gates:
        if gate.value is None or gate.limit is None:
            rows.append((gate.name, "-", "-", "-", "passed", gate.detail))
        else:
            margin = f"{gate.value - gate.limit:+.4f}"
            rows.append(
                (
                    gate.name,
                    f"{gate.value:.4f}",
                    f"{gate.limit:.4f}",
                    margin,
                    "passed" if gate.passed else "FAILED",
                    gate.detail,
                )
            )
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in (1, 2, 3)), row[4].ljust(widths[4]), row[5]]
        ).rstrip()
        for row in rows
    )
