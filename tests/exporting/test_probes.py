"""The probes of an export: drawn alike in Python and JavaScript, and answered by Keras."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.exporting.export import export_model
from pipeline.exporting.probes import draw, draw_all, make_probes
from pipeline.system.json_records import to_json
from pipeline.system.node import find_node
from pipeline.tfjs.parity.reference import predict
from pipeline.versions.manifest import ProbeInput, read_manifest

SCRIPT = Path(__file__).parents[2] / "web/src/runtime/proof.ts"


def test_python_and_javascript_draw_the_same_numbers() -> None:
    probes = [
        ProbeInput(shape=(40, 30, 3), low=0.0, high=255.0, whole=False),
        ProbeInput(shape=(5000,), low=-3.5, high=2.25, whole=False),
        ProbeInput(shape=(7, 9), low=0.0, high=19.0, whole=True),
        ProbeInput(shape=(), low=0.0, high=1.0, whole=True),
    ]
    code = (
        f"import {{ draw }} from {json.dumps(SCRIPT.as_uri())};const probes ="
        f" {json.dumps(to_json(probes))};console.log(JSON.stringify(probes.map((probe,"
        " at) => [0, 7].map((number) => draw(probe, number, at)))));"
    )
    done = subprocess.run(
        [find_node(), "--input-type=module", "-e", code],
        capture_output=True,
        text=True,
        check=True,
    )
    for at, (probe, found) in enumerate(
        zip(probes, json.loads(done.stdout), strict=True)
    ):
        for number, values in zip((0, 7), found, strict=True):
            expected = draw(probe, number, at)
            np.testing.assert_array_equal(np.reshape(values, probe.shape), expected)
            assert probe.low <= expected.min() <= expected.max() <= probe.high
    spread = draw(probes[1], 0, 1)
    # of 500 on average: evenly
    assert np.histogram(spread, 10, (-3.5, 2.25))[0].min() > 400


def test_an_export_has_eight_probes_with_keras_answers(
    keras: Any, tmp_path: Path
) -> None:
    layers = keras.layers
    ids, numbers = (
        keras.Input((4,), dtype="int32", name="ids"),
        keras.Input((3,), name="numbers"),
    )
    x = layers.Concatenate()([layers.Flatten()(layers.Embedding(20, 4)(ids)), numbers])
    model = keras.Model([ids, numbers], [layers.Dense(30)(x), layers.Dense(1)(x)])
    manifest = read_manifest(
        export_model(model, tmp_path / "out", dtype="uint16").path / "manifest.json"
    )
    probes = manifest.probes
    assert probes is not None
    assert [(one.shape, one.whole) for one in probes.inputs] == [
        ((4,), True),
        ((3,), False),
    ]
    assert 0 <= probes.inputs[0].low < probes.inputs[0].high < 20
    assert len(json.dumps(to_json(probes), separators=(",", ":"))) <= 2000
    inputs = {
        name: draw_all(one, at).astype(dtype)
        for at, (name, dtype, one) in enumerate(
            zip(("ids", "numbers"), ("i4", "f4"), probes.inputs, strict=True)
        )
    }
    for kept, answer in zip(probes.outputs, predict(model, inputs), strict=True):
        np.testing.assert_allclose(
            answer[:, kept.places], kept.answers, rtol=0, atol=kept.limit / 100
        )
        assert 0 < kept.limit < np.abs(answer).max() / 100
    assert probes.outputs[0].places == (0, 6, 12, 17, 23, 29)


@pytest.mark.parametrize(
    "case", ["not finite", "texts", "too many numbers", "a fixed number of examples"]
)
def test_a_model_that_browsers_cannot_repeat_has_none(keras: Any, case: str) -> None:
    batch = (
        {"batch_shape": (2, 3)} if case.startswith("a fixed") else {"shape": (None,)}
    )
    x = keras.Input(**batch, name="x")
    model = keras.Model(
        x, keras.ops.log(x) if case == "not finite" else keras.ops.square(x)
    )
    values: Any = np.array([[-1, 0, 1], [1, 2, 3]], np.float32)
    if case == "texts":
        values = np.array([["a"]])
    if case == "too many numbers":
        values = np.ones((1, 2**22 + 1), np.float32)
    assert make_probes(model, {"x": values}, []) is None
