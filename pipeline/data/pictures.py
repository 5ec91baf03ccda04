"""Folders of image files, decoded into arrays of grey or color images of one size, and
where necessary split for tests.

The images lie in train/<label>/ and test/<label>/, or without test images in
train/<label>/ or just <label>/. Then a share of them is held out, chosen by the images'
content alone: equal images never get apart, and an image keeps its place when others
are added.
"""

import hashlib
import itertools
import struct
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageOps

from pipeline.data.array_files import (
    IDX_FILES,
    NPY_FILES,
    Array,
    choose_tests,
    require_both,
)
from pipeline.data.arrays import file_digest
from pipeline.data.cache import make_once
from pipeline.data.checks import MAXIMUM_SIDE
from pipeline.errors import DataError
from pipeline.preprocessing.photos import contain
from pipeline.recipes.fields import DataRecipe
from pipeline.system.json_records import load, save
from pipeline.system.progress import Advance, Progress, counter

SPLITS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}
# increment it when the same files give other arrays, so that cached arrays are no
# longer used
DECODER_VERSION = 5
# beside the decoded arrays: by split, the path of each image in its folder
FILES_NAME = "files.json"
_FACTS = "pictures.json"
_ADVICE = (
    "Let all of them be resized, with --set data.size=28 (4 to 256), or resize this"
    " one."
)
FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
NAMED = 10  # files that a message lists
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
# Images of formats that are not read, such as photos of phones. They are refused, not
# left out: a label might lose all of its images.
FOREIGN = (".heic", ".heif", ".avif", ".gif", ".tif", ".tiff", ".svg")
# Images to resize may be larger than those of a data set: decoded, the largest take 0.8
# GB of memory.
LONGEST_SIDE, MOST_PIXELS = 16_384, 64_000_000
# levels of 255 by which the channels of some pixel differ; JPEG makes a few of grey
COLORED = 16


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """Facts about decoded image files, stored beside their arrays."""

    colored: int  # how many have color
    is_split: bool  # whether test images had to be chosen from them


def decode_folder(
    folder: Path, recipe: DataRecipe, cache_dir: Path, progress: Progress
) -> tuple[Path, Pictures, list[str]]:
    """The folder in the cache with the arrays of a folder of images, what is known of
    the images, and the paths in the folder of files that are none.

    They are decoded if no build did before. Raises DataError if the folder holds no
    data set.
    """
    labels, files, others = _list_pictures(folder)
    choice = () if "test" in files else (recipe.test_share, recipe.split_seed)
    settings = (DECODER_VERSION, recipe.size, recipe.color, *choice)
    paths = list(itertools.chain(*files.values()))
    lines = [
        f"{file_digest(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in paths
    ]
    key = hashlib.sha256("".join([f"{settings}\n", *lines]).encode()).hexdigest()

    def make(into: Path) -> None:
        decode(folder, labels, files, recipe, into, progress)

    arrays = make_once(
        key, f"decoding {len(paths):,} files in {folder}", cache_dir, progress, make
    )
    left_out = [path.relative_to(folder).as_posix() for path in others]
    return arrays, load(Pictures, arrays / _FACTS), left_out


