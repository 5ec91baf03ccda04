"""The training images made ready once, by a process of its own, in a file that the trainer reads as it needs it.

Setting 60,000 digits upright and importing TensorFlow take about two seconds each. Threads would take turns at that, as
both hold Python's lock most of the time; a second process does one while the first does the other (measured: 2.4 s in
place of 4.3 s, and 4.8 s with threads). It imports NumPy alone.

What the steps do to the picture is done here; what they do to its numbers and shape alone (scale, flatten, channel) is
left to the training step, so that images of bytes stay bytes, on disk and in memory. An image that was moved is rounded
to bytes again, which changes its ink by at most 1/510.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.datasets.arrays import batches, drop_cached_pages, load_images
from pipeline.errors import ConfigError
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import Dataset
from pipeline.system.json_records import from_json, to_json
from pipeline.system.worker_process import WorkerProcess, worker_main

Step = dict[str, Any]
IN_GRAPH_STEPS = ("scale", "flatten", "channel")  # what `to_model_input` does
IMAGES_FILE, LABELS_FILE = "training-images.npy", "training-labels.npy"


@dataclass(frozen=True, kw_only=True)
class PreparedData:
    """Images in the order of training, those that are held out last.

    `images` (N, H, W) is uint8 or float32 and read from disk as needed; `labels` (N,) int64.
    """

    images: NDArray[Any]
    labels: NDArray[np.int64]
    training: int  # how many of them are trained on


class BackgroundPreprocessing:
    """The process at work: `result` waits for it, `close` ends it and removes its files.

    `training` is the number of images to train on, known from the start.
    """

    def __init__(self, dataset: Dataset, steps: Sequence[Step], held_out: int, seed: int, folder: Path) -> None:
        """Start it; its files go to `folder`."""
        self._folder, self.training = folder, dataset.train_images - held_out
        job = {"dataset": to_json(dataset), "steps": list(steps), "held_out": held_out, "seed": seed}
        self._process = WorkerProcess("pipeline.training.input_pipeline", {**job, "folder": str(folder)})

    def result(self) -> PreparedData:
        """Wait for the images.

        Raises:
            DataError: they changed since they were checked. ConfigError: a step cannot be used.
            PipelineError: the process ended otherwise.
        """
        self._process.wait()
        return PreparedData(
            images=np.load(self._folder / IMAGES_FILE, mmap_mode="r", allow_pickle=False),
            labels=np.load(self._folder / LABELS_FILE, allow_pickle=False),
            training=self.training,
        )

    def close(self) -> None:
        """End the process where it still runs, and remove its files."""
        self._process.stop()
        for name in (IMAGES_FILE, LABELS_FILE):
            (self._folder / name).unlink(missing_ok=True)


def split_steps(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """What is done once to every picture, and what the training step does to a batch."""
    cut = next((i for i, step in enumerate(steps) if step["step"] in IN_GRAPH_STEPS), len(steps))
    return list(steps[:cut]), list(steps[cut:])


def to_model_input(batch: Any, steps: Sequence[Step]) -> Any:
    """The model's input of a batch of prepared images: what `prepare_images` does with the steps in IN_GRAPH_STEPS.

    Args:
        batch: tensor (n, H, W), uint8 or float32.
        steps: the second part of `split_steps`.
    """
    import tensorflow as tf

    ink = tf.cast(batch, tf.float32) / 255 if batch.dtype == tf.uint8 else batch
    for step in steps:
        match step["step"]:
            case "scale":
                ink = ink * step["factor"]
            case "flatten":
                ink = tf.reshape(ink, (-1, ink.shape[1] * ink.shape[2]))
            case "channel":
                ink = ink[..., tf.newaxis]
            case name:
                raise ConfigError(f"The step {name} must come before scale, flatten and channel. Received: {steps}.")
    return ink


def prepare(dataset: Dataset, steps: Sequence[Step], held_out: int, seed: int, folder: Path) -> None:
    """Write images and labels in the order of training."""
    loaded = load_images(dataset)
    count = len(loaded.train)
    # The last images, as Keras' validation_split holds out, but of a shuffled order: a file may be sorted by class.
    shuffled = np.random.default_rng(seed).permutation(count)
    shipped = dataset.source not in ("file", "folder")  # MNIST as it comes, which is mixed
    order = None if shipped else _sorted_parts(shuffled, count - held_out)
    np.save(folder / LABELS_FILE, loaded.train_labels if order is None else loaded.train_labels[order])
    moves, _ = split_steps(steps)
    path, like = folder / IMAGES_FILE, loaded.train
    out = np.lib.format.open_memmap(path, "w+", like.dtype, like.shape)  # type: ignore[no-untyped-call]
    for rows, images in batches(loaded.train, order):
        moved = prepare_images(images, moves) if moves else images
        out[rows] = np.rint(moved * 255) if moves and out.dtype == np.uint8 else moved
        drop_cached_pages(out)
    out.flush()


def _sorted_parts(order: NDArray[np.int64], cut: int) -> NDArray[np.int64]:
    """Each part ascending, so that it is read as it lies on disk: every epoch has an order of its own anyway."""
    return np.concatenate([np.sort(order[:cut]), np.sort(order[cut:])])


def _run(job: dict[str, Any]) -> None:
    dataset = from_json(Dataset, job["dataset"])
    prepare(dataset, job["steps"], job["held_out"], job["seed"], Path(job["folder"]))


if __name__ == "__main__":
    sys.exit(worker_main(_run))
