"""Stop a build whose gates failed before anything is exported, and say what to do."""

from collections.abc import Sequence

from pipeline.errors import GateFailed, PublishError
from pipeline.quality import judging
from pipeline.quality.baseline import BASELINE_GATE
from pipeline.quality.drawings import DIGITS
from pipeline.recipes.fields import GatesRecipe
from pipeline.records import (
    ACCURACY_GATE,
    RECALL_GATE,
    Dataset,
    Evaluation,
    Gate,
    TrainedModel,
    count_outcomes,
)
from pipeline.versions.manifest import Manifest
from pipeline.versions.store import Version

_MISLABELED = (
    "Correct the labels of the training images: `pipeline report`, with the same"
    " options, shows those that the model contradicts."
)
_REPEATED = (
    "Remove images from the training or the test set that are in both: `pipeline"
    " report`, with the same options, shows them."
)
_OTHER_DATA = (
    "Compare the data with that of the published version: `pipeline report`, with the"
    " same options, shows both. Correct it, or give a model of other data another"
    " --name."
)
# Stands for the live version in advice; `require_passed` fills it in.
_LIVE_VERSION = "VERSION"
_OTHER_LABELS = (
    "Pages that show this model get other answers: add what is missing and remove what"
    " is new, or give the model another --name. If the change is meant, build once with"
    f" --set gates.replaces={_LIVE_VERSION}."
)
_NEW_DATA = (
    "If the data is new, look for its faults: `pipeline report`, with the same options."
)
_MISREAD = "`pipeline report`, with the same options, shows the misread test images."
_BETTER_MODEL = (
    "Train a better model (more epochs, or another --recipe, which has limits of its"
    " own)."
)
_WORTH_IT = (
    "If the loss is the price of something better, --set gates.baseline_significance=0"
    " accepts it."
)
_LIKE_DRAWINGS = (
    "Let drawings and the training images become alike: `stretch` and `stroke_width` in"
    " the recipe's [preprocess], and for MNIST `pens` in its [data]."
)
_OWN_MODEL = (
    "Let images reach the model as in its training (--set preprocess.scale=255 if it"
    " took pixels from 0 to 255; labels in the same order), or train it better."
)
_FAILED_TRAINING = (
    "The likely cause is the learning rate or the range of the pixels. Change"
    " training.learning_rate: lower if the loss jumps or is large, higher if it hardly"
    " moves. Keep the pixels in 0 to 1 (preprocess.scale = 1)."
)
# Gate → its key in [gates], and what to do if it fails.
DATA_ADVICE: dict[str, tuple[str, ...]] = {
    judging.VALIDATION_GATE: ("validation_margin", _MISLABELED),
    judging.LABELS_GATE: ("undisputed_labels", _MISLABELED),
    judging.DISTINCT_GATE: ("distinct_test_images", _REPEATED),
    judging.SAME_GATE: ("replaces", _OTHER_LABELS),
    judging.LABEL_GATE: ("label_overlap", _OTHER_DATA),
    judging.PIXEL_GATE: ("pixel_overlap", _OTHER_DATA),
}
MODEL_ADVICE: dict[str, tuple[str, ...]] = {
    BASELINE_GATE: ("baseline_significance", _NEW_DATA, _BETTER_MODEL, _WORTH_IT),
    ACCURACY_GATE: ("threshold", _MISREAD, _BETTER_MODEL),
    RECALL_GATE: ("class_recall", _MISREAD, _BETTER_MODEL),
    judging.DRAWINGS_GATE: ("drawings", _LIKE_DRAWINGS, _BETTER_MODEL),
    judging.SIGNS_GATE: ("signs_flagged", _LIKE_DRAWINGS),
    judging.UNFLAGGED_GATE: ("drawings_unflagged", _LIKE_DRAWINGS),
}


