"""Check the arrays of a data set, and record what they contain."""

import sys
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
EDGES_OF = 10_000  # images, the first, whose edges tell whether the background is bright
MOST_CLASSES = 2000  # every build stores which class was taken for which: 36 MB for so many
LONGEST_NAME = 100  # characters: what the page can show
CHECKS_VERSION = 7  # increment it when a check or what is recorded changes: older results are no longer used then


def check_arrays(found: Mapping[str, Array], digest: str) -> Dataset:
    """Check the arrays from `read_arrays`. The caller fills in name, source and path of the record that is returned.

    Raises DataError if a check fails; the message says which.
    """
    train, test = canonical_images(found["x_train"]), canonical_images(found["x_test"])
    _check_images(train, "x_train")
    _check_images(test, "x_test")
    if train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
        raise DataError(
            f"Training and test images must have the same size and type. Received: {_describe(train)} in x_train, "
            f"{_describe(test)} in x_test. Save both in the same way."
        )
    _check_labels(found["y_train"], "y_train", len(train))
    _check_labels(found["y_test"], "y_test", len(test))
    names = _class_names(found)
    _check_classes(found["y_train"], "y_train", len(names), given="labels" in found)
    _check_classes(found["y_test"], "y_test", len(names), given="labels" in found)
    train_statistics = describe(train, found["y_train"], len(names))
    count, repeated = find_repeated(train, test, deviation=train_statistics.deviation)
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
        warnings=_warnings(count, len(test)),
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
            f"{key} must be images, N×H×W in grey or N×H×W×3 in color. Received: {_describe(pixels)}. Convert or "
            "reshape it. The page shows models of images; `pipeline export` takes models of tables and signals."
        )
    if pixels.dtype != np.uint8 and pixels.dtype.kind != "f":
        raise DataError(
            f"{key} must be uint8 (0..255) or float (0..1). Received: {pixels.dtype}. {_pixels_advice(pixels, key)}"
        )
    if not len(pixels):
        raise DataError(f"{key} must not be empty. Received: {_describe(pixels)}. Add images of every class.")
    if not all(MINIMUM_SIDE <= side <= MAXIMUM_SIDE for side in pixels.shape[1:3]):
        raise DataError(
            f"Images must be {MINIMUM_SIDE} to {MAXIMUM_SIDE} pixels high and wide. "
            f"Received: {_describe(pixels)} in {key}. Resize them."
        )
    least, largest = _range(pixels)
    if pixels.dtype == np.uint8:
        if largest <= 1:  # a common mistake; divided by 255 it would train a model on almost black images
            raise DataError(
                f"uint8 images must use 0..255. Received: no value above {largest:g} in {key}. "
                "Multiply it by 255, or save it as float32 in 0..1."
            )
    elif not (least >= 0 and largest <= 1):  # written so that NaN fails as well
        image, row, column, *channel = np.argwhere(~((pixels >= 0) & (pixels <= 1)))[0]
        raise DataError(
            "Float images must be finite and within 0..1. "
            f"Received: {pixels[image, row, column, *channel]:g} in image {image} "
            f"of {key}, row {row}, column {column}. "
            "Divide by 255 or save the images as uint8; remove NaN and infinity."
        )


def _pixels_advice(pixels: Array, key: str) -> str:
    if pixels.dtype.kind not in "iu" or not pixels.size:
        return "Save grey levels."
    least, largest = _range(pixels)
    if least >= 0 and largest <= 255:
        return "Its values fit: convert it with .astype('uint8')."
    return (  # astype would keep the lowest eight bits of each
        f"Its values are {least:g} to {largest:g}: divide it by the largest possible value, as in {key} / 65535, "
        "and save it as float32."
    )


def _range(pixels: Array) -> tuple[float, float]:
    """Smallest and largest value; NaN if there is one."""
    extremes = [(batch.min(), batch.max()) for _, batch in batches(pixels)]
    return float(np.min([low for low, _ in extremes])), float(np.max([high for _, high in extremes]))


def _check_labels(labels: Array, key: str, images_count: int) -> None:
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{key} must be a one-dimensional array of integers, one class index per image. "
            f"Received: {_describe(labels)}. {_labels_advice(labels)}"
        )
    if len(labels) != images_count:
        raise DataError(
            f"{key} must have one label per image. Received: {len(labels)} labels for {images_count} images. "
            "Save images and labels of the same examples."
        )


