"""Drawings that a program makes, added to MNIST's training images.

People write on a pad with other pens than MNIST's writers had, and some drop the small picture of a digit on it. So
half of the drawings are scaled down to SMALL pixels and up again before they become images, as every drawing does, by
the `drawing` steps of the recipe.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.data.array_files import NPY_FILES
from pipeline.data.arrays import read_arrays
from pipeline.data.cache import make_once
from pipeline.errors import DataError
from pipeline.hands import practice
from pipeline.hands.writing import Writer, drawings, paint
from pipeline.preprocessing.apply import prepare_drawing
from pipeline.preprocessing.photos import box_filter
from pipeline.preprocessing.steps import Step
from pipeline.system.progress import Progress, bar

VERSION = 1  # increment it when the same steps give other drawings
SEED = 4
CLASSES = 10
SMALL = (8, 14)  # pixels of a small picture's side, from and to
SHADES = 16  # of a small picture
ENLARGED = 10  # times

Array = npt.NDArray[np.float64]


def with_drawings(mnist: Path, count: int, steps: Sequence[Step], cache_dir: Path, progress: Progress) -> Path:
    """The folder with the arrays of the folder `mnist`, to whose training images `count` drawings were added.

    Args:
        mnist: the folder of MNIST.
        count: how many; of each digit as many, but for the last ones.
        steps: the `drawing` steps of the recipe, which give images of MNIST's size.
        cache_dir: where the folder is stored, for all builds.
        progress: receives a line, and moves a bar, if they have to be made.
    """
    key = hashlib.sha256(json.dumps([VERSION, count, list(steps)]).encode()).hexdigest()

    def make(folder: Path) -> None:
        arrays = read_arrays(mnist)
        made = []
        with bar(progress, "draw", count, " drawings") as advance:
            for one in itertools.islice(drawn_images(practice.write, steps, count, SEED), count):
                made.append(one)
                advance(1)
        images, digits = zip(*made, strict=True)
        # Before the others: of MNIST, the last images are held out (`training.input_pipeline`).
        arrays["x_train"] = np.concatenate([np.stack(images), arrays["x_train"]])
        arrays["y_train"] = np.concatenate([np.array(digits, arrays["y_train"].dtype), arrays["y_train"]])
        for name, array in arrays.items():
            np.save(folder / NPY_FILES[name], array, allow_pickle=False)

    return make_once(key, f"drawing {count:,} more digits", cache_dir, progress, make)


def drawn_images(
    write: Writer, steps: Sequence[Step], count: int, seed: int
) -> Iterator[tuple[npt.NDArray[np.uint8], int]]:
    """`count` images, (H, W), with their digits: of each drawing, one as it is and one as a small picture."""
    for number, one in enumerate(drawings(write, CLASSES, count - count // 2, (seed,))):
        ink = paint(one.strokes, one.pen, "on transparent", pieces=1, scale=0.5)[..., 3] / 255
        for shown in (ink, small(ink, np.random.default_rng([seed, number]))):
            pixels = np.zeros((*shown.shape, 4), np.uint8)
            pixels[..., 3] = np.rint(255 * shown)
            image = prepare_drawing(pixels, steps)
            if image is None:
                raise DataError(f"Every drawing must have ink. Received: none, in drawing {number}. Report this.")
            yield np.rint(255 * image).astype(np.uint8), one.digit


def small(ink: Array, random: np.random.Generator) -> Array:
    """A drawing's ink in 0..1 as in a small picture that was enlarged: with hard edges or, as often, smoothly.

    Half of the small pictures keep the drawing's proportions, the other half are filled by it.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if random.random() < 0.5:
        longer = max(drawn.shape)
        drawn = np.pad(drawn, [((longer - side) // 2, (longer - side + 1) // 2) for side in drawn.shape])
    side = int(random.integers(SMALL[0], SMALL[1] + 1))
    small = box_filter(drawn.shape[0], side) @ drawn @ box_filter(drawn.shape[1], side).T
    small = np.rint(small / small.max() * SHADES) / SHADES
    places = (np.arange(side * ENLARGED) + 0.5) / ENLARGED - 0.5
    if random.random() < 0.5:
        places = np.rint(places)
    # Linear interpolation as a matrix: a row for each new pixel, a column for each old one.
    share = np.maximum(0, 1 - np.abs(np.clip(places, 0, side - 1)[:, np.newaxis] - np.arange(side)))
    return np.asarray(np.pad(share @ small @ share.T, ENLARGED))
