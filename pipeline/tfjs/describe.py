"""The rows of the report and the manifest of an export."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pipeline
from pipeline.records import dump_json, to_json
from pipeline.system.tensorflow import environment
from pipeline.tfjs.layers_model.graph import Graph
from pipeline.tfjs.layers_model.rules import find
from pipeline.tfjs.model_files import input_names, output_names
from pipeline.tfjs.report import ExportReport, LayerRow
from pipeline.tfjs.weights import Dtype
from pipeline.versions.manifest import SCHEMA, version_id

_BYTES: dict[str, int] = {"float32": 4, "float16": 2, "uint16": 2, "uint8": 1}


def layer_rows(model: Any, graph: Graph | None, probed: Mapping[str, float], dtype: Dtype) -> list[LayerRow]:
    """One row per Keras layer. For a graph-model only Keras' side is known."""
    layers = {layer.name: layer for layer in model._flatten_layers(include_self=False, recursive=True)}
    if graph is None:
        return [
            LayerRow(
                layer=layer.name,
                keras=type(layer).__name__,
                tfjs="graph operations",
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
        name = source.rpartition("/")[2]
        layer = layers.get(name) or _operation(model, name)
        entry = find(layer) if layer is not None else None
        parameters = sum(weight.size for one in made for weight in one.weights)
        rows.append(
            LayerRow(
                layer=source,
                keras=type(layer).__name__ if layer is not None else "output",
                tfjs=_classes([one.class_name for one in made]),
                rewrite=entry.note if entry is not None and len(made) > 1 else "",
                parameters=parameters,
                bytes=parameters * _BYTES[dtype],
                max_abs_diff=probed.get(source),
            )
        )
    return rows


def _operation(model: Any, name: str) -> Any:
    return next((one for one in getattr(model, "operations", []) if one.name == name), None)


def _classes(names: list[str]) -> str:
    """`Dense`, or for a rewrite `Reshape + Conv2D + Reshape`, with repetition counted."""
    parts: list[str] = []
    for name in names:
        last, _, times = parts[-1].partition(" ×") if parts else ("", "", "")
        if last == name:
            parts[-1] = f"{name} ×{int(times or 1) + 1}"
        else:
            parts.append(name)
    return " + ".join(parts)


def write_manifest(path: Path, model: Any, report: ExportReport, facts: Mapping[str, Any]) -> None:
    """Write `manifest.json` of an export: the build's schema, without what only training knows."""
    identity = f"{report.format}-{report.dtype}"
    inputs = [
        {"name": name, "shape": [_size(n) for n in tensor.shape[1:]], "dtype": str(tensor.dtype)}
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    ]
    kind = output_kind(model)
    outputs = [
        {"name": name, "shape": [_size(n) for n in tensor.shape[1:]], "kind": kind}
        for name, tensor in zip(output_names(model), model.outputs, strict=True)
    ]
    check = {
        "format": identity,
        "runtime": "tfjs",
        "samples": report.samples,
        "max_abs_diff": report.max_abs_diff,
        "limit": report.limit if report.dtype == "float32" else report.max_abs_diff,
        "argmax_agreement": report.argmax_agreement,
        "passed": True,
        "detail": f"float32 weights differ by {report.float32_max_abs_diff:.2g}, the limit is {report.limit:.2g}",
        "seconds": report.seconds,
    }
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        "name": facts["name"],
        "version": "",
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "input": inputs[0] if len(inputs) == 1 else inputs,
        "output": outputs[0] if len(outputs) == 1 else outputs,
        "formats": [
            {
                "id": identity,
                "route": report.format,
                "dtype": report.dtype,
                "path": "model.json",
                "bytes": report.bytes,
                "files": to_json(report.files),
            }
        ],
        "verification": {"node": report.node, "tfjs": report.tfjs, "backend": report.backend, "checks": [check]},
        "environment": {**environment(), "pipeline": pipeline.__version__},
    }
    manifest |= {key: list(facts[key]) for key in ("labels",) if facts.get(key)}
    if facts.get("preprocess"):
        manifest["preprocess"] = dict(facts["preprocess"])
    if len(inputs) == 1:
        manifest["input"] = {**inputs[0], "image": facts.get("image")}
    computing = [type(layer).__name__ for layer in model.layers if type(layer).__name__ != "InputLayer"]
    manifest["linear"] = computing == ["Dense"] and kind == "probabilities"
    manifest["version"] = version_id(manifest)
    path.write_text(dump_json(manifest), encoding="utf-8")


def _size(n: int | None) -> int | None:
    return None if n is None else int(n)


def output_kind(model: Any) -> str:
    """ "probabilities" where the model ends in softmax or sigmoid, else "values"."""
    last = model.layers[-1] if getattr(model, "layers", None) else None
    function = getattr(getattr(last, "activation", None), "__name__", "")
    return "probabilities" if function in ("softmax", "sigmoid") or type(last).__name__ == "Softmax" else "values"
