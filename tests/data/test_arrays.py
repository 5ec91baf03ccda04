"""The arrays of a data set, read from files and checked to be the same as before."""

import dataclasses
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.arrays import batches, load_images, read_arrays
from pipeline.errors import DataError
from pipeline.records import Dataset

Prepare = Callable[[Path], Dataset]


def test_a_file_that_changed_after_the_check_is_refused(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    path = Path(shutil.copy(small_mnist.path, tmp_path))
    checked = dataclasses.replace(small_mnist, path=str(path))
    assert len(load_images(checked).test) == 500
    path.write_bytes(path.read_bytes() + b"x")
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


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    """A folder of .npy files: 60 + 20 images of 2 classes."""
    folder = tmp_path / "My arrays"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (80, 6, 5), np.uint8)
    for split, images in (("train", pixels[:60]), ("test", pixels[60:])):
        np.save(folder / f"x_{split}.npy", images)
        np.save(folder / f"y_{split}.npy", np.arange(len(images)) % 2)
    return folder


def test_arrays_on_disk_are_mapped_and_their_digest_is_that_of_all_files(
    arrays: Path, prepare: Prepare
) -> None:
    before = prepare(arrays)
    assert (before.name, before.source, before.path, before.labels) == (
        "my-arrays",
        "folder",
        str(arrays),
        ("0", "1"),
    )
    images = load_images(before)
    assert isinstance(images.train, np.memmap)
    np.testing.assert_array_equal(images.train, np.load(arrays / "x_train.npy"))
    np.save(arrays / "labels.npy", np.array(["even", "odd"]))
    assert prepare(arrays).labels == ("even", "odd")
    with pytest.raises(DataError, match="must still be the data that was checked"):
        load_images(before)


def test_a_folder_with_pickles_archives_or_parts_of_arrays_is_refused(
    arrays: Path, prepare: Prepare
) -> None:
    np.save(
        arrays / "labels.npy",
        np.array(["a", object()], dtype=object),
        allow_pickle=True,
    )
    with pytest.raises(
        DataError, match=r"labels.npy must be a complete .npy file of plain values"
    ):
        prepare(arrays)
    np.savez(arrays / "labels.npz", a=[1])
    shutil.move(arrays / "labels.npz", arrays / "labels.npy")
    with pytest.raises(DataError, match="an archive of arrays"):
        prepare(arrays)
    (arrays / "labels.npy").unlink()
    path = arrays / "x_test.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"x_test\.npy"):
        prepare(arrays)
    path.unlink()
    with pytest.raises(DataError, match=r"x_test\.npy"):
        prepare(arrays)


def test_batches_give_every_image_in_order(
    arrays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.data.arrays.SEQUENTIAL_BATCH", 7)
    images = np.load(arrays / "x_train.npy", mmap_mode="r")
    seen = np.zeros_like(images)
    for rows, batch in batches(images):
        seen[rows] = batch
    np.testing.assert_array_equal(seen, images)
    order = np.random.default_rng(0).permutation(60)[:20]
    np.testing.assert_array_equal(
        np.concatenate([batch for _, batch in batches(images, order)]), images[order]
    )
