"""Check the arrays of a data set, and record what they contain."""

import unicodedata
from collections import Counter
from collections.abc import Mapping

import numpy as np

from pipeline.data.array_files import Array
from pipeline.data.arrays import batches, canonical_images
from pipeline.data.statistics import describe, find_repeated
from pipeline.errors import DataError
from pipeline.records import Dataset

MINIMUM_SIDE, MAXIMUM_SIDE = 4, 256  # pixels of an image
# images, the first, whose edges tell whether the background is bright
EDGES_OF = 10_000
# every build stores which class was taken for which: 36 MB for so many
MOST_CLASSES = 2000
LONGEST_NAME = 100  # characters: what the page can show
# increment it when a check or what is recorded changes: older results are no longer
# used then
CHECKS_VERSION = 8


def check_arrays(found: Mapping[str, Array], digest: str) -> Dataset:
    """Check the arrays from `read_arrays`. The caller fills in name, source and path of
    the record that is returned.

    Raises DataError if a check fails; the message says which.
    """
    train, test = canonical_images(found["x_train"]), canonical_images(found["x_test"])
    _check_images(train, "x_train")
    _check_images(test, "x_test")
    if train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
        raise DataError(
            "Training and test images must have the same size and type. Received:"
            f" {_describe(train)} in x_train, {_describe(test)} in x_test. Save both in"
            " the same way."
        )
    _check_labels(found["y_train"], "y_train", len(train))
    _check_labels(found["y_test"], "y_test", len(test))
    names = _class_names(found)
    _check_classes(found["y_train"], "y_train", len(names), given="labels" in found)
    _check_classes(found["y_test"], "y_test", len(names), given="labels" in found)
    train_statistics = describe(train, found["y_train"], len(names))
    count, repeated = find_repeated(train, test, deviation=train_statistics.deviation)
    warning = (
        f"{count} of {len(test)} test images are also training images, or nearly, so"
        " the test accuracy is too optimistic. Remove them from one of the two."
    )
    return Dataset(
        name="",
        source="",
        path="",
        digest=digest,
        labels=names,
        image_height=train.shape[1],
        image_width=train.shape[2],
        channels=3 if train.ndim == 4 else 1,
        train_images=len(train),
        test_images=len(test),
        dark_on_bright=_is_dark_on_bright(train),
        warnings=(warning,) if count else (),
        train_statistics=train_statistics,
        test_statistics=describe(test, found["y_test"], len(names)),
        repeated_test_images=count,
        repeated=repeated,
    )


def _describe(array: Array) -> str:
    return f"{array.dtype} {'×'.join(map(str, array.shape)) or 'single value'}"


def _check_images(pixels: Array, key: str) -> None:
    if pixels.ndim != 3 and not (pixels.ndim == 4 and pixels.shape[3] == 3):
        raise DataError(
            f"{key} must be images, N×H×W in grey or N×H×W×3 in color. Received:"
            f" {_describe(pixels)}. Convert or reshape it. The page shows models of"
            " images; `pipeline export` takes models of tables and signals."
        )
    if pixels.dtype != np.uint8 and pixels.dtype.kind != "f":
        raise DataError(
            f"{key} must be uint8 (0..255) or float (0..1). Received: {pixels.dtype}."
            " Save whole numbers up to 255 with .astype('uint8'), and larger ones as"
            f" float32, divided by the largest possible value: {key} / 65535."
        )
    if not len(pixels):
        raise DataError(
            f"{key} must not be empty. Received: {_describe(pixels)}. Add images of"
            " every class."
        )
    if not all(MINIMUM_SIDE <= side <= MAXIMUM_SIDE for side in pixels.shape[1:3]):
        raise DataError(
            f"Images must be {MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels high and wide. "
            f"Received: {_describe(pixels)} in {key}. Resize them."
        )
    least, largest = _range(pixels)
    if pixels.dtype == np.uint8:
        # a common mistake; divided by 255 it would train a model on almost black images
        if largest <= 1:
            raise DataError(
                f"uint8 images must use 0..255. Received: no value above {largest:g} in"
                f" {key}. Multiply it by 255, or save it as float32 in 0..1."
            )
    elif not (least >= 0 and largest <= 1):  # written so that NaN fails as well
        image, row, column, *channel = np.argwhere(~((pixels >= 0) & (pixels <= 1)))[0]
        raise DataError(
            "Float images must be finite and within 0..1. "
            f"Received: {pixels[image, row, column, *channel]:g} in image {image} "
            f"of {key}, row {row}, column {column}. "
            "Divide by 255 or save the images as uint8; remove NaN and infinity."
        )


