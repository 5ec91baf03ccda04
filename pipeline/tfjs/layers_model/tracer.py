"""Walk a live Keras model, build the graph of TensorFlow.js layers, and write it as a layers-model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, ConversionError
from pipeline.records import FileDigest
from pipeline.tfjs.layers_model import masks
from pipeline.tfjs.layers_model.graph import MASK_READERS, Graph, Mask, Shape, Tensor
from pipeline.tfjs.layers_model.model_json import write_graph
from pipeline.tfjs.layers_model.rules import Site, apply
from pipeline.tfjs.layers_model.rules.base import GRAPH_INSTEAD
from pipeline.tfjs.model_files import output_names
from pipeline.tfjs.weights import Dtype

_INPUT_DTYPES = {
    "float32": "float32",
    "int32": "int32",
    "int64": "int32",
    "uint8": "int32",
    "int8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "bool": "bool",
}


def write_layers_model(
    model: Any, directory: Path, *, dtype: Dtype = "float32", metadata: Mapping[str, Any] | None = None
) -> list[FileDigest]:
    """Write `model.json` and its weight shards into `directory`, which is created when missing.

    `metadata` becomes TensorFlow.js's `userDefinedMetadata`. The model itself is only read.

    Returns:
        The files, with paths relative to `directory`; model.json first.

    Raises:
        ConversionError: a layer or an option that TensorFlow.js cannot compute as Keras does, by name.
    """
    return write_graph(build_graph(model), model, directory, dtype=dtype, metadata=metadata)


def build_graph(model: Any) -> Graph:
    """The graph of TensorFlow.js layers that computes what `model` computes at inference.

    Raises:
        ConversionError: see `write_layers_model`.
    """
    functional = functional_of(model)
    walk = _Walk(Graph())
    for tensor in functional.inputs:
        walk.tensors[id(tensor)] = walk.add_input(tensor)
    outputs = walk.run(functional, path="")
    _name_outputs(walk.graph, outputs, output_names(model))
    _check_leaking_masks(walk.graph)
    return walk.graph


def build_step_graph(layer: Any, site: Site, shape: Shape) -> Graph:
    """The graph of one layer, or one model, on an input of `shape`: what a TimeDistributed does at each step.

    Raises:
        ConversionError: see `write_layers_model`.
    """
    walk = _Walk(Graph())
    config = {"batch_input_shape": list(shape), "dtype": "float32"}
    source = walk.graph.call("InputLayer", [], config, key=(0, ""), name="step", source=site.path, shapes=[shape])[0]
    walk.graph.inputs.append(source)
    if type(layer).__name__ == "Sequential" or hasattr(layer, "_nodes_by_depth"):
        functional = functional_of(layer)
        walk.tensors[id(functional.inputs[0])] = source
        walk.graph.outputs = walk.run(functional, path=f"{site.path}/{layer.name}")
        return walk.graph
    expected = tuple(layer.compute_output_shape(shape))
    one = replace(
        site.inner(layer, keep_name=False),
        graph=walk.graph,
        inputs=(source,),
        masks=(None,),
        arguments={},
        output_shapes=(expected,),
    )
    walk.graph.outputs = apply(one)
    return walk.graph


def functional_of(model: Any) -> Any:
    """The Keras Functional that runs a Functional or a Sequential model.

    Raises:
        ConversionError: the model is subclassed, or has not been built yet.
    """
    from keras.src.models.functional import Functional

    check_built(model)
    inner = model._functional if type(model).__name__ == "Sequential" else model
    if not isinstance(inner, Functional) or type(model).call not in (type(inner).call, _sequential_call()):
        raise ConversionError(
            f"Model '{model.name}' is subclassed: what its call() does is not written down anywhere that can be read. "
            f"Received: {type(model).__name__}. {GRAPH_INSTEAD}, or rebuild it with the functional API."
        )
    return inner


def check_built(model: Any) -> None:
    """Refuse what is no model, and one without weights or input shape.

    Raises:
        ConfigError: it is no `keras.Model`.
        ConversionError: it has not been built, or takes texts.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise ConfigError(
            f"A model is a keras.Model, or the path of a .keras or .h5 file. Received: {type(model).__name__}."
        )
    empty = type(model).__name__ == "Sequential" and getattr(model, "_functional", None) is None
    if empty or not getattr(model, "built", False):
        raise ConversionError(
            f"Model '{model.name}' is not built, so it has no weights and no input shape yet. Received: "
            f"{type(model).__name__}. Next step: add an Input, call model.build(input_shape), or call "
            "the model on data."
        )
    texts = [str(one.name) for one in getattr(model, "inputs", None) or [] if str(one.dtype) == "string"]
    if texts:
        raise ConversionError(
            f"Input '{texts[0]}' takes texts, for which TensorFlow.js has no layers. Received: dtype=string. "
            "Next step: look the words up in JavaScript and give the model their numbers."
        )


