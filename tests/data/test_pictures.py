"""Folders of image files of any size, with or without images for tests."""

import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from pipeline.data.array_files import choose_tests
from pipeline.data.arrays import load_images
from pipeline.data.checks import MAXIMUM_SIDE, MINIMUM_SIDE
from pipeline.data.pictures import FILES_NAME, LONGEST_SIDE, MOST_PIXELS, decode
from pipeline.data.prepare import prepare_data
from pipeline.errors import ConfigError, DataError
from pipeline.preprocessing.photos import contain
from pipeline.recipes.fields import DataRecipe
from pipeline.records import Dataset
from pipeline.system.outside import read_json

Prepared = Callable[..., Dataset]

Bytes = npt.NDArray[np.uint8]
LABELS = ("cross", "disc")


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    """The data stage for a folder and values of `[data]`."""

    def prepare(folder: Path | str, **recipe: float) -> Dataset:
        values = DataRecipe(**recipe)  # type: ignore[arg-type]
        return prepare_data(
            str(folder),
            cache_dir=tmp_path / "cache",
            work_dir=tmp_path / "work",
            recipe=values,
        )

    return prepare


def picture(number: int, height: int = 8, width: int = 8) -> Bytes:
    """Ink on white paper, another picture for each number."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[2:-2, 2:-2] = np.random.default_rng(number).integers(
        0, 200, (height - 4, width - 4)
    )
    return pixels


def save(path: Path, pixels: Bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def fill(folder: Path, count: int, labels: Sequence[str] = LABELS) -> Path:
    """So many pictures of each label, without any for tests."""
    for place, label in enumerate(labels):
        for i in range(count):
            save(folder / label / f"{i:03}.png", picture(1000 * place + i))
    return folder


def files_of(dataset: Dataset) -> dict[str, list[str]]:
    """The file of each row."""
    files: dict[str, list[str]] = read_json(Path(dataset.path) / FILES_NAME)
    return files


def seen(dataset: Dataset, path: str) -> Bytes:
    """The image that was made from a file."""
    [(split, row)] = [
        (split, paths.index(path))
        for split, paths in files_of(dataset).items()
        if path in paths
    ]
    return np.asarray(getattr(load_images(dataset), split)[row])


def sides(dataset: Dataset) -> dict[str, set[str]]:
    """The files of each split, relative to the folder of the labels."""
    files = files_of(dataset)
    return {
        split: {path.removeprefix("train/") for path in paths}
        for split, paths in files.items()
    }


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A folder with images for training and for tests."""
    fill(tmp_path / "pets" / "train", 4)
    fill(tmp_path / "pets" / "test", 2)
    return tmp_path / "pets"


def test_pictures_are_decoded_once_to_arrays_in_the_cache(
    halves: Path, prepared: Prepared, tmp_path: Path
) -> None:
    Image.new("L", (8, 8)).save(halves / "train" / "disc" / "black.jpg")
    dataset = prepared(halves)
    assert (
        dataset.name,
        dataset.labels,
        dataset.train_images,
        dataset.test_images,
    ) == ("pets", LABELS, 9, 4)
    assert Path(dataset.path).parent == tmp_path / "cache" / "decoded"
    np.testing.assert_array_equal(seen(dataset, "train/cross/002.png"), picture(2))
    np.testing.assert_array_equal(load_images(dataset).train_labels, [0] * 4 + [1] * 5)
    written = (Path(dataset.path) / "x_train.npy").stat().st_mtime_ns
    assert prepared(halves) == dataset
    assert (Path(dataset.path) / "x_train.npy").stat().st_mtime_ns == written
    save(halves / "train" / "cross" / "9.png", picture(9))
    assert prepared(halves).train_images == 10


