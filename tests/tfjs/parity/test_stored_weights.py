"""The check of weights stored with another dtype:

what it measures, and that a broken weight is refused.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline import ConversionError, export_model
from pipeline.tfjs import weights
from pipeline.tfjs.parity import stored_weights
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.proof import Answers, Export, check_stored
from pipeline.tfjs.weights import Weight, write_weights
from tests.tfjs_cases.harness import needs_graph

DTYPES = ["float16", "uint16", "uint8"]
# All three as a layers-model; as a graph-model, whose weights the same code reads, one.
STORED = [
    *((dtype, "layers") for dtype in DTYPES),
    pytest.param("uint8", "graph", marks=needs_graph),
]


def write_model(folder: Path, arrays: dict[str, Any], dtype: Any) -> Path:
    """A model.json that has nothing but weights."""
    folder.mkdir()
    found = [Weight(name, array.shape, array.copy) for name, array in arrays.items()]
    (folder / "model.json").write_text(
        json.dumps({"weightsManifest": write_weights(found, folder, dtype=dtype)})
    )
    return folder


@pytest.mark.parametrize(("dtype", "route"), STORED)
def test_the_report_has_the_limit_that_was_applied(
    dtype: Any, route: Any, model: Any, tmp_path: Path
) -> None:
    report = export_model(model, tmp_path / "out", dtype=dtype, format=route)
    assert report.passed
    shard = next(file for file in report.files if file.path.endswith(".bin"))
    assert shard.bytes == model.count_params() * (1 if dtype == "uint8" else 2)
    # half a step of the code times six weights of size one, seen through a softmax;
    # measured about a third of these
    worst = {"float16": 1e-3, "uint16": 1e-4, "uint8": 2e-2}[dtype]
    assert 0 < report.max_abs_diff <= min(worst, report.max_abs_diff_limit)
    assert report.float32_max_abs_diff <= 1e-6
    # what rounding the weights costs, which is exactly what was measured, and what
    # float32 arithmetic explains
    assert report.max_abs_diff_limit == pytest.approx(
        report.max_abs_diff + report.limit, rel=0.1
    )
    assert all(check.passed for check in report.outputs)
    (check,) = json.loads((tmp_path / "out" / "manifest.json").read_text())[
        "verification"
    ]["checks"]
    assert (check["max_abs_diff"], check["limit"]) == (
        report.max_abs_diff,
        report.max_abs_diff_limit,
    )
    assert check["passed"] is True


@pytest.mark.parametrize(("dtype", "route"), STORED)
def test_a_broken_shard_is_refused_by_the_name_of_its_weight(
    dtype: Any, route: Any, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _after_writing(
        monkeypatch,
        route,
        lambda folder: _break_shard(folder / "group1-shard1of1.bin"),
        dtype,
    )
    weight = "scores/bias" if route == "layers" else "[^']+"
    said = (
        rf"Weight '{weight}', stored as {dtype}.*Received: a difference.*Nothing was"
        r" written"
    )
    with pytest.raises(ConversionError, match=said):
        export_model(model, tmp_path / "out", dtype=dtype, format=route)
    assert list(tmp_path.iterdir()) == []


def test_a_shard_that_is_too_short_is_refused(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(folder: Path) -> None:
        (shard := folder / "group1-shard1of1.bin").write_bytes(shard.read_bytes()[:-3])

    _after_writing(monkeypatch, "layers", cut, "uint8")
    with pytest.raises(ConversionError, match="Received: 3 bytes too few"):
        export_model(model, tmp_path / "out", dtype="uint8", format="layers")
    assert list(tmp_path.iterdir()) == []


def test_a_runtime_that_decodes_otherwise_is_refused(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dequantized model stands for what TensorFlow.js should compute:

    here it has another bias.
    """
    real = stored_weights.write_dequantized

    def other(stored: Path, exact: Path, target: Path) -> None:
        real(stored, exact, target)
        _break_shard(target / "group1-shard1of1.bin")

    monkeypatch.setattr("pipeline.tfjs.routes.write_dequantized", other)
    with pytest.raises(
        ConversionError,
        match=r"As uint8.*Received: output 'scores' differs by .*Nothing was written",
    ):
        export_model(model, tmp_path / "out", dtype="uint8", format="layers")
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_are_not_finite_are_refused_although_both_are_alike() -> None:
    export = Export(
        id="float16", route="graph", model=Path(), inputs=("x",), outputs=("y",)
    )
    answers = [
        Answers(
            outputs=(values,),
            checks=(compare("y", np.ones((1, 2), np.float32), values),),
            error=None,
        )
        for values in (np.array([[1, np.nan]], np.float32), np.ones((1, 2), np.float32))
    ]
    with pytest.raises(ConversionError, match="from Keras by inf"):
        check_stored(export, answers[0], answers[0])
    assert all(check.passed for check in check_stored(export, answers[1], answers[1]))


_floats = hnp.arrays(
    np.float32,
    hnp.array_shapes(max_dims=2, max_side=12),
    elements=st.floats(-60000, 60000, width=32),
)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(_floats, st.sampled_from(DTYPES))
def test_every_weight_that_the_writer_stores_is_within_the_limit(
    tmp_path_factory: pytest.TempPathFactory, array: Any, dtype: str
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    stored = write_model(folder / "stored", {"w": array}, dtype)
    exact = write_model(folder / "exact", {"w": array}, "float32")
    stored_weights.write_dequantized(stored, exact, folder / "dequantized")
    decoded = np.frombuffer(
        (folder / "dequantized" / "group1-shard1of1.bin").read_bytes(), np.float32
    )
    expected = weights.decode(*weights.encode("w", array, dtype))  # type: ignore[arg-type]
    assert np.array_equal(decoded, expected.reshape(-1))


def _after_writing(
    monkeypatch: pytest.MonkeyPatch,
    route: str,
    damage: Callable[[Path], None],
    dtype: str,
) -> None:
    """Damage each folder that is written with this dtype."""
    name = f"write_{route}_json"
    real = getattr(__import__("pipeline.tfjs.routes", fromlist=[name]), name)

    def writes(*arguments: Any, **options: Any) -> None:
        real(*arguments, **options)
        if options["dtype"] == dtype:
            damage(
                next(argument for argument in arguments if isinstance(argument, Path))
            )

    monkeypatch.setattr(f"pipeline.tfjs.routes.{name}", writes)


def _break_shard(path: Path) -> None:
    """Flip the highest bit of the last byte:

    of the last weight's value, or of the high byte of its value.
    """
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40
    path.write_bytes(bytes(content))
