"""Data sets in a folder: .npy arrays, TFRecord files, or image files (see `pictures`).

Arrays are read from disk as needed, so a folder may be larger than memory. Images and TFRecord files are first decoded
into such a folder of arrays in the cache.
"""

from pathlib import Path

from pipeline.data.array_files import IDX_FILES, NPY_FILES
from pipeline.data.cache import decode_once
from pipeline.data.pictures import SPLITS, Pictures, decode, has_pictures, list_pictures, read_facts
from pipeline.errors import DataError
from pipeline.recipes.fields import DataRecipe
from pipeline.system.progress import Progress, bar
from pipeline.system.worker_process import WorkerProcess


def find_arrays(folder: Path, recipe: DataRecipe, cache_dir: Path, progress: Progress) -> tuple[Path, Pictures | None]:
    """The folder with the .npy files of a data set: the given one, or the one in the cache with its decoded files.

    Where these are images, `recipe` says how to decode them, and what is known of them is returned as well. Raises
    DataError if the folder holds no data set.
    """
    records = {split: sorted(folder.glob(f"*{split}*.tfrecord*")) for split in SPLITS}
    if any((folder / name).exists() for name in NPY_FILES.values()):
        return folder, None
    if all(records.values()):
        return decode_once(
            folder, records, cache_dir, progress, lambda into: _decode_records(records, into, progress)
        ), None
    if has_pictures(folder):
        listing = list_pictures(folder)
        choice = () if "test" in listing.files else (recipe.test_share, recipe.split_seed)
        settings = (recipe.size, recipe.white_paper, recipe.color, *choice)
        arrays = decode_once(
            folder, listing.files, cache_dir, progress, lambda into: decode(listing, recipe, into, progress), settings
        )
        return arrays, read_facts(arrays)
    names = ", ".join(NPY_FILES[key] for key in IDX_FILES)
    raise DataError(
        f"{folder} must contain a data set: the arrays {names}, files train*.tfrecord and test*.tfrecord, or folders "
        "of images. Received: a folder without them. Save arrays with np.save, or put images into train/<label>/ and "
        "test/<label>/, or just <label>/."
    )


def _decode_records(records: dict[str, list[Path]], into: Path, progress: Progress) -> None:
    files = {split: [str(path) for path in paths] for split, paths in records.items()}
    with bar(progress, "decode"):  # how many there are, the process counts
        WorkerProcess("pipeline.data.tfrecords", {**files, "folder": str(into)}).wait()
