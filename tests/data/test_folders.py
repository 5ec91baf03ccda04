"""Data in folders: arrays on disk are read as needed, pictures are decoded once."""

import io
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.data.array_files import Array
from pipeline.data.arrays import batches, load_images
from pipeline.data.pictures import decode as decode_pictures
from pipeline.errors import DataError
from pipeline.records import Dataset

Prepare = Callable[[Path], Dataset]


def dark_edged(count: int) -> Array:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 6, 5), np.uint8)
    pixels[:, [0, -1], :] = pixels[:, :, [0, -1]] = 0
    return pixels


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    """A folder of .npy files: 60 + 20 images of 2 classes."""
    folder = tmp_path / "My arrays"
    folder.mkdir()
    pixels = dark_edged(80)
    for split, images in (("train", pixels[:60]), ("test", pixels[60:])):
        np.save(folder / f"x_{split}.npy", images)
        np.save(folder / f"y_{split}.npy", np.arange(len(images)) % 2)
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of pictures: 4 + 2 of cats and dogs, grey and coloured, as PNG and JPEG."""
    folder = tmp_path / "pets"
    for split, count in (("train", 4), ("test", 2)):
        for label in ("cat", "dog"):
            (folder / split / label).mkdir(parents=True)
            for i in range(count):
                pixels = np.zeros((8, 10), np.uint8)
                pixels[2:5, 2 + i : 5 + i] = 200 if label == "cat" else 100
                pixels[5, 5] = 10 * (split == "test")
                Image.fromarray(pixels).save(folder / split / label / f"{i}.png")
    Image.new("RGB", (10, 8), (0, 0, 0)).save(folder / "train" / "dog" / "black.jpg")
    return folder


def test_arrays_on_disk_are_mapped_and_not_copied(arrays: Path, prepare: Prepare) -> None:
    dataset = prepare(arrays)
    assert (dataset.name, dataset.source, dataset.path) == ("my-arrays", "folder", str(arrays))
    assert dataset.labels == ("0", "1")
    images = load_images(dataset)
    assert isinstance(images.train, np.memmap)
    np.testing.assert_array_equal(images.train, np.load(arrays / "x_train.npy"))


def test_their_digest_is_that_of_the_four_files(arrays: Path, prepare: Prepare) -> None:
    before = prepare(arrays)
    np.save(arrays / "labels.npy", np.array(["even", "odd"]))
    named = prepare(arrays)
    assert named.labels == ("even", "odd")
    assert named.digest != before.digest
    with pytest.raises(DataError, match="must still be the data that was checked"):
        load_images(before)


def test_labels_that_are_pickled_or_archives_are_refused(arrays: Path, prepare: Prepare) -> None:
    np.save(arrays / "labels.npy", np.array(["a", object()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"labels.npy must be a complete .npy file of plain values"):
        prepare(arrays)
    np.savez(arrays / "labels.npz", a=[1])
    shutil.move(arrays / "labels.npz", arrays / "labels.npy")
    with pytest.raises(DataError, match="an archive of arrays"):
        prepare(arrays)


def test_a_folder_that_is_not_whole_is_refused(arrays: Path, prepare: Prepare) -> None:
    path = arrays / "x_test.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"x_test\.npy"):
        prepare(arrays)
    path.unlink()
    with pytest.raises(DataError, match=r"x_test\.npy"):
        prepare(arrays)


def test_pictures_are_decoded_once_to_arrays_in_the_cache(pictures: Path, prepare: Prepare, tmp_path: Path) -> None:
    dataset = prepare(pictures)
    assert (dataset.name, dataset.labels) == ("pets", ("cat", "dog"))
    assert (dataset.train_images, dataset.test_images) == (9, 4)
    assert Path(dataset.path).parent == tmp_path / "cache" / "decoded"
    images = load_images(dataset)
    grey = np.asarray(Image.open(pictures / "train" / "cat" / "2.png"))
    np.testing.assert_array_equal(images.train[2], grey)
    np.testing.assert_array_equal(images.train_labels, [0] * 4 + [1] * 5)
    written = (Path(dataset.path) / "x_train.npy").stat().st_mtime_ns
    assert prepare(pictures) == dataset
    assert (Path(dataset.path) / "x_train.npy").stat().st_mtime_ns == written
    Image.fromarray(grey).save(pictures / "train" / "cat" / "9.png")
    assert prepare(pictures).train_images == 10


def test_decoded_arrays_that_no_build_has_used_for_a_week_are_deleted(pictures: Path, prepare: Prepare) -> None:
    night = 86_400
    decoded = []
    for age in (8, 6, 8):  # days since the last use; pictures are added every night
        decoded.append(Path(prepare(pictures).path))
        os.utime(decoded[-1], (time.time() - age * night,) * 2)
        shutil.copy(pictures / "train" / "cat" / "0.png", pictures / "train" / "cat" / f"more-{len(decoded)}.png")
    (pictures / "train" / "cat" / "more-3.png").unlink()
    prepare(pictures)  # uses the third again
    (pictures / "train" / "cat" / "more-2.png").unlink()
    (pictures / "train" / "cat" / "1.png").unlink()
    prepare(pictures)
    assert [path.exists() for path in decoded] == [False, True, True]


def test_pictures_that_cannot_be_used_are_named(pictures: Path, prepare: Prepare, tmp_path: Path) -> None:
    def refused(change: Callable[[Path], object], name: str, message: str) -> None:
        folder = tmp_path / "changed"
        shutil.copytree(pictures, folder)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        change(path)
        with pytest.raises(DataError, match=message) as caught:
            prepare(folder)
        assert str(path if path.is_file() else folder) in str(caught.value)
        shutil.rmtree(folder)

    def sized(width: int, height: int) -> Callable[[Path], object]:
        return lambda path: Image.new("L", (width, height)).save(path)

    refused(sized(9, 8), "train/cat/x.png", "size of the first, 10 × 8.*9 × 8 in .*--set data.size=10 or less")
    refused(sized(300, 8), "train/cat/x.png", "at most 256 pixels.*300 × 8.*--set data.size=256 or less")
    refused(lambda path: path.write_bytes(b"no picture"), "test/dog/x.png", "cannot be read as an image")
    refused(lambda path: path.write_text("hello"), "train/dog/notes.txt", "must contain only images")
    refused(lambda path: Image.new("L", (10, 8)).save(path), "test/bird/x.png", "must occur in train. Received: 'bird'")

    def empty(path: Path) -> None:
        shutil.rmtree(path.parents[1])
        path.parents[1].mkdir()

    refused(empty, "test/cat/0.png", "must have images in train and test")
    assert not list((tmp_path / "cache").glob("decoded/.staging-*"))


def test_pictures_of_16_bits_and_transparent_ones_are_what_they_look_like(pictures: Path, prepare: Prepare) -> None:
    levels = np.arange(80).reshape(8, 10) * 800
    deep, clear = pictures / "train" / "cat" / "deep.png", pictures / "train" / "cat" / "clear.png"
    Image.fromarray(levels.astype(np.uint16)).save(deep)
    black = Image.new("RGBA", (10, 8), (0, 0, 0, 0))
    black.putpixel((3, 2), (0, 0, 0, 255))
    black.save(clear)
    images = load_images(prepare(pictures)).train
    order = sorted(path.relative_to(pictures / "train") for path in (pictures / "train").glob("*/*"))
    seen = dict(zip(order, images, strict=True))
    assert np.array_equal(seen[Path("cat/deep.png")], np.rint(levels / 257))
    assert (seen[Path("cat/clear.png")][2, 3], seen[Path("cat/clear.png")][0, 0]) == (0, 255)


def test_what_systems_leave_is_no_picture_and_a_label_without_any_is_named(pictures: Path, prepare: Prepare) -> None:
    before = prepare(pictures)
    for split in ("train", "test"):
        (pictures / split / ".ipynb_checkpoints").mkdir()
        (pictures / split / "cat" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (pictures / split / "cat" / "Thumbs.db").write_bytes(b"x")
    assert prepare(pictures) == before
    (pictures / "train" / "bird").mkdir()  # what is cached of the pictures must not hide it
    with pytest.raises(DataError, match=r"Received: none in .*train/bird"):
        prepare(pictures)


def test_two_builds_decode_pictures_once(pictures: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    decode, begun = decode_pictures, threading.Barrier(2)
    decoded = []

    def slow(*arguments: Any) -> None:
        decoded.append(arguments)
        time.sleep(0.2)  # long enough for the other to come
        decode(*arguments)

    def together(_: int) -> Dataset:
        begun.wait()
        return prepare(pictures)

    monkeypatch.setattr("pipeline.data.folders.decode", slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(together, range(2))
    assert first == second
    assert len(decoded) == 1


def test_an_empty_folder_says_what_it_must_hold(tmp_path: Path, prepare: Prepare) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DataError, match=r"x_train\.npy.*folders of images.*np\.save.*train/<label>/"):
        prepare(tmp_path / "nothing")


def test_blocks_give_every_image_in_order(arrays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.data.arrays.SEQUENTIAL_BATCH", 7)
    images = np.load(arrays / "x_train.npy", mmap_mode="r")
    seen = np.zeros_like(images)
    for rows, block in batches(images):
        seen[rows] = block
    np.testing.assert_array_equal(seen, images)
    order = np.random.default_rng(0).permutation(60)[:20]
    np.testing.assert_array_equal(np.concatenate([block for _, block in batches(images, order)]), images[order])


def write_records(path: Path, names: tuple[str, str], pictures: list[bytes], labels: list[int]) -> None:
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for picture, label in zip(pictures, labels, strict=True):
            example = tf.train.Example()
            example.features.feature[names[0]].bytes_list.value.append(picture)
            example.features.feature[names[1]].int64_list.value.append(label)
            writer.write(example.SerializeToString())


def png(pixels: Array) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("names", [("image", "label"), ("image/encoded", "image/class/label")])
def test_records_are_decoded_once_to_the_cache(names: tuple[str, str], tmp_path: Path, prepare: Prepare) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    pixels = dark_edged(12)
    pictures = [png(picture) for picture in pixels]
    # In parts, as TensorFlow Datasets names them.
    write_records(folder / "pets-train.tfrecord-00000-of-00002", names, pictures[:5], [0, 1, 2, 0, 1])
    write_records(folder / "pets-train.tfrecord-00001-of-00002", names, pictures[5:8], [2, 0, 1])
    write_records(folder / "pets-test.tfrecord-00000-of-00001", names, pictures[8:], [0, 1, 2, 0])
    dataset = prepare(folder)
    images = load_images(dataset)
    np.testing.assert_array_equal(images.train, pixels[:8])
    np.testing.assert_array_equal(images.train_labels, [0, 1, 2, 0, 1, 2, 0, 1])
    np.testing.assert_array_equal(images.test, pixels[8:])
    assert prepare(folder) == dataset


@pytest.mark.parametrize(("damage", "message"), [
    ("other names", "must contain examples with image and label.*Received: label, picture"),
    ("empty", "Received: no example"), ("cut short", "cannot be read"),
    ("several sizes", "cannot be read.*one size.*Received"),
    ("no example", "must contain examples with image and label.*Received: no example"),
    ("too long", "cannot be read.*Received: record 2 of .* declares 1,152,921,504,606,846,976 bytes"),
    ("many pixels", r"cannot be read.*Received: .*an image of more than 256 pixels\] \[9000 9000\]"),
])  # fmt: skip
def test_records_that_cannot_be_used_are_named(damage: str, message: str, tmp_path: Path, prepare: Prepare) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    small, large = png(np.zeros((6, 5), np.uint8)), png(np.zeros((8, 5), np.uint8))
    names = ("picture" if damage == "other names" else "image", "label")
    many = png(np.zeros((9000, 9000), np.uint8))  # in 80 kB
    pictures = {"empty": [], "several sizes": [small, large], "many pixels": [small, many]}.get(damage, [small, small])
    path = folder / "train.tfrecord"
    write_records(path, names, pictures, [0] * len(pictures))
    if damage == "cut short":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "too long":  # with a checksum that fits
        path.write_bytes(path.read_bytes() + (2**60).to_bytes(8, "little") + bytes(12))
    elif damage == "no example":
        import tensorflow as tf

        with tf.io.TFRecordWriter(str(path)) as writer:
            writer.write(b"\xff\xff no protobuf")
    write_records(folder / "test.tfrecord", ("image", "label"), [small], [0])
    with pytest.raises(DataError, match=message) as caught:
        prepare(folder)
    assert str(path) in str(caught.value)
    assert {path.name for path in (tmp_path / "cache").glob("decoded/*")} <= {".lock"}
