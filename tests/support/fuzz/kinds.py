"""The kinds of input that are fuzzed."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.fuzz import data, models, records

Make = Callable[[random.Random, Path], None]
Use = Callable[[Path], None]


@dataclass(frozen=True)
class Kind:
    """A kind of input."""

    make: Make  # the case's files, in an empty folder
    use: Use  # what the command line does with them
    start: Callable[[], object] = lambda: None  # once, before the first case
    # few, and many; without few, it needs TensorFlow and is much like "keras"
    cases: tuple[int, int] = (
        0,
        0,
    )


KINDS: dict[str, Kind] = {
    "npz": Kind(
        data.make_npz, lambda folder: data.use_data(folder / "x.npz"), cases=(25, 300)
    ),
    "npy": Kind(
        data.make_npy, lambda folder: data.use_data(folder / "data"), cases=(25, 250)
    ),
    "idx": Kind(data.make_idx, data.use_idx, cases=(20, 150)),
    "images": Kind(
        data.make_images, lambda folder: data.use_data(folder / "data"), cases=(10, 150)
    ),
    "photos": Kind(
        data.make_images,
        lambda folder: data.use_data(folder / "data", size=12),
        cases=(10, 150),
    ),
    "keras": Kind(
        models.make_keras, models.use_model, start=data.start, cases=(12, 250)
    ),
    "h5": Kind(models.make_h5, models.use_model, start=data.start, cases=(0, 150)),
    "export": Kind(
        models.make_export, models.use_export, start=data.start, cases=(0, 60)
    ),
    "recipe": Kind(records.make_recipe, records.use_recipe, cases=(60, 400)),
    "preprocess": Kind(models.make_preprocess, models.use_preprocess, cases=(25, 250)),
    "samples": Kind(models.make_samples, models.use_samples, cases=(20, 200)),
    "runs": Kind(records.make_runs, records.use_runs, cases=(25, 250)),
    "site": Kind(records.make_site, records.use_site, cases=(6, 150)),
    "signature": Kind(records.make_signed, records.use_signed, cases=(20, 100)),
}

# How many cases `make test` tries, and `make test-all` and `bench faults`.
FEW = {name: kind.cases[0] for name, kind in KINDS.items() if kind.cases[0]}
MANY = {name: kind.cases[1] for name, kind in KINDS.items()}
