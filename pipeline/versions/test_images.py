"""Test images that a version keeps beside its model: some to try, with Keras' own answers, and those that it misreads.

The page shows them, puts them on its pad, and checks with the first kind that it computes what Keras computes. Images
are the data set's own, before the `image` steps of the manifest: one byte a pixel, bright ink (255) on dark (0), row by
row, one image after the other, gzip-compressed, which browsers undo by themselves (DecompressionStream).
"""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.apply import prepare_images
from pipeline.system.json_records import save

REFERENCES = 100  # images to try: ten of each digit, 16 kB
MISTAKES = 1000  # misread images that are kept: 165 kB of MNIST's

Pixels = npt.NDArray[np.uint8]


def write_samples(
    folder: Path,
    model: Any,
    images: npt.NDArray[Any],
    labels: npt.NDArray[np.int64],
    *,
    steps: Sequence[Mapping[str, Any]],
    mistakes: Sequence[int],
) -> dict[str, str]:
    """Write reference.json, reference.bin and mistakes.bin into `folder`.

    reference.json is {"height", "width", "images": [{"index", "label", "probabilities"}, …]}: places in the test set,
    class numbers, and what the model answers to the image in reference.bin, as the exact values of its float32.
    mistakes.bin holds the first MISTAKES of `mistakes`.

    Args:
        folder: where to; it exists.
        model: a `keras.Model` from prepared images to probabilities (N, classes).
        images: of the test set, (N, height, width), uint8 (0..255) or float (0..1, rounded to 1/255 here).
        labels: (N,), class numbers.
        steps: the manifest's `image` steps.
        mistakes: places in the test set of the misread images.

    Returns:
        Their names for the manifest's `files`, with their paths in `folder`.

    Raises:
        ValueError: the model answers with NaN or infinity.
    """
    chosen = balanced(labels, REFERENCES)
    references = to_bytes(images[chosen])
    # Of the bytes, not of the floats that they may have been rounded from: the answers belong to what is stored.
    # All in one batch: a smaller one may add the same products in another order.
    probabilities = model.predict(prepare_images(references, steps), batch_size=REFERENCES, verbose=0)
    height, width = references.shape[1:]
    entries = [
        {"index": int(index), "label": int(labels[index]), "probabilities": [float(p) for p in answers]}
        for index, answers in zip(chosen, probabilities, strict=True)
    ]
    save(folder / "reference.json", {"height": height, "width": width, "images": entries})
    (folder / "reference.bin").write_bytes(pack(references))
    (folder / "mistakes.bin").write_bytes(pack(to_bytes(images[list(mistakes[:MISTAKES])])))
    return {"reference": "reference.json", "reference_images": "reference.bin", "mistake_images": "mistakes.bin"}


def balanced(labels: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.intp]:
    """At most `most` places in `labels`, as many of each class as there are: the first of each, then the second, ….

    Returns them in the order of the classes. Of more than `most` classes, the first `most` have one each.
    """
    by_class = np.argsort(labels, kind="stable")
    sorted_labels = labels[by_class]
    # how many of its class stand before each: its place in the sorted list, less that of its class's first
    rank = np.arange(len(labels)) - np.searchsorted(sorted_labels, sorted_labels)
    return np.asarray(by_class[np.sort(np.lexsort((sorted_labels, rank))[:most])])


def to_bytes(images: npt.NDArray[Any]) -> Pixels:
    """Images as uint8; those of floats in 0..1 are rounded to the nearest 1/255."""
    return images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)


def pack(images: Pixels) -> bytes:
    """Pixels as a gzip file, the same for the same images."""
    return gzip.compress(images.tobytes(), mtime=0)
