"""Refusals for operations that TensorFlow.js lacks:

by the layers that compute them, and by which other operations.
"""

import re
from typing import Any

from pipeline.errors import ConversionError
from pipeline.tfjs.keras_model import is_model, layer_in

# Replacements that compute the same, by missing operation
_STEPS = {
    r".*(Random|Multinomial).*": (
        "the model draws random numbers, so no two runs agree: pass them as an input,"
        " such as noise = keras.Input(shape), and draw them in JavaScript"
    ),
    r"Roll": (
        "write keras.ops.roll(x, n, axis=1) as keras.ops.concatenate([x[:, -n:], x[:,"
        " :-n]], axis=1)"
    ),
    r"(Unsorted)?Segment\w+": (
        "write keras.ops.segment_sum(x, ids, n) as "
        "keras.ops.matmul(keras.ops.transpose(keras.ops.one_hot(ids, n)), x)"
    ),
}
_OTHERWISE = (
    "compute that part of the layer by other operations, or outside of the model"
)


def missing_operations(model: Any, graph: Any, said: str) -> ConversionError | None:
    """The refusal for operations that TensorFlow.js lacks, from the converter's words;
    None for another error.
    """
    heading, _, listed = said.partition("\n")
    if not heading.startswith("Unsupported Ops"):
        return None
    missing = listed.split(", ")
    layers = {
        one.type: layer_in(model, one.name)
        for one in reversed(graph.get_operations())
        if one.type in missing
    }
    made = ", ".join(
        (
            f"{kind} in layer '{layer.name}' ({type(layer).__name__})"
            if layer and not is_model(layer)
            else kind
        )
        for kind, layer in sorted(layers.items())
    )
    known = (
        step
        for kind in missing
        for pattern, step in _STEPS.items()
        if re.fullmatch(pattern, kind)
    )
    return ConversionError(
        f"TensorFlow.js lacks operations that '{model.name}' needs. Received:"
        f" {made or listed}. Next step: {next(known, _OTHERWISE)}."
    )