def _range(pixels: Array) -> tuple[float, float]:
    """Smallest and largest value; NaN if there is one."""
    extremes = [(batch.min(), batch.max()) for _, batch in batches(pixels)]
    return float(np.min([low for low, _ in extremes])), float(
        np.max([high for _, high in extremes])
    )


def _check_labels(labels: Array, key: str, images_count: int) -> None:
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{key} must be a one-dimensional array of integers, one class index per"
            f" image. Received: {_describe(labels)}. Convert one-hot rows with"
            " .argmax(axis=1), whole numbers with .astype('int64'), and texts with"
            " np.unique(y, return_inverse=True), whose names are `labels`."
        )
    if len(labels) != images_count:
        raise DataError(
            f"{key} must have one label per image. Received: {len(labels)} labels for"
            f" {images_count} images. Save images and labels of the same examples."
        )


def _class_names(found: Mapping[str, Array]) -> tuple[str, ...]:
    """The names given as `labels`, else "0", "1", … up to the largest training
    label.
    """
    if "labels" not in found:
        count = int(found["y_train"].max()) + 1
        _require_some(count)
        return tuple(map(str, range(count)))
    labels = found["labels"]
    if labels.ndim != 1 or labels.dtype.kind != "U":
        raise DataError(
            "labels must be a one-dimensional array of strings, one name per class. "
            f"Received: {_describe(labels)}. Save it as np.array(['cat', 'dog'])."
        )
    _require_some(len(labels))
    try:
        names = tuple(map(str, labels))
    except (
        SystemError,
        ValueError,
    ) as error:  # NumPy takes any 32 bits for a character
        raise DataError(
            f"labels must be texts. Received: {error}. Save them again."
        ) from error
    uses = Counter(unicodedata.normalize("NFC", name) for name in names)
    for name in names:
        twice = uses[unicodedata.normalize("NFC", name)] > 1
        if (
            not name.strip()
            or not name.isprintable()
            or twice
            or len(name) > LONGEST_NAME
        ):
            raise DataError(
                f"labels must be distinct, printable names of at most {LONGEST_NAME}"
                f" characters. Received: {name!r}{' twice' if twice else ''}. Give each"
                " class its own name."
            )
    return names


def _require_some(classes: int) -> None:
    if not 2 <= classes <= MOST_CLASSES:
        raise DataError(
            f"A classifier needs at least two classes, and may have {MOST_CLASSES:,}."
            f" Received: {classes:,}. Check y_train and labels."
        )


def _check_classes(labels: Array, key: str, classes: int, *, given: bool) -> None:
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        reason = (
            "because labels has so many names"
            if given
            else "from the largest label in y_train"
        )
        raise DataError(
            f"Labels must be 0..{classes - 1}, {reason}. Received: {labels[wrong[0]]}"
            f" at row {wrong[0]} of {key}. Fix the label, or give `labels` one name per"
            " class."
        )
    missing = np.flatnonzero(
        np.bincount(labels.astype(np.int64), minlength=classes) == 0
    )
    if len(missing):
        raise DataError(
            f"Every class must be present. Received: no image of class {missing[0]} in"
            f" {key}{f' (and of {len(missing) - 1} more)' if len(missing) > 1 else ''}."
            " Add images, or renumber the labels."
        )


def _is_dark_on_bright(images: Array) -> bool:
    """True if the median pixel at the images' edges is bright."""
    some = images[:EDGES_OF]
    edges = np.concatenate([some[:, [0, -1], :].ravel(), some[:, :, [0, -1]].ravel()])
    return bool(np.median(edges) > (127 if images.dtype == np.uint8 else 0.5))
