"""Read stored weights back from the files of an export, check each against its float32
value, and decode them.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.weights import Array, decode

_SHARD = "group1-shard1of1.bin"


def write_dequantized(stored: Path, exact: Path, target: Path) -> None:
    """Write the model in the folder `stored` again, into the new folder `target`, with
    its weights decoded to float32.

    Raises ConversionError, by name, for a weight that does not decode to its float32
    value in the export `exact` within the rounding of its dtype.
    """
    description = json.loads((stored / "model.json").read_text(encoding="utf-8"))
    target.mkdir(parents=True)
    entries = []
    with open(target / _SHARD, "wb") as shard:
        for (entry, values), (reference, expected) in zip(
            _read(stored), _read(exact), strict=True
        ):
            quantization = entry.get("quantization")
            decoded = decode(values, quantization) if quantization else values
            if entry["name"] != reference["name"]:
                raise AssertionError(f"{entry['name']} is not {reference['name']}")
            _check(entry["name"], decoded, expected, quantization)
            shard.write(decoded.tobytes())
            entries.append({key: entry[key] for key in ("name", "shape", "dtype")})
    description["weightsManifest"] = [
        {"paths": [_SHARD] if entries else [], "weights": entries}
    ]
    (target / "model.json").write_text(json.dumps(description), encoding="utf-8")


def _check(
    name: str, decoded: Array, expected: Array, quantization: dict[str, Any] | None
) -> None:
    """Refuse a weight that lies further from its float32 value than its dtype
    explains.
    """
    dtype = quantization["dtype"] if quantization else str(decoded.dtype)
    limit = 0.0
    if dtype == "float16":
        with np.errstate(over="ignore"):  # a constant beyond its range becomes infinite
            expected = expected.astype(np.float16).astype(np.float32)
    elif quantization and expected.size:
        # Half a step: values are rounded to the nearest code, and the range is shifted
        # by at most that much to give zero an exact code. Then the decoded value is
        # rounded to float32.
        step = (float(expected.max()) - float(expected.min())) / np.iinfo(dtype).max
        limit = 0.5 * step + 2**-23 * float(np.abs(expected).max())
    found = compare(name, expected, decoded, limit=limit)
    if not found.passed:
        raise ConversionError(
            f"Weight '{name}', stored as {dtype}, must decode to its float32 value"
            f" within {limit:.3g}. Received: a difference of {found.max_abs_diff:.3g}."
            " Nothing was written. Next step: use dtype='float32', and report this"
            " model."
        )


def _read(folder: Path) -> Iterator[tuple[dict[str, Any], Array]]:
    """The weights of an export in order, one at a time:

    the entry in model.json, and the values as they are stored.
    """
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for group in description["weightsManifest"]:
        shards, rest = iter(group["paths"]), bytearray()
        for entry in group["weights"]:
            dtype = np.dtype(
                (entry.get("quantization") or entry)["dtype"]
            ).newbyteorder("<")
            size = math.prod(entry["shape"]) * dtype.itemsize
            while len(rest) < size:
                shard = next(shards, None)
                if shard is None:
                    raise ConversionError(
                        "The weight shards must hold every weight. Received:"
                        f" {size - len(rest)} bytes too few. Nothing was written. Next"
                        " step: export again."
                    )
                rest += (folder / shard).read_bytes()
            yield entry, np.frombuffer(rest[:size], dtype).reshape(entry["shape"])
            del rest[:size]
