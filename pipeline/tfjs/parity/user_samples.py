"""The user's own samples, in any of the accepted forms, as inputs of the model by
name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigError, DataError
from pipeline.system.numpy_files import PickledError, map_array, open_npz
from pipeline.system.outside import open_regular
from pipeline.tfjs.keras_model import input_names
from pipeline.tfjs.weights import Array

MAX_SAMPLES = 2000  # compared; more take long in TensorFlow.js and show nothing new


def read_samples(model: Any, samples: Any) -> list[dict[str, Array]]:
    """One set of inputs, or none when `samples` is None.

    Raises DataError for a file that cannot be read or values that are not finite,
    ConfigError for what does not fit.
    """
    if samples is None:
        return []
    samples = load_samples(samples)
    names, tensors = input_names(model), list(model.inputs)
    arrays = _by_position(names, samples)
    count = min(len(array) if array.ndim else 0 for array in arrays)
    result: dict[str, Array] = {}
    for name, tensor, array in zip(names, tensors, arrays, strict=True):
        expected = tuple(tensor.shape)
        if array.ndim == 1 and expected[1:] == (1,):
            array = array[:, np.newaxis]
        fits = array.ndim == len(expected) and all(
            n in (None, size)
            for n, size in zip(expected[1:], array.shape[1:], strict=True)
        )
        strings = str(tensor.dtype) == "string"
        kinds = "UOS" if strings else "fiub"
        if (
            not fits
            or count == 0
            or len(array) != len(arrays[0])
            or array.dtype.kind not in kinds
        ):
            axes = ", ".join("any" if n is None else str(n) for n in expected[1:])
            raise ConfigError(
                f"Samples for input '{name}' must have shape (n, {axes}) and be"
                f" {'strings' if strings else 'numbers'}. Received: {array.shape},"
                f" {array.dtype}. Next step: correct the samples."
            )
        array = array[:MAX_SAMPLES]
        if strings:
            result[name] = np.asarray(
                [_text(one) for one in array.ravel()], object
            ).reshape(array.shape)
            continue
        kind = np.float32 if str(tensor.dtype).startswith("float") else np.int32
        if str(tensor.dtype) == "bool":
            kind = np.bool_  # type: ignore[assignment]
        # values that do not fit become infinite, and are refused
        with np.errstate(over="ignore"):
            result[name] = array.astype(kind)
        if not np.isfinite(result[name]).all() or (
            array.dtype.kind == "f" and not np.isfinite(array).all()
        ):
            raise DataError(
                f"Samples for input '{name}' must be finite. Received: NaN or infinite"
                " values. Next step: correct the samples."
            )
    return [result]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def load_samples(samples: Any) -> Any:
    """The arrays in a file of samples; anything else as it is."""
    if not isinstance(samples, str | Path):
        return samples
    path = Path(samples)
    try:
        with open_regular(path) as file:
            if file.read(2) == b"PK":
                with open_npz(file) as archive:
                    return {name: archive.read(name) for name in archive.names}
        return map_array(path)
    except PickledError as error:
        raise DataError(
            f"{path} must hold plain arrays. Received: pickled objects. Next step: save"
            " arrays of numbers, or for texts np.array(texts, dtype=str)."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        step = (
            "check the path"
            if isinstance(error, FileNotFoundError)
            else "save them with numpy.savez"
        )
        raise DataError(
            f"The samples in {path} must be readable. Received: {reason}. Next step:"
            f" {step}."
        ) from error


def _by_position(names: list[str], samples: Any) -> list[Array]:
    if isinstance(samples, Mapping):
        if set(names) <= set(samples):
            return [np.asarray(samples[name]) for name in names]
        if len(names) != 1 or not samples:
            raise ConfigError(
                f"Samples must hold the inputs {names}. Received: {sorted(samples)}."
                " Next step: rename them."
            )
        chosen = next(
            (key for key in ("x_test", "x", "x_train", "arr_0") if key in samples),
            next(iter(samples)),
        )
        return [np.asarray(samples[chosen])]
    given = list(samples) if isinstance(samples, list | tuple) else [samples]
    if len(given) != len(names):
        texts = isinstance(given[0] if given else None, str)
        step = (
            "one array with all examples"
            if len(names) == 1
            else f"a list of {len(names)} arrays, or a dict by name"
        )
        step = "np.array([[text] for text in samples])" if texts else step
        what = f"{len(given)} {'strings' if texts else 'arrays'}"
        raise ConfigError(
            f"Samples must be one array for each of {names}. Received: {what}. Next"
            f" step: pass {step}."
        )
    return [np.asarray(array) for array in given]
