"""Drawings of digits by people, and of what is no digit by a program, as pictures that a model reads.

Preparing them does not depend on the model: a process of its own does it while the model is trained, once on each
machine.
"""

import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.data.cache import make_once
from pipeline.pens.pack import Points
from pipeline.pens.painting import bent, on_pad
from pipeline.pens.signs import paths, write_sign
from pipeline.pens.strokes import digits
from pipeline.preprocessing.apply import prepare_drawing
from pipeline.preprocessing.steps import Step
from pipeline.records import Drawings
from pipeline.stage_cache import digest_of
from pipeline.system.files import sha256_of
from pipeline.system.progress import silent
from pipeline.system.worker_process import WorkerProcess, worker_main

DIGITS = tuple("0123456789")  # the labels of a data set of digits
EACH_SIGN, SEED = 3, 3
BENT = 3  # copies of each digit that confidence is fitted to, besides the one as it was written
DRAWINGS_FILE = "drawings.npz"
PACKAGE = Path(__file__).parents[1]
T_19 = 2.093  # Student's t, the 97.5 % quantile with 19 degrees of freedom, as 20 writers have
Pictures = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """Pictures after the manifest's `drawing` steps, each (N, H, W)."""

    digits: Pictures  # by the writers of the part "test"
    labels: npt.NDArray[np.int64]  # which digit each is, (N,)
    writers: npt.NDArray[np.int64]  # (N,)
    signs: Pictures  # letters and things, none of which looks like a digit
    fitted: Pictures  # by the writers of the part "development", and bent copies
    fitted_labels: npt.NDArray[np.int64]


@contextmanager
def drawing_meanwhile(steps: Sequence[Step], cache_dir: Path) -> Iterator[WorkerProcess]:
    """Let another process prepare the drawings, for which `load_drawn` waits; it ends with the block at the latest."""
    worker = WorkerProcess("pipeline.quality.drawings", {"steps": list(steps), "cache_dir": str(cache_dir)})
    try:
        yield worker
    finally:
        worker.stop()


def load_drawn(steps: Sequence[Step], cache_dir: Path) -> Drawn:
    """The drawings after the `drawing` steps, prepared once for all builds and kept in `cache_dir`."""
    sources = [path for room in ("pens", "preprocessing") for path in sorted((PACKAGE / room).glob("*.*"))]
    key = digest_of("drawings", [sha256_of(path) for path in [*sources, Path(__file__)]], steps)

    def make(folder: Path) -> None:
        np.savez(folder / DRAWINGS_FILE, allow_pickle=False, **vars(make_drawings(steps)))

    kept = make_once(key, "drawing", cache_dir, silent, make)
    with np.load(kept / DRAWINGS_FILE, allow_pickle=False) as arrays:
        return Drawn(**arrays)


def make_drawings(steps: Sequence[Step]) -> Drawn:
    """All that a build judges a model by, which reads digits."""
    random = np.random.default_rng(SEED)
    test, development = digits("test"), digits("development")
    signs = [bent(write_sign(path, random), random) for path in paths().values() for _ in range(EACH_SIGN)]
    copies = [bent(strokes, random) for _ in range(BENT) for strokes in development.strokes]
    return Drawn(
        digits=_pictures(test.strokes, steps),
        labels=test.labels,
        writers=test.writers,
        signs=_pictures(signs, steps),
        fitted=_pictures([*development.strokes, *copies], steps),
        fitted_labels=np.tile(development.labels, 1 + BENT),
    )


def measure_drawings(
    probabilities: npt.NDArray[Any], labels: npt.NDArray[np.int64], writers: npt.NDArray[np.int64]
) -> Drawings:
    """How well the answers (N, classes) fit the digits (N,) that 20 writers (N,) wrote, as many each.

    The 95 % interval is Student's over the writers: the digits of one are alike.
    """
    right = probabilities.argmax(axis=1) == labels
    shares = [right[writers == name].mean() for name in np.unique(writers)]
    spread = T_19 * float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    accuracy = float(right.mean())
    return Drawings(
        drawings=len(labels),
        writers=len(shares),
        accuracy=accuracy,
        accuracy_interval=(max(0.0, accuracy - spread), min(1.0, accuracy + spread)),
        confidence=float(probabilities.max(axis=1).mean(dtype=np.float64)),
    )


def _pictures(drawings: Iterable[Sequence[Points]], steps: Sequence[Step]) -> Pictures:
    prepared = [prepare_drawing(on_pad(strokes), steps) for strokes in drawings]
    return np.stack([picture for picture in prepared if picture is not None])  # each of them has ink


def _run(job: dict[str, Any]) -> None:
    if hasattr(os, "nice"):  # not on Windows
        os.nice(10)  # training waits for other processes, and for this one nobody yet
    load_drawn(job["steps"], Path(job["cache_dir"]))


if __name__ == "__main__":
    sys.exit(worker_main(_run))
