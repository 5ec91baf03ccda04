"""The table of a report: one row for each Keras layer, with the TensorFlow.js layers that it became."""

from collections.abc import Mapping
from typing import Any

from pipeline.tfjs.layers_model.graph import LayersGraph
from pipeline.tfjs.layers_model.rules import find_rule
from pipeline.tfjs.report import LayerRow
from pipeline.tfjs.weights import STORED_DTYPES, Dtype

OPERATIONS = {"graph": "graph operations", "onnx": "ONNX operations", "litert": "LiteRT operations"}


def layer_rows(
    model: Any, graph: LayersGraph | None, differences: Mapping[str, float], dtype: Dtype, route: str
) -> list[LayerRow]:
    """One row per Keras layer, with the largest difference of its output where `differences` has one.

    `graph` is None for any other `route` than layers, as operations cannot be assigned to Keras' layers.
    """
    known = [*getattr(model, "operations", []), *model._flatten_layers(include_self=False, recursive=True)]
    layers = {layer.name: layer for layer in known}
    if graph is None:
        return [
            LayerRow(
                layer=layer.name,
                keras=type(layer).__name__,
                tfjs=OPERATIONS[route],
                rewrite="",
                parameters=layer.count_params() if layer.built else 0,
                bytes=0,
                max_abs_diff=None,
            )
            for layer in model.layers
            if type(layer).__name__ != "InputLayer"
        ]
    rows: list[LayerRow] = []
    for source in dict.fromkeys(layer.source for layer in graph.layers if layer.class_name != "InputLayer"):
        made = [layer for layer in graph.layers if layer.source == source]
        layer = layers.get(source.rpartition("/")[2])
        entry = find_rule(layer) if layer is not None else None
        parameters = sum(weight.size for one in made for weight in one.weights)
        rows.append(
            LayerRow(
                layer=source,
                keras=type(layer).__name__ if layer is not None else "output",
                tfjs=_classes([one.class_name for one in made]),
                rewrite=entry.note if entry is not None and len(made) > 1 else "",
                parameters=parameters,
                bytes=parameters * STORED_DTYPES[dtype].itemsize,
                max_abs_diff=differences.get(source),
            )
        )
    return rows


def _classes(names: list[str]) -> str:
    """`Dense`, or for a rewrite `Reshape + Conv2D ×2 + Reshape`."""
    parts: list[str] = []
    for name in names:
        last, _, times = parts[-1].partition(" ×") if parts else ("", "", "")
        if last == name:
            parts[-1] = f"{name} ×{int(times or 1) + 1}"
        else:
            parts.append(name)
    return " + ".join(parts)
