"""The test images that a version keeps: which ones, their pixels, and that Keras' answers belong to exactly them."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.preprocessing.apply import prepare_images
from pipeline.system.tensorflow import start_tensorflow
from pipeline.versions.images import MISTAKES, REFERENCES, balanced, pack, to_bytes, write_samples

STEPS: list[dict[str, Any]] = [{"step": "deskew"}, {"step": "scale", "factor": 1.0}, {"step": "flatten"}]


@pytest.mark.parametrize(("labels", "most", "expected"), [
    ([1, 0, 1, 0, 0], 4, [1, 3, 0, 2]),  # the first two of each class
    ([1, 0, 1, 0, 0], 3, [1, 3, 0]),  # the class with the lower number gets the odd one
    ([0, 1, 1, 1, 1], 4, [0, 1, 2, 3]),  # what one class lacks, the others fill
    ([2, 2, 0], 3, [2, 0, 1]),  # no image of class 1
    ([3, 2, 1, 0], 2, [3, 2]),  # more classes than places
    ([0, 1], 100, [0, 1]), ([], 3, []),
])  # fmt: skip
def test_places_are_shared_out_over_the_classes(labels: list[int], most: int, expected: list[int]) -> None:
    assert balanced(np.array(labels, np.int64), most).tolist() == expected


def test_ten_digits_get_ten_places_each_in_their_order() -> None:
    labels = np.random.default_rng(1).integers(0, 10, 5000)
    chosen = balanced(labels, REFERENCES)
    assert labels[chosen].tolist() == [digit for digit in range(10) for _ in range(10)]
    for digit in range(10):
        assert chosen[labels[chosen] == digit].tolist() == np.flatnonzero(labels == digit)[:10].tolist()


def test_floats_are_rounded_and_bytes_are_kept() -> None:
    assert to_bytes(np.array([0, 0.5 / 255, 0.6 / 255, 1], np.float32)).tolist() == [0, 0, 1, 255]
    assert to_bytes(np.array([0, 7, 255], np.uint8)).tolist() == [0, 7, 255]


def test_packed_images_hold_no_time_and_come_back() -> None:
    images = np.arange(2 * 4 * 5, dtype=np.uint8).reshape(2, 4, 5)
    packed = pack(images)
    assert packed == pack(images)
    assert packed[4:8] == b"\0\0\0\0"  # RFC 1952: MTIME
    assert gzip.decompress(packed) == images.tobytes()


@pytest.fixture(scope="module")
def model() -> Any:
    start_tensorflow("cpu")
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((80,)), keras.layers.Dense(3, activation="softmax")])


def unpack(path: Path) -> np.ndarray[Any, Any]:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8).reshape(-1, 8, 10)


def test_the_answers_belong_to_the_stored_pixels_to_the_last_bit(model: Any, tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    images = generator.random((200, 8, 10), np.float32)  # not multiples of 1/255
    labels = generator.integers(0, 3, 200)
    files = write_samples(tmp_path, model, images, labels, steps=STEPS, mistakes=[5, 3, 199])
    assert files == {
        "reference": "reference.json",
        "reference_images": "reference.bin",
        "mistake_images": "mistakes.bin",
    }

    document = json.loads((tmp_path / "reference.json").read_text())
    stored = unpack(tmp_path / "reference.bin")
    assert (document["height"], document["width"], len(document["images"])) == (8, 10, 100)
    indices = [image["index"] for image in document["images"]]
    assert [image["label"] for image in document["images"]] == labels[indices].tolist()
    assert np.array_equal(stored, to_bytes(images[indices]))

    written = np.array([image["probabilities"] for image in document["images"]])
    assert np.array_equal(written, written.astype(np.float32))  # each is exactly a float32
    assert np.array_equal(written, model.predict(prepare_images(stored, STEPS), batch_size=1000, verbose=0))
    assert not np.array_equal(written, model.predict(prepare_images(images[indices], STEPS), verbose=0))

    assert np.array_equal(unpack(tmp_path / "mistakes.bin"), to_bytes(images[[5, 3, 199]]))


@pytest.mark.parametrize("count", [0, MISTAKES, MISTAKES + 1])
def test_at_most_a_thousand_misread_images_are_kept(model: Any, tmp_path: Path, count: int) -> None:
    images = np.zeros((count + 3, 8, 10), np.uint8)
    images[:, 0, 0] = np.arange(count + 3) % 251
    write_samples(tmp_path, model, images, np.arange(count + 3) % 3, steps=STEPS, mistakes=range(count))
    kept = unpack(tmp_path / "mistakes.bin")
    assert np.array_equal(kept, images[: min(count, MISTAKES)])


def test_a_model_that_answers_with_nan_is_not_recorded(tmp_path: Path) -> None:
    start_tensorflow("cpu")
    import keras

    broken = keras.Sequential(
        [keras.Input((80,)), keras.layers.Dense(3, bias_initializer=keras.initializers.Constant(np.nan))]
    )
    with pytest.raises(ValueError, match="Out of range"):
        write_samples(tmp_path, broken, np.ones((3, 8, 10), np.uint8), np.arange(3), steps=STEPS, mistakes=[])
    assert list(tmp_path.iterdir()) == []
