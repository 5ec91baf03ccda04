"""The values that an image input is made for, from the layers that read it:

pixels, where these prepare photos.
"""

from typing import Any

import numpy as np

from pipeline.tfjs.keras_model import (
    calls_in_order,
    functional_of,
    is_model,
    keras_tensors,
    nested_inputs,
)

Range = tuple[float, float]
PIXELS = (0.0, 255.0)
_PREPARING = "keras.src.layers.preprocessing.image_preprocessing."
_PASSING = frozenset({"GetItem", "Stack", "Cast"})  # of preprocess_input: RGB to BGR
# of a Rescaling for pixels: 1 / 255, 1 / 127.5
_LEAST_SCALE, _LARGEST_SCALE = (
    1 / 300,
    1 / 100,
)
# that preprocess_input divides by or subtracts: 127.5, 255, means of about 110
_LEAST_CONSTANT = 100


def value_range(functional: Any, tensor: Any, *, scaled: bool = False) -> Range | None:
    """The least and the largest value of images in a tensor, where what reads it tells;
    None where nothing does.

    With `scaled` only scaling counts: layers that augment or resize images were made
    for pixels, and take any values.
    """
    if str(tensor.dtype) == "uint8":
        return PIXELS
    for node in calls_in_order(functional):
        if any(
            one is tensor
            for one in keras_tensors((node.arguments.args, node.arguments.kwargs))
        ):
            found = _read(functional, node, tensor, scaled)
            if found is not None:
                return found
    return None


def _read(functional: Any, node: Any, tensor: Any, scaled: bool) -> Range | None:
    """The range that one call tells."""
    operation, kind = node.operation, type(node.operation).__name__
    if is_model(operation):
        inner = functional_of(operation)
        pairs = zip(nested_inputs(inner, node), inner.inputs, strict=True)
        ranges = (
            value_range(inner, inside, scaled=scaled)
            for outside, inside in pairs
            if outside is tensor
        )
        found = next((one for one in ranges if one is not None), None)
        return found or (
            value_range(functional, node.outputs[0], scaled=True) if scaled else None
        )
    prepares = type(operation).__module__.startswith(_PREPARING)
    if prepares and not scaled:
        return tuple(map(float, getattr(operation, "value_range", PIXELS)))  # type: ignore[return-value]  # of two
    if kind == "Rescaling":
        scale = abs(operation.scale) if np.ndim(operation.scale) == 0 else 0.0
        return PIXELS if _LEAST_SCALE <= scale <= _LARGEST_SCALE else None
    if kind in ("Divide", "TrueDivide", "Subtract", "Add"):
        constants = [
            np.asarray(one)
            for one in node.arguments.args
            if not hasattr(one, "_keras_history")
        ]
        return (
            PIXELS
            if any(np.abs(one).max(initial=0) >= _LEAST_CONSTANT for one in constants)
            else None
        )
    return (
        value_range(functional, node.outputs[0], scaled=scaled)
        if prepares or kind in _PASSING
        else None
    )
