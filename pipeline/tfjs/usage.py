"""How an exported folder is used, in lines to copy: `load()`, the element, plain TensorFlow.js or another runtime."""

import math
from pathlib import Path

from pipeline.system.outside import read_json
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.formats.usage import file_usage
from pipeline.versions.loadable import why_not_drawn
from pipeline.versions.manifest import InputSpec, Manifest, OutputSpec


def usage_notes(manifest: Manifest, folder: Path) -> tuple[str, ...]:
    """Whether `<sketch-classifier>` can show the export in `folder` and why not, and otherwise how scripts run it."""
    route = manifest.formats[0].route
    if route in KINDS:
        return file_usage(KINDS[route], manifest)
    inputs, outputs = manifest.inputs, manifest.outputs
    named = "" if manifest.default_format else manifest.formats[0].id
    reason = why_not_drawn(manifest)
    if reason is None:
        attribute = f' format="{named}"' if named else ""
        return (f'on a page: <sketch-classifier src="…/manifest.json"{attribute}>, with this folder at that address',)
    batch = _batch(folder) if route == "layers" else 1  # a graph-model takes any number of examples
    return (
        f"<sketch-classifier> cannot load this folder: {reason}",
        f"on a page, with load() of load.js: {_with_load(manifest, inputs, outputs, named, batch)}",
        f"with plain TensorFlow.js: {_with_tfjs(inputs, route, folder, batch)}",
    )


def _batch(folder: Path) -> int:
    """How many examples a layers-model takes at a time; 1 where it takes any number."""
    layers = read_json(folder / "model.json")["modelTopology"]["model_config"]["config"]["layers"]
    shapes = (one["config"]["batch_input_shape"] for one in layers if one["class_name"] == "InputLayer")
    return next(shapes, [None])[0] or 1


def _with_load(
    manifest: Manifest, inputs: tuple[InputSpec, ...], outputs: tuple[OutputSpec, ...], named: str, batch: int
) -> str:
    if _is_classifier(manifest, inputs, outputs):
        options = f', {{ format: "{named}" }}' if named else ""
        size = math.prod(size or 1 for size in inputs[0].shape)
        return (
            f'const model = await load("…/manifest.json"{options}); '
            f"const {{ label }} = await model.predict(new Float32Array({size}));"
        )
    given = ", ".join(f"{_key(one.name)}: {_array(one, batch)}" for one in inputs)
    return (
        f'const model = await load("…/manifest.json"); const outputs = await model.predict({{ {given} }}); '
        f"// outputs[{', '.join(repr(one.name) for one in outputs)}]"
    )


def _is_classifier(manifest: Manifest, inputs: tuple[InputSpec, ...], outputs: tuple[OutputSpec, ...]) -> bool:
    """Whether load() takes it for a classifier: web/src/runtime/manifest.ts has the same rules."""
    if len(inputs) != 1 or len(outputs) != 1 or None in inputs[0].shape:
        return False
    return outputs[0].kind == "probabilities" and outputs[0].shape == (len(manifest.labels),)


def _array(spec: InputSpec, batch: int) -> str:
    """A typed array of zeros for so many examples, in JavaScript; of free lengths 2."""
    kind = "Float32Array" if spec.dtype.startswith("float") else "Uint8Array" if spec.dtype == "bool" else "Int32Array"
    lengths = [size or 2 for size in spec.shape]
    made = f"new {kind}({batch * math.prod(lengths)})"
    if spec.shape.count(None) < 2:
        return made
    return f"Object.assign({made}, {{ shape: [{', '.join(map(str, [batch, *lengths]))}] }})"


def _with_tfjs(inputs: tuple[InputSpec, ...], route: str, folder: Path, batch: int) -> str:
    tensors = [
        f"tf.zeros([{', '.join(str(size or 2) for size in (batch, *spec.shape))}]{_dtype(spec.dtype)})"
        for spec in inputs
    ]
    if route == "layers":
        given = tensors[0] if len(tensors) == 1 else f"[{', '.join(tensors)}]"
        return f'const model = await tf.loadLayersModel("…/model.json"); const answer = model.predict({given});'
    signature = read_json(folder / "model.json")["signature"]["inputs"]
    named = (
        f'"{signature.get(spec.name, {}).get("name", spec.name)}": {one}'
        for spec, one in zip(inputs, tensors, strict=True)
    )
    given = tensors[0] if len(tensors) == 1 else f"{{ {', '.join(named)} }}"
    return f'const model = await tf.loadGraphModel("…/model.json"); const answer = await model.executeAsync({given});'


def _dtype(dtype: str) -> str:
    return "" if dtype.startswith("float") else ', "bool"' if dtype == "bool" else ', "int32"'


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
