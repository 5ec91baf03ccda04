"""The baseline gate: a new model must not be worse than what is published.

Versions that were measured on the same data have their accuracy in their manifests. The best of the last few counts, so
that a loss that was accepted once does not lower the next limit. If the published model was measured on other data, it
is run on the new test images, and both models are compared image by image.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.datasets.arrays import load_images
from pipeline.errors import PublishError
from pipeline.records import Dataset, Evaluation, Gate, PublishedAnswers, TrainedModel
from pipeline.site.settings import read_course
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.system.tensorflow import environment
from pipeline.training.answers import answer
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME, VERSION_PATTERN, ImageSize, Manifest, read_manifest

BASELINE_GATE = "baseline"
# Of equally good models at most one in twenty looks so much worse, and only those that miss the margin as well are
# stopped. Five losses without a win are enough then, which a test set of a hundred images can show; with a tenth of
# this value, eight would be needed.
SIGNIFICANCE = 0.05


def judge_baseline(
    versions: Sequence[Manifest],
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    run: Run,
) -> Gate:
    """Compare a new model, measured on `dataset`, with the `accepted_versions`. The caller holds the site's lock.

    The answers of a published model to new test images are kept in `run`. Raises PublishError if a version is live but
    its accuracy cannot be read.
    """
    if not versions:
        return Gate.not_compared(BASELINE_GATE, "no baseline: nothing is published yet")
    live, margin = versions[0], config.recipe.gates.baseline_margin
    if live.metrics is None:
        raise PublishError(
            f"The published version {live.version} of {config.name} has no test accuracy to compare with. Roll back to "
            "one that has, or build with another --name."
        )
    if not _same_data(live, dataset):
        return _compare_on_new_data(live, config, dataset, evaluation, run)
    measured = [version for version in versions if _same_data(version, dataset)]
    gate = compare_accuracy(evaluation.test_accuracy, measured[: config.recipe.gates.baseline_versions], margin)
    if not gate.passed and live.weights_digest == trained.weights_digest:
        # It went live with another margin. A build that changes nothing does not fail.
        return Gate.not_compared(BASELINE_GATE, f"this is the model of the published version {live.version}")
    return gate


def accepted_versions(site: Path, name: str, out: Path) -> list[Manifest]:
    """The manifests of the versions that were published and not rolled back, the live one first; [] if none is live.

    Older versions that were removed or cannot be read are left out. Raises PublishError if the live one cannot be read.
    """
    models = site / "models"
    live = store.latest(models, name)
    if live is None:
        return []
    found = [_manifest(live, models / name, out / name)]
    for version in dict.fromkeys(reversed(read_course(models, name, live).before)):
        if version != live and VERSION_PATTERN.fullmatch(version):
            with contextlib.suppress(PublishError):
                found.append(_manifest(version, models / name, out / name))
    return found


def _manifest(version: str, published: Path, kept: Path) -> Manifest:
    """From the site; if it is damaged there, which publishing will repair, from the store."""
    try:
        return read_manifest(published / version / MANIFEST_NAME)
    except PublishError:
        if not (kept / version / MANIFEST_NAME).is_file():
            raise
        return read_manifest(kept / version / MANIFEST_NAME)


def _same_data(version: Manifest, dataset: Dataset) -> bool:
    return version.metrics is not None and version.data is not None and version.data.digest == dataset.digest


def compare_accuracy(accuracy: float, versions: Sequence[Manifest], margin: float) -> Gate:
    """Compare with the best of these versions, all measured on the same test images."""
    best, version = max((v.metrics.test_accuracy, v.version) for v in versions if v.metrics)
    which = "published version" if len(versions) == 1 else f"best of the last {len(versions)} versions on this data:"
    detail = f"{which} {version} has {best:.4f}; margin {margin:g}"
    return Gate.at_least(BASELINE_GATE, accuracy, best - margin, detail)


def _compare_on_new_data(live: Manifest, config: Config, dataset: Dataset, evaluation: Evaluation, run: Run) -> Gate:
    model = _model_file(live, config)
    digest = live.weights_digest
    problem = _difference(live, dataset)
    if problem or not (model and digest and live.preprocess):
        problem = problem or "its model.keras is missing or damaged"
        return Gate.not_compared(
            BASELINE_GATE, f"published version {live.version} cannot be tried on these images: {problem}"
        )
    facts = (live.version, digest, live.preprocess.image, dataset.digest, dataset.labels)
    key = digest_of(code_digest(), environment(), *facts)
    known = None if config.force else run.recall(BASELINE_GATE, key, PublishedAnswers)
    if known is None:
        images = load_images(dataset)
        probabilities = answer(model, digest, images.test, live.preprocess.image)
        wrong = np.flatnonzero(probabilities.argmax(axis=1) != images.test_labels)
        known = PublishedAnswers(version=live.version, wrong=tuple(wrong.tolist()))
        run.remember(BASELINE_GATE, key, known)
    return compare_answers(evaluation, known, config.recipe.gates.baseline_margin)


def _difference(live: Manifest, dataset: Dataset) -> str:
    """What keeps the published model from answering these images, as the end of a sentence; "" if nothing does."""
    if live.labels != dataset.labels:
        return "it has other labels, or has them in another order"
    if live.image != ImageSize(height=dataset.image_height, width=dataset.image_width, channels=dataset.channels):
        size = f"{live.image.width} × {live.image.height}" if live.image else "another size"
        return f"it takes images of {size}, these have {dataset.image_width} × {dataset.image_height}"
    return ""


def _model_file(live: Manifest, config: Config) -> Path | None:
    """The published model as Keras saved it, from the site or the store; None if neither has it undamaged."""
    if file := live.files.get("keras"):
        for root in (config.site / "models", config.out):
            path = root / config.name / live.version / file.path
            with contextlib.suppress(OSError):
                if not store.difference(path, file):
                    return path
    return None


def compare_answers(evaluation: Evaluation, published: PublishedAnswers, margin: float) -> Gate:
    """Compare two models by their answers to the same test images: McNemar's exact test, one-sided.

    Only images on which just one of the models is right tell them apart. Were both equally good, a coin would decide
    which of them that is, so the number of losses follows a binomial distribution. The new model must lose more than
    that explains, and miss the margin as well, to be stopped: the limit is the lower of the two.
    """
    count, wrong, theirs = evaluation.test_images, {m.index for m in evaluation.mistakes}, set(published.wrong)
    lost, won = len(wrong - theirs), len(theirs - wrong)
    chances = coin_tails(lost + won)
    explained = int(np.count_nonzero(chances >= SIGNIFICANCE)) - 1  # the most losses that chance explains
    right, by_chance = count - len(theirs), 2 * explained - (lost + won)
    detail = (
        f"published version {published.version}, tried on these {count:,} test images, recognizes {right / count:.4f}; "
        f"it alone is right on {lost:,}, the new model alone on {won:,} (p = {chances[lost]:.2g}); margin {margin:g}"
    )
    if by_chance / count > margin:
        detail += f"; chance explains a difference of {by_chance / count:.4f}"
    return Gate.at_least(
        BASELINE_GATE, evaluation.test_accuracy, min(right / count - margin, (right - by_chance) / count), detail
    )


def coin_tails(tosses: int) -> NDArray[np.float64]:
    """For k = 0, 1, …, `tosses`: the probability that a fair coin shows heads at least k times."""
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, tosses + 1)))])  # of the factorials
    heads = np.exp(logarithms[-1] - logarithms - logarithms[::-1] - tosses * np.log(2))
    return np.asarray(np.minimum(np.cumsum(heads[::-1])[::-1], 1.0))