def test_two_builds_decode_pictures_once(
    halves: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, decoded = threading.Barrier(2), []

    def slow(*arguments: Any) -> None:
        decoded.append(arguments)
        time.sleep(0.2)  # long enough for the other to come
        decode(*arguments)

    def together(_: int) -> Dataset:
        begun.wait()
        return prepared(halves)

    monkeypatch.setattr("pipeline.data.pictures.decode", slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(together, range(2))
    assert first == second
    assert len(decoded) == 1


def test_decoded_arrays_that_no_build_has_used_for_a_week_are_deleted(
    halves: Path, prepared: Prepared
) -> None:
    decoded = []
    for age in (8, 6, 0):  # days since the last use; pictures are added every night
        decoded.append(Path(prepared(halves).path))
        os.utime(decoded[-1], (time.time() - age * 86_400,) * 2)
        save(halves / "train" / "cross" / f"more-{age}.png", picture(100 + age))
    assert [path.exists() for path in decoded] == [False, True, True]


def test_pictures_that_cannot_be_used_are_named(
    halves: Path, prepared: Prepared, tmp_path: Path
) -> None:
    def refused(name: str, write: Callable[[Path], object], message: str) -> None:
        path = halves / name
        path.parent.mkdir(exist_ok=True)
        write(path)
        with pytest.raises(DataError, match=message) as caught:
            prepared(halves)
        assert repr(str(path))[1:-1] in str(caught.value)
        path.rmdir() if path.is_dir() else path.unlink()
        if path.parent.name == "bird":
            path.parent.rmdir()

    def sized(width: int, height: int) -> Callable[[Path], object]:
        return lambda path: Image.new("L", (width, height)).save(path)

    refused(
        "train/cross/x.png",
        sized(9, 8),
        "size of the first, 8 × 8.*9 × 8 in .*--set data.size=28",
    )
    refused(
        "train/cross/x.png",
        sized(300, 8),
        "at most 256 pixels.*300 × 8.*--set data.size=28",
    )
    refused(
        "test/disc/x.png",
        lambda path: path.write_bytes(b"no picture"),
        "cannot be read: .*cannot identify image",
    )
    refused("train/disc/more", Path.mkdir, "must contain only images.* Move it")
    refused("train/disc/photo.HEIC", Path.touch, "Save it as JPEG")
    refused(
        "train/cross/caf\udce9.png",
        sized(8, 8),
        r"must have names in UTF-8. Received: '.*caf\\udce9.png'",
    )
    refused("test/bird/x.png", sized(8, 8), "must occur in train. Received: 'bird'")
    assert not list((tmp_path / "cache").glob("decoded/.staging-*"))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(
        DataError, match=r"x_train\.npy.*folders of images.*np\.save.*train/<label>/"
    ):
        prepared(tmp_path / "nothing")
    save(tmp_path / "nothing" / "deep" / "disc" / "x.png", picture(1))
    for at, message in (
        ("nothing", r"deeper: pass .*nothing/deep\.$"),
        ("nothing/deep", r"beside .*deep/disc\.$"),
    ):
        with pytest.raises(DataError, match=message):
            prepared(tmp_path / at)


def test_pictures_of_16_bits_and_transparent_ones_are_what_they_look_like(
    halves: Path, prepared: Prepared
) -> None:
    levels = np.arange(64).reshape(8, 8) * 1000
    Image.fromarray(levels.astype(np.uint16)).save(
        halves / "train" / "cross" / "deep.png"
    )
    black = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    black.putpixel((3, 2), (0, 0, 0, 255))
    black.save(halves / "train" / "cross" / "clear.png")
    dataset = prepared(halves)
    assert np.array_equal(seen(dataset, "train/cross/deep.png"), np.rint(levels / 257))
    clear = seen(dataset, "train/cross/clear.png")
    assert (clear[2, 3], clear[0, 0]) == (0, 255)


def test_system_files_are_no_pictures_and_a_label_without_any_is_named(
    halves: Path, prepared: Prepared
) -> None:
    before = prepared(halves)
    for split in ("train", "test"):
        (halves / split / ".ipynb_checkpoints").mkdir()
        (halves / split / "cross" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
        (halves / split / "cross" / "Thumbs.db").write_bytes(b"x")
    assert prepared(halves) == before
    (
        halves / "train" / "bird"
    ).mkdir()  # what is cached of the pictures must not hide it
    with pytest.raises(DataError, match=r"Received: none in .*train/bird"):
        prepared(halves)


def test_pictures_of_any_size_are_contained_in_one_with_their_own_paper(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = tmp_path / "photos"
    # also larger than a data set's images may be, and smaller
    shapes = [
        (400, 300),
        (9, 30),
        (12, 12),
        (5, 4),
    ]
    for split in ("train", "test"):
        for place, label in enumerate(LABELS):
            for i, shape in enumerate(shapes):
                save(
                    folder / split / label / f"{i}.png",
                    picture(10 * place + i + 100 * (split == "test"), *shape),
                )
    save(
        folder / "train" / "disc" / "dark.png",
        np.maximum(np.bitwise_invert(picture(77, 9, 30)), 20),
    )
    dataset = prepared(folder, size=12)
    assert (
        dataset.image_height,
        dataset.image_width,
        dataset.size,
        dataset.test_share,
    ) == (12, 12, 12, None)
    images = load_images(dataset)
    for i, shape in enumerate(shapes):
        expected = contain(picture(i, *shape) / 255, height=12, width=12, background=1)
        np.testing.assert_array_equal(images.train[i], np.rint(255 * expected))
    # which has the size already
    np.testing.assert_array_equal(images.train[2], picture(2, 12, 12))
    assert (seen(dataset, "train/disc/dark.png")[:3] == 20).all()
    assert prepared(folder, size=10).image_height == 10


def test_paper_becomes_white_and_dark_grounds_stay_as_they_are(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "pictures", 6)
    grey, dark = (
        np.minimum(picture(76), 230),
        np.maximum(np.bitwise_invert(picture(77)), 20),
    )
    save(folder / "disc" / "grey.png", grey)
    save(folder / "disc" / "dark.png", dark)
    dataset = prepared(folder)
    np.testing.assert_allclose(
        seen(dataset, "disc/grey.png"), 255 * (grey / 230), rtol=0, atol=0.501
    )
    np.testing.assert_array_equal(seen(dataset, "disc/dark.png"), dark)


def test_a_photo_is_taken_upright_as_browsers_show_it(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "photos", 6)
    lying = Image.fromarray(picture(77, 8, 6))
    exif = lying.getexif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    lying.save(folder / "disc" / "photo.png", exif=exif)
    dataset = prepared(folder, size=8)
    np.testing.assert_array_equal(
        seen(dataset, "disc/photo.png")[1:7], np.rot90(picture(77, 8, 6), -1)
    )


def test_sizes_that_a_recipe_may_ask_for_are_those_that_a_data_set_may_have() -> None:
    accepts = DataRecipe.__dataclass_fields__["size"].metadata["rule"].accepts
    assert [size for size in range(-1, 600) if accepts(size)] == [
        0,
        *range(MINIMUM_SIDE, MAXIMUM_SIDE + 1),
    ]


@pytest.mark.parametrize(
    "shape", [(LONGEST_SIDE + 1, 1), (MOST_PIXELS // 8000 + 1, 8000)]
)
def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(
    shape: tuple[int, int], tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "photos", 6)
    Image.new("1", shape).save(folder / "disc" / "large.png")  # of a few kilobytes
    with pytest.raises(
        DataError,
        match=rf"at most 16,384 pixels .*{shape[0]:,} × {shape[1]:,} in .*large\.png",
    ):
        prepared(folder, size=28)
    with pytest.raises(
        DataError, match=r"at most 256 pixels wide and high.*--set data.size=28"
    ):
        prepared(folder)


def test_other_data_is_not_resized_in_silence(
    tmp_path: Path, prepared: Prepared
) -> None:
    images, labels = np.stack([picture(i) for i in range(8)]), np.arange(8) % 2
    arrays: dict[str, Any] = {
        "x_train": images[:4],
        "y_train": labels[:4],
        "x_test": images[4:],
        "y_test": labels[4:],
    }
    np.savez(tmp_path / "x.npz", allow_pickle=False, **arrays)
    (tmp_path / "arrays").mkdir()
    for name, array in arrays.items():
        np.save(tmp_path / "arrays" / f"{name}.npy", array)
    for data in (tmp_path / "x.npz", tmp_path / "arrays"):
        assert prepared(data).size is None
        with pytest.raises(
            ConfigError,
            match=(
                r"data.size is for folders of image files. Received: 28, for .* Leave"
            ),
        ):
            prepared(data, size=28)


def test_all_files_that_cannot_be_read_come_in_one_list(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "photos", 6)
    for number in range(12):
        (folder / "disc" / f"cut-{number:02}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(DataError, match=r"12 of 24 files cannot be read") as caught:
        prepared(folder)
    for number in range(10):
        assert f"cut-{number:02}.png (" in str(caught.value)
    assert " and 2 more. Save them again" in str(caught.value)


def test_files_that_are_no_images_are_left_out_and_named(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "photos", 6)
    before = prepared(folder)
    (folder / "disc" / "notes.txt").write_text("drawn by Ada")
    (folder / "cross" / "README").touch()
    after = prepared(folder)
    told, *others = after.warnings
    assert told == (
        "Left out, because they are no images: cross/README, disc/notes.txt."
    )
    assert (tuple(others), after.digest) == (before.warnings, before.digest)


def test_color_and_few_test_images_are_told(tmp_path: Path, prepared: Prepared) -> None:
    folder = fill(tmp_path / "photos", 6)
    grey = np.repeat(picture(50)[:, :, np.newaxis], 3, axis=2)
    save(folder / "disc" / "grey.png", grey)
    Image.fromarray(grey).save(folder / "disc" / "grey.jpg", quality=30)
    dataset = prepared(folder)
    tests = dataset.test_images
    few, recall = dataset.warnings
    assert few.endswith(
        f"too few to measure accuracy. Collect about {-(-14 * 30 // tests)} images in"
        " all, of which 30 are kept for tests."
    )
    assert (
        recall
        == "Test images of the label 'cross' are too few to measure its recall: 1. Add"
        " more."
    )
    red = grey.copy()
    red[3, 3] = (200, 20, 20)
    save(folder / "disc" / "red.png", red)
    dataset = prepared(folder)
    assert dataset.warnings[0].startswith(
        "1 of 15 images have color, and recipes train on brightness alone."
    )
    assert seen(dataset, "disc/red.png")[3, 3] == round(
        0.299 * 200 + 0.587 * 20 + 0.114 * 20
    )


def test_a_label_in_two_unicode_forms_is_one_label(
    tmp_path: Path, prepared: Prepared
) -> None:
    """As when macOS has unpacked only the test images."""
    fill(tmp_path / "photos" / "train", 3, ["\u00c4", "B"])
    fill(tmp_path / "photos" / "test", 2, ["A\u0308", "B"])
    dataset = prepared(tmp_path / "photos")
    assert prepared(
        fill(tmp_path / "letters", 9, ["\u00c4", "A\u0308", "a", "A"])
    ).labels == ("A", "a", "\u00c4")
    assert dataset.labels == ("B", "\u00c4")
    assert [
        each and each.labels
        for each in (dataset.train_statistics, dataset.test_statistics)
    ] == [(3, 3), (2, 2)]


# none like another, brighter
COLORS = [
    (250, 0, 0),
    (0, 250, 0),
    (0, 0, 250),
    (250, 250, 0),
    (0, 250, 250),
    (0, 0, 0),
]


def test_color_is_kept_on_request_with_white_beside_it(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "photos", 6)
    for path in folder.glob("*/*"):
        Image.new("RGB", (20, 10), COLORS[int(path.stem)]).save(path)
    dataset = prepared(folder, color=True, size=10)
    # few test images
    assert (dataset.channels, len(dataset.warnings), dataset.image_height) == (
        3,
        2,
        10,
    )
    image = load_images(dataset).train[0]
    assert image.shape == (10, 10, 3)
    assert (image[0] == 255).all()
    assert tuple(image[5, 5].tolist()) in COLORS
    assert prepared(folder, size=10).channels == 1  # not what was decoded in color


@pytest.mark.parametrize("inside", [".", "train"])
def test_without_test_images_a_share_of_each_label_is_chosen(
    inside: str, tmp_path: Path, prepared: Prepared
) -> None:
    fill(tmp_path / "pictures" / inside, 100)
    dataset = prepared(tmp_path / "pictures", test_share=0.3)
    assert (dataset.test_share, dataset.split_seed, dataset.labels) == (0.3, 1, LABELS)
    assert dataset.train_images + dataset.test_images == 200
    images = load_images(dataset)
    for label in (0, 1):
        # 30 ± 3 standard deviations
        assert 15 <= np.count_nonzero(images.test_labels == label) <= 45
    found = sides(dataset)
    assert found["train"] | found["test"] == {
        f"{label}/{i:03}.png" for label in LABELS for i in range(100)
    }
    assert not found["train"] & found["test"]
    # each row is the picture of its file
    for path in itertools.chain(*files_of(dataset).values()):
        folder, name = Path(path).parts[-2:]
        np.testing.assert_array_equal(
            seen(dataset, path), picture(1000 * LABELS.index(folder) + int(name[:3]))
        )
    assert prepared(tmp_path / "pictures", test_share=0.3) == dataset
    other = prepared(tmp_path / "pictures", test_share=0.3, split_seed=2)
    assert (other.split_seed, sides(other) == found) == (2, False)


def test_a_picture_keeps_its_side_when_others_are_added_or_files_renamed(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "pictures", 60)
    before = sides(prepared(folder))
    fill(folder, 120)
    after = sides(prepared(folder))
    assert before["train"] < after["train"]
    assert before["test"] < after["test"]
    for label in LABELS:
        (folder / label).rename(folder / f"one {label}")
    assert sides(prepared(folder))["test"] == {f"one {path}" for path in after["test"]}


def test_each_label_must_have_pictures_for_training_and_for_tests(
    tmp_path: Path, prepared: Prepared
) -> None:
    folder = fill(tmp_path / "pictures", 12)
    save(folder / "bar" / "0.png", picture(5000))
    with pytest.raises(
        DataError,
        match=(
            r"at least two different images.*Received: 1 of 'bar', all for tests. Add"
        ),
    ):
        prepared(folder)
    save(folder / "bar" / "again.png", picture(5000))
    with pytest.raises(DataError, match="Received: 2 of 'bar', all for tests"):
        prepared(folder)
    save(folder / "bar" / "1.png", picture(5001))
    # each gives at least one
    assert prepared(folder, test_share=0.01).labels == (
        "bar",
        *LABELS,
    )
    (folder / "empty").mkdir()
    with pytest.raises(
        DataError,
        match=r"must have images. Received: none in .*pictures/empty. Put some there.$",
    ):
        prepared(folder)
    half = fill(tmp_path / "half" / "test", 12).parent
    with pytest.raises(
        DataError, match=r"must have a folder train beside test. Received: test only"
    ):
        prepared(half)
    fill(half / "train", 12)
    for path in (half / "test" / "disc").iterdir():
        path.unlink()
    with pytest.raises(
        DataError,
        match=(
            r"Received: none in .*test/disc. Put some there, or remove test, so that"
            r" test"
        ),
    ):
        prepared(half)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 2)), max_size=40),
    st.floats(0.01, 0.99),
    st.integers(0, 2**32 - 1),
)
@example(
    [(0, 0), (0, 1), (37, 1)], [(1, 0)], 0.5, 0
)  # one image with two labels, which the later image frees
def test_nothing_goes_from_training_to_the_tests(
    early: list[tuple[int, int]], late: list[tuple[int, int]], share: float, seed: int
) -> None:
    def tests(pictures: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
        pixels = np.array([[[value]] for value, _ in pictures], np.uint8)
        return choose_tests(
            pixels, np.array([label for _, label in pictures]), share=share, seed=seed
        )

    values = [value for value, _ in early]
    before, after = tests(early), tests(early + late)
    found: dict[int, set[bool]] = {}
    for (value, _), side in zip(early + late, after, strict=True):
        found.setdefault(value, set()).add(bool(side))
    assert all(len(one) == 1 for one in found.values())  # equal pictures are together
    labels = np.array([label for _, label in early])
    if {label for _, label in late} <= set(labels.tolist()) and not set(values) & {
        value for value, _ in late
    }:
        assert not (after[: len(early)] & ~before).any()
    assert all(before[labels == label].any() for label in set(labels.tolist()))
