"""The images that a version keeps:

which ones, their pixels, and that Keras' answers belong to exactly them.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.data.arrays import load_images
from pipeline.preprocessing.apply import prepare_images
from pipeline.records import Dataset
from pipeline.versions.images import (
    HELD_OUT,
    MISTAKES,
    MOST_BYTES,
    TRAINING,
    balanced,
    pack,
    to_bytes,
    write_samples,
    write_training_images,
)

STEPS: list[dict[str, Any]] = [
    {"step": "deskew"},
    {"step": "scale", "factor": 1.0},
    {"step": "flatten"},
]


@pytest.mark.parametrize(("labels", "most", "expected"), [
    ([1, 0, 1, 0, 0], 4, [1, 3, 0, 2]),  # the first two of each class
    ([1, 0, 1, 0, 0], 3, [1, 3, 0]),  # the class with the lower number gets the odd one
    ([0, 1, 1, 1, 1], 4, [0, 1, 2, 3]),  # what one class lacks, the others fill
    ([2, 2, 0], 3, [2, 0, 1]),  # no image of class 1
    ([3, 2, 1, 0], 2, [3, 2]),  # more classes than places
    ([0, 1], 100, [0, 1]), ([], 3, []),
])  # fmt: skip
def test_places_are_shared_out_over_the_classes(
    labels: list[int], most: int, expected: list[int]
) -> None:
    assert balanced(np.array(labels, np.int64), most).tolist() == expected


def test_floats_are_rounded_and_bytes_are_kept() -> None:
    assert to_bytes(np.array([0, 0.5 / 255, 0.6 / 255, 1], np.float32)).tolist() == [
        0,
        0,
        1,
        255,
    ]
    assert to_bytes(np.array([0, 7, 255], np.uint8)).tolist() == [0, 7, 255]


def test_packed_images_hold_no_time_and_come_back() -> None:
    images = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
    packed = pack(images)
    assert packed == pack(images)
    assert packed[4:8] == b"\0\0\0\0"  # RFC 1952: MTIME
    assert gzip.decompress(packed) == images.tobytes()


@pytest.fixture(scope="module")
def model(keras: Any) -> Any:
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [keras.Input((80,)), keras.layers.Dense(3, activation="softmax")]
    )


def unpack(path: Path) -> np.ndarray[Any, Any]:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8).reshape(
        -1, 8, 10
    )


def test_the_answers_belong_to_the_stored_pixels_to_the_last_bit(
    model: Any, tmp_path: Path
) -> None:
    generator = np.random.default_rng(2)
    images = generator.random((200, 8, 10), np.float32)  # not multiples of 1/255
    labels = generator.integers(0, 3, 200)
    files = write_samples(
        tmp_path, model, images, labels, steps=STEPS, mistakes=[5, 3, 199]
    )
    assert files == {
        "reference": "reference.json",
        "reference_images": "reference.bin",
        "mistake_images": "mistakes.bin",
    }

    document = json.loads((tmp_path / "reference.json").read_text())
    stored = unpack(tmp_path / "reference.bin")
    assert (document["height"], document["width"], len(document["images"])) == (
        8,
        10,
        100,
    )
    indices = [image["index"] for image in document["images"]]
    assert [image["label"] for image in document["images"]] == labels[indices].tolist()
    assert np.array_equal(stored, to_bytes(images[indices]))

    written = np.array([image["probabilities"] for image in document["images"]])
    # each is exactly a float32
    assert np.array_equal(written, written.astype(np.float32))
    assert np.array_equal(
        written,
        model.predict(prepare_images(stored, STEPS), batch_size=1000, verbose=0),
    )
    assert not np.array_equal(
        written, model.predict(prepare_images(images[indices], STEPS), verbose=0)
    )

    assert np.array_equal(
        unpack(tmp_path / "mistakes.bin"), to_bytes(images[[5, 3, 199]])
    )


@pytest.mark.parametrize("count", [0, MISTAKES, MISTAKES + 1])
def test_at_most_a_thousand_misread_images_are_kept(
    model: Any, tmp_path: Path, count: int
) -> None:
    images = np.zeros((count + 3, 8, 10), np.uint8)
    images[:, 0, 0] = np.arange(count + 3) % 251
    write_samples(
        tmp_path,
        model,
        images,
        np.arange(count + 3) % 3,
        steps=STEPS,
        mistakes=range(count),
    )
    kept = unpack(tmp_path / "mistakes.bin")
    assert np.array_equal(kept, images[: min(count, MISTAKES)])


def test_a_model_that_answers_with_nan_is_not_recorded(
    keras: Any, tmp_path: Path
) -> None:
    nan = keras.initializers.Constant(np.nan)
    broken = keras.Sequential(
        [keras.Input((80,)), keras.layers.Dense(3, bias_initializer=nan)]
    )
    with pytest.raises(ValueError, match="Out of range"):
        write_samples(
            tmp_path,
            broken,
            np.ones((3, 8, 10), np.uint8),
            np.arange(3),
            steps=STEPS,
            mistakes=[],
        )
    assert list(tmp_path.iterdir()) == []


SOME = {"training_images": "training.bin", "held_out_images": "held-out.bin"}
Bytes = npt.NDArray[np.uint8]


def labelled(path: Path, side: int) -> tuple[Bytes, Bytes]:
    """The square images of a file, and the labels after them."""
    content = np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)
    count, rest = divmod(len(content), side * side + 1)
    assert rest == 0
    return content[:-count].reshape(count, side, side), content[-count:]


def made(
    count: int, *, classes: int = 3, side: int = 4
) -> tuple[Bytes, npt.NDArray[np.int64]]:
    """Images that each name their row, and labels in turn."""
    images = np.zeros((count, side, side), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.arange(count) // 256, np.arange(count) % 256
    return images, np.arange(count) % classes


def rows_of(images: Bytes) -> list[int]:
    return [int(row) for row in 256 * images[:, 0, 0].astype(int) + images[:, 0, 1]]


def write(
    folder: Path, images: Any, labels: Any, cut: int, *, seed: int = 1
) -> dict[str, str]:
    trained, held_out = np.arange(cut), np.arange(cut, len(images))
    return write_training_images(
        folder, images, labels, trained=trained, held_out=held_out, seed=seed
    )


def test_mnist_has_as_many_images_of_each_digit_within_the_limit(
    mnist: Dataset, tmp_path: Path
) -> None:
    loaded = load_images(mnist)
    assert write(tmp_path, loaded.train, loaded.train_labels, 55_000) == SOME
    pixels, labels = labelled(tmp_path / "training.bin", 28)
    _, held_out = labelled(tmp_path / "held-out.bin", 28)
    assert np.bincount(labels).tolist() == [TRAINING // 10] * 10
    assert np.bincount(held_out).tolist() == [HELD_OUT // 10] * 10
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= MOST_BYTES
    test = {image.tobytes() for image in loaded.test}
    train = {
        image.tobytes(): label
        for image, label in zip(
            loaded.train[:55_000], loaded.train_labels, strict=False
        )
    }
    assert not any(image.tobytes() in test for image in pixels)
    assert all(
        train[image.tobytes()] == label
        for image, label in zip(pixels, labels, strict=True)
    )


def test_the_seed_chooses_and_what_was_held_out_is_never_trained_on(
    tmp_path: Path,
) -> None:
    images, labels = made(6000)
    chosen = []
    for seed in (1, 1, 2):
        write(tmp_path, images, labels, 5000, seed=seed)
        trained, held_out = (
            rows_of(labelled(tmp_path / path, 4)[0]) for path in SOME.values()
        )
        assert (len(set(trained)), len(set(held_out))) == (TRAINING, HELD_OUT)
        assert max(trained) < 5000 <= min(held_out)
        chosen.append(trained)
    assert chosen[0] == chosen[1] != chosen[2]


def test_there_are_fewer_large_images(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 64, 64), np.uint8)
    assert write(tmp_path, noise, np.arange(300) % 3, 250) == SOME
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert 0.8 * MOST_BYTES < sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize(
    ("count", "cut", "classes", "side"),
    [(300, 300, 3, 4), (300, 299, 3, 4), (600, 300, 257, 4), (9, 6, 3, 512)],
    ids=[
        "nothing held out",
        "fewer held out than classes",
        "labels beyond a byte",
        "no room for each class",
    ],
)
def test_none_are_written_where_it_would_not_be_honest(
    tmp_path: Path, count: int, cut: int, classes: int, side: int
) -> None:
    images, labels = made(count, classes=classes, side=side)
    if side > 100:
        images = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    assert write(tmp_path, images, labels, cut) == {}
    assert list(tmp_path.iterdir()) == []
