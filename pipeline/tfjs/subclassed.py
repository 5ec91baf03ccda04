"""A subclassed model as a Functional one:

its inputs have the shapes that Keras has recorded, or those of samples.
"""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import reason_of

_NOT_INPUTS = frozenset({"training", "mask"})


@contextmanager
def as_functional(model: Any, samples: Any = None) -> Iterator[Any]:
    """A subclassed model as the only layer of a Functional one; any other model as it
    is.

    `samples` give the shapes of inputs that the model has no record of. Raises
    ConversionError where something is
    missing: shapes, or weights of layers that only a call creates.
    """
    import keras

    if getattr(model, "inputs", None) is not None:
        yield model
        return
    names = _required(model)
    inputs = _inputs(model, names, samples)
    calls, known = len(model._inbound_nodes), {id(weight) for weight in model.weights}
    try:
        try:
            outputs = model(*inputs)
        except Exception as error:  # a call() of other people raises many types
            raise ConversionError(
                f"Model '{model.name}' must accept the inputs {', '.join(names)}."
                f" Received: {reason_of(error)}. Next step: {_wrap(names)}"
            ) from error
        made = [weight.path for weight in model.weights if id(weight) not in known]
        if made and _from_json(
            list((getattr(model, "_build_shapes_dict", None) or {}).values())
        ):
            kind = type(model).__name__
            raise ConversionError(
                f"Model '{model.name}' ({kind}) must have all weights of its file:"
                f" Keras reads those that build() creates. Received: {len(made)} that"
                f" only a call creates, such as {made[0]}. Next step: model = {kind}();"
                f" model({', '.join(names)}); model.load_weights('model.keras'), and"
                " export that."
            )
        yield keras.Model(
            inputs[0] if len(inputs) == 1 else inputs, outputs, name=model.name
        )
    finally:
        del model._inbound_nodes[calls:]  # Keras recorded the call above


def _required(model: Any) -> list[str]:
    """Names of the arguments of call() that have no default."""
    parameters = inspect.signature(model.call).parameters.values()
    usual = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [
        one.name for one in parameters if one.kind in usual and one.default is one.empty
    ]
    return [name for name in found if name not in _NOT_INPUTS] or ["inputs"]


def _inputs(model: Any, names: list[str], samples: Any) -> list[Any]:
    """Keras inputs for the arguments of call(), in its order."""
    recorded = list((getattr(model, "_build_shapes_dict", None) or {}).values())
    single = len(names) == 1
    if len(recorded) == len(names):
        dtype = model.input_dtype
        pairs = zip(names, recorded, strict=True)
        return [
            _from_shape(
                shape, name if single or _is_shape(shape) else f"{name}_", dtype
            )
            for name, shape in pairs
        ]
    if isinstance(samples, Mapping) and {*names} <= {*samples}:
        given = [samples[name] for name in names]
    elif isinstance(samples, list | tuple) and len(samples) == len(names):
        given = list(samples)
    else:
        known = zip(names, recorded, strict=False)
        shapes = ", ".join(f"{name} has {shape}" for name, shape in known) or "none"
        wanted = ", ".join(f"{name!r}: …" for name in names)
        raise ConversionError(
            f"The shapes of all inputs of '{model.name}' ({', '.join(names)}) must be"
            f" known. Received: {shapes}. Next step: samples={{{wanted}}} (--samples,"
            " an .npz with these names); or " + _wrap(names)
        )
    return [
        _from_array(np.asarray(values), name)
        for name, values in zip(names, given, strict=True)
    ]


def _wrap(names: list[str]) -> str:
    """Lines that make a Functional model of a subclassed one."""
    inputs = "; ".join(f"{name} = keras.Input(shape)" for name in names)
    return (
        f"{inputs}; export_model(keras.Model([{', '.join(names)}],"
        f" model({', '.join(names)})), out)."
    )


def _is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(
        size is None or isinstance(size, int) for size in value
    )


def _from_json(shape: Any) -> bool:
    """Return whether a shape in a recorded structure was read from a file:

    JSON has lists in place of tuples.
    """
    if _is_shape(shape):
        return isinstance(shape, list) and bool(shape)
    return any(map(_from_json, shape.values() if isinstance(shape, Mapping) else shape))


def _from_shape(shape: Any, name: str, dtype: str) -> Any:
    """Inputs for a recorded shape, or a structure of shapes:

    those in a dictionary have its keys as names.
    """
    import keras

    if _is_shape(shape):
        return keras.Input(tuple(shape[1:]), dtype=dtype, name=name)
    prefix = name if name.endswith("_") else ""
    if isinstance(shape, Mapping):
        return {
            key: _from_shape(one, f"{prefix}{key}", dtype) for key, one in shape.items()
        }
    return [
        _from_shape(one, f"{name.rstrip('_')}_{i}", dtype)
        for i, one in enumerate(shape)
    ]


def _from_array(values: Any, name: str) -> Any:
    import keras

    dtype = {"f": "float32", "b": "bool"}.get(values.dtype.kind, "int32")
    return keras.Input(values.shape[1:], dtype=dtype, name=name)
