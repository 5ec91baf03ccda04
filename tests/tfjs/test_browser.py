"""The same exports in a real browser, on the backends that pages use: WebGL and WebAssembly."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.system.javascript import VERIFY_SCRIPT, find_wasm
from pipeline.system.node import find_node
from pipeline.tfjs.graph_model.converter import converter_version, write_graph_model
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict
from tests.support.browsers import WEB, require_chromium
from tests.tfjs_cases import CASES
from tests.tfjs_cases.harness import randomise

ROOT = Path(__file__).parents[2]
# Largest difference over the largest output. The worst seen is 6e-7 on both, WebGL in software. WebAssembly computes in
# float32 as the plain backend does and keeps its limit. With a graphics card, WebGL's exp, tanh and division are the
# driver's, which may be off by some units in the last place, and its sums run in another order: ten times that limit.
LIMITS = {"wasm": 1e-4, "webgl": 1e-3}
REPRESENTATIVE = [
    *("Dense-activation=softmax", "Conv1D-padding=causal", "Conv2D-groups=2", "DepthwiseConv2D-dilation_rate=2"),
    *("SeparableConv2D-default", "Conv2DTranspose-strides=2,_output_padding=1", "wiring-residual_blocks"),
    *("BatchNormalization-axis=1_rank_4", "LayerNormalization-axis=[1,_2]_rank_4", "RMSNormalization-default_rank_2"),
    *("UpSampling2D-interpolation=bilinear", "LSTM-return_sequences=True", "Bidirectional-LSTM_mask"),
    *("wiring-transformer_block", "wiring-several_inputs_and_outputs", "GRU-reset_after=True"),
]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Expected outputs and, for each backend, what the browser answered, by case."""
    import keras

    chromium, wasm = require_chromium(), find_wasm()
    assert wasm is not None
    root = tmp_path_factory.mktemp("browser")
    expected, cases = {}, []
    for number, case in enumerate(case for case in CASES if case.id in REPRESENTATIVE):
        keras.backend.clear_session(free_memory=False)
        model = randomise(case.build(keras), seed=number)
        (inputs,) = random_inputs(model, seed=number)
        folder = root / str(number)
        if case.expect == "exact":
            graph = trace_model(model)
            write_layers_json(graph, model, folder)
            route, names = "layers", graph.input_names
        elif converter_version():
            write_graph_model(model, folder)
            route, names = "graph", list(inputs)
        else:
            continue
        described = []
        for i, (name, values) in enumerate(zip(names, inputs.values(), strict=True)):
            values.tofile(folder / f"input{i}.bin")
            path, dtype = f"{number}/input{i}.bin", values.dtype.name
            described.append({"name": name, "path": path, "shape": list(values.shape), "dtype": dtype})
        cases.append({"id": case.id, "route": route, "model": f"{number}/model.json", "inputs": described})
        expected[case.id] = predict(model, inputs)
    job = {
        "root": str(root),
        "web": str(WEB),
        "chromium": chromium,
        "wasm": str(wasm),
        "tfjs": str(VERIFY_SCRIPT.parent / "tf.min.js"),
        "cases": cases,
    }
    (root / "job.json").write_text(json.dumps(job))
    command = [find_node(), str(ROOT / "tests" / "tfjs_cases" / "browser.mjs"), str(root / "job.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answered: dict[str, Any] = json.loads(done.stdout)
    return answered | {"expected": expected}


@pytest.mark.parametrize("name", REPRESENTATIVE)
@pytest.mark.parametrize("backend", ["webgl", "wasm"])
def test_the_browser_computes_what_keras_does(backend: str, name: str, answers: dict[str, Any]) -> None:
    found = next((one for one in answers[backend] if one["id"] == name), None)
    if found is None:
        pytest.skip("needs the graph route, which is not installed here")
    assert "error" not in found, found
    for output, expected in zip(found["outputs"], answers["expected"][name], strict=True):
        values = np.frombuffer(base64.b64decode(output["values"]), np.float32).reshape(output["shape"])
        assert values.shape == expected.shape
        assert np.abs(values - expected).max() <= LIMITS[backend] * np.abs(expected).max()
