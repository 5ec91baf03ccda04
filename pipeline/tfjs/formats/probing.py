"""Find the layer of Keras from which on a file computes something else, by the names of the values inside."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.tfjs.formats.running import FileModel, tensors_of
from pipeline.tfjs.parity.divergence import first_wrong_layer, layers_to_compare, name_pattern
from pipeline.tfjs.parity.reference import Inputs
from pipeline.tfjs.weights import Array


def first_layer(found: FileModel, model: Any, names: Sequence[str], sets: Sequence[Inputs], work: Path) -> str | None:
    """The first layer whose output no value of its name in the file equals; None if the names do not tell.

    `names` are those of the inputs in the file, in the order of Keras'.
    """
    probe = layers_to_compare(model, sets)
    if probe is None:
        return None
    one = {name: values[: found.batch or 1] for name, values in sets[0].items()}
    patterns = {layer: name_pattern(layer) for layer, _ in probe[1]}
    received: list[tuple[str, Array]] = []
    for tensor, values in tensors_of(found, dict(zip(names, one.values(), strict=True)), work):
        parts = [part.removesuffix(":0") for part in tensor.split(";")]  # one tensor can be what several layers became
        of = [layer for layer, pattern in patterns.items() if any(map(pattern.fullmatch, parts))]
        # ONNX has the channels first, where Keras has them last
        forms = [values, np.moveaxis(values, 1, -1)] if values.ndim > 2 else [values]
        received += [(layer, form) for layer in of for form in forms]
    return first_wrong_layer(model, probe, one, received)
