"""Images stored with a version: test images to try, with Keras' answers, those
misclassified, and some of the training.

The page shows the test images, loads them into its pad, and uses the reference images
to check that it computes the same as Keras. With the training images, visitors retrain
the model in their browser. Images are stored as in the data set, before the manifest's
`image` steps: one byte per pixel, from 0 (black) to 255 (white), or in color three, row
by row, one image after the other, gzip-compressed because browsers can decompress that
(DecompressionStream). A file of training images has after the last one a byte for each
label. By key of the manifest's `files`:

- `training_images`: a few, as many of each class as there are, chosen by the seed of
the training.
- `held_out_images`: a few of those that the training held out, so that the page can
measure what it trains. None of
  them is a test image.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.apply import prepare_images
from pipeline.system.json_records import save
from pipeline.versions.manifest import Manifest

REFERENCES = 100  # reference images: ten of each digit, 16 kB
MISTAKES = 1000  # misclassified images to keep: 165 kB for MNIST
# images: 337 kB of MNIST, with which 570 steps reach 96 % of the held-out ones
TRAINING, HELD_OUT = (
    1800,
    300,
)
MOST_BYTES = 350_000  # of both files together; of large images there are fewer
MOST_CLASSES = 256  # whose numbers fit a byte
LEVEL = 6  # of gzip: 9 takes fifteen times as long for 2 % less

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ReferenceImage:
    """A test image with the model's own answer."""

    index: int  # in the test set
    label: int
    probabilities: tuple[float, ...]  # the exact float32 values


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The reference images; their pixels are in reference.bin, in the same order."""

    height: int
    width: int
    images: tuple[ReferenceImage, ...]


def write_samples(
    folder: Path,
    model: Any,
    images: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    *,
    steps: Sequence[Mapping[str, Any]],
    mistakes: Sequence[int],
) -> dict[str, str]:
    """Write reference.json, reference.bin and mistakes.bin, with the first MISTAKES of
    `mistakes`, into `folder`.

    The test images are (N, height, width) or in color (…, 3), uint8 (0..255) or float
    (0..1, rounded to 1/255 here); `steps` are the manifest's `image` steps, and
    `mistakes` rows of misclassified images. Returns key in the manifest's `files` →
    path in `folder`. A probability that is not finite is a ValueError.
    """
    chosen = balanced(labels, REFERENCES)
    references = to_bytes(images[chosen])
    # Predict from the stored bytes, not from the floats they may have been rounded
    # from, so that the answers match. All in one batch: a smaller one may add the same
    # products in another order.
    probabilities = model.predict_on_batch(prepare_images(references, steps))
    height, width = references.shape[1:3]
    entries = tuple(
        ReferenceImage(
            index=int(index),
            label=int(labels[index]),
            probabilities=tuple(map(float, answers)),
        )
        for index, answers in zip(chosen, probabilities, strict=True)
    )
    save(
        folder / "reference.json",
        Reference(height=height, width=width, images=entries),
        compact=True,
    )
    (folder / "reference.bin").write_bytes(pack(references))
    (folder / "mistakes.bin").write_bytes(pack(images[list(mistakes[:MISTAKES])]))
    return {
        "reference": "reference.json",
        "reference_images": "reference.bin",
        "mistake_images": "mistakes.bin",
    }


def balanced(labels: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.intp]:
    """Choose up to `limit` indices into `labels` (N,): the first of each class, then
    the second of each, and so on.

    Returns them in class order. If there are more than `limit` classes, the first
    `limit` get one each.
    """
    by_class = np.argsort(labels, kind="stable")
    sorted_labels = labels[by_class]
    # how many of its class precede each: its position in the sorted list minus that of
    # the first of its class
    rank = np.arange(len(labels)) - np.searchsorted(sorted_labels, sorted_labels)
    return np.asarray(by_class[np.sort(np.lexsort((sorted_labels, rank))[:limit])])


def to_bytes(images: npt.NDArray[Any]) -> Pixels:
    """Images as uint8; floats in 0..1 are rounded to the nearest 1/255."""
    return (
        images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)
    )


def pack(images: npt.NDArray[Any], labels: Rows | None = None) -> bytes:
    """Images, then their labels, if any, as a gzip file; the same ones give the same
    bytes.
    """
    content = to_bytes(images).tobytes() + (
        b"" if labels is None else labels.astype(np.uint8).tobytes()
    )
    return gzip.compress(content, LEVEL, mtime=0)


def count_images(folder: Path, manifest: Manifest) -> dict[str, int]:
    """Count the pictures of a version by their role in the manifest's `files`; some may
    be in two of them.
    """
    found: dict[str, int] = {}
    image = getattr(manifest.input, "image", None)  # several inputs have none
    for role in (
        "reference_images",
        "mistake_images",
        "training_images",
        "held_out_images",
    ):
        if image and (file := manifest.files.get(role)):
            # with its label
            size = image.height * image.width * image.channels + role.startswith(
                ("training", "held")
            )
            found[role] = (
                len(gzip.decompress((folder / file.path).read_bytes())) // size
            )
    return found


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

    None are written where the page could not be honest about what it trains, because
    nothing was held out, or where there is no room for an image of each class. The
    training images are (N, height, width), uint8 (0..255) or float (0..1, rounded to
    1/255 here). `trained` and `held_out` are their rows, which `seed` chooses from.
    """
    classes = len(np.unique(labels))
    if classes > MOST_CLASSES:
        return {}
    mixed = [
        np.random.default_rng(seed).permutation(rows) for rows in (trained, held_out)
    ]
    share = 1.0
    while True:
        counts = [int(share * most) for most in (TRAINING, HELD_OUT)]
        chosen = [
            rows[balanced(labels[rows], count)]
            for rows, count in zip(mixed, counts, strict=True)
        ]
        if min(map(len, chosen)) < classes:
            return {}
        packed = [pack(images[rows], labels[rows]) for rows in chosen]
        if (size := sum(map(len, packed))) <= MOST_BYTES:
            break
        share *= 0.98 * MOST_BYTES / size
    contents = {
        "training_images": ("training.bin", packed[0]),
        "held_out_images": ("held-out.bin", packed[1]),
    }
    for path, content in contents.values():
        (folder / path).write_bytes(content)
    return {key: path for key, (path, _) in contents.items()}