def _list_pictures(
    folder: Path,
) -> tuple[list[str], dict[str, list[Path]], list[Path]]:
    """The labels, the images by split, in the order of their paths, and files that are
    no images. All images are in "train" if test images are to be chosen.

    Raises DataError if there are none, for images of other formats and folders among
    them, and for labels without images.
    """
    suffixes = {path.suffix.lower() for path in folder.glob("*/*")}
    if not any((folder / split).is_dir() for split in SPLITS) and suffixes.isdisjoint(
        (*SUFFIXES, *FOREIGN)
    ):
        names = ", ".join(NPY_FILES[key] for key in IDX_FILES)
        deeper = next(
            (path.parents[1] for path in folder.glob("*/*/*") if _is_picture(path)),
            None,
        )
        advice = (
            "Save arrays with np.save, or put images into train/<label>/ and"
            " test/<label>/, or just <label>/."
        )
        raise DataError(
            f"{folder} must contain a data set: the arrays {names}, or folders of"
            " images. Received: a folder without them."
            f" {f'Images are one folder deeper: pass {deeper}.' if deeper else advice}"
        )
    is_split = (folder / "test").is_dir()
    roots = {split: folder / split for split in (SPLITS if is_split else ["train"])}
    if not roots["train"].is_dir():
        if is_split:
            raise DataError(
                f"{folder} must have a folder train beside test. Received: test only."
                " Name the other one train, or remove test, so that test images are"
                " chosen from what is there."
            )
        roots["train"] = folder
    folders = [
        path
        for path in roots["train"].iterdir()
        if path.is_dir() and not _is_ignored(path)
    ]
    labels = sorted({*map(_label, folders)})
    files = {
        split: sorted(
            p for p in root.glob("*/*") if not (_is_ignored(p) or _is_ignored(p.parent))
        )
        for split, root in roots.items()
    }
    others: list[Path] = []
    for split, paths in files.items():
        others += [path for path in paths if _is_no_picture(path)]
        files[split] = paths = [path for path in paths if not _is_no_picture(path)]
        _check_files(paths, split, labels)
        filled = {_label(path.parent) for path in paths}
        empty = next(
            (label for label in labels if label not in filled),
            None if filled else "<label>",
        )
        if empty is not None:
            where = " in train and test" if is_split else ""
            advice = (
                ", or remove test, so that test images are chosen"
                if split == "test"
                else ""
            )
            received = f"none in {roots[split] / empty}"
            raise DataError(
                f"Every label must have images{where}. Received: {received}. Put some"
                f" there{advice}."
            )
    if len(labels) == 1:
        received = (
            f"{labels[0]!r} alone. Put the images of a second label into a folder"
            f" beside {folders[0]}"
        )
        raise DataError(
            f"A classifier needs at least two labels. Received: {received}."
        )
    return labels, files, others


def _label(folder: Path) -> str:
    """The name of a folder in the form that most programs write:

    macOS may take apart what is one character.
    """
    return unicodedata.normalize("NFC", folder.name)


def _check_files(paths: Sequence[Path], split: str, labels: Sequence[str]) -> None:
    for path in paths:
        if str(path) != str(path).encode(errors="ignore").decode():
            raise DataError(
                f"A data set must have names in UTF-8. Received: {str(path)!r}."
                " Rename it."
            )
        if not _is_picture(path) or not path.is_file():
            advice = (
                "Save it as JPEG"
                if path.suffix.lower() in FOREIGN
                else "Move it elsewhere"
            )
            only = (
                "The folders of a data set must contain only images"
                f" ({', '.join(SUFFIXES)})"
            )
            raise DataError(f"{only}. Received: {path}. {advice}.")
        if _label(path.parent) not in labels:
            raise DataError(
                f"Every label must occur in train. Received: {path.parent.name!r} in"
                f" {split} only, for {path}. Add images with this label to train, or"
                " remove it."
            )


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _is_no_picture(path: Path) -> bool:
    """True for a file, such as a text, that no one would take for an image."""
    return path.is_file() and path.suffix.lower() not in (*SUFFIXES, *FOREIGN)


def _is_ignored(path: Path) -> bool:
    """True for files of the system or an editor:

    .DS_Store, .ipynb_checkpoints, Thumbs.db.
    """
    return path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini")


def decode(
    folder: Path,
    names: Sequence[str],
    files: Mapping[str, Sequence[Path]],
    recipe: DataRecipe,
    into: Path,
    progress: Progress,
) -> None:
    """Write the arrays of all images to the folder `into`, and the facts in
    `Pictures`.
    """
    np.save(into / NPY_FILES["labels"], np.array(names))
    rows = [(split, path) for split, paths in files.items() for path in paths]
    all_images = into / "all.npy"
    advance = counter(progress, "decode", len(rows), "images")
    images, colored = _decode_all(
        [path for _, path in rows], recipe, all_images, advance
    )
    labels = np.array([names.index(_label(path.parent)) for _, path in rows])
    in_test = np.array([split == "test" for split, _ in rows])
    if is_split := "test" not in files:
        in_test = choose_tests(
            images, labels, share=recipe.test_share, seed=recipe.split_seed
        )
        require_both(in_test, labels, names)
    listed = {}
    for split, (x, y) in SPLITS.items():
        chosen = np.flatnonzero(in_test == (split == "test"))
        out = np.lib.format.open_memmap(
            into / NPY_FILES[x], "w+", np.uint8, (len(chosen), *images.shape[1:])
        )
        for to, row in enumerate(chosen):
            out[to] = images[row]
        out.flush()
        np.save(into / NPY_FILES[y], labels[chosen])
        listed[split] = [rows[row][1].relative_to(folder).as_posix() for row in chosen]
    all_images.unlink()
    save(into / FILES_NAME, listed)
    save(into / _FACTS, Pictures(colored=colored, is_split=is_split))


