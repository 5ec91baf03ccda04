"""Data that a Python session holds: arrays, or datasets of TensorFlow, written as the .npy files of a folder."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.data.array_files import IDX_FILES, NPY_FILES, Array
from pipeline.errors import DataError
from pipeline.recipes.fields import DataRecipe


def write_arrays(data: Any, folder: Path, recipe: DataRecipe) -> bool:
    """Write data to an empty folder. Returns whether test images had to be chosen, as the recipe says.

    Raises DataError if it is neither two nor four arrays, nor one or two datasets.
    """
    arrays = _arrays(data)
    if is_split := len(arrays) == 2:
        from pipeline.data.pictures import choose_tests  # imported late: it needs Pillow

        x, y = arrays
        if x.ndim < 3 or y.ndim != 1 or len(x) != len(y):
            raise _refusal(f"x of shape {x.shape} and y of shape {y.shape}")
        in_test = choose_tests(x, y, share=recipe.test_share, seed=recipe.split_seed)
        arrays = [x[~in_test], y[~in_test], x[in_test], y[in_test]]
    for key, array in zip(IDX_FILES, arrays, strict=True):
        np.save(folder / NPY_FILES[key], array)
    if names := getattr(data[0] if isinstance(data, tuple) else data, "class_names", None):  # Keras' loaders set it
        np.save(folder / NPY_FILES["labels"], np.array(names))
    return is_split


def _arrays(data: Any) -> list[Array]:
    """Training images and labels, and if they are there, those for tests."""
    if hasattr(data, "element_spec"):
        return _collected(data)
    if isinstance(data, tuple):
        if len(data) == 2 and all(hasattr(part, "element_spec") or isinstance(part, tuple) for part in data):
            data = [array for part in data for array in _arrays(part)]  # as keras.datasets gives them
        if len(data) in (2, 4):
            return [np.asarray(array) for array in data]
    raise _refusal(type(data).__name__ + (f" of {len(data)}" if isinstance(data, tuple | list) else ""))


def _collected(dataset: Any) -> list[Array]:
    """The images and labels of a `tf.data.Dataset`, in batches or one by one."""
    spec = dataset.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2 or int(dataset.cardinality()) == -1:  # INFINITE_CARDINALITY
        raise _refusal(f"a dataset of {spec}" if int(dataset.cardinality()) != -1 else "a dataset without an end")
    batches = dataset if len(spec[1].shape) == 1 else dataset.batch(1024)
    images, labels = zip(*batches.as_numpy_iterator(), strict=True) if batches.cardinality() else ((), ())
    if (largest := max((batch.max() for batch in images if batch.dtype.kind == "f"), default=0)) > 1:
        raise DataError(
            f"Float images of a dataset must be within 0..1. Received: {largest:g}. Pass dataset.map(lambda x, y: (x / "
            "255, y)), which forgets its class_names: pass those as set={'data.labels': names}."
        )
    return [np.concatenate(images), np.concatenate(labels)] if images else [np.empty((0, 0, 0)), np.empty(0, int)]


def _refusal(received: str) -> DataError:
    return DataError(
        'data must be "mnist", a path, (x_train, y_train, x_test, y_test), (x, y), or tf.data.Datasets of (image, '
        f"number of its class) that end: one, or (train, test). Received: {received}. Pass one of these."
    )
