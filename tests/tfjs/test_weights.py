"""The weight files:

equal to the official writer's, and refused when a value cannot be kept.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConfigError, ConversionError
from pipeline.tfjs import weights as w
from pipeline.tfjs.graph_model.converter import converter_version, import_converter


def _weights(arrays: dict[str, w.Array]) -> list[w.Weight]:
    return [w.Weight(name, array.shape, array.copy) for name, array in arrays.items()]


@pytest.fixture
def arrays() -> dict[str, w.Array]:
    rng = np.random.default_rng(0)
    # zero outside the range
    # more than one shard as float32
    return {
        "big/kernel": (rng.normal(size=(1100, 1000)).astype(np.float32)),
        "one/bias": np.full(3, 0.25, np.float32),  # a single value
        "positive/gamma": (rng.uniform(1, 2, 50).astype(np.float32)),
        "largest": np.array([65504.0, 1.0], np.float32),  # of float16
        "scalar": np.array(-3.5, np.float32),
        "zeros": np.zeros((2, 2), np.float32),
    }


@pytest.mark.parametrize("dtype", w.DTYPES)
def test_the_files_are_those_of_the_official_writer(
    dtype: w.Dtype, arrays: dict[str, w.Array], tmp_path: Path
) -> None:
    if converter_version() is None:
        pytest.skip("the official converter is not installed")
    official = import_converter().write_weights
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    # the official writer crashes on a scalar that is not an array any more after
    # quantization: leave it out there
    kept = {
        name: array
        for name, array in arrays.items()
        if array.ndim or dtype == "float32"
    }
    manifest = w.write_weights(_weights(kept), ours, dtype=dtype)
    group: list[dict[str, Any]] = [
        {"name": name, "data": array.copy()} for name, array in kept.items()
    ]
    quantized = None if dtype == "float32" else {dtype: True}
    expected = official.write_weights(
        [group], str(theirs), quantization_dtype_map=quantized, write_manifest=False
    )
    assert manifest == expected
    assert sorted(p.name for p in ours.iterdir()) == sorted(
        p.name for p in theirs.iterdir()
    )
    for path in ours.iterdir():
        assert path.read_bytes() == (theirs / path.name).read_bytes()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", w.DTYPES)
def test_values_that_are_not_finite_are_refused_by_name(
    bad: float, dtype: w.Dtype, tmp_path: Path
) -> None:
    with pytest.raises(ConversionError, match="'dense/kernel'"):
        w.write_weights(
            _weights({"dense/kernel": np.array([1, bad], np.float32)}),
            tmp_path,
            dtype=dtype,
        )


def test_no_weights_make_no_file(tmp_path: Path) -> None:
    assert w.write_weights([], tmp_path) == [{"paths": [], "weights": []}]
    assert list(tmp_path.iterdir()) == []


def test_each_tensor_is_read_only_when_it_is_written(tmp_path: Path) -> None:
    order: list[str] = []

    def read(name: str) -> w.Array:
        order.append(name)
        return np.zeros(4, np.float32)

    weights = [w.Weight(name, (4,), partial(read, name)) for name in "ab"]
    assert order == []
    w.write_weights(weights, tmp_path)
    assert order == ["a", "b"]


def test_an_unknown_dtype_is_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match="float32, float16, uint16, uint8"):
        w.check_dtype("int4")
