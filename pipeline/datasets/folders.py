"""Data in a folder: the four arrays as .npy files, pictures in train/<label>/ and test/<label>/, or TFRecord files.

Arrays on disk are read as they are needed, so a folder may be larger than memory. The others are decoded once, to such
a folder of arrays in the cache, under the digest of their names and bytes.
"""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.datasets.arrays import IDX_FILES, MAXIMUM_SIDE, NPY_FILES, Array, file_sha256
from pipeline.errors import DataError
from pipeline.system.files import scratch_folder
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress
from pipeline.system.worker_process import WorkerProcess

SPLITS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
DECODER_VERSION = 1  # raise it when the same files give other arrays: what is cached is then made anew
FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def arrays_in(folder: Path, cache_dir: Path, progress: Progress) -> Path:
    """The folder with the .npy files of a data set: the given one, or the one in the cache that holds its pictures.

    Raises:
        DataError: it holds neither, or a picture cannot be read.
    """
    if any((folder / name).exists() for name in NPY_FILES.values()):
        return folder
    records = {split: sorted(folder.glob(f"*{split}*.tfrecord*")) for split in SPLITS}
    if all(records.values()):
        return _once(folder, records, cache_dir, progress, lambda into: _decode_records(records, into))
    if all((folder / split).is_dir() for split in SPLITS):
        labels, pictures = _list(folder)
        return _once(folder, pictures, cache_dir, progress, lambda into: _decode(labels, pictures, into))
    arrays = ", ".join(NPY_FILES[key] for key in IDX_FILES)
    raise DataError(
        f"{folder} is no data set. Received: a folder without {arrays}, without the folders train and test, and "
        "without train*.tfrecord and test*.tfrecord. Write the arrays with np.save, or put pictures into "
        "train/<label>/ and test/<label>/."
    )


def _once(
    folder: Path, files: dict[str, list[Path]], cache_dir: Path, progress: Progress, decode: Callable[[Path], None]
) -> Path:
    """The folder in the cache that holds the arrays of these files; decoded beside it and renamed: never half of it."""
    target = cache_dir / "decoded" / _digest(folder, files)
    if target.exists():
        return target
    with exclusive(target.parent, progress=progress):
        if not target.exists():  # another build may have made it while this one waited
            progress(f"decoding {sum(map(len, files.values())):,} files in {folder}")
            with scratch_folder(target.parent) as folder_of_arrays:
                decode(folder_of_arrays)
                folder_of_arrays.rename(target)
    return target


def _decode_records(records: dict[str, list[Path]], into: Path) -> None:
    files = {split: [str(path) for path in paths] for split, paths in records.items()}
    WorkerProcess("pipeline.datasets.tfrecords", {**files, "folder": str(into)}).wait()


def _list(folder: Path) -> tuple[list[str], dict[str, list[Path]]]:
    """Labels, and the pictures of each split in the order of their paths."""
    labels = sorted(path.name for path in (folder / "train").iterdir() if path.is_dir() and not _is_litter(path))
    pictures = {
        split: sorted(p for p in (folder / split).glob("*/*") if not (_is_litter(p) or _is_litter(p.parent)))
        for split in SPLITS
    }
    for split, paths in pictures.items():
        for path in paths:
            if path.suffix.lower() not in SUFFIXES or not path.is_file():
                raise DataError(f"{path} is no picture. Use {', '.join(SUFFIXES)}, and nothing else in these folders.")
            if path.parent.name not in labels:
                raise DataError(f"{path} has a label that train has not. Received: {path.parent.name!r} in {split}.")
        filled = {path.parent.name for path in paths}
        empty = next((label for label in labels if label not in filled), None if filled else "<label>")
        if empty is not None:
            raise DataError(
                f"{folder / split / empty} holds no picture. Put some there: every label needs some in train and test."
            )
    return labels, pictures


def _is_litter(path: Path) -> bool:
    """What systems and editors leave in folders: .DS_Store, .ipynb_checkpoints, Thumbs.db."""
    return path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")


def _digest(folder: Path, files: dict[str, list[Path]]) -> str:
    digest = hashlib.sha256(f"{DECODER_VERSION}\n".encode())
    for paths in files.values():
        for path in paths:
            digest.update(f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def _decode(labels: Sequence[str], pictures: dict[str, list[Path]], into: Path) -> None:
    np.save(into / NPY_FILES["labels"], np.array(labels))
    first = _read(pictures["train"][0])
    for split, (images, indices) in SPLITS.items():
        paths = pictures[split]
        shape = (len(paths), *first.shape)
        out = np.lib.format.open_memmap(into / NPY_FILES[images], "w+", np.uint8, shape)  # type: ignore[no-untyped-call]
        for row, path in enumerate(paths):
            picture = _read(path)
            if picture.shape != first.shape:
                height, width = picture.shape
                raise DataError(
                    f"All pictures must have one size, that of the first: {first.shape[1]} × {first.shape[0]}. "
                    f"Received: {width} × {height} in {path}. Resize it."
                )
            out[row] = picture
        out.flush()
        np.save(into / NPY_FILES[indices], np.array([labels.index(path.parent.name) for path in paths]))


def _read(path: Path) -> Array:
    """A picture's grey levels, uint8 (height, width); what is transparent is laid over white, as browsers show it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is checked below
            with Image.open(path, formats=FORMATS) as picture:
                if max(picture.size) > MAXIMUM_SIDE:  # known before it is decoded
                    raise DataError(
                        f"Pictures must be at most {MAXIMUM_SIDE} pixels wide and high. "
                        f"Received: {picture.width} × {picture.height} in {path}. Resize it."
                    )
                if picture.mode.startswith("I"):  # 16 bits; Pillow would cut off what is above 255
                    levels: Array = np.rint(np.asarray(picture, np.float64) / 257).astype(np.uint8)
                    return levels
                if picture.has_transparency_data:
                    paper = Image.new("RGBA", picture.size, "white")
                    paper.alpha_composite(picture.convert("RGBA"))
                    return np.asarray(paper.convert("L"))
                return np.asarray(picture.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} cannot be read as a picture. Received: {error}. Save it again, or remove it."
        ) from error
