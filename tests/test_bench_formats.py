"""How `bench formats` counts what becomes of a model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.conversion import ways
from pipeline.errors import ConversionError
from pipeline.tfjs.formats.running import RuntimeProblem
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.proof import Answers

RIGHT, OFF = np.array([[1, 2]], np.float32), np.array([[1, 2.5]], np.float32)


def answers(values: Any) -> Answers:
    return Answers(
        outputs=(values,), checks=(compare("out", RIGHT, values),), error=None
    )


def outcome(
    monkeypatch: pytest.MonkeyPatch, folder: Path, way: str, found: Any
) -> ways.Outcome:
    """Return the outcome that is counted when writing the file, or judging it, raises
    or returns this.
    """

    def judge(*_: Any) -> Answers:
        if isinstance(found, RuntimeProblem):
            raise found
        assert isinstance(found, Answers)
        return found

    def write(_model: Any, out: Path) -> ways.Judge:
        if isinstance(found, Exception) and not isinstance(found, RuntimeProblem):
            raise found
        out.mkdir()
        (out / "file").write_bytes(b"1234")
        return judge

    monkeypatch.setitem(ways.WAYS, way, write)
    return ways.convert(
        way, ways.Subject(name="one", model=None, references=()), folder / "work"
    )


@pytest.mark.parametrize(("way", "found", "kind"), [
    ("ours, ONNX", answers(RIGHT), "exact"), ("ours, ONNX", answers(OFF), "wrong"),
    ("ours, ONNX", ConversionError("it has no such layer"), "refused"),
    ("ours, ONNX", RuntimeError("a mistake of ours"), "crashed"),
    ("Keras alone, ONNX", RuntimeError("whatever exporters raise"), "refused"),
    ("Keras alone, ONNX", RuntimeProblem("no such operation"), "does not run"),
    ("Keras alone, ONNX", Answers(outputs=(), checks=(), error="it failed"), "does not run"),
])  # fmt: skip
def test_every_end_of_a_conversion_is_counted_as_what_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, found: Any, kind: str
) -> None:
    counted = outcome(monkeypatch, tmp_path, way, found)
    assert counted.kind == kind
    if kind == "wrong":
        assert (counted.reason, counted.bytes) == (
            "output 'out' differs by 0.5 (limit 0.0002)",
            4,
        )
