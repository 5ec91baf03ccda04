"""Statistics of labels, pixels and repeated images, compared with plain arithmetic."""

import io
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.data import arrays, statistics
from pipeline.data.arrays import load_images
from pipeline.data.statistics import describe, find_repeated
from pipeline.records import Dataset

Pixels = npt.NDArray[np.uint8]


def test_labels_and_pixels_are_described() -> None:
    images = np.zeros((4, 2, 2), np.uint8)
    images[0] = [[15, 16], [254, 255]]
    found = describe(images, np.array([2, 0, 2, 2], np.uint8), 4)
    assert found.labels == (1, 0, 3, 0)
    assert found.pixels == (13 / 16, 1 / 16, *[0.0] * 13, 2 / 16)
    ink = images / 255
    assert (found.mean, found.deviation) == (
        pytest.approx(ink.mean()),
        pytest.approx(ink.std()),
    )


def test_images_of_floats_have_the_same_statistics_and_any_batch_gives_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 5, 7), np.uint8)
    labels = np.zeros(50, np.int64)
    expected = describe(images, labels, 1)
    assert describe(images.astype(np.float32) / 255, labels, 1) == expected
    monkeypatch.setattr(arrays, "SEQUENTIAL_BATCH", 3)
    monkeypatch.setattr(statistics, "PIECE", 10)
    assert describe(images, labels, 1) == expected


def test_mnist_has_its_known_statistics(mnist: Dataset) -> None:
    # Those of the training images that are published everywhere to normalize MNIST
    # with; the labels' from its page.
    found = mnist.train_statistics
    assert found is not None
    assert (round(found.mean, 4), round(found.deviation, 4)) == (0.1307, 0.3081)
    assert found.labels == (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert mnist.repeated_test_images == 0


few = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@given(few, few)
def test_repeated_images_are_found_with_the_first_equal_training_image(
    train: list[int], test: list[int]
) -> None:
    images = [
        np.repeat(np.array(values, np.float32) / 5, 16).reshape(-1, 4, 4)
        for values in (train, test)
    ]
    places = tuple(
        (row, train.index(value)) for row, value in enumerate(test) if value in train
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "SEQUENTIAL_BATCH", 3)
        patch.setattr(statistics, "LEAF", 2)
        assert find_repeated(*images, deviation=float(images[0].std())) == (
            len(places),
            places,
        )


def test_the_list_of_repeated_images_is_bounded_but_not_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statistics, "LISTED", 2)
    images = np.zeros((5, 4, 4), np.uint8)
    assert find_repeated(images, images, deviation=0) == (5, ((0, 0), (1, 0)))


@pytest.mark.parametrize("place", [(0, 0), (14, 13), (20, 9)])
@pytest.mark.parametrize("level", [1, 255])
def test_a_digit_with_another_pixel_is_repeated(
    level: int, place: tuple[int, int], mnist: Dataset
) -> None:
    train = load_images(mnist).train[:2000]
    test = train[7::200].copy()
    test[:, *place] ^= level
    places = tuple((row, 7 + 200 * row) for row in range(len(test)))
    assert find_repeated(train, test, deviation=0.3081) == (len(places), places)


def photos(count: int, side: int, seed: int) -> Pixels:
    """Pictures in color with large and small shapes and the noise of a camera."""
    chance, y, x = np.random.default_rng(seed), *np.mgrid[:side, :side] / side
    pictures = chance.normal(0, 4, (count, side, side, 3)) + 128
    for size in (1, 2, 4, 9):
        waves = chance.normal(0, size, (2, count, 1, 1, 3))
        phase = waves[0] * x[None, :, :, None] * 6 + waves[1] * y[None, :, :, None] * 6
        pictures += 50 / size * np.sin(phase + chance.uniform(0, 6, (count, 1, 1, 3)))
    return pictures.clip(0, 255).astype(np.uint8)


def as_jpeg(picture: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize(("side", "quality"), [(32, 90), (64, 75), (97, 50)])
def test_photos_that_were_saved_again_or_are_a_level_brighter_are_repeated(
    side: int, quality: int
) -> None:
    train = photos(300, side, 1)
    copies = [
        *(as_jpeg(picture, quality) for picture in train[:20]),
        *(train[20:40].clip(0, 254) + 1),
    ]
    test = np.stack([*copies, *photos(60, side, 2)])
    deviation = describe(train, np.zeros(300, np.int64), 1).deviation
    assert find_repeated(train, test, deviation=deviation) == (
        40,
        tuple((row, row) for row in range(40)),
    )


def moved(
    images: Pixels, rows: int, columns: int, fill: Literal["constant", "edge", "wrap"]
) -> Pixels:
    """Move images down and right by up to two pixels."""
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)][: images.ndim], fill)
    return padded[
        :,
        2 - rows : padded.shape[1] - 2 - rows,
        2 - columns : padded.shape[2] - 2 - columns,
    ]


CHANGES: dict[str, Callable[[Pixels], npt.NDArray[Any]]] = {
    "a pixel": lambda images: moved(images, 0, 1, "constant"),
    "up, edge": lambda images: moved(images, -1, 0, "edge"),
    "two, diagonally": lambda images: moved(images, 2, -2, "wrap"),
    "darker": lambda images: np.rint(images * 0.97 + 3),
    "brighter, moved": lambda images: moved(images, 1, 2, "edge") * 1.05 + 5,
    "one level": lambda images: (
        images + np.random.default_rng(3).integers(-1, 2, images.shape)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["digits", "photos"])
def test_copies_that_were_moved_or_brightened_are_repeated(
    kind: str, change: str, mnist: Dataset
) -> None:
    pictures = load_images(mnist)
    train, others = pictures.train[:2000], pictures.test[:1400]
    if kind == "photos":
        train, others = photos(2000, 32, 1), photos(1400, 32, 2)
    copies = CHANGES[change](train[:600]).clip(0, 255).astype(np.uint8)
    deviation = describe(train, np.zeros(2000, np.int64), 1).deviation
    places = tuple((row, row) for row in range(statistics.LISTED))
    assert find_repeated(
        train, np.concatenate([copies, others]), deviation=deviation
    ) == (600, places)


def test_images_that_are_alike_only_within_their_edges_are_not_repeated() -> None:
    train, test = np.full((2, 20, 28, 28), 255, np.uint8)
    train[:, 0], test[:, :, 27] = 0, 0
    assert find_repeated(train, test, deviation=float(train.std() / 255)) == (0, ())


def test_no_near_pair_of_many_is_missed() -> None:
    """Compared with all distances, in data that has pairs on both sides of the limit."""
    chance = np.random.default_rng(5)
    train = chance.random((400, 1, 1)) * np.ones((1, 6, 6)) + chance.normal(
        0, 0.01, (400, 6, 6)
    )
    test = train[chance.integers(0, 400, 300)] + chance.normal(0, 0.016, (300, 6, 6))
    distances = np.sqrt(((test[:, None] - train) ** 2).mean(axis=(2, 3)))
    near = distances <= statistics.NEAR * train.std()
    expected = {row: int(near[row].argmax()) for row in range(300) if near[row].any()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "LEAF", 50)
        patch.setattr(statistics, "LISTED", 300)
        count, found = find_repeated(train, test, deviation=float(train.std()))
    assert 50 < count < 290
    assert (count, dict(found)) == (len(expected), expected)
