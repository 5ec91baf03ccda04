"""Stage 1: get a data set, check it, and record where it lies and what it holds."""

import dataclasses
import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.datasets import arrays, folders
from pipeline.datasets.arrays import Array
from pipeline.datasets.mnist import fetch_mnist
from pipeline.errors import DataError
from pipeline.records import Dataset
from pipeline.system import json_records
from pipeline.system.progress import Progress, silent

EDGES_OF = 10_000  # images, the first, whose edges tell whether the ground is dark
LONGEST_NAME = 100  # characters: what a page can show
CHECKS_VERSION = 2  # raise it when a check changes: what older checks found is then not trusted any more


def default_cache_dir() -> Path:
    """PIPELINE_CACHE, else the user's cache folder (XDG_CACHE_HOME, ~/.cache) with our name."""
    if chosen := os.environ.get("PIPELINE_CACHE"):
        return Path(chosen).expanduser().absolute()
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules say that a relative path must be ignored.
    root = Path(xdg) if Path(xdg).is_absolute() else Path.home() / ".cache"
    return root / "keras-web-pipeline"


def prepare_data(source: str, *, cache_dir: Path, work_dir: Path, progress: Progress = silent) -> Dataset:
    """Get and check a data set.

    Args:
        source: "mnist", or the path of an .npz file with x_train, y_train, x_test, y_test and, if wanted, labels; or of
            a folder, see `folders`.
        cache_dir: keeps MNIST and the results of the checks (`default_cache_dir`).
        work_dir: for temporary files; made when it is missing.
        progress: takes one line of progress.

    Returns:
        The record of the checked data set; `arrays.load_images` reads its arrays.

    Raises:
        DataError: the data cannot be had, read or used; the message says which check failed and what to do.
    """
    cache_dir, work_dir = cache_dir.absolute(), work_dir.absolute()
    if source == "mnist":
        path, name = cache_dir / "mnist", "mnist"
        origin = fetch_mnist(path, work_dir, progress)
    else:
        path, name, origin = _existing(source), data_name(source), "file"
        if path.is_dir():
            path, origin = folders.arrays_in(path, cache_dir, progress), "folder"
    digest = arrays.digest(path)
    known = cache_dir / f"checked-{CHECKS_VERSION}" / f"{digest}.json"
    try:
        facts = json_records.load(Dataset, known)
    except (OSError, TypeError, ValueError):  # not checked before, or the note is damaged: check
        progress(f"checking {path}")
        facts = _check(arrays.read_arrays(path), digest)
        try:
            known.parent.mkdir(parents=True, exist_ok=True)
            json_records.save(known, facts)
        except OSError as error:
            progress(f"the result of the checks cannot be kept in {known.parent} ({error.strerror or error})")
    return dataclasses.replace(facts, name=name, source=origin, path=str(path))


def data_name(source: str) -> str:
    """The data set's part of a model's name: "mnist", or the file's stem made safe."""
    return "mnist" if source == "mnist" else _safe_name(Path(source).stem)


def _existing(source: str) -> Path:
    try:
        if not source:
            raise OSError("no path")  # which would be the current folder
        path = Path(source).expanduser().absolute()
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise OSError("neither a file nor a folder")
    except (OSError, RuntimeError, ValueError) as error:  # also no such user in ~user, a null character in the path
        raise DataError(
            f"The data set {source!r} cannot be read. Received: {getattr(error, 'strerror', None) or error}. "
            "Use mnist, or the path of an .npz file or of a folder."
        ) from error
    return path


def _safe_name(stem: str) -> str:
    """Lowercase letters, digits and hyphens: it becomes part of folder names and addresses."""
    ascii_only = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:64].rstrip("-") or "data"


def _check(found: dict[str, Array], digest: str) -> Dataset:
    """What the data set holds; the caller fills in name, source and path."""
    train, test = arrays.canonical_images(found["x_train"]), arrays.canonical_images(found["x_test"])
    _check_images(train, "x_train")
    _check_images(test, "x_test")
    if train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
        raise DataError(
            f"Training and test images must have one size and type. Received: {_describe(train)} in x_train, "
            f"{_describe(test)} in x_test. Save both alike."
        )
    _check_labels(found["y_train"], "y_train", len(train))
    _check_labels(found["y_test"], "y_test", len(test))
    names = _class_names(found)
    _check_classes(found["y_train"], "y_train", len(names), given="labels" in found)
    _check_classes(found["y_test"], "y_test", len(names), given="labels" in found)
    return Dataset(
        name="",
        source="",
        path="",
        digest=digest,
        labels=names,
        image_height=train.shape[1],
        image_width=train.shape[2],
        train_images=len(train),
        test_images=len(test),
        warnings=_warnings(train, test),
    )


def _describe(array: Array) -> str:
    return f"{array.dtype} {'×'.join(map(str, array.shape)) or 'single value'}"


