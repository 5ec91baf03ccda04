"""Write weights as TensorFlow.js reads them: shards of 4 MB and a manifest.

The bytes equal those of the official writer (`tensorflowjs.write_weights`), which a
test checks. Unlike it, this one
streams: only one tensor and its encoded copy are in memory at a time.
"""

import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError, ConversionError

Dtype = Literal["float32", "float16", "uint16", "uint8"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)
# as TensorFlow.js: the largest file that all major browsers cache
SHARD_BYTES = 4 * 1024 * 1024

Array = NDArray[Any]
STORED_DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name).newbyteorder("<") for name in DTYPES
}


@dataclass(frozen=True)
class Weight:
    """A named tensor that is read only when it is written:

    `read` returns float32 values of `shape`.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Array]

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def check_dtype(dtype: str) -> Dtype:
    """`dtype`, if weights can be stored as such, else a ConfigError."""
    for known in DTYPES:
        if dtype == known:
            return known
    raise ConfigError(
        f"Weights can be stored as {', '.join(DTYPES)}. Received: dtype={dtype!r}. Next"
        " step: choose one of these."
    )


def write_weights(
    weights: Sequence[Weight], directory: Path, *, dtype: Dtype = "float32"
) -> list[dict[str, Any]]:
    """Write `group1-shardXofN.bin` files into `directory`, which must exist, and return
    model.json's `weightsManifest`.

    Raises ConversionError, by name, for a weight with a value that is NaN or infinite,
    or too large for float16.
    """
    total = sum(weight.size for weight in weights) * STORED_DTYPES[dtype].itemsize
    count = math.ceil(total / SHARD_BYTES)
    names = [f"group1-shard{i}of{count}.bin" for i in range(1, count + 1)]
    entries: list[dict[str, Any]] = []

    def chunks() -> Iterable[memoryview]:
        for weight in weights:
            stored, quantization = encode(weight.name, weight.read(), dtype)
            entry: dict[str, Any] = {
                "name": weight.name,
                "shape": list(weight.shape),
                "dtype": "float32",
            }
            entries.append(
                entry | ({"quantization": quantization} if quantization else {})
            )
            yield stored.reshape(-1).view(np.uint8).data

    _write_shards(chunks(), [directory / name for name in names])
    return [{"paths": names, "weights": entries}]


def encode(
    name: str, values: Array, dtype: Dtype
) -> tuple[Array, dict[str, Any] | None]:
    """One tensor as stored (C-contiguous, little-endian), and the manifest's
    `quantization` (None for float32).
    """
    data = np.ascontiguousarray(values, dtype="<f4")
    if not np.isfinite(data).all():
        raise ConversionError(
            f"The values of weight '{name}' must be finite. Received:"
            f" {int(np.isnan(data).sum())} NaN and {int(np.isinf(data).sum())} infinite"
            f" values among {data.size}. Next step: train again from finite weights (a"
            " lower learning rate, clipped gradients)."
        )
    if dtype == "float32" or data.size == 0:
        return data, None
    if dtype == "float16":
        return _as_float16(name, data), {
            "dtype": "float16",
            "original_dtype": "float32",
        }
    return _as_affine(data, dtype)


def decode(stored: Array, quantization: dict[str, Any] | None) -> Array:
    """The float32 values that TensorFlow.js decodes from what `encode` returned."""
    if quantization is None or quantization["dtype"] == "float16":
        return stored.astype(np.float32)
    values: Array = (
        stored.astype(np.float64) * quantization["scale"] + quantization["min"]
    )
    return values.astype(np.float32)


def _as_float16(name: str, data: Array) -> Array:
    largest = float(np.abs(data).max())
    # NumPy rounds to the nearest: values of 65520 and more become infinite
    with np.errstate(over="ignore"):
        stored: Array = data.astype(STORED_DTYPES["float16"])
    if not np.isfinite(stored).all():
        raise ConversionError(
            f"The values of weight '{name}' must fit float16 (at most 65504). Received:"
            f" {largest:g}. Next step: use dtype uint16 (the same size) or float32."
        )
    return stored


def _as_affine(
    data: Array, dtype: Literal["uint16", "uint8"]
) -> tuple[Array, dict[str, Any]]:
    """value = stored · scale + min per tensor; zero has an exact code when it is within
    the range.

    The steps and their order are those of the official writer, so that the bytes are
    equal.
    """
    low, high = np.float64(data.min()), np.float64(data.max())
    levels = np.iinfo(STORED_DTYPES[dtype]).max
    if low == high:
        stored, scale = np.zeros_like(data, dtype=STORED_DTYPES[dtype]), 1.0
    else:
        scale = float((high - low) / levels)
        if low <= 0 <= high:
            low = -np.round((0 - low) / scale) * scale
            high = levels * scale + low
        stored = np.round((data.clip(low, high) - low) / scale).astype(
            STORED_DTYPES[dtype]
        )
    return stored, {
        "dtype": dtype,
        "min": float(low),
        "scale": scale,
        "original_dtype": "float32",
    }


def _write_shards(chunks: Iterable[memoryview], paths: Sequence[Path]) -> None:
    remaining, room = iter(paths), 0
    with contextlib.ExitStack() as stack:  # holds the open file
        for chunk in chunks:
            while len(chunk):
                if room == 0:
                    stack.close()
                    file, room = (
                        stack.enter_context(open(next(remaining), "wb")),
                        SHARD_BYTES,
                    )
                taken = file.write(chunk[:room])
                chunk, room = chunk[taken:], room - taken
