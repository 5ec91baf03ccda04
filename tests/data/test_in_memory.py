"""Arrays and datasets of a Python session, as the data of a build."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import DataError, build
from pipeline.data.array_files import write_arrays
from pipeline.data.arrays import read_arrays
from pipeline.recipes.fields import DataRecipe


def images(count: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(count)
    return rng.integers(0, 256, (count, 8, 8), np.uint8), np.arange(count) % 3


def written(data: Any, folder: Path, share: float = 0.2) -> tuple[bool, dict[str, Any]]:
    return write_arrays(data, folder, DataRecipe(test_share=share)), read_arrays(folder)


@pytest.mark.parametrize("nested", [False, True])
def test_four_arrays_stay_as_they_are(nested: bool, tmp_path: Path) -> None:
    train, test = images(60), images(30)
    is_split, found = written((train, test) if nested else (*train, *test), tmp_path)
    assert not is_split
    for key, array in zip(
        ("x_train", "y_train", "x_test", "y_test"), (*train, *test), strict=True
    ):
        np.testing.assert_array_equal(found[key], array)


def test_a_share_of_two_arrays_is_kept_for_tests(tmp_path: Path) -> None:
    x, y = images(300)
    is_split, found = written((x, y), tmp_path, share=0.5)
    assert is_split
    assert 100 < len(found["x_test"]) < 200
    pairs = {(image.tobytes(), label) for key in ("train", "test") for image, label in zip(
        found[f"x_{key}"], found[f"y_{key}"], strict=True)}  # fmt: skip
    assert pairs == {
        (image.tobytes(), label) for image, label in zip(x, y, strict=True)
    }


def test_a_label_that_is_only_in_the_tests_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Received: 1 of '0', all for tests"):
        written(images(3), tmp_path)


def test_datasets_are_read_in_batches_or_one_by_one_with_their_names(
    tmp_path: Path,
) -> None:
    import tensorflow as tf

    x, y = images(60)
    singles = tf.data.Dataset.from_tensor_slices((x, y))
    batched = singles.batch(7)
    batched.class_names = ["a", "b", "c"]
    is_split, found = written((batched, singles), tmp_path)
    assert not is_split
    for key in ("train", "test"):
        np.testing.assert_array_equal(found[f"x_{key}"], x)
        np.testing.assert_array_equal(found[f"y_{key}"], y)
    assert list(found["labels"]) == ["a", "b", "c"]
    with pytest.raises(
        DataError, match=r"Received: 255\. .*set={'data\.labels': names}"
    ):
        written(
            singles.map(lambda x, y: (tf.cast(x, tf.float32) * 0 + 255, y)), tmp_path
        )
    with pytest.raises(DataError, match="Received: a dataset without an end"):
        written(singles.repeat(), tmp_path)


@pytest.mark.parametrize(("data", "received"), [
    ((1, 2, 3), "tuple of 3"), ([np.zeros(3)] * 4, "list of 4"), (7, "int"), ({"x": 1}, "dict"),
    ((np.zeros((5, 8, 8)), np.zeros(4)), r"x of shape \(5, 8, 8\) and y of shape \(4,\)"),
])  # fmt: skip
def test_other_data_is_refused(data: Any, received: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"Received: {received}"):
        build(data=data, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_build_says_how_the_tests_were_chosen(tmp_path: Path) -> None:
    result = build(
        data=images(300),
        set={"data.test_share": 0.25},
        until="data",
        runs=tmp_path / "runs",
    )
    assert result.dataset is not None
    assert (
        result.config.name,
        result.dataset.test_share,
        result.dataset.split_seed,
    ) == ("arrays-softmax", 0.25, 1)
