"""Judge a model and its data:

each gate compares one number with its limit in the recipe.
"""

import math

from pipeline.quality.intervals import fall_by_chance, least_beyond_chance
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import (
    ACCURACY_GATE,
    RECALL_GATE,
    Dataset,
    Evaluation,
    Flagged,
    Gate,
    SplitStatistics,
    TrainedModel,
)
from pipeline.versions.manifest import Manifest

DISTINCT_GATE, LABEL_GATE, PIXEL_GATE = (
    "distinct test images",
    "label overlap",
    "pixel overlap",
)
VALIDATION_GATE, LABELS_GATE, SAME_GATE = (
    "validation",
    "undisputed labels",
    "same labels",
)
DRAWINGS_GATE, SIGNS_GATE, UNFLAGGED_GATE = (
    "drawings",
    "signs flagged",
    "drawings unflagged",
)
_NO_DRAWINGS = (
    'only for grey images of the digits 0 to 9, in a recipe with noun = "digit"'
)
_NO_RULE = "the images are too large for a rule"
# a training whose last loss is at least this share of the loss of guessing has not
# converged
STUCK = 0.9


def judge(
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    limits: GatesRecipe,
    *,
    baseline: Gate,
    published: Manifest | None,
) -> tuple[Gate, ...]:
    """Compare a model and its data with all gates.

    `baseline` is judged already; `published` is None if nothing is.
    """
    return (
        *judge_accuracy(evaluation, limits),
        *judge_drawings(evaluation, limits),
        baseline,
        *judge_data(dataset, trained, evaluation, limits, published),
    )


def judge_accuracy(evaluation: Evaluation, limits: GatesRecipe) -> tuple[Gate, Gate]:
    """Judge the accuracy on the test images, and the recall of the worst class.

    A small test set cannot show that a model reaches the recipe's limits, so it has to
    show only that the model does not guess.
    """
    worst = min(evaluation.per_class, key=lambda metrics: metrics.recall)
    threshold, recall = limits.threshold, limits.class_recall
    images = evaluation.test_images
    share = f"share of {images:,} test images recognized"
    of_worst = f"of the worst class, {worst.label!r}"
    if images < limits.small_test_set:
        most = max(evaluation.per_class, key=lambda metrics: metrics.support)
        threshold = least_beyond_chance(most.support / images, images)
        recall = 1 / len(evaluation.per_class)
        share += (
            f"; too few for a limit of {limits.threshold:g}, so better than always"
            f" {most.label!r} ({most.support / images:.2f}) is enough"
        )
        of_worst += (
            f"; better than guessing among {len(evaluation.per_class)} is enough"
        )
    return (
        Gate.at_least(ACCURACY_GATE, evaluation.test_accuracy, threshold, share),
        Gate.at_least(RECALL_GATE, worst.recall, recall, of_worst),
    )


def judge_data(
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    limits: GatesRecipe,
    published: Manifest | None,
) -> tuple[Gate, ...]:
    """Judge the labels and images that a model was trained and tested on."""
    return (
        judge_validation(trained, evaluation, published, limits.validation_margin),
        judge_labels(dataset, trained, limits.undisputed_labels),
        judge_distinct(dataset, limits.distinct_test_images),
        judge_same_labels(dataset, published, limits.replaces),
        *judge_drift(dataset, published, limits),
    )


def judge_distinct(dataset: Dataset, least: float) -> Gate:
    """Judge the share of test images that are not also training images, or nearly."""
    share = 1 - dataset.repeated_test_images / dataset.test_images
    detail = (
        f"{dataset.repeated_test_images:,} of {dataset.test_images:,} test images are"
        " also training images, or nearly"
    )
    return Gate.at_least(DISTINCT_GATE, share, least, detail)


