"""Write a graph of TensorFlow.js layers as a layers-model:

its model.json and its weight shards.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.system.json_records import dump_json
from pipeline.tfjs.layers_model.graph import LayersGraph, Tensor, TfLayer
from pipeline.tfjs.weights import Dtype, write_weights


def write_layers_json(
    graph: LayersGraph,
    model: Any,
    directory: Path,
    *,
    dtype: Dtype = "float32",
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write `model.json` and its weight shards into `directory`, which is created when
    missing.

    `graph` is what `trace_model` returned for `model`; it can be written any number of
    times. `metadata` is TensorFlow.js's `userDefinedMetadata`. Raises ConversionError
    for a weight that cannot be stored as `dtype`.
    """
    import keras

    directory.mkdir(parents=True, exist_ok=True)
    weights = [weight for layer in graph.layers for weight in layer.weights]
    description = {
        "format": "layers-model",
        "generatedBy": f"keras v{keras.__version__}",
        "convertedBy": "keras-web-pipeline",
        "modelTopology": {
            "keras_version": keras.__version__,
            "backend": "tensorflow",
            "model_config": model_config(graph, model),
        },
        "weightsManifest": write_weights(weights, directory, dtype=dtype),
    }
    if metadata:
        description["userDefinedMetadata"] = dict(metadata)
    (directory / "model.json").write_text(
        dump_json(description, compact=True), encoding="utf-8"
    )


def model_config(graph: LayersGraph, model: Any) -> dict[str, Any]:
    """`class_name` and `config` of the model:

    a Sequential if the Keras model is one and its graph is still a chain.
    """
    if type(model).__name__ == "Sequential" and _is_chain(graph):
        return {
            "class_name": "Sequential",
            "config": {
                "name": model.name,
                "layers": [one.json() for one in graph.layers],
            },
        }
    order = _call_order(graph)

    def reference(tensor: Tensor) -> list[Any]:
        return [tensor.layer.name, order[tensor.layer].index(tensor.call), tensor.index]

    layers = [
        {
            "name": layer.name,
            **layer.json(),
            "inbound_nodes": [
                [[*reference(tensor), {}] for tensor in layer.calls[call]]
                for call in order[layer]
                if layer.calls[call]
            ],
        }
        for layer in graph.layers
    ]
    ends = {
        "input_layers": [reference(tensor) for tensor in graph.inputs],
        "output_layers": [reference(tensor) for tensor in graph.outputs],
    }
    return {
        "class_name": "Functional",
        "config": {"name": model.name, "layers": layers, **ends},
    }


def _is_chain(graph: LayersGraph) -> bool:
    previous: TfLayer | None = None
    for layer in graph.layers:
        expected: list[TfLayer] = [] if previous is None else [previous]
        if (
            len(layer.calls) != 1
            or [tensor.layer for tensor in next(iter(layer.calls.values()))] != expected
        ):
            return False
        previous = layer
    return len(graph.inputs) == 1 and [tensor.layer for tensor in graph.outputs] == [
        previous
    ]


def _call_order(graph: LayersGraph) -> dict[TfLayer, list[int]]:
    """For each layer, its calls in the order in which TensorFlow.js makes them while it
    loads the model.

    It goes through the list of layers repeatedly, makes each call whose inputs exist,
    and numbers the calls of a layer in that order. References must use those numbers:
    otherwise a shared layer would be wired wrongly without an error.
    """
    done: dict[TfLayer, list[int]] = {layer: [] for layer in graph.layers}
    pending = {layer: list(layer.calls) for layer in graph.layers}
    while any(pending.values()):
        for layer in graph.layers:
            waiting: list[int] = []
            for call in pending[layer]:
                ready = all(
                    tensor.call in done[tensor.layer] for tensor in layer.calls[call]
                )
                (done[layer] if ready else waiting).append(call)
            pending[layer] = waiting
    return done
