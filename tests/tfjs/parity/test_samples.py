"""The user's own samples:

compared as well, refused where they do not fit, predicted in parts where they are many.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.errors import ConfigError, DataError
from pipeline.tfjs.parity.reference import CHUNK_BYTES, predict
from pipeline.tfjs.parity.user_samples import read_samples


def test_samples_are_compared_too(model: Any, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(40, 6))
    np.savez(tmp_path / "s.npz", x_test=values, y_test=np.zeros(40))
    for samples in (values, {"x": values}, [values]):
        [read] = read_samples(model, samples)
        np.testing.assert_array_equal(read["x"], values.astype(np.float32))
    assert (
        export_model(model, tmp_path / "out", samples=tmp_path / "s.npz").samples == 43
    )


@pytest.mark.parametrize(("samples", "error", "words"), [
    (np.zeros((0, 6)), ConfigError, "Received"), (np.full((4, 6), np.nan), DataError, "must be finite"),
    # in float32, which the model takes
    (np.full((4, 6), 1e300), DataError, "must be finite"),
    (np.array(1.0), ConfigError, r"Received: \(\), float64"), ("nowhere.npz", DataError, r"nowhere\.npz.*check the"),
    (np.full((4, 6), "a"), ConfigError, r"be numbers. Received: \(4, 6\), <U1"),
    ([np.zeros((4, 6))] * 2, ConfigError, "Received: 2 arrays"),
    (["good", "bad"], ConfigError, r"Received: 2 strings\. Next step: pass np\.array\(\[\[text"),
])  # fmt: skip
def test_samples_that_do_not_fit_are_refused(
    samples: Any, error: type[Exception], words: str, model: Any, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        export_model(model, tmp_path / "out", samples=samples)
    assert list(tmp_path.iterdir()) == []


def test_samples_in_a_damaged_file_are_refused(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    np.savez_compressed(path, x=np.random.default_rng(0).normal(size=(40, 6)))
    whole = path.read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle], whole[:middle] + bytes(9) + whole[middle + 9 :]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"s\.npz"):
            export_model(model, tmp_path / "out", samples=path)


def test_samples_that_declare_nonsense_are_refused(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.npy"
    np.save(path, np.zeros((4, 6)))
    whole = path.read_bytes()
    for shape in (b"(-4, -6)", b"(4, 99999999)"):
        path.write_bytes(
            whole.replace(b"(4, 6), }" + b" " * (len(shape) - 6), shape + b", }")
        )
        with pytest.raises(
            DataError, match=r"s\.npy must be readable. Received: its header declares"
        ):
            read_samples(model, path)
    np.save(path, np.array(["a"], object))
    with pytest.raises(
        DataError, match=r"pickled objects.*np\.array\(texts, dtype=str\)"
    ):
        read_samples(model, path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(
        DataError, match=r"s\.npy must be readable. Received: it is a pipe"
    ):
        read_samples(model, path)


def test_samples_that_keras_cannot_compute_are_refused(
    keras: Any, tmp_path: Path
) -> None:
    ids = keras.Sequential(
        [keras.Input((3,), dtype="int32"), keras.layers.Embedding(5, 2)]
    )
    with pytest.raises(DataError, match=r"Received: .*indices.*correct the samples"):
        export_model(ids, tmp_path / "out", samples=np.full((2, 3), 9))


def test_many_samples_are_predicted_in_parts_with_the_same_answers(model: Any) -> None:
    shape = model.inputs[0].shape[1:]
    rows = 2 * CHUNK_BYTES // (4 * int(np.prod(shape))) + 3
    inputs = {
        "x": np.random.default_rng(1).normal(size=(rows, *shape)).astype(np.float32)
    }
    (whole,) = predict(model, inputs)
    assert whole.shape[0] == rows
    # float32 rounding
    np.testing.assert_allclose(
        whole[-5:], np.asarray(model(inputs["x"][-5:])), rtol=0, atol=1e-6
    )
