"""The table of a report: one row for each Keras layer, with the TensorFlow.js layers that it became."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from pipeline.tfjs.layers_model.graph import LayersGraph
from pipeline.tfjs.layers_model.rules import find_rule
from pipeline.tfjs.report import LayerRow
from pipeline.tfjs.weights import STORED_DTYPES, Dtype


def layer_rows(model: Any, graph: LayersGraph, differences: Mapping[str, float], dtype: Dtype) -> list[LayerRow]:
    """One row per Keras layer, with the largest difference of its output where `differences` has one."""
    known = [*getattr(model, "operations", []), *model._flatten_layers(include_self=False, recursive=True)]
    layers = {layer.name: layer for layer in known}
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
    runs = [(name, len(list(same))) for name, same in groupby(names)]
    return " + ".join(f"{name} ×{times}" if times > 1 else name for name, times in runs)
