"""Digits that people wrote with pens, added to MNIST's training images: on a pad, one writes otherwise."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import NPY_FILES
from pipeline.data.arrays import read_arrays
from pipeline.data.cache import make_once
from pipeline.pens.pack import Points
from pipeline.pens.painting import bent, ink
from pipeline.pens.strokes import digits
from pipeline.preprocessing.apply import DRAWING_STEPS
from pipeline.preprocessing.steps import Step, resolve
from pipeline.system.progress import Progress

VERSION = 2  # increment it when the same steps give other images
SEED = 4
SIDE = 96  # pixels of the square that they are painted in
MNIST_PEN = 0.125  # of the longer side: the median of MNIST


def with_pens(mnist: Path, copies: int, steps: Sequence[Step], cache_dir: Path, progress: Progress) -> tuple[Path, int]:
    """The folder with MNIST's arrays, to whose training images `copies` of each digit were added; and how many in all.

    Args:
        mnist: its folder.
        copies: of each digit of the part "training": one as it was written, and the others bent.
        steps: the `drawing` steps of the recipe, which give images of MNIST's size.
        cache_dir: where the folder is stored, for all builds.
        progress: receives a line if they have to be made.
    """
    key = hashlib.sha256(json.dumps([VERSION, copies, list(steps)]).encode()).hexdigest()
    written = digits("training")

    def make(folder: Path) -> None:
        arrays = read_arrays(mnist)
        # Before the others: of MNIST, the last images are held out (`training.input_pipeline`).
        arrays["x_train"] = np.concatenate([np.stack([*pen_images(steps, copies)]), arrays["x_train"]])
        labels = np.tile(written.labels, copies).astype(arrays["y_train"].dtype)
        arrays["y_train"] = np.concatenate([labels, arrays["y_train"]])
        for name, array in arrays.items():
            np.save(folder / NPY_FILES[name], array, allow_pickle=False)

    count = copies * len(written.labels)
    return make_once(key, f"preparing {count:,} digits from people's pens", cache_dir, progress, make), count


def pen_images(steps: Sequence[Step], copies: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The images (H, W) of all digits of the part "training": as they were written, and then copies that are bent."""
    random = np.random.default_rng(SEED)
    written = digits("training").strokes
    return painted_images(
        [bent(strokes, random) if copy else strokes for copy in range(copies) for strokes in written], steps
    )


def painted_images(drawings: Iterable[Sequence[Points]], steps: Sequence[Step]) -> Iterator[npt.NDArray[np.uint8]]:
    """The images (H, W) of drawings after the `drawing` steps, nearly, but seven times as fast.

    The step `stroke` redraws a drawing with a pen of some width. It takes most of the time, and a drawing that is
    painted with such a pen does not need it, nor what is before it.
    """
    names = [step["step"] for step in steps]
    width, after = MNIST_PEN, 1
    if "stroke" in names:
        after = names.index("stroke") + 1
        width = steps[after - 1]["width"]
    pen = width * (SIDE - 2)
    calls = resolve(steps[after:], DRAWING_STEPS, "drawing")
    for strokes in drawings:
        image = ink(strokes, side=SIDE, pen=pen, size=SIDE - 2 - pen) / 255
        for function, parameters in calls:
            image = function(image, **parameters)
        yield np.rint(255 * image).astype(np.uint8)
