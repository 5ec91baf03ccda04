"""Read a model.json of TensorFlow.js, by whichever converter: its inputs and the dtypes of its weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.checking.folder import Problem

ROUNDED = ("uint8", "float16", "uint16")  # the coarsest first


@dataclass(frozen=True, kw_only=True)
class Topology:
    """A model.json."""

    path: Path  # on this disk
    document: Any
    route: Literal["layers", "graph"]
    inputs: tuple[str, ...]  # names in TensorFlow.js
    shapes: tuple[tuple[int | None, ...] | None, ...]  # of the inputs; None where any is allowed
    batch: int | None  # the only number of examples that it takes; None for any
    rounding: str | None  # the coarsest dtype that its weights were rounded to; None if they are float32


def read_topology(path: Path, document: Any) -> Topology:
    """Read what is needed to run it; Problem where it is not what TensorFlow.js loads."""
    try:
        route: Literal["layers", "graph"] = "graph" if "node" in document["modelTopology"] else "layers"
        inputs = list(_graph_inputs(document) if route == "graph" else _layer_inputs(document))
        stored = {
            weight["quantization"]["dtype"]
            for group in document["weightsManifest"]
            for weight in group["weights"]
            if weight.get("quantization")
        }
        rounding = next((dtype for dtype in ROUNDED if dtype in stored), None)
        sized = [None if shape is None else tuple(n if n and n > 0 else None for n in shape) for _, shape in inputs]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Problem(f"is no model that TensorFlow.js loads ({type(error).__name__}: {error!s:.80})") from error
    return Topology(
        path=path,
        document=document,
        route=route,
        inputs=tuple(name for name, _ in inputs),
        shapes=tuple(sized),
        batch=next((shape[0] for shape in sized if shape and shape[0]), None),
        rounding=rounding,
    )


def _layer_inputs(document: Any) -> Iterable[tuple[str, Sequence[int | None] | None]]:
    topology = document["modelTopology"]
    config = topology.get("model_config", topology)["config"]
    is_sequential = isinstance(config, list) or "input_layers" not in config
    layers = config if isinstance(config, list) else config["layers"]
    references = [[layers[0]["config"]["name"]]] if is_sequential else config["input_layers"]
    # Keras 3 writes a single reference without the list around it
    names = [references[0]] if isinstance(references[0], str) else [reference[0] for reference in references]
    by_name = {layer["config"]["name"]: layer["config"] for layer in layers}
    for name in names:
        config = by_name[name]
        yield name, config.get("batch_input_shape") or config.get("batch_shape")


def _graph_inputs(document: Any) -> Iterable[tuple[str, Sequence[int | None] | None]]:
    signature = _signature(document)
    if signature.get("inputs"):
        for name, entry in signature["inputs"].items():
            sizes = entry.get("tensorShape", {}).get("dim")
            yield name, sizes and [int(one.get("size", -1)) for one in sizes]
        return
    for node in document["modelTopology"]["node"]:
        if node["op"] == "Placeholder":
            yield node["name"], None


def _signature(document: Any) -> Any:
    return document.get("signature") or (document.get("userDefinedMetadata") or {}).get("signature") or {}
