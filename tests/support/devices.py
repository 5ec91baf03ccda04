"""Report on which device Keras computes the values that JavaScript is compared with, as JSON.

Two logical CPU devices; the second stands in for a GPU and is the default. This is a script because TensorFlow
accepts logical devices only before it starts.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import export_model
from pipeline.config import Config
from pipeline.recipes.fields import GatesRecipe
from pipeline.recipes.reading import load_recipe, override
from pipeline.stages.run import run_stages
from pipeline.system.tensorflow import on_cpu, start_tensorflow
from pipeline.tfjs.parity import reference

tf = start_tensorflow("cpu")
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
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
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    call = tf.function(model)
    inputs = np.ones((2, 4), np.float32)
    report["default"] = [short(model.variables[0].value.device), short(call(inputs).device)]
    with on_cpu():
        report["function"] = [short(call(inputs).device)]
    root = Path(sys.argv[1])
    export_model(model, root / "model")
    values = {"training.epochs": 1, "publish_images": "test"}
    recipe = override(replace(load_recipe("softmax"), gates=GatesRecipe(threshold=0.0, class_recall=0.0)), values)
    out, site, runs = root / "out", root / "site", root / "runs"
    config = Config(name="small", recipe=recipe, data=sys.argv[2], device="cpu", out=out, site=site, runs=runs)
    run_stages(config, until="verify")
print(json.dumps(report))
