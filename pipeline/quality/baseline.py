"""The baseline gate: a new model must not be worse than what is published.

Both are compared image by image. Versions that were measured on the same data have
stored which images they misread; the best of the last few counts, so that a loss that
was accepted once does not lower the next limit. A published model without such answers
is run on the test images; if it was measured on other data, a margin is allowed besides
chance.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.data.arrays import load_images
from pipeline.errors import PublishError
from pipeline.quality.answers import answer, load_on_cpu
from pipeline.records import (
    Dataset,
    Evaluation,
    Gate,
    Mistake,
    PublishedAnswers,
    TrainedModel,
)
from pipeline.site.history import earlier_versions, read_history
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.system.json_records import from_json
from pipeline.system.outside import read_json
from pipeline.system.tensorflow import environment
from pipeline.versions import store
from pipeline.versions.manifest import (
    MANIFEST_NAME,
    VERSION_PATTERN,
    ImageSize,
    Manifest,
    read_manifest,
)

BASELINE_GATE = "baseline"
BEST_OF = 5  # published versions on the same data: the last ones


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """Test results in a version's evaluation.json."""

    test_images: int
    mistakes: tuple[Mistake, ...]


def judge_baseline(
    versions: Sequence[Manifest],
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    run: Run,
) -> Gate:
    """Compare a new model, measured on `dataset`, with the `accepted_versions`. The
    caller holds the site's lock.

    The answers of a published model to new test images are kept in `run`. Raises
    PublishError if a version is live but its accuracy cannot be read.
    """
    if not versions:
        return Gate.unmeasured(BASELINE_GATE, "no earlier version is published")
    live = versions[0]
    if live.metrics is None:
        raise PublishError(
            f"The published version {live.version} of {config.name} has no test"
            " accuracy to compare with. Roll back to one that has, or build with"
            " another --name."
        )
    same = [one for one in versions if _is_of(one, dataset)][:BEST_OF]
    if not _is_of(live, dataset):
        return _compare(
            live, f"published version {live.version}", config, dataset, evaluation, run
        )
    best = max(same, key=lambda one: (_accuracy(one), one.version))
    which = f"published version {best.version}"
    if len(same) > 1:
        which = f"version {best.version}, the best of the last {len(same)} on this data"
    gate = _compare(best, which, config, dataset, evaluation, run)
    if not gate.passed and live.weights_digest == trained.weights_digest:
        # It went live with another limit. A build that changes nothing does not fail.
        return Gate.unmeasured(
            BASELINE_GATE, f"this is the model of the published version {live.version}"
        )
    return gate


def accepted_versions(site: Path, name: str, out: Path) -> list[Manifest]:
    """The manifests of the versions that were published and not rolled back, the live
    one first; [] if none is live.

    Older versions that were removed or cannot be read are left out. Raises PublishError
    if the live one cannot be read.
    """
    models = site / "models"
    live = store.latest(models, name)
    if live is None:
        return []
    found = [_manifest(live, models / name, out / name)]
    for version in dict.fromkeys(
        reversed(earlier_versions(read_history(models, name), live))
    ):
        if version != live and VERSION_PATTERN.fullmatch(version):
            with contextlib.suppress(PublishError):
                found.append(_manifest(version, models / name, out / name))
    return found


def _manifest(version: str, published: Path, kept: Path) -> Manifest:
    """From the site; if it is damaged there, which publishing will repair, from the
    store.
    """
    try:
        return read_manifest(published / version / MANIFEST_NAME)
    except PublishError:
        if not (kept / version / MANIFEST_NAME).is_file():
            raise
        return read_manifest(kept / version / MANIFEST_NAME)


def _is_of(version: Manifest, dataset: Dataset) -> bool:
    return (
        version.metrics is not None
        and version.data is not None
        and version.data.digest == dataset.digest
    )


def _compare(
    version: Manifest,
    which: str,
    config: Config,
    dataset: Dataset,
    evaluation: Evaluation,
    run: Run,
) -> Gate:
    """Compare with a version by its answers to the same test images:

    those that it stored, or those of its model.
    """
    is_same, limits = _is_of(version, dataset), config.recipe.gates
    known = _stored_answers(version, config, evaluation) if is_same else None
    how = "on the same"
    if known is None:
        how = "tried on these"
        model, digest = _undamaged(version, config, "keras"), version.weights_digest
        problem = _difference(version, dataset)
        if problem or not (model and digest and version.preprocess):
            problem = problem or "its model.keras is missing or damaged"
            return Gate.unmeasured(
                BASELINE_GATE, f"{which} cannot be tried on these images: {problem}"
            )
        facts = (
            version.version,
            digest,
            version.preprocess.image,
            dataset.digest,
            dataset.labels,
        )
        key = digest_of(code_digest(), environment(), *facts)
        known = (
            None if config.force else run.recall(BASELINE_GATE, key, PublishedAnswers)
        )
        if known is None:
            images = load_images(dataset)
            probabilities = answer(
                load_on_cpu(model, digest), images.test, version.preprocess.image
            )
            wrong = np.flatnonzero(probabilities.argmax(axis=1) != images.test_labels)
            known = PublishedAnswers(
                version=version.version, wrong=tuple(wrong.tolist())
            )
            run.remember(BASELINE_GATE, key, known)
    of_these = f"{which}, {how} {evaluation.test_images:,} test images"
    margin = 0.0 if is_same else limits.baseline_margin
    return compare_answers(
        evaluation, known, limits.baseline_significance, of_these, margin=margin
    )


