"""Digits that people wrote with pens, added to MNIST's training images:

people write differently on a pad.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import NPY_FILES
from pipeline.data.arrays import read_arrays
from pipeline.data.cache import make_once
from pipeline.pens.strokes import Points, bent, digits, in_box
from pipeline.pens.ways import written_otherwise
from pipeline.preprocessing.apply import CHUNK, DRAWING_STEPS
from pipeline.preprocessing.steps import Step, resolve
from pipeline.system.progress import Progress

VERSION = 4  # increment it when the same steps give other images
SEED = 4
MNIST_PEN = 0.125  # of the longer side: the median of MNIST


def with_pens(
    mnist: Path, copies: int, steps: Sequence[Step], cache_dir: Path, progress: Progress
) -> tuple[Path, int]:
    """The folder with MNIST's arrays, to whose training images `copies` of each digit
    were added; and how many in all.

    The copies are of the digits of the part "training": one as it was written, and the
    others bent, some in other ways of writing. The `drawing` steps give images of
    MNIST's size.
    """
    key = hashlib.sha256(
        json.dumps([VERSION, copies, list(steps)]).encode()
    ).hexdigest()
    written = digits("training")

    def make(folder: Path) -> None:
        arrays, random = read_arrays(mnist), np.random.default_rng(SEED)
        drawings = [
            bent(written_otherwise(strokes, label, random), random) if copy else strokes
            for copy in range(copies)
            for strokes, label in zip(
                written.strokes, written.labels.tolist(), strict=True
            )
        ]
        # Before the others: of MNIST, the last images are held out
        # (`training.input_pipeline`).
        arrays["x_train"] = np.concatenate(
            [painted_images(drawings, steps), arrays["x_train"]]
        )
        labels = np.tile(written.labels, copies).astype(arrays["y_train"].dtype)
        arrays["y_train"] = np.concatenate([labels, arrays["y_train"]])
        for name, array in arrays.items():
            np.save(folder / NPY_FILES[name], array, allow_pickle=False)

    count = copies * len(written.labels)
    return (
        make_once(
            key,
            f"preparing {count:,} digits from people's pens",
            cache_dir,
            progress,
            make,
        ),
        count,
    )


def painted_images(
    drawings: Sequence[Sequence[Points]], steps: Sequence[Step]
) -> npt.NDArray[np.uint8]:
    """The images (N, H, W) of drawings after the `drawing` steps, nearly, but in a
    twentieth of the time.

    The step `stroke` redraws a drawing with a pen of some width, and the last `fit`
    gives its ink some size. Both are known before it is painted.
    """
    width = next(
        (step["width"] for step in steps if step["step"] == "stroke"), MNIST_PEN
    )
    last = max(place for place, step in enumerate(steps) if step["step"] == "fit")
    box = steps[last]["box"]
    calls = resolve(steps[last + 1 :], DRAWING_STEPS, "drawing")
    images = []
    for start in range(0, len(drawings), CHUNK):
        image: Any = in_box(drawings[start : start + CHUNK], box=box, pen=width * box)
        for function, parameters in calls:
            image = function(image, **parameters)
        images.append(np.rint(255 * image).astype(np.uint8))
    return np.concatenate(images)
