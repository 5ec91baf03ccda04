"""The process that prepares the training images:

it gives what the preprocessing gives, and ends with its errors.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.arrays import load_images
from pipeline.errors import ConfigError, DataError
from pipeline.preprocessing.apply import prepare_images
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.input_pipeline import prepare, preparing, split_steps

HELD_OUT = 166
ROUNDED = 1 / 510 + 1e-7  # half of one of 255 levels; and float32's rounding


@pytest.mark.parametrize(
    "recipe",
    [
        "softmax",
        "article",
        *(pytest.param(name, marks=pytest.mark.all_only) for name in ("plain", "cnn")),
    ],
)
def test_the_model_gets_what_the_preprocessing_gives(
    recipe: str, small_mnist: Dataset, tmp_path: Path
) -> None:
    start_tensorflow("cpu")
    import tensorflow as tf

    steps = load_recipe(recipe).preprocess.image_steps()
    with preparing(small_mnist, steps, HELD_OUT, 1, tmp_path) as prepared:
        data = prepared()
        assert len(data.inputs) == 2000 - HELD_OUT
        images = np.concatenate([data.inputs, data.validation_inputs])
        assert (images.dtype, images.shape) == (np.uint8, (2000, 28, 28))
        order = np.random.default_rng(1).permutation(2000)
        order = np.concatenate([np.sort(order[:-HELD_OUT]), np.sort(order[-HELD_OUT:])])
        loaded = load_images(small_mnist)
        np.testing.assert_array_equal(
            np.concatenate([data.labels, data.validation_labels]),
            loaded.train_labels[order],
        )
        ours = data.to_input(tf.constant(images)).numpy()
        exact = prepare_images(loaded.train[order], steps)
        moved = split_steps(steps)[0]
        scale = next(step["factor"] for step in steps if step["step"] == "scale")
        np.testing.assert_allclose(
            ours, exact, rtol=1e-6, atol=scale * (ROUNDED if moved else 1e-7)
        )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_called_mnist_may_be_sorted_by_class_too(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    prepare(dataclasses.replace(small_mnist, name="mnist"), [], HELD_OUT, 1, tmp_path)
    labels = np.load(tmp_path / "training-labels.npy", allow_pickle=False)
    held_out = np.sort(np.random.default_rng(1).permutation(2000)[-HELD_OUT:])
    np.testing.assert_array_equal(
        labels[-HELD_OUT:], load_images(small_mnist).train_labels[held_out]
    )


def test_images_of_floats_stay_as_they_are(
    tmp_path: Path, small_mnist: Dataset
) -> None:
    images = load_images(small_mnist).train.astype(np.float32) / 255
    path = tmp_path / "floats.npz"
    labels = np.zeros(len(images), np.int64)
    np.savez(path, x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
    from pipeline.data.arrays import digest

    record = dataclasses.replace(small_mnist, path=str(path), digest=digest(path))
    prepare(record, load_recipe("softmax").preprocess.image_steps()[:1], 0, 1, tmp_path)
    prepared = np.load(tmp_path / "training-images.npy", allow_pickle=False)
    np.testing.assert_array_equal(
        prepared,
        prepare_images(images, load_recipe("softmax").preprocess.image_steps()[:1]),
    )


@pytest.mark.parametrize(("change", "steps", "kind", "message"), [
    ({"digest": "0" * 64}, [], DataError, "must still be the data that was checked"),
    ({"path": "/nowhere.npz"}, [], DataError, "cannot be read"), ({}, [{"step": "twist"}], ConfigError, "twist"),
])  # fmt: skip
def test_its_errors_are_ours(
    change: dict[str, Any],
    steps: Any,
    kind: type[Exception],
    message: str,
    small_mnist: Dataset,
    tmp_path: Path,
) -> None:
    dataset = dataclasses.replace(small_mnist, **change)
    with (
        preparing(dataset, steps, 0, 1, tmp_path) as prepared,
        pytest.raises(kind, match=message),
    ):
        prepared()
