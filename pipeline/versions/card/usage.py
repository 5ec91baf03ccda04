"""How a version is used, as the model card says it: code for each of its formats."""

import json

from pipeline.records import ExportedFormat
from pipeline.versions.card.descriptions import FILE_RUNTIMES
from pipeline.versions.card.markdown import code_block
from pipeline.versions.manifest import InputSpec, Manifest


def usage(manifest: Manifest) -> str:
    """The section with the code that runs the model."""
    layers = [fmt for fmt in manifest.formats if fmt.route == "layers"]
    graphs = [fmt for fmt in manifest.formats if fmt.route == "graph"]
    parts = ["## How to use it"]
    if layers and manifest.labels and manifest.preprocess:
        page = "On a page of the published site (paths are relative to that page); images are preprocessed as above:"
        pin = f'load("models/{manifest.name}/{manifest.version}/manifest.json")'
        lines = [
            'import { load } from "./embed.js";',
            f'const model = await load("models/{manifest.name}/latest.json");',
            f"// or, to pin this version: {pin}",
            'const { label, probabilities } = await model.predict(document.querySelector("canvas"));',
        ]
        parts.append(f"{page}\n\n" + code_block("js", *lines))
    if layers:
        heading = "With stock TensorFlow.js, the layers-model in this folder:"
        parts.append(f"{heading}\n\n{_stock('loadLayersModel', layers[0].path, manifest)}")
    if graphs:
        heading = "With stock TensorFlow.js, the graph-model in this folder:"
        parts.append(f"{heading}\n\n{_stock('loadGraphModel', graphs[0].path, manifest)}")
    for fmt in manifest.formats:
        if runtime := FILE_RUNTIMES.get(fmt.route):
            heading = f"With {runtime} in Python, its file in this folder:"
            parts.append(f"{heading}\n\n{_with_file(fmt, manifest)}")
    if keras_file := manifest.files.get("keras"):
        lines = ["import keras", f'model = keras.saving.load_model("{keras_file.path}")']
        if "keras_config" in manifest.files:
            lines.append('# or this folder; on the Hub: keras.saving.load_model("hf://USER/REPOSITORY")')
        parts.append("In Python:\n\n" + code_block("python", *lines))
    return "\n\n".join(parts)


def _stock(loader: str, path: str, manifest: Manifest) -> str:
    """Code that runs a model with stock TensorFlow.js."""
    lines = ['import * as tf from "@tensorflow/tfjs";', f'const model = await tf.{loader}("{path}");']
    if isinstance(manifest.input, InputSpec) and manifest.input.shape:
        shape = f'{json.dumps([1, *manifest.input.shape])}, "{manifest.input.dtype}"'
        lines += [
            "// `input` holds the preprocessed values, row by row",
            f"const scores = model.predict(tf.tensor(input, {shape}));",
        ]
    return code_block("js", *lines)


def _with_file(fmt: ExportedFormat, manifest: Manifest) -> str:
    """Code that runs an ONNX or LiteRT file in its own runtime."""
    shape = manifest.input.shape if isinstance(manifest.input, InputSpec) else ()
    taken = f'np.asarray(input, "float32").reshape({json.dumps([1, *shape])})'
    comment = "# `input` holds the preprocessed values, row by row"
    if fmt.route == "onnx":
        lines = [
            f'session = onnxruntime.InferenceSession("{fmt.path}")',
            comment,
            f"[scores] = session.run(None, {{session.get_inputs()[0].name: {taken}}})",
        ]
        return code_block("python", "import numpy as np", "import onnxruntime", *lines)
    lines = [
        f'runner = Interpreter("{fmt.path}").get_signature_runner()',
        "[name] = runner.get_input_details()",
        comment,
        f"[scores] = runner(**{{name: {taken}}}).values()",
    ]
    return code_block("python", "import numpy as np", "from ai_edge_litert.interpreter import Interpreter", *lines)