def _sequential_call() -> Any:
    from keras.src.models.sequential import Sequential

    return Sequential.call


@dataclass
class _Walk:
    """Visits the calls of a model in the order in which Keras runs them."""

    graph: Graph
    tensors: dict[int, Tensor] = field(default_factory=dict)  # by id of the Keras tensor
    masks: dict[int, Mask | None] = field(default_factory=dict)  # what Keras computes, by id of the Keras tensor

    def add_input(self, tensor: Any) -> Tensor:
        """The InputLayer of a model input."""
        layer = tensor._keras_history.operation
        dtype = str(tensor.dtype)
        if dtype not in _INPUT_DTYPES or getattr(layer, "sparse", False) or getattr(layer, "optional", False):
            raise ConversionError(
                f"Input '{layer.name}' must be a dense, required tensor of numbers. Received: dtype={dtype}, "
                f"sparse={getattr(layer, 'sparse', False)}, optional={getattr(layer, 'optional', False)}. "
                "Next step: do that step in JavaScript and give the model its result."
            )
        shape = tuple(tensor.shape)
        config = {"batch_input_shape": list(shape), "dtype": _INPUT_DTYPES[dtype], "sparse": False}
        key = (id(layer), "")
        made = self.graph.call("InputLayer", [], config, key=key, name=layer.name, source=layer.name, shapes=[shape])[0]
        self.graph.inputs.append(made)
        return made

    def run(self, functional: Any, path: str) -> list[Tensor]:
        """Emit all calls of `functional`, whose inputs are already known, and return its outputs."""
        by_depth = functional._nodes_by_depth
        for depth in sorted(by_depth, reverse=True):
            for node in by_depth[depth]:
                if node.operation is not None and not node.is_input:
                    self._visit(node, path)
        return [self.tensors[id(tensor)] for tensor in functional.outputs]

    def _visit(self, node: Any, path: str) -> None:
        from keras.src.models.functional import Functional

        if masks.is_mask_arithmetic(node):
            return  # TensorFlow.js computes masks itself
        layer = node.operation
        where = f"{path}/{layer.name}" if path else layer.name
        if isinstance(layer, Functional) or type(layer).__name__ == "Sequential":
            self._inline(layer, node, where)
            return
        arguments = _named_arguments(node)
        first = next(iter(arguments.values()), None)
        inputs = [tensor for tensor in _flat(first) if id(tensor) in self.tensors]
        site = Site(
            layer=layer,
            path=where,
            graph=self.graph,
            inputs=tuple(self.tensors[id(tensor)] for tensor in inputs),
            arguments={name: self._replace(value) for name, value in list(arguments.items())[1:]}
            | ({"": self._replace(first)} if first is not None else {}),
            masks=tuple(self.masks.get(id(tensor)) for tensor in inputs),
            output_shapes=tuple(tuple(tensor.shape) for tensor in node.outputs),
        )
        if _is_integer_arithmetic(node):
            site.refuse("dtype", "integers", "cast to float32 first")
        made = apply(site)
        _check_masks(site, made)
        for tensor, ours, mask in zip(node.outputs, made, masks.after(site, len(made)), strict=True):
            self.tensors[id(tensor)] = ours
            self.masks[id(tensor)] = mask

    def _inline(self, model: Any, node: Any, where: str) -> None:
        """The calls of a nested model, as if they stood in the outer one. Called twice, its layers are shared."""
        functional = functional_of(model)
        arguments = _named_arguments(node)
        outer = (
            functional._flatten_to_reference(arguments)
            if hasattr(functional, "_flatten_to_reference")
            else _flat(next(iter(arguments.values())))
        )
        for inner, tensor in zip(functional.inputs, outer, strict=True):
            self.tensors[id(inner)] = self.tensors[id(tensor)]
            self.masks[id(inner)] = self.masks.get(id(tensor))
        for tensor, inner, ours in zip(node.outputs, functional.outputs, self.run(functional, where), strict=True):
            self.tensors[id(tensor)] = ours
            self.masks[id(tensor)] = self.masks.get(id(inner))

    def _replace(self, value: Any) -> Any:
        """Keras tensors in call arguments → our tensors; everything else stays."""
        if isinstance(value, list | tuple):
            return [self._replace(one) for one in value]
        return self.tensors.get(id(value), value)


