"""The training images that moved a model's weights most, stored with a version whose weights are a sum over them.

The score of a class for an input x is, for such a model, the sum over all training images of push × (image · x + 1),
where the image is the input that it gave in training and the 1 stands for the bias (`training.pushes`). The page shows
the images with the largest summands; the others it takes together, as what is left of the score.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.preprocessing.apply import prepare_images
from pipeline.system.json_records import save
from pipeline.system.progress import Progress
from pipeline.versions.test_images import pack, to_bytes

EXACT = 1e-5  # between a score and the sum; see the test
MOST_BYTES = 150_000  # of both files
DIGITS = 5  # of a push: the page shows three of what follows from it
BATCH = 1000  # test images at a time

Arrays = Mapping[str, npt.NDArray[Any]]


def write_influences(
    folder: Path,
    path: Path,
    kernel: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    *,
    images: npt.NDArray[Any],
    steps: Sequence[Mapping[str, Any]],
    progress: Progress,
) -> dict[str, str]:
    """Write influences.json and influences.bin into `folder`: as many of the strongest as fit into MOST_BYTES.

    influences.json is {"training_images", "test_images", "largest_difference", "images": [{"index", "label", "pushes"},
    …]}: how many images were summed, and on how many the sum was compared with the model, with what result; and of each
    image the index in the training set, the class number, and for each class the push. influences.bin has the pixels as
    they were trained on, in that order.

    Args:
        folder: an existing folder.
        path: what training found (`training.pushes.save_influences`).
        kernel: the model's weights, (inputs, classes).
        bias: and its biases.
        images: the test images, on which the sum must give the model's own scores. If it does not, nothing is written.
        steps: the manifest's `image` steps.
        progress: is told why nothing is written.

    Returns key in the manifest's `files` → path in `folder`.
    """
    with np.load(path, allow_pickle=False) as file:
        found = dict(file)
    difference = largest_difference(found, kernel, bias, images, steps)
    if difference > EXACT:
        progress(
            f"no influences: the sum over the training images must give the model's own scores to {EXACT:g}. "
            f"Received: a difference of {difference:.2g}. The page leaves out the images behind an answer."
        )
        return {}
    told = {"training_images": len(found["pushes"]), "test_images": len(images)}
    return _write_strongest(folder, found, {**told, "largest_difference": difference})


def largest_difference(
    found: Arrays,
    kernel: npt.NDArray[np.float32],
    bias: npt.NDArray[np.float32],
    images: npt.NDArray[Any],
    steps: Sequence[Mapping[str, Any]],
) -> float:
    """By how much the sum over the training images and the model itself differ at most, over all scores of images."""
    own = np.concatenate([kernel, bias[np.newaxis]]).astype(np.float64)
    apart = found["weights"].reshape(own.shape) - own
    most = 0.0
    for start in range(0, len(images), BATCH):
        inputs = prepare_images(images[start : start + BATCH], steps)
        most = max(most, float(np.abs(inputs @ apart[:-1] + apart[-1]).max()))
    return most


def _write_strongest(folder: Path, found: Arrays, told: dict[str, Any]) -> dict[str, str]:
    table, pixels = folder / "influences.json", folder / "influences.bin"
    entries = [
        {"index": int(row), "label": int(label), "pushes": [float(f"{push:.{DIGITS}g}") for push in pushes]}
        for row, label, pushes in zip(found["rows"], found["labels"], found["pushes"][found["places"]], strict=True)
    ]
    while entries:
        save(table, {**told, "images": entries}, compact=True)
        pixels.write_bytes(pack(to_bytes(found["images"][: len(entries)])))
        size = table.stat().st_size + pixels.stat().st_size
        if size <= MOST_BYTES:
            return {"influences": table.name, "influence_images": pixels.name}
        del entries[int(len(entries) * 0.95 * MOST_BYTES / size) :]
    table.unlink()
    pixels.unlink()
    return {}  # not even one fits