def _accuracy(version: Manifest) -> float:
    return version.metrics.test_accuracy if version.metrics else 0.0


def _stored_answers(
    version: Manifest, config: Config, evaluation: Evaluation
) -> PublishedAnswers | None:
    """Which test images a version misread, from its evaluation.json; None if that is
    not known of all of them.
    """
    path = _undamaged(version, config, "evaluation")
    try:
        found = (
            from_json(_Measured, read_json(path), ignore_unknown=True) if path else None
        )
    except (OSError, ValueError):  # of another release
        return None
    if found is None or found.test_images != evaluation.test_images:
        return None
    wrong = {mistake.index for mistake in found.mistakes}
    if len(wrong) != round((1 - _accuracy(version)) * found.test_images):
        return None
    return PublishedAnswers(version=version.version, wrong=tuple(sorted(wrong)))


def _difference(live: Manifest, dataset: Dataset) -> str:
    """Why the published model cannot answer these images, as the end of a sentence; ""
    if it can.
    """
    if live.labels != dataset.labels:
        return "it has other labels, or has them in another order"
    if live.image != ImageSize(
        height=dataset.image_height,
        width=dataset.image_width,
        channels=dataset.channels,
    ):
        size = (
            f"{live.image.width} × {live.image.height}"
            if live.image
            else "another size"
        )
        return (
            f"it takes images of {size}, these have {dataset.image_width} ×"
            f" {dataset.image_height}"
        )
    return ""


def _undamaged(version: Manifest, config: Config, role: str) -> Path | None:
    """A file of a version, from the site or the store; None if neither has it
    undamaged.
    """
    if file := version.files.get(role):
        for root in (config.site / "models", config.out):
            path = root / config.name / version.version / file.path
            with contextlib.suppress(OSError):
                if not store.difference(path, file):
                    return path
    return None


def compare_answers(
    evaluation: Evaluation,
    published: PublishedAnswers,
    significance: float,
    which: str,
    *,
    margin: float = 0.0,
) -> Gate:
    """Compare two models by their answers to the same test images: McNemar's exact
    test, one-sided.

    Only images that just one of the models misreads tell them apart. Were both equally
    good, a coin would decide which of them that is, so the number of losses follows a
    binomial distribution. The new model must lose more than that explains, in fewer
    than `significance` of such comparisons, and miss the margin as well, to be stopped:
    the limit is the lower of the two. `which` names the published model and the images.
    """
    count, wrong, theirs = (
        evaluation.test_images,
        {m.index for m in evaluation.mistakes},
        set(published.wrong),
    )
    lost, won = len(wrong - theirs), len(theirs - wrong)
    chances = coin_tails(lost + won)
    # the most losses that chance explains
    explained = int(np.count_nonzero(chances >= significance)) - 1
    right, by_chance = count - len(theirs), 2 * explained - (lost + won)
    besides = f" beyond a margin of {margin:g}" if margin else ""
    detail = (
        f"{which}, recognizes {right / count:.4f}; the new model alone misreads"
        f" {lost:,} of them, the other alone {won:,}: p = {chances[lost]:.2g} by"
        f" McNemar's exact test, refused below {significance:g}{besides}"
    )
    if by_chance / count > margin:
        detail += f"; chance explains a difference of {by_chance / count:.4f}"
    limit = min(right / count - margin, (right - by_chance) / count)
    return Gate.at_least(BASELINE_GATE, evaluation.test_accuracy, limit, detail)


def coin_tails(tosses: int) -> NDArray[np.float64]:
    """For k = 0, 1, …, `tosses`:

    the probability that a fair coin shows heads at least k times.
    """
    # of the factorials
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, tosses + 1)))])
    heads = np.exp(logarithms[-1] - logarithms - logarithms[::-1] - tosses * np.log(2))
    return np.asarray(np.minimum(np.cumsum(heads[::-1])[::-1], 1.0))
