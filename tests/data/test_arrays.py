import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.arrays import canonical_images, digest, load_images, read_arrays
from pipeline.errors import DataError
from pipeline.records import Dataset
from tests.support.judged import dataset


def test_mnist_is_read_as_it_is(mnist: Dataset) -> None:
    images = load_images(mnist)
    assert images.train.shape == (60_000, 28, 28)
    assert images.test.shape == (10_000, 28, 28)
    assert images.train.dtype == np.uint8
    assert images.train_labels.dtype == np.int64
    assert images.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert images.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert images.train[0].sum() == 27525  # a known number: the pixels belong to their labels


def npz(path: Path, **changes: object) -> Path:
    arrays: dict[str, object] = {
        "x_train": np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6),
        "y_train": np.array([0, 1, 0, 1], np.uint8),
        "x_test": np.full((2, 5, 6), 7, np.uint8),
        "y_test": np.array([1, 0], np.int32),
    }
    np.savez(path, **(arrays | changes))  # type: ignore[arg-type]
    return path


def record(path: Path) -> Dataset:
    sizes = {"image_height": 5, "image_width": 6, "train_images": 4, "test_images": 2}
    return dataset(path=str(path), digest=digest(path), **sizes)


def test_an_npz_file_is_read(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz", x_test=np.full((2, 5, 6, 1), 7, np.uint8))
    images = load_images(record(path))
    assert images.train.shape == (4, 5, 6)
    assert images.test.shape == (2, 5, 6)
    assert images.test_labels.tolist() == [1, 0]
    assert images.test_labels.dtype == np.int64


def test_a_file_that_changed_after_the_check_is_refused(tmp_path: Path) -> None:
    path = npz(tmp_path / "x.npz")
    checked = record(path)
    npz(path, y_test=np.array([0, 1]))
    with pytest.raises(DataError, match=r"Received: SHA-256 [0-9a-f]{64}, expected"):
        load_images(checked)
    path.unlink()
    with pytest.raises(DataError, match=r"cannot be read. Received: No such file"):
        load_images(checked)


def test_a_missing_idx_file_is_named(mnist: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte cannot be read"):
        load_images(dataclasses.replace(mnist, path=str(tmp_path)))
    with pytest.raises(DataError, match=re.escape(str(tmp_path))):
        read_arrays(tmp_path)


def test_images_get_one_shape_and_type() -> None:
    assert canonical_images(np.zeros((2, 4, 5, 1), np.float64)).shape == (2, 4, 5)
    assert canonical_images(np.zeros((2, 4, 5), np.float16)).dtype == np.float32
    assert canonical_images(np.zeros((2, 4, 5), np.uint8)).dtype == np.uint8
    assert canonical_images(np.zeros((2, 4, 5, 3), np.uint8)).shape == (2, 4, 5, 3)  # refused by the checks
