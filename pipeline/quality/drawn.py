"""Drawings of digits, and of what is no digit, as pictures that a model reads: a program made them.

Making them takes ten seconds, and none of it depends on the model: another process does it while the model is trained,
once on each machine.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.data.cache import make_once
from pipeline.data.drawn import drawn_images
from pipeline.hands import practice
from pipeline.hands.writing import Drawing, Writer, drawings, paint, signs, write_digit, write_sign
from pipeline.preprocessing.apply import prepare_drawing
from pipeline.preprocessing.steps import Step
from pipeline.quality.intervals import wilson_interval
from pipeline.records import Drawings
from pipeline.stage_cache import digest_of
from pipeline.system.files import sha256_of
from pipeline.system.progress import silent
from pipeline.system.worker_process import WorkerProcess, worker_main

DIGITS = tuple("0123456789")  # the labels of a data set of digits
EACH_DIGIT, EACH_SIGN = 20, 3
DRAWN_FILE = "drawn.npz"
PACKAGE = Path(__file__).parents[1]
SEEDS = 2, 3  # 0 and 1 are those of the benchmark
# To fit and to measure confidence: half of them as small pictures, which people drop on the pad too. The first are by
# other templates than the second, and with another seed than those that a recipe may train on.
FITTED, MEASURED = 2000, 600
FITTED_SEED = 6
Pictures = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """Pictures after the manifest's `drawing` steps, each (N, H, W)."""

    digits: Pictures
    labels: npt.NDArray[np.int64]  # which digit each is, (N,)
    signs: Pictures  # letters and things, none of which looks like a digit
    fitted: Pictures  # digits by `hands.practice`
    fitted_labels: npt.NDArray[np.int64]
    measured: Pictures  # digits by `hands.templates`
    measured_labels: npt.NDArray[np.int64]


@contextmanager
def drawing_meanwhile(steps: Sequence[Step], cache_dir: Path) -> Iterator[WorkerProcess]:
    """Let another process make the drawings, for which `load_drawn` waits; it ends with the block at the latest."""
    worker = WorkerProcess("pipeline.quality.drawn", {"steps": list(steps), "cache_dir": str(cache_dir)})
    try:
        yield worker
    finally:
        worker.stop()


def load_drawn(steps: Sequence[Step], cache_dir: Path) -> Drawn:
    """The drawings after the `drawing` steps, made once for all builds and kept in `cache_dir`."""
    sources = [path for folder in ("hands", "preprocessing") for path in sorted((PACKAGE / folder).glob("*.*"))]
    sources += [Path(__file__), PACKAGE / "data" / "drawn.py"]
    key = digest_of("drawn", [sha256_of(path) for path in sources], steps)
    kept = make_once(key, "drawing", cache_dir, silent, lambda folder: _draw(steps, folder))
    with np.load(kept / DRAWN_FILE, allow_pickle=False) as arrays:
        return Drawn(**arrays)


def drawn_digits(steps: Sequence[Step]) -> tuple[Pictures, npt.NDArray[np.int64]]:
    """Drawings of all digits after the manifest's `drawing` steps, (N, H, W), and which digit each is, (N,)."""
    drawn = drawings(write_digit, len(DIGITS), EACH_DIGIT * len(DIGITS), (SEEDS[0],))
    return _pictures(drawn, steps), np.array([one.digit for one in drawn])


def drawn_signs(steps: Sequence[Step]) -> Pictures:
    """Likewise letters and things, none of which looks like a digit."""
    return _pictures(drawings(write_sign, len(signs()), EACH_SIGN * len(signs()), (SEEDS[1],)), steps)


def measure_drawings(probabilities: npt.NDArray[Any], labels: npt.NDArray[np.int64]) -> Drawings:
    """How well the answers (N, classes) fit the digits that were drawn."""
    right = int((probabilities.argmax(axis=1) == labels).sum())
    return Drawings(
        drawings=len(labels),
        accuracy=right / len(labels),
        accuracy_interval=wilson_interval(right, len(labels)),
        confidence=float(probabilities.max(axis=1).mean(dtype=np.float64)),
    )


def _pictures(drawn: list[Drawing], steps: Sequence[Step]) -> Pictures:
    # At half the page's size, with one line from event to event, all of it takes a tenth of the time.
    painted = (paint(one.strokes, one.pen, one.polarity, pieces=1, scale=0.5) for one in drawn)
    prepared = [prepare_drawing(pixels, steps) for pixels in painted]
    return np.stack([picture for picture in prepared if picture is not None])  # each of them has ink


def _pairs(write: Writer, steps: Sequence[Step], count: int, seed: int) -> tuple[Pictures, npt.NDArray[np.int64]]:
    images, digits = zip(*drawn_images(write, steps, count, seed), strict=True)
    return (np.stack(images) / 255).astype(np.float32), np.array(digits)


def _draw(steps: Sequence[Step], folder: Path) -> None:
    digits, labels = drawn_digits(steps)
    fitted, fitted_labels = _pairs(practice.write, steps, FITTED, FITTED_SEED)
    measured, measured_labels = _pairs(write_digit, steps, MEASURED, SEEDS[0])
    drawn = Drawn(
        digits=digits,
        labels=labels,
        signs=drawn_signs(steps),
        fitted=fitted,
        fitted_labels=fitted_labels,
        measured=measured,
        measured_labels=measured_labels,
    )
    np.savez(folder / DRAWN_FILE, allow_pickle=False, **vars(drawn))


def _run(job: dict[str, Any]) -> None:
    if hasattr(os, "nice"):  # not on Windows
        os.nice(10)  # training waits for other processes, and for this one nobody yet
    load_drawn(job["steps"], Path(job["cache_dir"]))


if __name__ == "__main__":
    sys.exit(worker_main(_run))