def _decode_all(
    paths: Sequence[Path], recipe: DataRecipe, into: Path, advance: Advance
) -> tuple[Array, int]:
    """The images of all files, in a new file that is mapped, and how many have
    color.
    """
    first: tuple[int, ...] = ()
    out: Array = np.empty(0)
    colored = 0
    unreadable: list[_UnreadableError] = []
    for row, path in enumerate(paths):
        try:
            image, has_color = _read(path, recipe)
        except _UnreadableError as error:
            unreadable.append(error)
            continue
        if not first:
            first = image.shape
            shape = (len(paths), *first)
            out = np.lib.format.open_memmap(into, "w+", np.uint8, shape)
        if image.shape != first:
            height, width = image.shape[:2]
            raise DataError(
                f"All images must have the size of the first, {first[1]} × {first[0]}."
                f" Received: {width} × {height} in {path}. {_ADVICE}"
            )
        out[row] = image
        colored += has_color
        advance(1)
    if unreadable:
        raise _refusal(unreadable, len(paths))
    return out, colored


class _UnreadableError(Exception):
    """A file is no image of its format: `args` are its path and the reason."""


def _refusal(unreadable: Sequence[_UnreadableError], count: int) -> DataError:
    rows = [f"{path} ({reason})" for path, reason in (one.args for one in unreadable)]
    return DataError(
        f"Every image of a data set must be readable. Received: {len(rows):,} of"
        f" {count:,} files cannot be read: {named(rows)}. Save them again, or remove"
        " them."
    )


def named(rows: Sequence[str]) -> str:
    """Name the first of these, and count the others."""
    others = len(rows) - NAMED
    return ", ".join(rows[:NAMED]) + (f" and {others:,} more" if others > 0 else "")


def _read(path: Path, recipe: DataRecipe) -> tuple[Array, bool]:
    """The grey levels of an image file, uint8 (height, width), or its colors (height,
    width, 3); whether it has color.

    Transparent pixels are blended with white. In grey, the median of its frame is the
    shade of its paper, which becomes white if it is bright, and which fills the rest
    where the step `contain` brings the image to size × size. In color white fills it,
    as on the page.
    """
    try:
        with warnings.catch_warnings():
            # its size is checked below
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, image.size, recipe.size)  # known before it is decoded
                # as a browser shows it
                pixels, colored = _pixels(
                    ImageOps.exif_transpose(image), color=recipe.color
                )
    except (
        OSError,
        ValueError,
        SyntaxError,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise _UnreadableError(path, error) from error
    values, paper = pixels / 255, 1.0
    if not recipe.color:
        paper = float(
            np.median(
                np.concatenate([values[[0, -1], :].ravel(), values[:, [0, -1]].ravel()])
            )
        )
    if not recipe.color and paper > 0.5:
        values, paper = np.minimum(values / paper, 1), 1.0
    if recipe.size:
        values = contain(
            values, height=recipe.size, width=recipe.size, background=paper
        )
    return np.rint(255 * values).astype(np.uint8), colored


def _check_size(path: Path, sides: tuple[int, int], size: int) -> None:
    width, height = sides
    if size and (max(sides) > LONGEST_SIDE or width * height > MOST_PIXELS):
        raise DataError(
            f"Images must be at most {LONGEST_SIDE:,} pixels wide and high, and have at"
            f" most {MOST_PIXELS:,}. Received: {width:,} × {height:,} in {path}."
            " Resize it."
        )
    if not size and max(sides) > MAXIMUM_SIDE:
        raise DataError(
            f"Images must be at most {MAXIMUM_SIDE} pixels wide and high. Received:"
            f" {width} × {height} in {path}. {_ADVICE}"
        )


def _pixels(image: Image.Image, *, color: bool) -> tuple[Array, bool]:
    """Its brightness (ITU-R BT.601) or its red, green and blue, uint8, and whether it
    has color.
    """
    if image.mode.startswith("I"):  # 16 bits; Pillow would clip values above 255
        image = Image.fromarray(
            np.rint(np.asarray(image, np.float64) / 257).astype(np.uint8)
        )
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        image = paper.convert("RGB")
    colored = image.mode not in ("1", "L", "LA")
    if colored:
        red, green, blue = image.convert("RGB").split()
        pairs = ((red, green), (green, blue), (blue, red))
        colored = any(
            any(ImageChops.difference(*pair).histogram()[COLORED + 1 :])
            for pair in pairs
        )
    return np.asarray(image.convert("RGB" if color else "L")), colored
