"""Data that does not stay in memory: MNIST, and ten times as many images, streamed from
a folder of arrays.

`pipeline build --until train` trains on both with the same recipe. The larger set is
ten copies of MNIST, each shifted differently, so that no image occurs twice. Both times
include importing TensorFlow and checking the data.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.harness import Timed, median, print_table, run_process, save_results
from pipeline.data.arrays import Images, load_images
from pipeline.data.prepare import default_cache_dir, prepare_data

RUNS = 3
TIMES = 10
# rows, columns
SHIFTS = [
    (0, 0),
    (1, 0),
    (0, 1),
    (-1, 0),
    (0, -1),
    (1, 1),
    (-1, 1),
    (1, -1),
    (-1, -1),
    (2, 0),
]


def write_folder(images: Images, folder: Path, times: int) -> None:
    """Write the four arrays, with `times` shifted copies of the training images."""
    folder.mkdir()
    count = len(images.train)
    shape = (times * count, *images.train.shape[1:])
    out = np.lib.format.open_memmap(folder / "x_train.npy", "w+", np.uint8, shape)
    for copy, shift in enumerate(SHIFTS[:times]):
        out[copy * count : (copy + 1) * count] = np.roll(
            images.train, shift, axis=(1, 2)
        )
    out.flush()
    np.save(folder / "y_train.npy", np.tile(images.train_labels, times))
    np.save(folder / "x_test.npy", images.test)
    np.save(folder / "y_test.npy", images.test_labels)


def main() -> None:
    images = load_images(
        prepare_data(
            "mnist", cache_dir=default_cache_dir(), work_dir=default_cache_dir()
        )
    )
    with tempfile.TemporaryDirectory() as scratch:
        runs: dict[str, list[Timed]] = {}
        epoch: dict[str, list[float]] = {}
        for times in (1, TIMES):
            write_folder(images, Path(scratch) / f"mnist-{times}", times)
        for _ in range(RUNS):
            for times in (1, TIMES):
                name = f"mnist-{times}"
                command = [
                    sys.executable,
                    "-m",
                    "pipeline",
                    "build",
                    "--until",
                    "train",
                    "--force",
                    "--json",
                ]
                command += ["--data", name]
                runs.setdefault(name, []).append(
                    run_process(command, cwd=Path(scratch))
                )
                record = json.loads(
                    (
                        Path(scratch) / "runs" / f"{name}-softmax" / "train.json"
                    ).read_text()
                )["record"]
                # the first epoch compiles
                seconds = [result["seconds"] for result in record["history"][2:]]
                epoch.setdefault(f"{name} {record['strategy']}", []).append(
                    median(seconds)
                )
    rows = []
    base = median([timed.seconds for timed in runs["mnist-1"]])
    for (name, timed), (described, epochs) in zip(
        runs.items(), epoch.items(), strict=True
    ):
        seconds = [t.seconds for t in timed]
        rows.append(
            [
                (
                    f"{60_000 * int(name.removeprefix('mnist-')):,}"
                    f" ({described.split()[1]})"
                ),
                f"{median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})",
                f"{median(seconds) / base:.1f} x",
                f"{median(epochs):.2f}",
                f"{median([t.peak_mb for t in timed]):,.0f}",
            ]
        )
    print_table(
        ["training images", "seconds", "of one MNIST", "seconds an epoch", "peak MB"],
        rows,
    )
    save_results("stream")


if __name__ == "__main__":
    main()
