"""How much memory an export takes, and that the large weights of a graph come out as
they went in.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from pipeline.tfjs.graph_model import frozen
from pipeline.tfjs.graph_model.converter import ConvertedGraph, convert_graph
from tests.tfjs_cases.harness import needs_graph, randomise

# two products of that: 210 MB of weights, of which every copy of a graph shows
WIDTH = 5120
BASE_BYTES = 1.5e9  # of TensorFlow, the converter and Node.js


def _resident(process: psutil.Process) -> int:
    """Bytes in memory of a process with all that it started; 0 once it has ended."""
    try:
        return sum(
            one.memory_info().rss
            for one in [process, *process.children(recursive=True)]
        )
    except psutil.NoSuchProcess:
        return 0


@needs_graph
def test_an_export_takes_at_most_six_times_the_weights_and_a_base(
    keras: Any, tmp_path: Path
) -> None:
    layers = [keras.layers.Dense(WIDTH, activation="relu"), keras.layers.Dense(WIDTH)]
    model = keras.Sequential([keras.Input((WIDTH,)), *layers])
    weights = 4 * model.count_params()
    model.save(tmp_path / "wide.keras")
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "export",
        "wide.keras",
        "--out",
        "out",
        "--format",
        "graph",
        "--json",
    ]
    process = psutil.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    most = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal most
        while not ended.is_set():
            most = max(most, _resident(process))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    assert code == 0
    assert weights < most <= 6 * weights + BASE_BYTES


def _written(graph: ConvertedGraph) -> Any:
    return graph.topology, [
        (entry["name"], entry["data"].tolist())
        for group in graph.weights
        for entry in group
    ]


@needs_graph
def test_a_graph_is_the_same_with_its_weights_kept_apart(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that are only multiplied with, reshaped first, folded into a
    normalization, equal, or of one value.
    """
    k = keras.layers
    image = keras.Input((8, 8, 3))
    x = k.BatchNormalization()(k.Conv2D(8, 3, name="folded")(image))
    x = k.Conv2D(8, 3, activation="relu")(x)
    x = k.Reshape((16, 8))(x)
    x = k.MultiHeadAttention(2, 4)(x, x)
    x = k.Dense(8, name="one")(k.Dense(8, name="equal")(k.Dense(8, name="twin")(x)))
    model = randomise(keras.Model(image, k.Dense(2)(k.Flatten()(x))))
    model.get_layer("twin").set_weights(model.get_layer("equal").get_weights())
    model.get_layer("one").set_weights(
        [np.ones((8, 8), np.float32), np.zeros(8, np.float32)]
    )
    counts = []
    take = frozen.take_weights

    def counted(graph_def: Any) -> Any:
        counts.append(len(taken := take(graph_def)))
        return taken

    monkeypatch.setattr("pipeline.tfjs.graph_model.converter.take_weights", counted)
    expected = _written(convert_graph(model))
    monkeypatch.setattr(frozen, "LARGE_BYTES", 64)
    assert _written(convert_graph(model)) == expected
    assert counts[0] == 0 < 6 <= counts[1]
