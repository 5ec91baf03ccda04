"""What a model.json of TensorFlow.js says of its model, by whichever converter: its inputs, layers and nodes."""

import copy
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.checking.places import Problem
from pipeline.tfjs.keras_model import name_pattern

# Nodes without a value to compare, and the control flow of TensorFlow 1, inside which no value can be had.
_NO_VALUES = frozenset({"Const", "Placeholder", "NoOp"})
_CONTROL = frozenset({"Enter", "Exit", "Merge", "NextIteration", "Switch", "LoopCond"})
PROBED_NODES = 1000  # of a graph, at most: one run keeps the values of all of them
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


def with_layer_outputs(topology: Topology, names: Sequence[str]) -> tuple[Any, list[str]] | None:
    """The document with the values of the layers of these names as outputs, and the layer of each output.

    A graph-model has several values under a layer's name; its outputs are called "0", "1", …, in the order of the list.
    None where no layer has one of the names, or too many nodes do.
    """
    document = copy.deepcopy(topology.document)
    if topology.route == "graph":
        return _with_nodes(document, names)
    layers, _ = _layers_of(document)
    known = [layer["config"]["name"] for layer in layers if layer["class_name"] != "InputLayer"]
    shown = [name for name in known if name in names and list(names).count(name) == 1]
    model = _model_config(document)
    if model["class_name"] == "Sequential":
        model.update(class_name="Functional", config=_chained(layers))
    model["config"]["output_layers"] = [[name, 0, 0] for name in shown]
    return (document, shown) if shown else None


def _model_config(document: Any) -> Any:
    topology = document["modelTopology"]
    return topology.get("model_config", topology)


def _layers_of(document: Any) -> tuple[list[Any], list[Any] | None]:
    """The layers, and the references to the inputs; None of a Sequential model."""
    config = _model_config(document)["config"]
    layers = config if isinstance(config, list) else config["layers"]
    inputs = None if isinstance(config, list) else config.get("input_layers")
    # Keras 3 writes a single reference without the list around it
    return layers, [inputs] if inputs and isinstance(inputs[0], str) else inputs


def _layer_inputs(document: Any) -> Iterable[tuple[str, Sequence[int | None] | None]]:
    layers, references = _layers_of(document)
    by_name = {layer["config"]["name"]: layer["config"] for layer in layers}
    names = [layers[0]["config"]["name"]] if references is None else [reference[0] for reference in references]
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


def _chained(layers: list[Any]) -> dict[str, Any]:
    """The config of a Functional model that computes what the Sequential one of these layers does."""
    first = layers[0]
    if first["class_name"] != "InputLayer":
        given = first["config"]
        entry = {"name": f"{given['name']}_input", "batch_input_shape": given["batch_input_shape"], "sparse": False}
        layers = [{"class_name": "InputLayer", "config": {**entry, "dtype": given.get("dtype", "float32")}}, *layers]
    named = [{**layer, "name": layer["config"]["name"], "inbound_nodes": []} for layer in layers]
    for before, layer in itertools.pairwise(named):
        layer["inbound_nodes"] = [[[before["name"], 0, 0, {}]]]
    return {"name": "probe", "layers": named, "input_layers": [[named[0]["name"], 0, 0]]}


def _with_nodes(document: Any, names: Sequence[str]) -> tuple[Any, list[str]] | None:
    nodes = document["modelTopology"]["node"]
    layer_of = {part: name_pattern(part) for part in names}
    found = [
        (node["name"], layer)
        for node in nodes
        if node["op"] not in _NO_VALUES
        for layer, pattern in layer_of.items()
        if pattern.fullmatch(node["name"])
    ]
    if not 0 < len(found) <= PROBED_NODES or any(node["op"] in _CONTROL for node in nodes):
        return None
    signature = {
        "inputs": _signature(document).get("inputs", {}),
        "outputs": {str(i): {"name": f"{node}:0"} for i, (node, _) in enumerate(found)},
    }
    document["signature"] = signature
    document.get("userDefinedMetadata", {}).pop("signature", None)
    return document, [layer for _, layer in found]