def _labels_advice(labels: Array) -> str:
    if labels.dtype.kind in "US":
        return "Use labels, y = np.unique(y, return_inverse=True), and save the names as `labels`."
    if labels.ndim > 1 and labels.shape[-1] > 1:
        return "Convert one-hot rows with .argmax(axis=1)."
    return "Use .reshape(-1), and integers from 0: .astype('int64') if the values are whole numbers."


def _class_names(found: Mapping[str, Array]) -> tuple[str, ...]:
    """The names given as `labels`, else "0", "1", … up to the largest training label."""
    if "labels" not in found:
        highest, images_count = int(found["y_train"].max()), len(found["y_train"])
        if highest >= images_count:  # some class must be missing; and do not create a billion names
            raise DataError(
                f"Labels must be 0..K-1 with every class present. Received: {highest} at row "
                f"{int(found['y_train'].argmax())} of y_train, which has only {images_count} rows. "
                "Number the classes from 0."
            )
        _require_some(highest + 1)
        names = tuple(str(index) for index in range(highest + 1))
    else:
        labels = found["labels"]
        if labels.ndim != 1 or labels.dtype.kind != "U":
            raise DataError(
                f"labels must be a one-dimensional array of strings, one name per class. "
                f"Received: {_describe(labels)}. Save it as np.array(['cat', 'dog'])."
            )
        _require_some(len(labels))
        _require_unicode(labels)
        names = tuple(str(name) for name in labels)
        forms = [unicodedata.normalize("NFC", name) for name in names]
        uses = Counter(forms)
        for name, form in zip(names, forms, strict=True):
            if not name.strip() or not name.isprintable() or uses[form] > 1 or len(name) > LONGEST_NAME:
                twice = " in two Unicode forms" if uses[form] > names.count(name) else ""
                raise DataError(
                    f"labels must be distinct, printable names of at most {LONGEST_NAME} characters. "
                    f"Received: {name!r}{twice}. Give each class its own name."
                )
    return names


def _require_unicode(labels: Array) -> None:
    """Refuse what Python cannot make a text of: NumPy takes any 32 bits for a character."""
    codes = np.frombuffer(labels.tobytes(), np.dtype(np.uint32).newbyteorder(labels.dtype.byteorder))
    if codes.size and codes.max() > sys.maxunicode:
        raise DataError(
            f"labels must be texts. Received: the character {codes.max()}, which Unicode does not have. "
            "Save them again."
        )


def _require_some(classes: int) -> None:
    if not 2 <= classes <= MOST_CLASSES:
        raise DataError(
            f"A classifier needs at least two classes, and may have {MOST_CLASSES:,}. Received: {classes:,}. "
            "Check y_train and labels."
        )


def _check_classes(labels: Array, key: str, classes: int, *, given: bool) -> None:
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        reason = "because labels has so many names" if given else "from the largest label in y_train"
        raise DataError(
            f"Labels must be 0..{classes - 1}, {reason}. Received: {labels[wrong[0]]} at row {wrong[0]} of {key}. "
            "Fix the label, or give `labels` one name per class."
        )
    missing = np.flatnonzero(np.bincount(labels.astype(np.int64), minlength=classes) == 0)
    if len(missing):
        raise DataError(
            f"Every class must be present. Received: no image of class {missing[0]} in {key}"
            f"{f' (and of {len(missing) - 1} more)' if len(missing) > 1 else ''}. Add images, or renumber the labels."
        )


def _warnings(repeated: int, test_images: int) -> tuple[str, ...]:
    if not repeated:
        return ()
    where = f"{repeated} of {test_images} test images are also training images, or nearly"
    return (f"{where}, so the test accuracy is too optimistic. Remove them from one of the two.",)


def _is_dark_on_bright(images: Array) -> bool:
    """Whether the pixels at the images' edges are bright, by their median."""
    some = images[:EDGES_OF]
    edges = np.concatenate([some[:, [0, -1], :].ravel(), some[:, :, [0, -1]].ravel()])
    return bool(np.median(edges) > (127 if images.dtype == np.uint8 else 0.5))
