"""The training images, preprocessed once by a separate process into a file that the
trainer reads as it needs it.

Straightening 60,000 digits and importing TensorFlow take about two seconds each.
Threads would take turns, as both hold Python's lock most of the time; a second process
does one while the first does the other (measured: 2.4 s instead of
4.3 s, and 4.8 s with threads). It imports NumPy, but not TensorFlow.

Steps that move pixels run here. Steps that only change their scale and shape
(IN_GRAPH_STEPS) are left to the training step, so that uint8 images stay uint8, on disk
and in memory. An image whose pixels were moved is rounded to uint8 again, which changes
its ink by at most 1/510.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.data.arrays import batches, load_images
from pipeline.errors import ConfigError, translating_errors
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import Dataset
from pipeline.system.files import scratch_folder
from pipeline.system.json_records import from_json, to_json
from pipeline.system.worker_process import WorkerProcess, worker_main
from pipeline.training.epochs import TrainingData

Step = dict[str, Any]
IN_GRAPH_STEPS = ("scale", "flatten", "channel")  # `to_model_input` applies them
IMAGES_FILE, LABELS_FILE = "training-images.npy", "training-labels.npy"


@contextlib.contextmanager
def preparing(
    dataset: Dataset, steps: Sequence[Step], held_out: int, seed: int, work: Path
) -> Iterator[Callable[[], TrainingData]]:
    """Start the process, whose files are in `work` until the end of the block. Call the
    result to wait for the data.

    Its images are (N, H, W), uint8 or float32, mapped from their file.
    """
    job = {
        "dataset": to_json(dataset),
        "steps": list(steps),
        "held_out": held_out,
        "seed": seed,
    }
    with contextlib.ExitStack() as stack:
        # new, so that no other attempt can touch the files
        folder = stack.enter_context(scratch_folder(work))
        worker = WorkerProcess(
            "pipeline.training.input_pipeline", job | {"folder": str(folder)}
        )
        stack.callback(worker.stop)

        def result() -> TrainingData:
            worker.wait()
            images = np.load(folder / IMAGES_FILE, mmap_mode="r", allow_pickle=False)
            labels = np.load(folder / LABELS_FILE, allow_pickle=False)
            cut = len(labels) - held_out
            return TrainingData(
                inputs=images[:cut],
                labels=labels[:cut],
                validation_inputs=images[cut:],
                validation_labels=labels[cut:],
                to_input=functools.partial(to_model_input, steps=split_steps(steps)[1]),
            )

        yield result


def split_steps(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The steps that are applied once to every image, and those that the training step
    applies to a batch.
    """
    cut = next(
        (i for i, step in enumerate(steps) if step["step"] in IN_GRAPH_STEPS),
        len(steps),
    )
    return list(steps[:cut]), list(steps[cut:])


def to_model_input(batch: Any, steps: Sequence[Step]) -> Any:
    """The model's input, from a batch of preprocessed images: the counterpart of
    `prepare_images` for IN_GRAPH_STEPS.

    A tensor (n, H, W), uint8 or float32, becomes float32, (n, …) in the shape that the
    last step gives.
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
                raise ConfigError(
                    f"The step {name} must come before scale, flatten and channel."
                    f" Received: {steps}."
                )
    return ink


def row_order(dataset: Dataset, held_out: int, seed: int) -> NDArray[np.int64] | None:
    """The rows of the data set's training images in the order of training, those held
    out last; None if unchanged.
    """
    if dataset.source not in ("file", "folder"):
        return None  # MNIST as it is distributed is already mixed
    # The last images are held out, as with Keras' validation_split, but after
    # shuffling: a file may be sorted by class.
    shuffled = np.random.default_rng(seed).permutation(dataset.train_images)
    cut = dataset.train_images - held_out
    # Each part ascending, so that it is read in file order; every epoch has its own
    # order anyway.
    return np.concatenate([np.sort(shuffled[:cut]), np.sort(shuffled[cut:])])


def prepare(
    dataset: Dataset, steps: Sequence[Step], held_out: int, seed: int, folder: Path
) -> None:
    """Write images and labels in the order of training, those held out last."""
    loaded = load_images(dataset)
    order = row_order(dataset, held_out, seed)
    np.save(
        folder / LABELS_FILE,
        loaded.train_labels if order is None else loaded.train_labels[order],
    )
    moves, _ = split_steps(steps)
    dtype = loaded.train.dtype
    header = {"descr": dtype.str, "fortran_order": False, "shape": loaded.train.shape}
    with open(
        folder / IMAGES_FILE, "wb"
    ) as file:  # written, not mapped: a full disk would kill a process that maps it
        np.lib.format.write_array_header_1_0(file, header)
        for _, images in batches(loaded.train, order):
            moved = prepare_images(images, moves) if moves else images
            rounded = np.rint(moved * 255) if moves and dtype == np.uint8 else moved
            file.write(np.ascontiguousarray(rounded, dtype).data)


def _run(job: dict[str, Any]) -> None:
    dataset = from_json(Dataset, job["dataset"])
    folder = Path(job["folder"])
    with translating_errors(folder):
        prepare(dataset, job["steps"], job["held_out"], job["seed"], folder)


if __name__ == "__main__":
    sys.exit(worker_main(_run))
