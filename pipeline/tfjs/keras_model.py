"""Facts about a Keras model that both routes need:

that it is built, its graph of calls, its inputs and outputs.
"""

import inspect
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.errors import ConfigError, ConversionError

USE_GRAPH_FORMAT = "Next step: use format='graph' (or 'auto')"


def check_built(model: Any) -> None:
    """Refuse what is no `keras.Model` (ConfigError), or one that is not built
    (ConversionError).
    """
    import keras

    if any(base.__module__.startswith("tf_keras.") for base in type(model).__mro__):
        raise ConfigError(
            "The model must be one of Keras 3. Received: a model of tf_keras, which is"
            " Keras 2. Next step: model.save('model.h5'), then pass 'model.h5' in its"
            " place."
        )
    if not isinstance(model, keras.Model):
        raise ConfigError(
            "The model must be a keras.Model, or the path of a .keras or .h5 file. "
            f"Received: {type(model).__name__}. Next step: pass one of these."
        )
    empty = (
        type(model).__name__ == "Sequential"
        and getattr(model, "_functional", None) is None
    )
    if empty or not getattr(model, "built", False):
        raise ConversionError(
            f"Model '{model.name}' is not built, so it has no weights and no input"
            f" shape yet. Received: {type(model).__name__}. Next step: add an Input,"
            " call model.build(input_shape), or call the model on data."
        )


def check_numbers(model: Any) -> None:
    """Refuse a built model that takes strings with a ConversionError, for what takes
    numbers alone.
    """
    strings = [
        str(one.name)
        for one in getattr(model, "inputs", None) or []
        if str(one.dtype) == "string"
    ]
    if strings:
        raise ConversionError(
            f"Input '{strings[0]}' takes strings, and these files take numbers."
            " Received: dtype=string. Next step: use format='auto', with which load()"
            " takes strings; or export what follows the layer that takes them:"
            " export_model(keras.Model(model.get_layer('…').output, model.output),"
            " out)."
        )


def check_vocabularies(model: Any) -> None:
    """Refuse a built model with a layer that looks words up and has learned none, with
    a ConversionError.
    """
    for layer in model._flatten_layers(include_self=False):
        lookup = getattr(layer, "_lookup_layer", layer)
        if (
            hasattr(lookup, "lookup_table")
            and lookup.vocabulary_size() <= lookup._token_start_index()
        ):
            raise ConversionError(
                f"Layer '{layer.name}' ({type(layer).__name__}) must have words to look"
                " up. Received: none. Next step: call its adapt(data), then save or"
                " export the model again."
            )


def functional_of(model: Any) -> Any:
    """The Functional that runs a Functional or Sequential model.

    ConversionError if it is subclassed or not built.
    """
    from keras.src.models.functional import Functional
    from keras.src.models.sequential import Sequential

    check_built(model)
    inner = model._functional if type(model).__name__ == "Sequential" else model
    if not isinstance(inner, Functional) or type(model).call not in (
        type(inner).call,
        Sequential.call,
    ):
        raise ConversionError(
            f"Model '{model.name}' is subclassed: the layers that its call() runs are"
            f" not recorded anywhere. Received: {type(model).__name__}."
            f" {USE_GRAPH_FORMAT}, or rebuild it with the functional API."
        )
    return inner


def calls_in_order(functional: Any) -> list[Any]:
    """The nodes of a Functional that call a layer, in the order in which Keras runs
    them.
    """
    by_depth = functional._nodes_by_depth
    nodes = [
        node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]
    ]
    return [node for node in nodes if node.operation is not None and not node.is_input]


def named_arguments(node: Any) -> dict[str, Any]:
    """The arguments of a call by name; positional ones that have no name get a
    number.
    """
    names = list(inspect.signature(node.operation.call).parameters)
    positional = {
        names[i] if i < len(names) else str(i): value
        for i, value in enumerate(node.arguments.args)
    }
    return positional | dict(node.arguments.kwargs)


def keras_tensors(value: Any) -> list[Any]:
    """The Keras tensors in a structure, in the order in which Keras flattens it."""
    from keras import tree

    return [one for one in tree.flatten(value) if hasattr(one, "_keras_history")]


def nested_inputs(functional: Any, node: Any) -> list[Any]:
    """Return what a call passes to a nested model's inputs, in their order:

    Keras matches a dictionary by names.
    """
    given = next(iter(named_arguments(node).values()))
    if isinstance(given, dict) and not isinstance(functional._inputs_struct, dict):
        return [given[tensor.name] for tensor in functional.inputs]
    return keras_tensors(given)


def reason_of(error: Exception) -> str:
    """Why Keras or TensorFlow failed:

    one line, without headings, colors and the names of operations around it.
    """
    text = re.sub(r"\x1b\[\d+m", "", str(getattr(error, "message", error)))
    while text.startswith("Exception encountered when calling"):
        text = text.partition("\n\n")[2]
    text = text.strip() or type(error).__name__
    operation = re.search(r"\}\} (.*?)(?: \[Op|\n|$)", text)
    line = operation[1] if operation else text.splitlines()[0]
    return (line if len(line) < 200 else line.partition(". ")[0]).rstrip(".")


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Inside, the attribute `name` of `owner` is `value`."""
    own = name in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)  # it was the class's attribute


def scope_name(name: str) -> str:
    """The name of a layer, which may be any text, as TensorFlow takes it in names of
    operations.
    """
    cleaned = re.sub(r"[^A-Za-z0-9_.\\/>-]", "_", name)
    return cleaned if re.match("[A-Za-z0-9.]", cleaned) else f"layer{cleaned}"


def name_pattern(layer: str) -> re.Pattern[str]:
    """Return a pattern for the names of a layer's operations:

    TensorFlow numbers the layer in other traces.
    """
    return re.compile(rf"(?:.*/)?{re.escape(scope_name(layer))}(?:_\d+)?(?:/.*)?")


def layer_in(model: Any, path: str) -> Any:
    """The innermost layer in the name of an operation, such as
    functional_1/vit_1/patches_1/MatrixDiag; else None.
    """
    layers = [
        *getattr(model, "operations", []),
        *model._flatten_layers(include_self=False, recursive=True),
    ]
    return next(
        (
            layer
            for layer in reversed(layers)
            if name_pattern(layer.name).fullmatch(path)
        ),
        None,
    )


def is_model(layer: Any) -> bool:
    """Return whether the layer is a nested model."""
    return type(layer).__name__ == "Sequential" or hasattr(layer, "_nodes_by_depth")


def has_loops(model: Any) -> bool:
    """Return whether the model has recurrent layers."""
    from keras.layers import RNN

    return any(isinstance(layer, RNN) for layer in model._flatten_layers())


def input_names(model: Any) -> list[str]:
    """Names of the model's inputs: those of its input layers."""
    return [str(tensor._keras_history.operation.name) for tensor in model.inputs]


def output_names(model: Any) -> list[str]:
    """Names of the model's outputs:

    those of the layers that produce them, numbered where a name repeats.
    """
    known = getattr(model, "output_names", None) or [
        t._keras_history.operation.name for t in model.outputs
    ]
    names: list[str] = []
    for name in map(str, known):
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        names.append(
            next(one for one in itertools.chain([name], numbered) if one not in names)
        )
    return names
