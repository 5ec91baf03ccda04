"""The data stage:

find a data set, check it, and record where it is and what it contains.
"""

import dataclasses
import math
import re
import stat
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.data.array_files import NPY_FILES
from pipeline.data.arrays import digest, read_arrays
from pipeline.data.cache import default_cache_dir as default_cache_dir
from pipeline.data.checks import CHECKS_VERSION, check_arrays
from pipeline.data.mnist import RIGHTS, fetch_mnist
from pipeline.data.pens import with_pens
from pipeline.errors import ConfigError, DataError
from pipeline.pens import ATTRIBUTION
from pipeline.preprocessing.steps import Step
from pipeline.recipes.fields import DataRecipe
from pipeline.recipes.reading import Recipe
from pipeline.records import Dataset
from pipeline.system import json_records
from pipeline.system.progress import Progress, silent

if TYPE_CHECKING:
    from pipeline.data.pictures import Pictures

AS_THEY_ARE = DataRecipe()
# images: if all are read right, 11 % of others may still be misread (Wilson's interval,
# 95 %)
FEW_TESTS = 30
FEW_OF_A_LABEL = 5  # likewise 43 %


def prepare_data(
    source: str,
    *,
    cache_dir: Path,
    work_dir: Path,
    recipe: DataRecipe = AS_THEY_ARE,
    drawing_steps: Sequence[Step] = (),
    progress: Progress = silent,
) -> Dataset:
    """Get and check a data set; `load_images` reads the arrays of the record that is
    returned.

    `source` is "mnist", or the path of an .npz file or of a folder of .npy or image
    files (`data.pictures`). MNIST and the results of the checks stay in `cache_dir`. By
    `drawing_steps`, digits by pens become images, which MNIST gets.

    Raises DataError if the data cannot be obtained, read or used, or the cache cannot
    be written, and ConfigError if the data cannot be used as the recipe says.
    """
    pictures, drawn, others = None, 0, tuple[str, ...]()
    cache_dir, work_dir = cache_dir.absolute(), work_dir.absolute()
    if source == "mnist":
        path, name = cache_dir / "mnist", "mnist"
        origin = fetch_mnist(path, work_dir, progress)
        if recipe.pens:
            path, drawn = with_pens(
                path, recipe.pens, drawing_steps, cache_dir, progress
            )
    else:
        path, name, origin = _existing(source), data_name(source), "file"
        if path.is_dir():
            origin = "folder"
            if not any((path / file).exists() for file in NPY_FILES.values()):
                # imported late: it needs Pillow
                from pipeline.data.pictures import decode_folder, named

                path, pictures, left_out = decode_folder(
                    path, recipe, cache_dir, progress
                )
                if left_out:
                    others = (
                        f"Left out, because they are no images: {named(left_out)}.",
                    )
    for key, value in (("color", recipe.color), ("size", recipe.size)):
        if value and not pictures:
            raise ConfigError(
                f"data.{key} is for folders of image files. Received: {value}, for"
                f" {source}, whose images have a size and colors. Leave it out."
            )
    read_arrays(path, declared_only=True)
    identity = digest(path)
    known = cache_dir / f"checked-{CHECKS_VERSION}" / f"{identity}.json"
    try:
        facts = json_records.load(Dataset, known)
    except (OSError, ValueError):  # not checked before, or the file is damaged: check
        progress(f"checking {path}")
        facts = check_arrays(read_arrays(path), identity)
        try:
            json_records.save(known, facts)
        except OSError as error:
            raise DataError(
                f"The cache must be writable. Received: {error.strerror or error}, for"
                f" {known.parent}. Set PIPELINE_CACHE to a folder that you can"
                " write to."
            ) from error
    rights = RIGHTS if source == "mnist" else {}
    if drawn:
        rights = rights | {
            "attribution": f"{rights['attribution']}; pens: {ATTRIBUTION}"
        }
    labels = _names(facts.labels, recipe.labels)
    dataset = dataclasses.replace(
        facts,
        name=name,
        source=origin,
        path=str(path),
        labels=labels,
        drawn_images=drawn,
        **rights,
    )
    if not pictures:
        return dataset
    described = _described(dataset, pictures, recipe)
    return dataclasses.replace(described, warnings=(*others, *described.warnings))


