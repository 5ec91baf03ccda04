"""Training images that are published with a version: which, how many, and in which order."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.data.arrays import load_images
from pipeline.records import Dataset
from pipeline.versions.images import HELD_OUT, MOST_BYTES, TRAINING, write_training_images

SOME = {"training_images": "training.bin", "held_out_images": "held-out.bin"}
Bytes = npt.NDArray[np.uint8]


def unpack(path: Path, height: int, width: int) -> tuple[Bytes, Bytes]:
    content = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)
    count, rest = divmod(len(content), height * width + 1)
    assert rest == 0
    return content[:-count].reshape(count, height, width), content[-count:]


def made(count: int, *, classes: int = 3, side: int = 4) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Images that each name their row, and labels in turn."""
    images = np.zeros((count, side, side), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(count) // 256, np.arange(count) % 256
    return images, np.arange(count) % classes


def rows_of(images: Bytes) -> list[int]:
    return [int(row) for row in 256 * images[:, 0, 0].astype(int) + images[:, 0, 1]]


def write(folder: Path, images: Any, labels: Any, cut: int, *, seed: int = 1) -> dict[str, str]:
    trained, held_out = np.arange(cut), np.arange(cut, len(images))
    return write_training_images(folder, images, labels, trained=trained, held_out=held_out, seed=seed)


def test_of_mnist_there_are_as_many_of_each_digit_within_the_limit(mnist: Dataset, tmp_path: Path) -> None:
    loaded = load_images(mnist)
    assert write(tmp_path, loaded.train, loaded.train_labels, 55_000) == SOME
    pixels, labels = unpack(tmp_path / "training.bin", 28, 28)
    _, held_out = unpack(tmp_path / "held-out.bin", 28, 28)
    assert np.bincount(labels).tolist() == [TRAINING // 10] * 10
    assert np.bincount(held_out).tolist() == [HELD_OUT // 10] * 10
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= MOST_BYTES
    test = {image.tobytes() for image in loaded.test}
    train = {image.tobytes(): label for image, label in zip(loaded.train[:55_000], loaded.train_labels, strict=False)}
    assert not any(image.tobytes() in test for image in pixels)
    assert all(train[image.tobytes()] == label for image, label in zip(pixels, labels, strict=True))


def test_the_seed_chooses_and_what_was_held_out_is_never_trained_on(tmp_path: Path) -> None:
    images, labels = made(6000)
    chosen = []
    for seed in (1, 1, 2):
        write(tmp_path, images, labels, 5000, seed=seed)
        trained, held_out = (rows_of(unpack(tmp_path / path, 4, 4)[0]) for path in SOME.values())
        assert (len(set(trained)), len(set(held_out))) == (TRAINING, HELD_OUT)
        assert max(trained) < 5000 <= min(held_out)
        chosen.append(trained)
    assert chosen[0] == chosen[1] != chosen[2]


def test_of_large_images_there_are_fewer(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 64, 64), np.uint8)
    assert write(tmp_path, noise, np.arange(300) % 3, 250) == SOME
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert 0.8 * MOST_BYTES < sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize(
    ("count", "cut", "classes", "side"),
    [(300, 300, 3, 4), (300, 299, 3, 4), (600, 300, 257, 4), (9, 6, 3, 512)],
    ids=["nothing held out", "fewer held out than classes", "labels beyond a byte", "no room for each class"],
)
def test_none_are_written_where_it_would_not_be_honest(
    tmp_path: Path, count: int, cut: int, classes: int, side: int
) -> None:
    images, labels = made(count, classes=classes, side=side)
    if side > 100:
        images = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    assert write(tmp_path, images, labels, cut) == {}
    assert list(tmp_path.iterdir()) == []


def test_floats_are_rounded_to_bytes(tmp_path: Path) -> None:
    images, labels = made(100)
    write(tmp_path, images.astype(np.float32) / 255, labels, 80)
    pixels, _ = unpack(tmp_path / "training.bin", 4, 4)
    assert sorted(rows_of(pixels)) == list(range(80))
