"""The report of an export, and its table:

each Keras layer, with the TensorFlow.js layers that it became.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from pipeline.records import FileDigest
from pipeline.system.json_records import to_json
from pipeline.tfjs.formats.kinds import KINDS
from pipeline.tfjs.layers_model.graph import LayersGraph
from pipeline.tfjs.layers_model.rules import find_rule
from pipeline.tfjs.parity.compare import OutputCheck
from pipeline.tfjs.precision import PrecisionChange
from pipeline.tfjs.weights import STORED_DTYPES, Dtype

REPORT_NAME = "report.txt"  # in the folder of an export
COLUMN = 50  # characters at most, of a name or the layers that it became


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One Keras layer, and the TensorFlow.js layers that it became."""

    layer: str  # path of its name, nested models included
    keras: str  # class
    tfjs: str  # class or classes in TensorFlow.js
    rewrite: str  # why they are exact; "" when TensorFlow.js has the same layer
    parameters: int
    bytes: int  # of its stored weights
    # of its output, against Keras; None when only the model's outputs were compared
    max_abs_diff: float | None


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """An export that was run in TensorFlow.js, or the runtime of its format, and passed
    its checks.

    `max_abs_diff` is the largest difference of the written files from Keras, at most
    `max_abs_diff_limit`. For dtypes other than float32 it includes the effect of
    rounding the weights, and so does its limit: the difference of the same rounded
    weights as float32, plus what float32 arithmetic explains. `float32_max_abs_diff` is
    the difference of the same model with float32 weights, at most `limit`. Where the
    model was of lower precision, Keras is the model in float32, and `precision` says
    how far that is from the model as it was.
    """

    name: str
    format: Literal["layers", "graph", "onnx", "litert"]
    reason: str  # why this format
    dtype: str
    path: Path  # the folder
    model: Path  # its model.json, model.onnx or model.tflite
    files: tuple[FileDigest, ...]
    bytes: int
    max_abs_diff: float
    float32_max_abs_diff: float
    max_abs_diff_limit: float
    limit: float  # of float32_max_abs_diff
    passed: bool  # whether every output of the written files is within its limit
    # share of compared rows; None where each answer is one number
    argmax_agreement: float | None
    outputs: tuple[OutputCheck, ...]
    # of a layers-model; operations of other formats belong to no layer
    layers: tuple[LayerRow, ...]
    samples: int  # rows compared
    # version; "" where another runtime than TensorFlow.js computed, as is the next
    node: str
    tfjs: str
    backend: str  # of TensorFlow.js, or the other runtime and its version
    notes: tuple[str, ...]  # to read before using it
    usage: tuple[str, ...] = ()  # lines to copy
    # of a model of lower precision, which was exported in float32
    precision: PrecisionChange | None = None
    seconds: float

    def __repr__(self) -> str:
        """Say what was written, and how close it is to Keras."""
        kind = (
            KINDS[self.format].title + " file"
            if self.format in KINDS
            else f"{self.format}-model"
        )
        runtime = (
            f"TensorFlow.js {self.tfjs} ({self.backend})" if self.tfjs else self.backend
        )
        changed = f"\n  {self.precision}" if self.precision else ""
        agreed = (
            ""
            if self.argmax_agreement is None
            else f"argmax agreement {self.argmax_agreement:.2%} of "
        )
        return (
            f"ExportReport: {self.name} as {kind}, {self.dtype},"
            f" {self.bytes / 1000:,.1f} kB → {self.model}\n  why: {self.reason}\n "
            f" {runtime} against Keras: max abs diff {self.max_abs_diff:.2g} (limit"
            f" {self.max_abs_diff_limit:.2g}), {agreed}{self.samples} samples{changed}"
        )

    def __str__(self) -> str:
        """The same, with the notes and the lines to copy."""
        lines = [repr(self)]
        if self.dtype != "float32":
            lines.append(
                f"  with float32 weights: max abs diff {self.float32_max_abs_diff:.2g}"
                f" (limit {self.limit:.2g})"
            )
        return "\n".join(
            [*lines, *(f"  note: {note}" for note in self.notes), *self.usage]
        )

    def details(self) -> str:
        """The same, with a table of the layers: the content of report.txt."""
        return "\n".join([str(self), *self._table()])

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON values, for `--json`."""
        values: dict[str, Any] = to_json(self)
        return values | {"path": str(self.path), "model": str(self.model)}

    def _table(self) -> list[str]:
        """The layers as lines of text:

        layer, TensorFlow.js layer or rewrite, parameters, bytes, max diff.
        """
        rows = (
            [("layer", "TensorFlow.js", "parameters", "bytes", "max diff")]
            if self.layers
            else []
        )
        rows += [
            (
                f"{row.layer} ({row.keras})",
                row.tfjs,
                f"{row.parameters:,}",
                f"{row.bytes:,}",
                "" if row.max_abs_diff is None else f"{row.max_abs_diff:.1e}",
            )
            for row in self.layers
        ]
        first, second = (
            min(max((len(row[i]) for row in rows), default=0), COLUMN) for i in (0, 1)
        )
        return [
            f"  {a:<{first}.{first}}  {b:<{second}.{second}}  {c:>12}  {d:>12}  {e:>8}"
            for a, b, c, d, e in rows
        ]


def layer_rows(
    model: Any, graph: LayersGraph, differences: Mapping[str, float], dtype: Dtype
) -> list[LayerRow]:
    """One row per Keras layer, with the largest difference of its output where
    `differences` has one.
    """
    known = [
        *getattr(model, "operations", []),
        *model._flatten_layers(include_self=False, recursive=True),
    ]
    layers = {layer.name: layer for layer in known}
    rows: list[LayerRow] = []
    for source in dict.fromkeys(
        layer.source for layer in graph.layers if layer.class_name != "InputLayer"
    ):
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
