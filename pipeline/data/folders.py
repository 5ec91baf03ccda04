"""Data sets in a folder: .npy arrays, TFRecord files, or image files (see `pictures`).

Arrays are read from disk as needed, so a folder may be larger than memory. Images and TFRecord files are first decoded
into such a folder of arrays in the cache.

`tf.data` decodes TFRecord files in a separate process: TensorFlow must not start before the build has chosen its
device. Each record is a `tf.train.Example` with an encoded image (PNG or JPEG) and a class index, under the names that
TensorFlow Datasets (`image`, `label`) or the TensorFlow models (`image/encoded`, `image/class/label`) use.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.data.array_files import IDX_FILES, NPY_FILES
from pipeline.data.cache import decode_once
from pipeline.data.checks import MAXIMUM_SIDE
from pipeline.data.pictures import SPLITS, Pictures, decode, has_pictures, list_pictures, read_facts
from pipeline.errors import DataError
from pipeline.recipes.fields import DataRecipe
from pipeline.system.outside import open_regular, size_of
from pipeline.system.progress import Progress, bar
from pipeline.system.tensorflow import start_tensorflow
from pipeline.system.worker_process import WorkerProcess, worker_main

NAMES = (("image", "label"), ("image/encoded", "image/class/label"))
BATCH = 1024  # images
RECORD_BYTES = 4 * 2**20  # sixty times the pixels of the largest image that a data set may have


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
        WorkerProcess("pipeline.data.folders", {**files, "folder": str(into)}).wait()


def _examples(tf: Any, files: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Images (n, H, W) uint8 and class indices (n,) int64, a batch at a time."""
    first = next(iter(tf.data.TFRecordDataset(files[0])), None)
    try:
        features = tf.train.Example.FromString(first.numpy()).features.feature if first is not None else {}
    except Exception:  # of protobuf's C code
        features = {}
    names = next((pair for pair in NAMES if set(pair) <= set(features)), None)
    if names is None:
        raise DataError(
            f"{files[0]} must contain examples with {' or '.join(' and '.join(pair) for pair in NAMES)}. "
            f"Received: {', '.join(sorted(features)) or 'no example'}. Use these names, or save the arrays as .npy "
            "files."
        )
    image, label = names
    specification = {image: tf.io.FixedLenFeature((), tf.string), label: tf.io.FixedLenFeature((), tf.int64)}

    def parse(record: Any) -> tuple[Any, Any]:
        example = tf.io.parse_single_example(record, specification)
        content = _of_bounded_size(tf, example[image])
        return tf.io.decode_image(content, channels=1, expand_animations=False)[..., 0], example[label]

    examples = tf.data.TFRecordDataset(files).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
    for batch in examples.batch(BATCH).prefetch(1):
        yield tuple(part.numpy() for part in batch)


def _of_bounded_size(tf: Any, image: Any) -> Any:
    """The content of a PNG or JPEG file, once its header declares no more pixels than a data set may have."""
    sides = tf.cond(
        tf.strings.substr(image, 0, 4) == b"\x89PNG",
        lambda: tf.io.decode_raw(tf.strings.substr(image, 16, 8), tf.int32, little_endian=False),
        lambda: tf.image.extract_jpeg_shape(image)[:2],
    )
    fits = tf.reduce_all((sides > 0) & (sides <= MAXIMUM_SIDE))
    with tf.control_dependencies([tf.debugging.Assert(fits, [f"an image of more than {MAXIMUM_SIDE} pixels", sides])]):
        return tf.identity(image)


def count_records(path: Path) -> int:
    """The records in a file, of which each says how long it is; ValueError if one is too long, or cut short."""
    count, end = 0, 0
    with open_regular(path) as file:
        size = size_of(file)
        while end < size:
            file.seek(end)
            length = int.from_bytes(file.read(8), "little")
            if length > RECORD_BYTES:
                raise ValueError(f"record {count} of {path} declares {length:,} bytes, more than {RECORD_BYTES:,}")
            end += 8 + 4 + length + 4  # each followed by a checksum
            count += 1
    if end > size:
        raise ValueError(f"{path} is cut short")
    return count


def decode_records(job: dict[str, Any]) -> None:
    """Write the arrays of `job["train"]` and `job["test"]`, lists of files, to the folder `job["folder"]`."""
    tf = start_tensorflow("cpu")
    folder = Path(job["folder"])
    for split in ("train", "test"):
        files = job[split]
        try:
            out, labels, start, count = None, [], 0, sum(count_records(Path(file)) for file in files)
            for images, indices in _examples(tf, files):
                if out is None:
                    shape = (count, *images.shape[1:])
                    path = folder / NPY_FILES[f"x_{split}"]
                    out = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
                out[start : start + len(images)] = images
                labels.append(indices)
                start += len(images)
        except (tf.errors.OpError, ValueError) as error:
            # TensorFlow puts the name of the operation in front, in double braces.
            reason = str(getattr(error, "message", error)).splitlines()[0].rpartition("}} ")[2]
            raise DataError(
                f"The examples in {files[0]} (of {len(files)} files) cannot be read: all images must be complete and "
                f"of one size. Received: {reason}. Write the files again."
            ) from error
        np.save(folder / NPY_FILES[f"y_{split}"], np.concatenate(labels))


if __name__ == "__main__":
    sys.exit(worker_main(decode_records))
