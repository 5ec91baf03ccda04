"""Models that need the graph route: through the official converter, rewritten where TensorFlow.js differs."""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from tests.tfjs_cases.harness import needs_graph, randomise


@needs_graph
def test_auto_takes_the_graph_route_where_layers_will_not_do(gru: Any, tmp_path: Path) -> None:
    said: list[str] = []
    report = export_model(gru, tmp_path / "out", progress=said.append)
    assert report.format == "graph"
    assert "reset_after" in report.reason
    assert any("reset_after" in line for line in said)
    assert [row.keras for row in report.layers] == ["GRU"]
    assert not gru.layers[0].unroll
    # in an order that does not change from one process to the next: the same model is the same file
    nodes = json.loads((tmp_path / "out" / "model.json").read_text())["modelTopology"]["node"]
    assert any(len(node["attr"]) > 1 for node in nodes)
    assert all(list(node["attr"]) == sorted(node["attr"]) for node in nodes)


@needs_graph
def test_nothing_of_the_model_or_the_process_changes(gru: Any, tmp_path: Path) -> None:

    before = (gru.get_config(), [w.copy() for w in gru.get_weights()], list(warnings.filters), dict(os.environ))
    export_model(gru, tmp_path / "out")
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "other", format="layers")
    after = (gru.get_config(), gru.get_weights(), list(warnings.filters), dict(os.environ))
    assert before[0] == after[0]
    assert all(np.array_equal(a, b) for a, b in zip(before[1], after[1], strict=True))
    assert before[2] == after[2]
    assert before[3] == after[3]


@needs_graph
def test_random_generators_and_captured_constants_do_not_stop_the_graph_route(keras: Any, tmp_path: Path) -> None:
    layers = [keras.layers.RandomHue(0.2), keras.layers.Normalization(mean=2.0, variance=4.0, axis=None)]
    model = keras.Sequential([keras.Input((4, 4, 3)), *layers])
    state = np.asarray(layers[0].generator.state)
    assert export_model(model, tmp_path / "out", format="graph").format == "graph"
    assert np.array_equal(state, np.asarray(layers[0].generator.state))


@needs_graph
def test_a_decoder_with_both_masks_goes_through_the_graph(keras: Any, tmp_path: Path) -> None:
    """Causal and padding masks together: the graph's band matrix is mended, TensorFlow.js would get it wrong."""
    ids = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(ids)
    model = randomise(keras.Model(ids, keras.layers.MultiHeadAttention(2, 2)(x, x, use_causal_mask=True)))
    report = export_model(model, tmp_path / "out")
    assert report.format == "graph"


@needs_graph
def test_a_subclassed_model_goes_through_the_graph(keras: Any, tmp_path: Path) -> None:
    class Twice(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="twice")
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x) * 2.0

    model = Twice()
    with pytest.raises(ConversionError, match=r"not built.*call the model on data"):
        export_model(model, tmp_path / "out")
    model(np.zeros((1, 3), np.float32))
    nodes = len(model._inbound_nodes)
    report = export_model(model, tmp_path / "out")
    assert report.format == "graph"
    assert "Twice" in report.reason
    assert len(model._inbound_nodes) == nodes