def _names(known: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the classes: those that are given, where the data has only
    numbers.
    """
    if not given:
        return known
    if known != tuple(map(str, range(len(known)))):
        raise ConfigError(
            "data.labels is for data that only has numbers. Received:"
            f" {', '.join(given)}, for data with the labels {', '.join(known)}. Leave"
            " it out."
        )
    if len(given) != len(known):
        raise ConfigError(
            f"data.labels must name every class once. Received: {len(given)} names for"
            f" {len(known)} classes. Correct it."
        )
    return given


def _described(dataset: Dataset, pictures: "Pictures", recipe: DataRecipe) -> Dataset:
    """The record of a data set that was decoded from image files, with how that was
    done.
    """
    warnings = dataset.warnings
    if pictures.colored and not recipe.color:
        warnings += (
            (
                f"{pictures.colored:,} of"
                f" {dataset.train_images + dataset.test_images:,} images have color,"
                " and recipes train on brightness alone. Make sure that brightness"
                " tells the labels apart."
            ),
        )
    if dataset.test_images < FEW_TESTS:
        enough = f"{FEW_TESTS} of them"
        if pictures.is_split:
            images = dataset.train_images + dataset.test_images
            enough = (
                f"about {math.ceil(images * FEW_TESTS / dataset.test_images):,} images"
                f" in all, of which {FEW_TESTS} are kept for tests"
            )
        warnings += (
            (
                f"{dataset.test_images} test images are too few to measure accuracy."
                f" Collect {enough}."
            ),
        )
    counts = (
        dataset.test_statistics.labels if dataset.test_statistics else (FEW_OF_A_LABEL,)
    )
    if (least := min(counts)) < FEW_OF_A_LABEL:
        few = (
            f"Test images of the label {dataset.labels[counts.index(least)]!r} are too"
            " few to measure its recall"
        )
        warnings += (
            f"{few}: {least}. Add more{'' if pictures.is_split else ' to test'}.",
        )
    return dataclasses.replace(
        dataset,
        size=recipe.size or None,
        test_share=recipe.test_share if pictures.is_split else None,
        split_seed=recipe.split_seed if pictures.is_split else None,
        warnings=warnings,
    )


def settle_inversion(recipe: Recipe, dataset: Dataset) -> tuple[Recipe, Dataset]:
    """The recipe with `invert = "auto"` decided by the data, and the data set with a
    warning if it says the opposite.

    Everything after the data stage, the keys of its results included, takes the recipe
    that is returned.
    """
    wanted = recipe.preprocess.invert
    # photos are shown to the model as they are
    if dataset.channels == 3 and wanted is not True:
        return (
            dataclasses.replace(
                recipe, preprocess=dataclasses.replace(recipe.preprocess, invert=False)
            ),
            dataset,
        )
    if wanted == "auto":
        preprocess = dataclasses.replace(
            recipe.preprocess, invert=dataset.dark_on_bright
        )
        return dataclasses.replace(recipe, preprocess=preprocess), dataset
    if wanted == dataset.dark_on_bright:
        return recipe, dataset
    found, taken = ("dark on bright", "bright on dark")[
        :: 1 if dataset.dark_on_bright else -1
    ]
    warning = (
        f"The images look {found}, but with invert = {str(wanted).lower()} drawings"
        " reach the model as if they were "
        f'{taken}. Use invert = "auto", or leave it out.'
    )
    return recipe, dataclasses.replace(dataset, warnings=(*dataset.warnings, warning))


def data_name(source: str) -> str:
    """The data set's part of a model's name:

    the stem of the path as lowercase letters, digits and hyphens.
    """
    ascii_only = (
        unicodedata.normalize("NFKD", Path(source).stem)
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:64].rstrip("-") or "data"


def _existing(source: str) -> Path:
    try:
        if not source:
            raise OSError("no path")  # which would be the current folder
        path = Path(source).expanduser().absolute()
        str(
            path
        ).encode()  # raises a ValueError if it is no text: records and messages hold it
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise OSError("neither a file nor a folder")
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # also no such user in ~user, a null character in the path
        raise DataError(
            f"The data set {source!r} cannot be read. Received:"
            f" {getattr(error, 'strerror', None) or error}. Use mnist, or the path of"
            " an .npz file or of a folder."
        ) from error
    return path
