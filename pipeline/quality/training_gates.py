"""Gates on how training went: the images that were held out of it, and the labels that the trained model disputes."""

from pipeline.quality.intervals import Share, fall_by_chance
from pipeline.records import Dataset, Evaluation, Gate, TrainedModel
from pipeline.versions.manifest import Manifest

VALIDATION_GATE, LABELS_GATE = "validation", "undisputed labels"


def judge_validation(trained: TrainedModel, evaluation: Evaluation, published: Manifest | None, margin: float) -> Gate:
    """Compare the accuracy on the held-out images with the test accuracy, and with the published version's.

    Images that were held out come from the training data. If a model knows them much less well than the test images,
    the two differ: often because labels of the training images are wrong. What chance explains is allowed besides the
    margin, because a small data set holds out few images.
    """
    if trained.origin:
        return Gate.not_compared(VALIDATION_GATE, "not known: the model was trained elsewhere")
    accuracy = trained.history[-1].validation_accuracy
    if accuracy is None:
        return Gate.not_compared(VALIDATION_GATE, "no images were held out")
    found = Share(value=accuracy, images=trained.validation_images)
    compared = {"test accuracy": Share(value=evaluation.test_accuracy, images=evaluation.test_images)}
    known = published.training if published else None
    if published and known and known.validation_accuracy is not None and known.validation_images:
        name = f"validation accuracy of published version {published.version}"
        compared[name] = Share(value=known.validation_accuracy, images=known.validation_images)
    chances = {name: fall_by_chance(found, share) for name, share in compared.items()}
    name = max(chances, key=lambda each: compared[each].value - chances[each])
    chance = chances[name]
    detail = (
        f"of {found.images:,} held-out images recognized; {name} {compared[name].value:.4f}, margin {margin:g}, "
        f"{chance:.4f} by chance"
    )
    return Gate.at_least(VALIDATION_GATE, accuracy, max(0.0, compared[name].value - margin - chance), detail)


def judge_labels(dataset: Dataset, trained: TrainedModel, least: float) -> Gate:
    """Judge the share of training labels that the model does not contradict with confidence (`label_review`)."""
    images = dataset.train_images
    detail = f"the model contradicts {trained.disputed_labels:,} of {images:,} training labels with confidence"
    return Gate.at_least(LABELS_GATE, 1 - trained.disputed_labels / images, least, detail)
