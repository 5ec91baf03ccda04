"""Find the layer of Keras from which on a file computes something else, by the names of the values inside."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.tfjs.formats.running import FileModel, tensors_of
from pipeline.tfjs.keras_model import name_pattern
from pipeline.tfjs.parity.divergence import first_wrong_layer
from pipeline.tfjs.parity.reference import Inputs
from pipeline.tfjs.weights import Array


def first_layer(found: FileModel, model: Any, names: Sequence[str], sets: Sequence[Inputs], work: Path) -> str | None:
    """`first_wrong_layer` of a file; `names` are those of the inputs in it, in the order of Keras'."""

    def receive(layers: Sequence[str], inputs: Inputs) -> Iterator[tuple[str, Array]]:
        patterns = {layer: name_pattern(layer) for layer in layers}
        for tensor, values in tensors_of(found, dict(zip(names, inputs.values(), strict=True)), work):
            parts = [part.removesuffix(":0") for part in tensor.split(";")]  # one tensor can be several layers' output
            of = [layer for layer, pattern in patterns.items() if any(map(pattern.fullmatch, parts))]
            # ONNX has the channels first, where Keras has them last
            forms = [values, np.moveaxis(values, 1, -1)] if values.ndim > 2 else [values]
            yield from ((layer, form) for layer in of for form in forms)

    return first_wrong_layer(model, sets, found.batch, receive)
