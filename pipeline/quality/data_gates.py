"""Gates on the data: what test and training images share, and how far the data is from the published version's."""

from pipeline.records import Dataset, Gate, SplitStatistics
from pipeline.versions.manifest import Manifest

DISTINCT_GATE, LABEL_GATE, PIXEL_GATE = "distinct test images", "label overlap", "pixel overlap"


def judge_distinct(dataset: Dataset, least: float) -> Gate:
    """Judge the share of test images that are no training images, not even nearly."""
    share = 1 - dataset.repeated_test_images / dataset.test_images
    detail = (
        f"{dataset.repeated_test_images:,} of {dataset.test_images:,} test images are also training images, or nearly"
    )
    return Gate.at_least(DISTINCT_GATE, share, least, detail)


def judge_drift(
    dataset: Dataset, published: Manifest | None, *, label_overlap: float, pixel_overlap: float
) -> tuple[Gate, Gate]:
    """Compare the training images with those of the published version: the shares of the labels, and the pixels.

    Each is the overlap of two distributions, the sum of min(p, q): 1 minus their total variation distance. Test images
    need no such gate: if only they change, the model, which was not trained on such images, meets the other gates.
    """
    new, data = dataset.train_statistics, published.data if published else None
    old = data.train_statistics if data else None
    if published is None or new is None or old is None:
        reason = "the published version has no statistics of its data" if published else "nothing is published yet"
        return Gate.not_compared(LABEL_GATE, reason), Gate.not_compared(PIXEL_GATE, reason)
    version = f"published version {published.version}"
    before, now = _shares(published.labels, old), _shares(dataset.labels, new)
    names = sorted(before.keys() | now.keys())
    pairs = {name: (before.get(name, 0.0), now.get(name, 0.0)) for name in names}
    moved = max(names, key=lambda name: abs(pairs[name][0] - pairs[name][1]))
    detail = f"{version}; most changed {moved!r}: {pairs[moved][0]:.4f} to {pairs[moved][1]:.4f}"
    labels = Gate.at_least(LABEL_GATE, sum(map(min, pairs.values())), label_overlap, detail)
    detail = (
        f"{version}; mean {old.mean:.4f} to {new.mean:.4f}, "
        f"standard deviation {old.deviation:.4f} to {new.deviation:.4f}"
    )
    return labels, Gate.at_least(PIXEL_GATE, sum(map(min, old.pixels, new.pixels)), pixel_overlap, detail)


def _shares(names: tuple[str, ...], statistics: SplitStatistics) -> dict[str, float]:
    return {name: count / sum(statistics.labels) for name, count in zip(names, statistics.labels, strict=True)}
