"""Data sets in a folder: .npy arrays, image files in train/<label>/ and test/<label>/, or TFRecord files.

Arrays are read from disk as needed, so a folder may be larger than memory. Images and TFRecord files are first decoded
into such a folder of arrays in the cache.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.datasets.array_files import IDX_FILES, NPY_FILES, Array
from pipeline.datasets.cache import FILES_NAME, decode_once
from pipeline.datasets.checks import MAXIMUM_SIDE
from pipeline.errors import DataError
from pipeline.system.json_records import save
from pipeline.system.progress import Progress
from pipeline.system.worker_process import WorkerProcess

SPLITS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def find_arrays(folder: Path, cache_dir: Path, progress: Progress) -> Path:
    """The folder with the .npy files of a data set: the given one, or the one in the cache with its decoded files."""
    if any((folder / name).exists() for name in NPY_FILES.values()):
        return folder
    records = {split: sorted(folder.glob(f"*{split}*.tfrecord*")) for split in SPLITS}
    if all(records.values()):
        return decode_once(folder, records, cache_dir, progress, lambda into: _decode_records(records, into))
    if all((folder / split).is_dir() for split in SPLITS):
        labels, images = _list_images(folder)
        files = {split: [path.relative_to(folder).as_posix() for path in paths] for split, paths in images.items()}

        def decode(into: Path) -> None:
            save(into / FILES_NAME, files)
            _decode_images(labels, images, into)

        return decode_once(folder, images, cache_dir, progress, decode)
    arrays = ", ".join(NPY_FILES[key] for key in IDX_FILES)
    raise DataError(
        f"{folder} must contain a data set: the arrays {arrays}, the folders train and test, or files "
        "train*.tfrecord and test*.tfrecord. Received: a folder without them. Save arrays with np.save, or put images "
        "into train/<label>/ and test/<label>/."
    )


def _decode_records(records: dict[str, list[Path]], into: Path) -> None:
    files = {split: [str(path) for path in paths] for split, paths in records.items()}
    WorkerProcess("pipeline.datasets.tfrecords", {**files, "folder": str(into)}).wait()


def _list_images(folder: Path) -> tuple[list[str], dict[str, list[Path]]]:
    """Labels, and the image files of each split in the order of their paths."""
    labels = sorted(path.name for path in (folder / "train").iterdir() if path.is_dir() and not _is_ignored(path))
    images = {
        split: sorted(p for p in (folder / split).glob("*/*") if not (_is_ignored(p) or _is_ignored(p.parent)))
        for split in SPLITS
    }
    for split, paths in images.items():
        for path in paths:
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                raise DataError(
                    f"The folders of a data set must contain only images ({', '.join(SUFFIXES)}). Received: {path}. "
                    "Move it elsewhere."
                )
            if path.parent.name not in labels:
                raise DataError(
                    f"Every label must occur in train. Received: {path.parent.name!r} in {split} only, for {path}. "
                    "Add images with this label to train, or remove it."
                )
        filled = {path.parent.name for path in paths}
        empty = next((label for label in labels if label not in filled), None if filled else "<label>")
        if empty is not None:
            raise DataError(
                f"Every label must have images in train and test. Received: none in {folder / split / empty}. "
                "Put some there."
            )
    return labels, images


def _is_ignored(path: Path) -> bool:
    """Whether a system or an editor left it there: .DS_Store, .ipynb_checkpoints, Thumbs.db."""
    return path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")


def _decode_images(labels: Sequence[str], images: dict[str, list[Path]], into: Path) -> None:
    np.save(into / NPY_FILES["labels"], np.array(labels))
    first = _read_image(images["train"][0])
    for split, (x, y) in SPLITS.items():
        paths = images[split]
        shape = (len(paths), *first.shape)
        out = np.lib.format.open_memmap(into / NPY_FILES[x], "w+", np.uint8, shape)  # type: ignore[no-untyped-call]
        for row, path in enumerate(paths):
            image = _read_image(path)
            if image.shape != first.shape:
                height, width = image.shape
                raise DataError(
                    f"All images must have the size of the first, {first.shape[1]} × {first.shape[0]}. "
                    f"Received: {width} × {height} in {path}. Resize it."
                )
            out[row] = image
        out.flush()
        np.save(into / NPY_FILES[y], np.array([labels.index(path.parent.name) for path in paths]))


def _read_image(path: Path) -> Array:
    """The grey levels of an image file, uint8 (height, width). Transparent pixels are blended with white."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is checked below
            with Image.open(path, formats=FORMATS) as image:
                if max(image.size) > MAXIMUM_SIDE:  # known before it is decoded
                    raise DataError(
                        f"Images must be at most {MAXIMUM_SIDE} pixels wide and high. "
                        f"Received: {image.width} × {image.height} in {path}. Resize it."
                    )
                if image.mode.startswith("I"):  # 16 bits; Pillow would clip values above 255
                    levels: Array = np.rint(np.asarray(image, np.float64) / 257).astype(np.uint8)
                    return levels
                if image.has_transparency_data:
                    paper = Image.new("RGBA", image.size, "white")
                    paper.alpha_composite(image.convert("RGBA"))
                    return np.asarray(paper.convert("L"))
                return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} cannot be read as an image. Received: {error}. Save it again, or remove it."
        ) from error