def judge_same_labels(
    dataset: Dataset, published: Manifest | None, replaced: str
) -> Gate:
    """Require the labels of the published version, in their order, unless that is the
    one to be `replaced`.
    """
    if published is None:
        return Gate.unmeasured(SAME_GATE, "no earlier version is published")
    same, new, old = (
        published.labels == dataset.labels,
        {*dataset.labels},
        {*published.labels},
    )
    sides = (("new", sorted(new - old)), ("missing", sorted(old - new)))
    changes = [
        f"{len(names)} {word}: {', '.join(names[:10])}"
        for word, names in sides
        if names
    ]
    how = (
        f"other labels ({'; '.join(changes) or 'in another order'}); accepted once by"
        " --set gates.replaces="
    )
    detail = (
        f"published version {published.version} has"
        f" {'the same labels' if same else how + published.version}"
    )
    return Gate.at_least(
        SAME_GATE, float(same), float(replaced != published.version), detail
    )


def judge_drift(
    dataset: Dataset, published: Manifest | None, limits: GatesRecipe
) -> tuple[Gate, Gate]:
    """Compare the training images with those of the published version: the shares of
    the labels, and the pixels.

    Each is the overlap of two distributions, the sum of min(p, q): 1 minus their total
    variation distance. Most pixels are often ground, which no change of brightness or
    contrast moves: so the ratios of the means and of the standard deviations count,
    too. Test images need no such gate: if only they change, the model meets the other
    gates.
    """
    new, data = dataset.train_statistics, published.data if published else None
    old = data.train_statistics if data else None
    if published is None or new is None or old is None:
        reason = (
            "the published version has no data statistics"
            if published
            else "no earlier version is published"
        )
        return Gate.unmeasured(LABEL_GATE, reason), Gate.unmeasured(PIXEL_GATE, reason)
    version = f"published version {published.version}"
    before, now = (
        _label_shares(published.labels, old),
        _label_shares(dataset.labels, new),
    )
    names = sorted(before.keys() | now.keys())
    pairs = {name: (before.get(name, 0.0), now.get(name, 0.0)) for name in names}
    moved = max(names, key=lambda name: abs(pairs[name][0] - pairs[name][1]))
    detail = (
        f"{version}; most changed {moved!r}: {pairs[moved][0]:.4f} to"
        f" {pairs[moved][1]:.4f}"
    )
    labels = Gate.at_least(
        LABEL_GATE, sum(map(min, pairs.values())), limits.label_overlap, detail
    )
    overlap = sum(map(min, old.pixels, new.pixels))
    detail = (
        f"{version}; histograms {overlap:.4f}, mean {old.mean:.4f} to {new.mean:.4f}, "
        f"standard deviation {old.deviation:.4f} to {new.deviation:.4f}"
    )
    pairs_of = ((old.mean, new.mean), (old.deviation, new.deviation))
    least = min(overlap, *(min(pair) / max(pair) for pair in pairs_of if max(pair)))
    return labels, Gate.at_least(PIXEL_GATE, least, limits.pixel_overlap, detail)


def _label_shares(
    names: tuple[str, ...], statistics: SplitStatistics
) -> dict[str, float]:
    return {
        name: count / sum(statistics.labels)
        for name, count in zip(names, statistics.labels, strict=True)
    }


