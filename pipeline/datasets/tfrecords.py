"""TFRecord files to arrays on disk, by `tf.data`.

In a process of its own, because TensorFlow must not start before the build has chosen its device. Each record is a
`tf.train.Example` with an encoded picture (PNG or JPEG) and a class number, under the names that TensorFlow Datasets
gives them (`image`, `label`) or those of the TensorFlow models (`image/encoded`, `image/class/label`).
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.datasets.arrays import NPY_FILES
from pipeline.errors import DataError
from pipeline.system.tensorflow import start_tensorflow
from pipeline.system.worker_process import worker_main

NAMES = (("image", "label"), ("image/encoded", "image/class/label"))
BATCH = 1024  # pictures


def _examples(tf: Any, files: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """Pictures (n, H, W) uint8 and class numbers (n,) int64, a batch at a time."""
    first = next(iter(tf.data.TFRecordDataset(files[0])), None)
    features = tf.train.Example.FromString(first.numpy()).features.feature if first is not None else {}
    names = next((pair for pair in NAMES if set(pair) <= set(features)), None)
    if names is None:
        raise DataError(
            f"{files[0]} must hold examples with {' or '.join(' and '.join(pair) for pair in NAMES)}. "
            f"Received: {', '.join(features) or 'no example'}. Write them so, or save the arrays as .npy files."
        )
    image, label = names
    specification = {image: tf.io.FixedLenFeature((), tf.string), label: tf.io.FixedLenFeature((), tf.int64)}

    def parse(record: Any) -> tuple[Any, Any]:
        example = tf.io.parse_single_example(record, specification)
        return tf.io.decode_image(example[image], channels=1, expand_animations=False)[..., 0], example[label]

    pictures = tf.data.TFRecordDataset(files).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
    for batch in pictures.batch(BATCH).prefetch(1):
        yield tuple(part.numpy() for part in batch)


def _count(tf: Any, files: Sequence[str]) -> int:
    return int(sum(1 for _ in tf.data.TFRecordDataset(files)))


def decode(job: dict[str, Any]) -> None:
    """Write the arrays of `job["train"]` and `job["test"]`, lists of files, to the folder `job["folder"]`.

    Raises:
        DataError: a file is damaged, or holds other examples or pictures of several sizes.
    """
    tf = start_tensorflow("cpu")
    folder = Path(job["folder"])
    for split in ("train", "test"):
        files = job[split]
        try:
            out, labels, start = None, [], 0
            for pictures, numbers in _examples(tf, files):
                if out is None:
                    shape = (_count(tf, files), *pictures.shape[1:])
                    path = folder / NPY_FILES[f"x_{split}"]
                    out = np.lib.format.open_memmap(path, "w+", np.uint8, shape)  # type: ignore[no-untyped-call]
                out[start : start + len(pictures)] = pictures
                labels.append(numbers)
                start += len(pictures)
        except (tf.errors.OpError, ValueError) as error:
            reason = str(getattr(error, "message", error)).splitlines()[0]
            raise DataError(
                f"The examples in {files[0]} (of {len(files)} files) cannot be read. Received: {reason}. All pictures "
                "must be whole and of one size; write the files again."
            ) from error
        np.save(folder / NPY_FILES[f"y_{split}"], np.concatenate(labels))


if __name__ == "__main__":
    sys.exit(worker_main(decode))
