"""How an exported folder is used, in lines to copy:

on a host, with `load()`, and as an element.
"""

import math
from pathlib import Path

from pipeline.exporting.report import REPORT_NAME
from pipeline.versions.loadable import why_not_drawn
from pipeline.versions.manifest import InputSpec, Manifest

_ANY = 12  # length of a free axis in an example
_RUNTIMES = {  # how a page gets the runtime of a file
    "onnx": 'import * as runtime from "onnxruntime-web";',
    "litert": (
        'import * as runtime from "@litertjs/core"; await'
        ' runtime.loadLiteRt("…/@litertjs/core/wasm/");'
    ),
}


def usage_lines(
    manifest: Manifest, folder: Path, *, bare: bool, layered: bool
) -> tuple[str, ...]:
    """Six lines:

    how to look at an export, what to copy, how load() and the element run it, and what
    to read.
    """
    fmt, place = manifest.formats[0], folder.name
    named = "" if manifest.default_format else fmt.id
    runtime = _RUNTIMES.get(fmt.route)
    # files have no default
    options = (
        f', {{ format: "{named}"{", runtime" if runtime else ""} }}' if named else ""
    )
    reason = why_not_drawn(manifest)
    attribute = f' format="{named}"' if named else ""
    element = (
        f'<sketch-classifier src="{place}/manifest.json"{attribute}>, with embed.js of'
        " a site"
    )
    if reason is not None:
        element = f"<sketch-classifier> cannot load this folder: {reason}"
    see = (
        f"  runtime: {runtime}"
        if runtime
        else f"  see:     pipeline serve --site {folder}"
    )
    only = (
        "load.js and assets/ run it"
        if runtime
        else "index.html is only a demo and may be left out"
    )
    needs = "it takes the load.js and assets/ of a site" if bare else only
    detail = "each layer" if layered else "this report"
    address = f'new URL("./{place}/manifest.json", import.meta.url)'
    return (
        *([] if bare and not runtime else [see]),
        f"  copy:    the folder {folder} to any static host; {needs}",
        (
            f'  load:    import {{ load }} from "./{place}/load.js"; const model ='
            f" await load({address}{options});"
        ),
        f"  predict: const {_call(manifest, drawn=reason is None)};",
        f"  element: {element}",
        (
            f"  more:    pages, workers, Node.js, bundlers: docs/exports.md; {detail}:"
            f" {folder / REPORT_NAME}"
        ),
    )


def _call(manifest: Manifest, *, drawn: bool) -> str:
    if drawn:
        return "{ label, probabilities } = await model.predict(picture)"
    if _is_classifier(manifest):
        one = manifest.inputs[0]
        return (
            "{ label, probabilities } = await"
            f" model.predict({_example(one, _array(one.dtype))})"
        )
    if manifest.preprocess and len(manifest.inputs) == 1:
        return "outputs = await model.predict(picture)"
    if [one.dtype for one in manifest.inputs] == ["string"]:
        names = ", ".join(one.name for one in manifest.outputs)
        found = (
            f"{{ {names} }}"
            if all(one.name.isidentifier() for one in manifest.outputs)
            else "outputs"
        )
        return f"{found} = await model.predict({_example(manifest.inputs[0], '')})"
    given = ", ".join(
        f"{_key(one.name)}: {_example(one, _array(one.dtype))}"
        for one in manifest.inputs
    )
    return f"outputs = await model.predict({{ {given} }})"


def _is_classifier(manifest: Manifest) -> bool:
    """Return whether load() takes it for a classifier:

    web/src/runtime/manifest.ts has the same rules.
    """
    inputs, outputs = manifest.inputs, manifest.outputs
    if len(inputs) != 1 or len(outputs) != 1 or None in inputs[0].shape:
        return False
    named = outputs[0].kind == "probabilities" and outputs[0].shape == (
        len(manifest.labels),
    )
    return named and inputs[0].dtype != "string"


def _array(dtype: str) -> str:
    """The class of an input's values, as in web/src/runtime/tensors/model.ts."""
    return (
        "Float32Array"
        if dtype.startswith("float")
        else "Uint8Array"
        if dtype == "bool"
        else "Int32Array"
    )


def _example(spec: InputSpec, array: str) -> str:
    """An example of the right size:

    zeros, of integers ones, as 0 may be padding; or a text.
    """
    if spec.dtype == "string":
        return "[" + ", ".join(['"a text"'] * ((spec.shape or (1,))[0] or 1)) + "]"
    sizes = [_ANY if size is None else size for size in spec.shape]
    zeros = f"new {array}({math.prod(sizes)})" + (
        ".fill(1)" if array == "Int32Array" else ""
    )
    return (
        f"Object.assign({zeros}, {{ shape: {[1, *sizes]} }})"
        if spec.shape.count(None) > 1
        else zeros
    )


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
