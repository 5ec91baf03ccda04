"""The gates between evaluation and export: what a model must reach before it may be published."""

from collections.abc import Sequence

from pipeline.errors import GateFailed, PublishError
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import ACCURACY_GATE, RECALL_GATE, Evaluation, Gate, TrainedModel
from pipeline.versions.store import Version


def judge(evaluation: Evaluation, limits: GatesRecipe, baseline: Gate) -> tuple[Gate, ...]:
    """Compare a model with its gates: test accuracy, recall of the worst class, and the `baseline`, judged already."""
    accuracy = evaluation.test_accuracy
    worst = min(evaluation.per_class, key=lambda metrics: metrics.recall)
    share = f"share of {evaluation.test_images:,} test images recognized"
    return (
        _at_least(ACCURACY_GATE, accuracy, limits.threshold, share),
        _at_least(RECALL_GATE, worst.recall, limits.class_recall, f"of the worst class, {worst.label!r}"),
        baseline,
    )


def _at_least(name: str, value: float, limit: float, detail: str) -> Gate:
    return Gate(name=name, value=value, limit=limit, passed=value >= limit, detail=detail)


def require_passed(gates: tuple[Gate, ...], warnings: Sequence[str] = ()) -> None:
    """Raise GateFailed, with the table of all gates and the warnings about the data, if one failed."""
    failed = [gate for gate in gates if not gate.passed]
    if failed:
        names = " and ".join(gate.name for gate in failed)
        about_data = "".join(f"About the data: {warning}\n\n" for warning in warnings)  # which is often the cause
        raise GateFailed(
            f"The model is not good enough: {names}.\n\n{gate_table(gates)}\n\n{about_data}"
            "Nothing was exported or published. Train a better model (another --recipe, more --epochs), "
            "or set another limit in the recipe."
        )


def require_judged(version: Version, trained: TrainedModel, evaluation: Evaluation) -> None:
    """Raise PublishError unless a version in the store is of the model that was judged.

    The store keeps a version that it already has, whoever built it.
    """
    training, metrics = version.manifest.training, version.manifest.metrics
    theirs = (training and training.weights_digest, metrics and metrics.test_accuracy, metrics and metrics.per_class)
    ours = (trained.weights_digest, evaluation.test_accuracy, evaluation.per_class)
    if theirs != ours:
        raise PublishError(
            f"{version.folder} must be of the model that passed the gates. Received: weights {theirs[0]} with a test "
            f"accuracy of {theirs[1]}, expected {ours[0]} with {ours[1]}. Nothing was published. Move that folder "
            "away and run it again."
        )


def gate_table(gates: tuple[Gate, ...]) -> str:
    """Gates as a text table: value, limit and margin."""
    rows = [("gate", "value", "limit", "margin", "", "")]
    for gate in gates:
        numbers = ("-", "-", "-")
        if gate.value is not None and gate.limit is not None:
            numbers = (f"{gate.value:.4f}", f"{gate.limit:.4f}", f"{gate.value - gate.limit:+.4f}")
        rows.append((gate.name, *numbers, "passed" if gate.passed else "FAILED", gate.detail))
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    template = "  ".join([f"{{:{side}{width}}}" for side, width in zip("<>>><", widths, strict=True)] + ["{}"])
    return "\n".join(template.format(*row).rstrip() for row in rows)
