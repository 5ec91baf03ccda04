"""Keras' quantized weights as the float32 numbers that its layers compute with (keras.layers.Dense.quantize, 3.15).

- int8: weight / scale, with one scale for each channel;
- int4: two numbers in a byte; number / scale, or with blocks (number - zero of the block) · scale of the block;
- float8: the float32 weight, rounded to float8_e4m3fn after it was divided by its scale.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.tfjs.weights import Array

DEQUANTIZED = ("int8", "int4", "float8")


def dequantized(layer: Any, name: str) -> Array | None:
    """The weight `name` of a quantized layer, float32 in its original shape; None if it is stored as it is."""
    mode = layer.quantization_mode
    stored = getattr(layer, f"_{name}" if name != "reverse_embeddings" else name, None)
    if mode not in DEQUANTIZED or name not in ("kernel", "embeddings", "reverse_embeddings"):
        return None
    dequantize: Callable[..., Any] = {"int8": _int8, "int4": _int4, "float8": _float8}[mode]
    return np.asarray(dequantize(layer, name, stored), np.float32)


def _int8(layer: Any, name: str, stored: Any) -> Any:
    scale = getattr(layer, f"{name}_scale")
    if hasattr(layer, "_adjust_scale_for_dequant"):  # EinsumDense keeps the scale in the shape of its output
        scale = layer._adjust_scale_for_dequant(scale)
    return np.asarray(stored, np.float32) / _of_rows(np.asarray(scale), name)


def _int4(layer: Any, name: str, stored: Any) -> Any:
    from keras.src.quantizers.quantizers import dequantize_with_sz_map, unpack_int4

    # EinsumDense keeps its kernel as a matrix
    columns = getattr(layer, "_int4_unpacked_column_size", None) or layer._orig_output_dim
    numbers = np.asarray(unpack_int4(stored, columns, axis=0 if name == "reverse_embeddings" else -1), np.float32)
    scale, zero = (getattr(layer, f"{name}_{part}", None) for part in ("scale", "zero"))
    if zero is None:
        values = numbers / _of_rows(np.asarray(scale), name)
    else:
        axis = -1 if name == "embeddings" else 0
        values = np.asarray(dequantize_with_sz_map(numbers, scale, zero, layer.g_idx, group_axis=axis))
    return values.reshape(getattr(layer, "original_kernel_shape", values.shape))


def _float8(layer: Any, name: str, stored: Any) -> Any:
    from keras.src.quantizers.quantizers import quantize_and_dequantize

    return quantize_and_dequantize(stored, getattr(layer, f"{name}_scale"), "float8_e4m3fn", "float32")


def _of_rows(scale: Array, name: str) -> Array:
    """A scale that fits the weight: embeddings have one for each row, and everything else for each column."""
    return scale[:, np.newaxis] if name == "embeddings" else scale