def require_passed(
    gates: Sequence[Gate],
    warnings: Sequence[str] = (),
    *,
    trained_here: bool = True,
    symptom: str = "",
    published: Manifest | None = None,
) -> None:
    """Raise GateFailed if one failed, with the table of all gates, the data's warnings,
    and what to do.

    Faults of the data are named first, and only they get advice: no recipe makes up for
    them. The two exceptions are a model that was not `trained_here`, which may get
    images in another way than in its training, and a training that did not work, as the
    sentence `symptom` says. `published` is the live version, which advice may name.
    """
    missed = {gate.name for gate in gates if gate.passed is False}
    if not missed:
        return
    of_data, of_model = (
        [name for name in advice if name in missed]
        for advice in (DATA_ADVICE, MODEL_ADVICE)
    )
    what = " and ".join(
        noun for noun, names in (("data", of_data), ("model", of_model)) if names
    )
    advice = [(DATA_ADVICE | MODEL_ADVICE)[name] for name in of_data + of_model]
    keys = listed([f"gates.{key}" for key, *_ in advice], "or")
    # of the model only where no data gate was missed: data come first
    to_do = dict.fromkeys(
        sentence
        for _, *sentences in advice[: len(of_data) or None]
        for sentence in sentences
    )
    # which would make the labels look wrong as well
    if of_model and (symptom or not trained_here):
        first = _FAILED_TRAINING if trained_here else _OWN_MODEL
        to_do = dict.fromkeys(
            [first, *(sentence for sentence in to_do if sentence != _BETTER_MODEL)]
        )
    advice_text = " ".join(to_do)
    if published is not None:
        advice_text = advice_text.replace(_LIVE_VERSION, published.version)
    # which is often the cause
    about_data = "".join(f"About the data: {warning}\n\n" for warning in warnings)
    raise GateFailed(
        f"The {what} {'are' if of_data and of_model else 'is'} not good enough:"
        f" {listed(of_data + of_model, 'and')}.{symptom and f' {symptom}'}\n\n"
        f"{gate_table(gates)}\n\n{about_data}Nothing was exported or published."
        f" {advice_text} Or set another limit in the recipe or with --set: {keys}."
    )


def listed(words: Sequence[str], last: str) -> str:
    """Words as a list in a sentence: "a", "a and b", "a, b and c"."""
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def skipped_gates(dataset: Dataset, evaluation: Evaluation, limits: GatesRecipe) -> str:
    """Warn of limits for drawings that only the recipe's noun keeps from being
    compared; "" if there are none.
    """
    keys = [
        f"gates.{key}"
        for key in ("drawings", "signs_flagged", "drawings_unflagged")
        if getattr(limits, key)
    ]
    if (
        evaluation.drawings
        or not keys
        or dataset.labels != DIGITS
        or dataset.channels != 1
    ):
        return ""
    advice = (
        'If the images show digits, write noun = "digit" at the top of the recipe;'
        " otherwise set each to 0."
    )
    return (
        f"The recipe sets {listed(keys, 'and')}: not measured, for want of noun ="
        f' "digit". {advice}'
    )


def weak_comparison(
    gates: Sequence[Gate], dataset: Dataset, trained: TrainedModel, live: Manifest
) -> list[str]:
    """Warn of a comparison with the live version that was not made, and of a loss of
    most training images.
    """
    baseline = next(gate for gate in gates if gate.name == BASELINE_GATE)
    warnings = []
    if baseline.passed is None and live.weights_digest != trained.weights_digest:
        warnings.append(
            f"The model is not compared with the live version: {baseline.detail}."
        )
    now, before = dataset.train_images, live.data.train_images if live.data else 0
    if now < before / 2:
        warnings.append(
            f"There are {before / now:.3g} times fewer training images than in the"
            f" published version {live.version}: {now:,}, not {before:,}. If that is"
            " not meant, look for what was lost."
        )
    return warnings


def require_judged(
    version: Version, trained: TrainedModel, evaluation: Evaluation
) -> None:
    """Raise PublishError unless a version in the store is of the model that was judged.

    The store keeps a version that it already has, whoever built it.
    """
    metrics = version.manifest.metrics
    theirs = (
        version.manifest.weights_digest,
        metrics and metrics.test_accuracy,
        metrics and metrics.per_class,
    )
    ours = (trained.weights_digest, evaluation.test_accuracy, evaluation.per_class)
    if theirs != ours:
        raise PublishError(
            f"{version.folder} must be of the model that passed the gates. Received:"
            f" weights {theirs[0]} with a test accuracy of {theirs[1]}, expected"
            f" {ours[0]} with {ours[1]}. Nothing was published. Move that folder away"
            " and run it again."
        )


def gate_table(gates: Sequence[Gate]) -> str:
    """Gates as a text table: value, limit, margin and outcome, with a summary below."""
    rows = [("gate", "value", "limit", "margin", "", "")]
    for gate in gates:
        numbers = ("-", "-", "-")
        if gate.value is not None and gate.limit is not None:
            numbers = (
                f"{gate.value:.4f}",
                f"{gate.limit:.4f}",
                f"{gate.value - gate.limit:+.4f}",
            )
        rows.append((gate.name, *numbers, gate.outcome, gate.detail))
    widths = [max(len(row[k]) for row in rows) for k in range(5)]
    template = "  ".join(
        [f"{{:{side}{width}}}" for side, width in zip("<>>><", widths, strict=True)]
        + ["{}"]
    )
    return "\n".join(
        [
            *(template.format(*row).rstrip() for row in rows),
            f"gates: {count_outcomes(gates)}",
        ]
    )