def judge_drawings(evaluation: Evaluation, limits: GatesRecipe) -> tuple[Gate, ...]:
    """Compare with the limits what was measured on drawings."""
    drawings, rule = evaluation.drawings, evaluation.familiarity
    if drawings is None:
        return tuple(
            Gate.unmeasured(name, _NO_DRAWINGS)
            for name in (DRAWINGS_GATE, SIGNS_GATE, UNFLAGGED_GATE)
        )
    low, high = drawings.accuracy_interval
    detail = (
        f"share of {drawings.drawings:,} digits read that {drawings.writers} people"
        f" wrote with pens; 95 % interval {low:.4f} to {high:.4f}"
    )
    reading = Gate.at_least(DRAWINGS_GATE, drawings.accuracy, limits.drawings, detail)
    if rule is None:
        return (
            reading,
            Gate.unmeasured(SIGNS_GATE, _NO_RULE),
            Gate.unmeasured(UNFLAGGED_GATE, _NO_RULE),
        )
    of_signs = (
        f"share of {rule.signs.images:,} letters of fonts, and things by a program,"
        " called unlike any digit"
    )
    of_digits = (
        f"of {rule.drawings.images:,} pen-drawn digits read correctly, the share not"
        " flagged as unlike any digit"
    )
    return (
        reading,
        Gate.at_least(
            SIGNS_GATE, _flagged_share(rule.signs), limits.signs_flagged, of_signs
        ),
        Gate.at_least(
            UNFLAGGED_GATE,
            1 - _flagged_share(rule.drawings),
            limits.drawings_unflagged,
            of_digits,
        ),
    )


def _flagged_share(flagged: Flagged) -> float:
    """Share of images that are flagged; 0 of none, because another gate says that the
    model reads no drawing.
    """
    return flagged.flagged / flagged.images if flagged.images else 0.0


def judge_validation(
    trained: TrainedModel,
    evaluation: Evaluation,
    published: Manifest | None,
    margin: float,
) -> Gate:
    """Compare the accuracy on the held-out images with the test accuracy, and with the
    published version's.

    Images that were held out come from the training data. If a model knows them much
    less well than the test images, the two differ: often because labels of the training
    images are wrong. What chance explains is allowed besides the margin, because a
    small data set holds out few images.
    """
    if trained.origin:
        return Gate.unmeasured(VALIDATION_GATE, "the model was trained elsewhere")
    accuracy = trained.history[-1].validation_accuracy
    if accuracy is None:
        return Gate.unmeasured(VALIDATION_GATE, "no images were held out")
    images = trained.validation_images
    compared = {"test accuracy": (evaluation.test_accuracy, evaluation.test_images)}
    known = published.training if published else None
    if (
        published
        and known
        and known.validation_accuracy is not None
        and known.validation_images
    ):
        name = f"validation accuracy of published version {published.version}"
        compared[name] = (known.validation_accuracy, known.validation_images)
    chances = {
        name: fall_by_chance((accuracy, images), share)
        for name, share in compared.items()
    }
    name = max(chances, key=lambda each: compared[each][0] - chances[each])
    other, chance = compared[name][0], chances[name]
    allowed = (
        f"may be below the {name} ({other:.4f}) by {margin:g}, and by {chance:.4f} for"
        " chance"
    )
    detail = f"share of {images:,} held-out images recognized; {allowed}"
    return Gate.at_least(
        VALIDATION_GATE, accuracy, max(0.0, other - margin - chance), detail
    )


def judge_labels(dataset: Dataset, trained: TrainedModel, least: float) -> Gate:
    """Judge the share of training labels that the model does not contradict with
    confidence (`label_review`).
    """
    images = dataset.train_images
    detail = (
        f"the model contradicts {trained.disputed_labels:,} of {images:,} training"
        " labels with confidence"
    )
    return Gate.at_least(
        LABELS_GATE, 1 - trained.disputed_labels / images, least, detail
    )


def failed_training(trained: TrainedModel, evaluation: Evaluation) -> str:
    """Say what shows that a training did not work:

    one answer to all images, or a loss as of guessing; else "".
    """
    names = [metrics.label for metrics in evaluation.per_class]
    answers = {
        label
        for row in evaluation.confusion
        for label, count in zip(names, row, strict=True)
        if count
    }
    if len(answers) == 1:
        return (
            f"The model has not learned: it answers {answers.pop()!r} to every test"
            " image."
        )
    loss, guessing = (
        trained.history[-1].loss if trained.history else None,
        math.log(len(names)),
    )
    if loss is None or loss < STUCK * guessing:
        return ""
    return (
        f"The training did not converge: its last loss is {loss:.4f}, that of guessing"
        f" {guessing:.4f}."
    )
