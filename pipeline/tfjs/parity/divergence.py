"""Compare every layer of a model in TensorFlow.js with Keras, to find the first one that differs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.tfjs.graph_model.converter import write_graph_model
from pipeline.tfjs.graph_model.tracer import Loops
from pipeline.tfjs.keras_model import functional_of, input_names, output_names
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.proof import Divergence, Export, Inputs, Route, choose_backend, failure, run_exports

PROBED_VALUES = 3_000_000  # intermediate values, up to which every layer is always compared


def probe_model(model: Any) -> tuple[Any, list[str], list[str]] | None:
    """The model with every layer's output as an output, and their names and classes; None if it has only one layer."""
    import keras

    functional = functional_of(model)
    tensors, names, kinds = [], [], []
    by_depth = functional._nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            if node.operation is None or node.is_input:
                continue
            for i, tensor in enumerate(node.outputs):
                if str(tensor.dtype).startswith("float"):
                    tensors.append(tensor)
                    names.append(f"{node.operation.name}{f' output {i}' if i else ''}")
                    kinds.append(type(node.operation).__name__)
    if len(tensors) < 2:
        return None
    return keras.Model(functional.inputs, tensors), names, kinds


def probed_values(model: Any, sets: Sequence[Inputs]) -> int:
    """How many values `probe_model` would compare on these sets, with free sizes counted as 8."""
    by_depth = functional_of(model)._nodes_by_depth
    total = 0
    for nodes in by_depth.values():
        for node in nodes:
            for tensor in node.outputs:
                size = 1
                for n in tensor.shape[1:]:
                    size *= n or 8
                total += size
    rows: int = sum(next(iter(inputs.values())).shape[0] for inputs in sets)
    return total * rows


def first_divergence(
    model: Any, route: Route, sets: Sequence[Inputs], work: Path, loops: Loops = "unroll"
) -> Divergence | None:
    """The first layer whose output in TensorFlow.js is not Keras', on one sample of each set.

    None when it cannot be found: a single layer, or a probe that does not run.
    """
    probe = probe_model(model) if hasattr(model, "inputs") else None
    if probe is None:
        return None
    whole, names, kinds = probe
    small = [{name: values[:1] for name, values in inputs.items()} for inputs in sets]
    try:
        export = _write_probe(whole, route, work / "probe", loops)
        _, (answers,) = run_exports([export], whole, small, work / "probe-run", choose_backend(model))
    except PipelineError:
        return None
    for i, check in enumerate(answers.checks):
        if not check.passed:
            return Divergence(layer=names[i % len(names)], kind=kinds[i % len(names)], check=check)
    return None


def compare_every_layer(model: Any, sets: Sequence[Inputs], work: Path) -> dict[str, float]:
    """The largest difference of each layer's output, by name; empty when the model has only one layer.

    Raises ConversionError when a layer differs although the model's outputs do not (differences cancel or saturate).
    """
    probe = probe_model(model)
    if probe is None:
        return {}
    whole, names, kinds = probe
    export = _write_probe(whole, "layers", work / "every", "unroll")
    _, (answers,) = run_exports([export], whole, sets, work / "every-run", choose_backend(model))
    if answers.error is not None:
        return {}  # the model itself ran, but with that many outputs it may not
    found: dict[str, float] = {}
    for i, check in enumerate(answers.checks):
        name, kind = names[i % len(names)], kinds[i % len(names)]
        if not check.passed:
            raise failure(model, "layers", answers, Divergence(layer=name, kind=kind, check=check))
        key = name.split(" output ")[0]
        found[key] = max(found.get(key, 0.0), check.max_abs_diff)
    return found


def _write_probe(whole: Any, route: Route, folder: Path, loops: Loops) -> Export:
    if route == "graph":
        write_graph_model(whole, folder, loops=loops)
        inputs = input_names(whole)
    else:
        graph = trace_model(whole)
        write_layers_json(graph, whole, folder)
        inputs = graph.input_names
    return Export(id="probe", route=route, folder=folder, inputs=tuple(inputs), outputs=tuple(output_names(whole)))
