"""Facts about a run on a GPU that can be tested without one, see
docs/decisions/0009-gpu.md.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.recipes.reading import load_recipe
from pipeline.records import EpochResult
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.compiled_epoch import DeviceRun
from pipeline.training.epochs import TrainingRun
from pipeline.training.input_pipeline import split_steps, to_model_input
from pipeline.training.model import build_model
from pipeline.training.replicas import ReplicaRun
from tests.support.programs import (
    kept_on_host,
    nodes_of,
    watch_programs,
    without_gpu_kernel,
)
from tests.support.training import split
from tests.support.workshop import python

SEED = 3
LEAVING = (
    "PyFunc",
    "Iterator",
    "Dataset",
    "Send",
    "Recv",
    "Infeed",
    "Outfeed",
    "Print",
    "Callback",
)


@pytest.fixture
def tf() -> Any:
    tensorflow = start_tensorflow("cpu")
    if not tensorflow.test.is_built_with_cuda():  # as on macOS: there is nothing to ask
        pytest.skip(
            "this TensorFlow is built without GPUs, and does not know their kernels"
        )
    return tensorflow


@pytest.mark.parametrize("compiler", ["xla", "graph"])
@pytest.mark.parametrize(
    "recipe_name", ["softmax", pytest.param("mlp", marks=pytest.mark.all_only)]
)
def test_whole_batches_are_one_program(
    recipe_name: str, compiler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tf = start_tensorflow("cpu")
    tf.random.set_seed(SEED)  # TensorFlow asks for one before it shows a program
    calls = watch_programs(tf, monkeypatch)
    inputs, labels = np.zeros((200, 784), np.float32), np.arange(200) % 10
    model = build_model(load_recipe(recipe_name), shape=(784,), classes=10, steps=39)
    run = DeviceRun(model, split(inputs, labels, 200), batch_size=16, compiler=compiler)
    history: list[EpochResult] = []
    run.train(epochs=3, seed=SEED, on_epoch=history.append)
    assert [(result.epoch, result.validation_loss) for result in history] == [
        (epoch, None) for epoch in range(4)
    ]
    # on a CPU, before the epoch's program
    calls = [call for call in calls if call.name != "_draw_dropouts"]
    assert [call.name for call in calls] == [
        "run_steps",
        "run_step",
    ] * 3  # of an epoch 12 steps, and a smaller last
    nodes = nodes_of(calls[0].graph)
    assert sum(node.op in ("While", "StatelessWhile") for node in nodes) == 1
    # Operations that would leave the program: Python, an input pipeline, a message to
    # another device.
    assert {
        node.op for node in nodes if any(word in node.op for word in LEAVING)
    } == set()
    if compiler == "xla":
        ir = calls[0].program.experimental_get_compiler_ir(*calls[0].arguments)
        program = ir(stage="optimized_hlo", platform_name="CPU")
        # over the batches, and none over the images of one
        assert program.count(" while(") == 1
        # Known beforehand, so that no device has to tell after each batch whether there
        # is another.
        assert '"known_trip_count":{"n":"12"}' in program


@pytest.mark.parametrize("way", ["graph", "mirrored"])
@pytest.mark.parametrize(
    "recipe_name",
    [
        "softmax",
        *(pytest.param(name, marks=pytest.mark.all_only) for name in ("mlp", "cnn")),
    ],
)
def test_nothing_of_an_epoch_goes_back_to_the_cpu_for_want_of_a_kernel(
    tf: Any, recipe_name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = watch_programs(tf, monkeypatch)
    recipe = load_recipe(recipe_name)
    _, steps = split_steps(recipe.preprocess.image_steps())
    images, labels = np.zeros((100, 28, 28), np.uint8), np.arange(100) % 10
    data = split(
        images, labels, 70, to_input=lambda batch: to_model_input(batch, steps)
    )
    shape = data.to_input(tf.constant(images[:1])).shape[1:]
    run: TrainingRun
    if way == "mirrored":
        strategy = tf.distribute.MirroredStrategy(["CPU:0"])
        with strategy.scope():
            model = build_model(recipe, shape=shape, classes=10, steps=3)
            model.optimizer.build(model.trainable_variables)
        run = ReplicaRun(strategy, model, data, batch_size=32)
    else:
        model = build_model(recipe, shape=shape, classes=10, steps=3)
        run = DeviceRun(model, data, batch_size=32, compiler=way)
    run.train(epochs=1, seed=SEED, on_epoch=lambda _: None)
    names = ("run_steps", "run_step", "evaluate_chunk", "run")
    graphs = [call.graph for call in calls if call.name in names]
    # an epoch, and the held out images before and after
    assert len(graphs) == (3 if way == "mirrored" else 4)
    for graph in graphs:
        assert without_gpu_kernel(tf, nodes_of(graph)) == set()
        assert kept_on_host(tf, graph) == []


def test_a_missing_kernel_is_seen(tf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = watch_programs(tf, monkeypatch)
    take = tf.function(lambda images, rows: tf.gather(images, rows))
    take(tf.zeros((3, 4), tf.uint8), tf.zeros(2, tf.int32))
    graph = calls[0].graph
    assert without_gpu_kernel(tf, nodes_of(graph)) == {"GatherV2 (int32, uint8)"}
    assert kept_on_host(tf, graph) == ["rows:0"]


def test_the_reference_for_javascript_is_computed_on_the_cpu(
    small_npz: Path, tmp_path: Path
) -> None:
    devices = json.loads(
        python("-m", "tests.support.devices", str(tmp_path), str(small_npz))
    )
    assert devices.pop("default") == ["CPU:1", "CPU:1"]  # which stands for a GPU
    assert set(devices) == {"function", "evaluate and reference images", "export_model"}
    assert {device for found in devices.values() for device in found} == {"CPU:0"}
