"""The bridge to Node: what comes back, and what goes wrong by name."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import PipelineError
from pipeline.system import javascript

SCALE = 3.0


@pytest.fixture
def doubling_model(tmp_path: Path) -> Path:
    """A hand-written layers-model: one Dense without bias that multiplies by SCALE."""
    layers = [
        {
            "class_name": "InputLayer",
            "config": {"batch_input_shape": [None, 1], "dtype": "float32", "name": "x"},
        },
        {
            "class_name": "Dense",
            "config": {
                "name": "scale",
                "units": 1,
                "use_bias": False,
                "activation": "linear",
            },
        },
    ]
    weight = {"name": "scale/kernel", "shape": [1, 1], "dtype": "float32"}
    topology = {
        "model_config": {
            "class_name": "Sequential",
            "config": {"name": "m", "layers": layers},
        }
    }
    (tmp_path / "w.bin").write_bytes(np.float32(SCALE).tobytes())
    groups = [{"paths": ["w.bin"], "weights": [weight]}]
    model = {
        "format": "layers-model",
        "modelTopology": topology,
        "weightsManifest": groups,
    }
    (tmp_path / "model.json").write_text(json.dumps(model))
    return tmp_path / "model.json"


def _case(
    model: Path, case_id: str, values: object, batch: int | None = None
) -> javascript.JsCase:
    return javascript.JsCase(
        id=case_id,
        model=model,
        inputs={"x": np.asarray(values, np.float32)},
        batch=batch,
    )


def test_a_model_runs_in_batches_and_its_answer_keeps_the_order(
    doubling_model: Path, tmp_path: Path
) -> None:
    values = np.arange(5, dtype=np.float32)[:, None]
    run = javascript.run_cases(
        [_case(doubling_model, "a", values, batch=2)], tmp_path / "out"
    )
    assert run.tfjs == "4.22.0"
    assert run.node.startswith("v")
    assert run.backend == "cpu"
    ((name, answer),) = run["a"].outputs
    assert name == "scale"
    # one product: nothing to round differently
    np.testing.assert_array_equal(answer, values * np.float32(SCALE))


def test_a_failing_case_says_why_and_the_others_still_run(
    doubling_model: Path, tmp_path: Path
) -> None:
    cases = [
        _case(tmp_path / "nowhere" / "model.json", "missing", [[1.0]]),
        _case(doubling_model, "wrong shape", [[1.0, 2.0]]),
        _case(doubling_model, "good", [[2.0]]),
    ]
    run = javascript.run_cases(cases, tmp_path / "out")
    assert "ENOENT" in (run["missing"].error or "")
    assert "shape" in (run["wrong shape"].error or "")
    assert run["good"].error is None
    assert run["good"].outputs[0][1].tolist() == [[2 * SCALE]]


@pytest.mark.parametrize("shape", [[2, None], [2, 3]])
def test_values_that_do_not_fit_their_shape_are_an_error_of_the_case(
    shape: list[int | None], tmp_path: Path
) -> None:
    (tmp_path / "y.bin").write_bytes(np.zeros(4, np.float32).tobytes())
    output = {
        "name": "y",
        "path": str(tmp_path / "y.bin"),
        "shape": shape,
        "dtype": "float32",
    }
    found = javascript._read_result({"id": "one", "outputs": [output], "seconds": 0})
    assert found.error == f"'y' has 4 values, which do not fit its shape {shape}"
    assert not found.outputs


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs a device that is always full"
)
def test_a_full_disk_is_an_error_of_the_disk_and_not_of_the_model(
    doubling_model: Path, tmp_path: Path
) -> None:
    answer = tmp_path / "out/0/0-0.bin"
    answer.parent.mkdir(parents=True)
    answer.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        javascript.run_cases([_case(doubling_model, "a", [[2.0]])], tmp_path / "out")
    assert caught.value.errno == errno.ENOSPC


def test_a_missing_script_names_the_next_step(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(javascript, "VERIFY_SCRIPT", tmp_path / "verify.mjs")
    with pytest.raises(PipelineError, match="make web"):
        javascript.run_cases([], tmp_path)


@pytest.mark.parametrize(("script", "error", "message"), [
    ("throw new Error('no such luck')", PipelineError, "no such luck"),
    ("console.log('hello')", PipelineError, "one JSON document"),
    ("throw Object.assign(new Error('no thread'), { code: 'ERR_WORKER_INIT_FAILED' })", OSError, "Too many open files"),
])  # fmt: skip
def test_a_broken_script_is_reported_with_its_last_words(
    script: str,
    error: type[Exception],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "verify.mjs").write_text(script)
    monkeypatch.setattr(javascript, "VERIFY_SCRIPT", tmp_path / "verify.mjs")
    with pytest.raises(error, match=message):
        javascript.run_cases([], tmp_path)


def test_a_folder_that_is_not_utf_8_is_no_reason_to_wait(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        javascript.run_cases([], tmp_path / "caf\udce9")


def test_other_dtypes_are_refused_by_name(doubling_model: Path, tmp_path: Path) -> None:
    case = javascript.JsCase(
        id="a", model=doubling_model, inputs={"x": np.zeros((1, 1), np.float64)}
    )
    with pytest.raises(TypeError, match="float64"):
        javascript.run_cases([case], tmp_path)
