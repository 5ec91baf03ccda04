"""What both kinds of model.json share: the signature, and the list of files with their digests."""

import hashlib
from pathlib import Path
from typing import Any

from pipeline.records import FileDigest

_TF_DTYPES = {
    "float32": "DT_FLOAT",
    "float16": "DT_HALF",
    "int32": "DT_INT32",
    "int64": "DT_INT64",
    "uint8": "DT_UINT8",
    "bool": "DT_BOOL",
    "string": "DT_STRING",
}


def signature(model: Any) -> dict[str, Any]:
    """TensorFlow.js's `signature` of a built Keras model: names, dtypes and shapes (−1 where a size is free)."""
    inputs = zip(input_names(model), model.inputs, strict=True)
    outputs = zip(output_names(model), model.outputs, strict=True)
    return {
        "inputs": {name: _tensor(name, tensor) for name, tensor in inputs},
        "outputs": {name: _tensor(name, tensor) for name, tensor in outputs},
    }


def input_names(model: Any) -> list[str]:
    """Names of the model's inputs: those of its input layers."""
    return [str(tensor._keras_history.operation.name) for tensor in model.inputs]


def output_names(model: Any) -> list[str]:
    """Names of the model's outputs, all different: those of the layers that make them, numbered where one makes
    several.
    """
    known = getattr(model, "output_names", None) or [t._keras_history.operation.name for t in model.outputs]
    names: list[str] = []
    for name in map(str, known):
        number = sum(one == name for one in map(str, known[: len(names)]))
        names.append(f"{name}_{number}" if number else name)
    return names


def digests(directory: Path) -> list[FileDigest]:
    """All files of an exported format, model.json first, with paths relative to `directory`."""
    paths = sorted(directory.iterdir(), key=lambda path: (path.name != "model.json", path.name))
    return [FileDigest(path=path.name, bytes=path.stat().st_size, sha256=_sha256(path)) for path in paths]


def _tensor(name: str, tensor: Any) -> dict[str, Any]:
    dims = [{"size": str(-1 if size is None else int(size))} for size in tensor.shape]
    return {"name": name, "dtype": _TF_DTYPES.get(str(tensor.dtype), "DT_FLOAT"), "tensorShape": {"dim": dims}}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