def _is_integer_arithmetic(node: Any) -> bool:
    operation = type(node.operation)
    if not operation.__module__.startswith("keras.src.ops") or operation.__name__ == "Cast":
        return False
    return any(not str(tensor.dtype).startswith("float") for tensor in (*node.arguments.keras_tensors, *node.outputs))


def _named_arguments(node: Any) -> dict[str, Any]:
    """The arguments of a call by name; positional ones that have no name get a number."""
    import inspect

    names = list(inspect.signature(node.operation.call).parameters)
    positional = {names[i] if i < len(names) else str(i): value for i, value in enumerate(node.arguments.args)}
    return positional | dict(node.arguments.kwargs)


def _flat(value: Any) -> list[Any]:
    from keras import tree

    return [one for one in tree.flatten(value) if hasattr(one, "_keras_history")]


def _check_masks(site: Site, made: Sequence[Tensor]) -> None:
    """Refuse a layer that would use another mask in TensorFlow.js than in Keras."""
    layer = made[0].layer
    if layer.class_name in MASK_READERS and site.inputs[0].mask != site.masks[0]:
        site.refuse("mask", "a mask that changed on the way", "put this layer right behind the one that makes the mask")


def _check_leaking_masks(graph: Graph) -> None:
    """Refuse what TensorFlow.js's executor gets wrong: once it has met a mask, it hands that mask to every later layer
    that reads one and has none of its own.
    """
    for reader in graph.layers:
        for call in reader.calls:
            if reader.class_name not in MASK_READERS or call[0].mask is not None:
                continue
            leak = next((o for o in graph.layers for c in o.calls if any(t.mask is not None for t in c)), None)
            if leak is not None:
                raise ConversionError(
                    f"Layer '{reader.source}' reads no mask in Keras, but TensorFlow.js would hand it "
                    "the mask that reaches "
                    f"layer '{leak.source}'. {GRAPH_INSTEAD}, or drop the mask."
                )


def _name_outputs(graph: Graph, outputs: Sequence[Tensor], names: Sequence[str]) -> None:
    """Give outputs a layer of their own where TensorFlow.js needs one: two outputs that are one tensor, an output
    that is an input, or (with several outputs) one whose layer would not carry its Keras name.
    """
    for tensor, name in zip(outputs, names, strict=True):
        shared = any(tensor is other for other in graph.outputs) or tensor.layer.class_name == "InputLayer"
        if shared or (len(outputs) > 1 and tensor.layer.name != name):
            key = (id(tensor), f"output{len(graph.outputs)}")
            tensor = graph.call(
                "Activation", [tensor], {"activation": "linear"}, key=key, name=name, source=name, shapes=[tensor.shape]
            )[0]
        graph.outputs.append(tensor)
