"""Report on which device Keras computes the values that JavaScript is compared with, as
JSON.

Two logical CPU devices; the second stands in for a GPU and is the default. This is a
script because TensorFlow accepts logical devices only before it starts.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import export_model
from pipeline.stages.run import run_stages
from pipeline.system.tensorflow import on_cpu, start_tensorflow
from pipeline.tfjs.parity import reference
from tests.support.training import small_build

tf = start_tensorflow("cpu")
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)

import keras  # noqa: E402

report: dict[str, list[str]] = {}


def short(device: str) -> str:
    return device[-5:]


def watch(module: Any, name: str, label: str) -> None:
    """Record the default device whenever this function is called."""
    function: Callable[..., Any] = getattr(module, name)

    def watched(*arguments: Any, **named: Any) -> Any:
        report.setdefault(label, []).append(short(tf.constant(0.0).device))
        return function(*arguments, **named)

    setattr(module, name, watched)


watch(keras.Model, "predict_on_batch", "evaluate and reference images")
watch(reference, "_predict", "export_model")

with tf.device("/CPU:1"):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(3, activation="softmax")]
    )
    call = tf.function(model)
    inputs = np.ones((2, 4), np.float32)
    report["default"] = [
        short(model.variables[0].value.device),
        short(call(inputs).device),
    ]
    with on_cpu():
        report["function"] = [short(call(inputs).device)]
    root = Path(sys.argv[1])
    export_model(model, root / "model")
    run_stages(
        small_build(root, Path(sys.argv[2]), publish_images="test"), until="verify"
    )
print(json.dumps(report))
