"""Training images stored with a version, with which visitors train the model again in their browser.

A file holds images as in the data set, before the manifest's `image` steps, as test_images.py stores them, and after
the last one a byte for each label; all of it is gzip-compressed. By key of the manifest's `files`:

- `training_images`: a few, as many of each class as there are, chosen by the seed of the training.
- `held_out_images`: a few of those that the training held out, so that the page can measure what it trains. None of
  them is a test image.
"""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.versions.test_images import balanced, to_bytes

TRAINING, HELD_OUT = 1800, 300  # images: 337 kB of MNIST, with which 570 steps reach 96 % of the held-out ones
MOST_BYTES = 350_000  # of both files together; of large images there are fewer
MOST_CLASSES = 256  # whose numbers fit a byte
LEVEL = 6  # of gzip: 9 takes fifteen times as long for 2 % less

Rows = npt.NDArray[np.int64]


def write_training_images(
    folder: Path,
    images: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    *,
    trained: Rows,
    held_out: Rows,
    seed: int,
) -> dict[str, str]:
    """Write the files into `folder`, and return key in the manifest's `files` → path.

    None are written where the page could not be honest about what it trains, because nothing was held out, or where
    there is no room for an image of each class.

    Args:
        folder: an existing folder.
        images: the training images, (N, height, width), uint8 (0..255) or float (0..1, rounded to 1/255 here).
        labels: class numbers, int64 (N,).
        trained: rows of the images that the model was trained on, in the order of the training.
        held_out: rows of those that were held out.
        seed: of the choice.
    """
    classes = len(np.unique(labels))
    if classes > MOST_CLASSES:
        return {}
    mixed = [np.random.default_rng(seed).permutation(rows) for rows in (trained, held_out)]
    share = 1.0
    while True:
        counts = [int(share * most) for most in (TRAINING, HELD_OUT)]
        chosen = [rows[balanced(labels[rows], count)] for rows, count in zip(mixed, counts, strict=True)]
        if min(map(len, chosen)) < classes:
            return {}
        packed = [_pack(images, labels, rows) for rows in chosen]
        if (size := sum(map(len, packed))) <= MOST_BYTES:
            break
        share *= 0.98 * MOST_BYTES / size
    contents = {"training_images": ("training.bin", packed[0]), "held_out_images": ("held-out.bin", packed[1])}
    for path, content in contents.values():
        (folder / path).write_bytes(content)
    return {key: path for key, (path, _) in contents.items()}


def _pack(images: npt.NDArray[Any], labels: npt.NDArray[np.int64], rows: Rows) -> bytes:
    """The images in these rows, then their labels, as a gzip file; the same rows give the same bytes."""
    content = to_bytes(images[rows]).tobytes() + labels[rows].astype(np.uint8).tobytes()
    return gzip.compress(content, LEVEL, mtime=0)
