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


KINDS: dict[str, Kind] = {
    "npz": Kind(data.make_npz, lambda folder: data.use_data(folder / "x.npz")),
    "npy": Kind(data.make_npy, lambda folder: data.use_data(folder / "data")),
    "idx": Kind(data.make_idx, data.use_idx),
    "images": Kind(data.make_images, lambda folder: data.use_data(folder / "data")),
    "photos": Kind(data.make_images, lambda folder: data.use_data(folder / "data", size=12)),
    "tfrecord": Kind(data.make_records, data.use_records, data.start),
    "keras": Kind(models.make_keras, models.use_model, data.start),
    "h5": Kind(models.make_h5, models.use_model, data.start),
    "export": Kind(models.make_export, models.use_export, data.start),
    "recipe": Kind(records.make_recipe, records.use_recipe),
    "preprocess": Kind(models.make_preprocess, models.use_preprocess),
    "samples": Kind(models.make_samples, models.use_samples),
    "runs": Kind(records.make_runs, records.use_runs),
    "site": Kind(records.make_site, records.use_site),
    "signature": Kind(records.make_signed, records.use_signed),
}

# How many cases of each kind `make test` tries, and `make test-all` and `bench faults`.
FEW = {
    "npz": 25,
    "npy": 25,
    "idx": 20,
    "images": 10,
    "photos": 10,
    "tfrecord": 6,
    "keras": 12,
    "h5": 6,
    "export": 3,
    "recipe": 60,
    "preprocess": 25,
    "samples": 20,
    "runs": 25,
    "site": 6,
    "signature": 20,
}
MANY = {
    "npz": 300,
    "npy": 250,
    "idx": 150,
    "images": 150,
    "photos": 150,
    "tfrecord": 100,
    "keras": 250,
    "h5": 150,
    "export": 60,
    "recipe": 400,
    "preprocess": 250,
    "samples": 200,
    "runs": 250,
    "site": 150,
    "signature": 100,
}
