"""Compare every layer of a model in TensorFlow.js with Keras, to find the first one
that differs.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.tfjs.graph_model.converter import write_graph_model
from pipeline.tfjs.graph_model.tracer import Loops
from pipeline.tfjs.keras_model import (
    calls_in_order,
    functional_of,
    input_names,
    output_names,
)
from pipeline.tfjs.layers_model.model_json import write_layers_json
from pipeline.tfjs.layers_model.tracer import trace_model
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.proof import (
    Export,
    LayerCheck,
    Route,
    choose_backend,
    run_exports,
)
from pipeline.tfjs.parity.reference import Inputs, predict, reference
from pipeline.tfjs.weights import Array

# intermediate values, up to which every layer is always compared
PROBED_VALUES = 3_000_000


def probe_model(model: Any) -> tuple[Any, list[tuple[str, str]]] | None:
    """The model with every layer's output as an output, and their names and classes;
    None if it has only one layer.
    """
    import keras

    functional = functional_of(model)
    tensors, layers = [], []
    for node in calls_in_order(functional):
        for tensor in node.outputs:
            if "float" in str(tensor.dtype):
                tensors.append(tensor)
                layers.append((node.operation.name, type(node.operation).__name__))
    return (
        (keras.Model(functional.inputs, tensors), layers) if len(tensors) > 1 else None
    )


def probed_values(model: Any, rows: int) -> int:
    """How many values `probe_model` would compare on so many samples, with free sizes
    counted as 8.
    """
    functional = functional_of(model)
    tensors = [
        *functional.inputs,
        *(tensor for node in calls_in_order(functional) for tensor in node.outputs),
    ]
    return rows * sum(math.prod(n or 8 for n in tensor.shape[1:]) for tensor in tensors)


def compare_layers(
    model: Any,
    route: Route,
    sets: Sequence[Inputs],
    work: Path,
    loops: Loops = "unroll",
) -> list[LayerCheck]:
    """Compare each layer's output in TensorFlow.js with Keras', for each set of inputs.

    Returns none for a model of a single layer, and where the model runs, but not with
    that many outputs.
    """
    probe = probe_model(model)
    if probe is None:
        return []
    whole, layers = probe
    try:
        references = [reference(whole, inputs) for inputs in sets]
        export = _write_probe(whole, route, work / "probe", loops)
        _, (answers,) = run_exports(
            [export], references, work / "probe-run", choose_backend(model)
        )
    except PipelineError:
        return []
    pairs = zip(itertools.cycle(layers), answers.checks, strict=False)
    return [(name, kind, check) for (name, kind), check in pairs]


def first_wrong_layer(
    model: Any,
    sets: Sequence[Inputs],
    rows: int | None,
    receive: Callable[[Sequence[str], Inputs], Iterable[tuple[str, Array]]],
) -> str | None:
    """The first layer whose output no value of its name in an export equals; None if
    the names do not tell.

    `rows`: the only number of rows that it takes; None for any. `receive` returns the
    values inside the export for some inputs, with the name of the layer that each may
    belong to.
    """
    probe = probe_model(model)
    if (
        probe is None
        or probed_values(model, sum(len(next(iter(one.values()))) for one in sets))
        > PROBED_VALUES
    ):
        return None
    whole, layers = probe
    inputs = {name: values[: rows or 1] for name, values in sets[0].items()}
    received = list(receive([name for name, _ in layers], inputs))
    right: dict[str, bool] = {}
    for (name, _), wanted in zip(layers, predict(whole, inputs), strict=True):
        found = [
            array
            for layer, array in received
            if layer == name and array.shape == wanted.shape
        ]
        if found:
            right[name] = right.get(name, True) and any(
                compare(name, wanted, array).passed for array in found
            )
    readers = _readers(model)
    # A converter may compute two layers as one, as a normalization in the weights
    # before it: then the second is right.
    wrong = (
        name
        for name, is_right in right.items()
        if not is_right and not any(map(right.get, readers[name]))
    )
    first = next(wrong, None)
    return next((f"{name} ({kind})" for name, kind in layers if name == first), None)


def _readers(model: Any) -> Mapping[str, set[str]]:
    """The layers that read each layer's output, by name."""
    readers = defaultdict(set)
    for node in calls_in_order(functional_of(model)):
        for parent in node.parent_nodes:
            readers[parent.operation.name].add(node.operation.name)
    return readers


def _write_probe(whole: Any, route: Route, folder: Path, loops: Loops) -> Export:
    if route == "graph":
        write_graph_model(whole, folder, loops=loops)
        inputs = input_names(whole)
    else:
        graph = trace_model(whole)
        write_layers_json(graph, whole, folder)
        inputs = graph.input_names
    model = folder / "model.json"
    return Export(
        id="probe",
        route=route,
        model=model,
        inputs=tuple(inputs),
        outputs=tuple(output_names(whole)),
    )