def _check_images(pixels: Array, key: str) -> None:
    if pixels.ndim != 3:
        raise DataError(f"{key} must be grey images N×H×W. Received: {_describe(pixels)}. Convert or reshape it.")
    if pixels.dtype != np.uint8 and pixels.dtype.kind != "f":
        raise DataError(
            f"{key} must be uint8 (0..255) or float (0..1). Received: {pixels.dtype}. {_pixels_advice(pixels, key)}"
        )
    if not len(pixels):
        raise DataError(f"{key} is empty. Received: {_describe(pixels)}. Put images of every class into it.")
    if not all(arrays.MINIMUM_SIDE <= side <= arrays.MAXIMUM_SIDE for side in pixels.shape[1:]):
        raise DataError(
            f"Images must be {arrays.MINIMUM_SIDE} to {arrays.MAXIMUM_SIDE} pixels high and wide. "
            f"Received: {_describe(pixels)} in {key}. Resize them."
        )
    least, largest = _range(pixels)
    if pixels.dtype == np.uint8:
        if largest <= 1:  # a common slip; divided by 255 it would train a model on almost black images
            raise DataError(
                f"uint8 images must use 0..255. Received: no value above {largest:g} in {key}. "
                "Multiply it by 255, or save it as float32 in 0..1."
            )
    elif not (least >= 0 and largest <= 1):  # written so that NaN fails as well
        image, row, column = np.argwhere(~((pixels >= 0) & (pixels <= 1)))[0]
        raise DataError(
            f"Float images must be finite and within 0..1. Received: {pixels[image, row, column]:g} in image {image} "
            f"of {key}, row {row}, column {column}. "
            "Divide by 255 or save the images as uint8; take out NaN and infinity."
        )


def _pixels_advice(pixels: Array, key: str) -> str:
    if pixels.dtype.kind not in "iu" or not pixels.size:
        return "Save grey levels."
    least, largest = _range(pixels)
    if least >= 0 and largest <= 255:
        return "Its values fit: convert it with .astype('uint8')."
    return (  # astype would keep the last eight bits of each
        f"Its values are {least:g} to {largest:g}: divide it by the largest that is possible, as in {key} / 65535, "
        "and save it as float32."
    )


def _range(pixels: Array) -> tuple[float, float]:
    """Least and largest value; NaN where there is one."""
    extremes = [(block.min(), block.max()) for _, block in arrays.batches(pixels)]
    return float(np.min([low for low, _ in extremes])), float(np.max([high for _, high in extremes]))


def _check_labels(labels: Array, key: str, images_count: int) -> None:
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{key} must be a row of whole numbers, one class index per image. Received: {_describe(labels)}. "
            f"{_labels_advice(labels)}"
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
        return "Of one-hot rows, use .argmax(axis=1)."
    return "Use .reshape(-1), and whole numbers from 0: .astype('int64') where they are whole already."


def _class_names(found: dict[str, Array]) -> tuple[str, ...]:
    """The names given as `labels`, else "0", "1", … up to the largest training label."""
    if "labels" not in found:
        highest, images_count = int(found["y_train"].max()), len(found["y_train"])
        if highest >= images_count:  # some class must be missing; and do not make a billion names
            raise DataError(
                f"Labels must be 0..K-1 with every class present. Received: {highest} at row "
                f"{int(found['y_train'].argmax())} of y_train, which has only {images_count} rows. "
                "Number the classes from 0."
            )
        names = tuple(str(index) for index in range(highest + 1))
    else:
        labels = found["labels"]
        if labels.ndim != 1 or labels.dtype.kind != "U":
            raise DataError(
                f"labels must be a row of texts, one name per class. Received: {_describe(labels)}. "
                "Save it as np.array(['cat', 'dog'])."
            )
        names = tuple(str(name) for name in labels)
        uses = Counter(names)
        wrong = [
            name
            for name in names
            if not name.strip() or not name.isprintable() or uses[name] > 1 or len(name) > LONGEST_NAME
        ]
        if wrong:
            raise DataError(
                f"labels must be distinct, printable names. Received: {wrong[0]!r}, which is empty, repeated, longer "
                f"than {LONGEST_NAME} characters or holds control characters. Give each class a name of its own."
            )
    if len(names) < 2:
        raise DataError(f"A classifier needs at least two classes. Received: {len(names)}. Check y_train and labels.")
    return names


def _check_classes(labels: Array, key: str, classes: int, *, given: bool) -> None:
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(wrong):
        source = "the names in labels" if given else "the largest label in y_train"
        raise DataError(
            f"Labels must be 0..{classes - 1}, by {source}. Received: {labels[wrong[0]]} at row {wrong[0]} of {key}. "
            "Fix the label, or give `labels` one name per class."
        )
    missing = np.flatnonzero(np.bincount(labels.astype(np.int64), minlength=classes) == 0)
    if len(missing):
        raise DataError(
            f"Every class must be present. Received: no image of class {missing[0]} in {key}"
            f"{f' (nor of {len(missing) - 1} more)' if len(missing) > 1 else ''}. Add images, or renumber the labels."
        )


def _warnings(train: Array, test: Array) -> tuple[str, ...]:
    found = []
    repeated = _count_repeated(train, test)
    if repeated:
        found.append(
            f"{repeated} of {len(test)} test images also stand in the training images, so the test accuracy flatters "
            "the model. Take them out of one of the two."
        )
    some = train[:EDGES_OF]
    edges = np.concatenate([some[:, [0, -1], :].ravel(), some[:, :, [0, -1]].ravel()])
    if np.median(edges) > (127 if train.dtype == np.uint8 else 0.5):
        found.append(
            "The images look like dark ink on a bright ground, but drawings reach the model as bright ink on dark. "
            "Invert the images (255 - x, or 1 - x)."
        )
    return tuple(found)


def _count_repeated(train: Array, test: Array) -> int:
    """How many test images equal a training image, pixel by pixel."""

    def keys(
        pixels: Array,
    ) -> Iterator[bytes]:  # 128 bits: a chance match is out of the question, and memory stays small
        for _, block in arrays.batches(pixels):
            rows = np.ascontiguousarray(block).reshape(len(block), -1)
            yield from (hashlib.blake2b(row, digest_size=16).digest() for row in rows)

    seen = set(keys(train))
    return sum(key in seen for key in keys(test))
