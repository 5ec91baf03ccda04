"""Normalisation."""

from typing import Any

import numpy as np

from tests.tfjs_cases.core import seq
from tests.tfjs_cases.harness import Case

Shape = tuple[int | None, ...]
_TRIES: list[tuple[str, Shape, dict[str, Any], str]] = [
    ("BatchNormalization", (6,), {}, "exact"),
    ("BatchNormalization", (5, 4), {"epsilon": 0.1}, "exact"),
    ("BatchNormalization", (5, 4, 3), {"center": False}, "exact"),
    ("BatchNormalization", (5, 4, 3), {"scale": False}, "exact"),
    ("BatchNormalization", (5, 4, 3), {"center": False, "scale": False}, "exact"),
    ("BatchNormalization", (5, 4), {"axis": 1}, "exact"),
    ("BatchNormalization", (5, 4, 3), {"axis": 1}, "exact"),
    ("BatchNormalization", (5, 4, 3), {"axis": 2}, "exact"),
    ("BatchNormalization", (2, 5, 4, 3), {}, "exact"),
    ("BatchNormalization", (2, 5, 4, 3), {"axis": 1}, "exact"),
    ("BatchNormalization", (None, 4), {}, "exact"),
    ("LayerNormalization", (6,), {}, "exact"),
    ("LayerNormalization", (5, 4), {"epsilon": 0.1}, "exact"),
    ("LayerNormalization", (5, 4), {"center": False}, "exact"),
    ("LayerNormalization", (5, 4), {"scale": False}, "exact"),
    ("LayerNormalization", (5, 4), {"axis": 1}, "exact"),
    ("LayerNormalization", (5, 4, 3), {"axis": [1, 2]}, "exact"),
    ("LayerNormalization", (5, 4, 3), {"axis": [2, 3]}, "exact"),
    ("LayerNormalization", (5, 4, 3), {"axis": [1, 2, 3]}, "exact"),
    ("LayerNormalization", (2, 5, 4, 3), {}, "exact"),
    ("LayerNormalization", (5, 4), {"rms_scaling": True}, "rms_scaling"),
    ("LayerNormalization", (None, 4), {}, "exact"),
    ("GroupNormalization", (6,), {"groups": 2}, "exact"),
    ("GroupNormalization", (5, 6), {"groups": 3}, "exact"),
    ("GroupNormalization", (4, 5, 6), {"groups": 2}, "exact"),
    ("GroupNormalization", (4, 5, 6), {"groups": -1}, "exact"),
    ("GroupNormalization", (4, 5, 6), {"groups": 1, "center": False}, "exact"),
    ("GroupNormalization", (6, 4, 5), {"groups": 2, "axis": 1}, "exact"),
    ("GroupNormalization", (None, None, 6), {"groups": 2}, "size"),
    ("RMSNormalization", (6,), {}, "exact"),
    ("RMSNormalization", (5, 6), {"epsilon": 0.1}, "exact"),
    ("RMSNormalization", (2, 3, 4, 5), {}, "exact"),
    ("UnitNormalization", (6,), {}, "exact"),
    ("UnitNormalization", (5, 4), {"axis": 1}, "exact"),
    ("UnitNormalization", (5, 4, 3), {"axis": [1, 2]}, "axis"),
    ("Normalization", (4,), {"mean": [1.0, 2.0, 3.0, -4.0], "variance": [1.0, 4.0, 0.25, 9.0]}, "exact"),
    ("Normalization", (4,), {"mean": 2.0, "variance": 4.0, "axis": None}, "exact"),
    ("Normalization", (4,), {"mean": [1.0, 2.0, 3.0, -4.0], "variance": [1.0, 4.0, 0.25, 9.0], "invert": True},
        "exact"),
]  # fmt: skip


def cases() -> list[Case]:
    found = [
        Case(n, f"{_text(o)} rank {len(s) + 1}{' free size' if None in s else ''}", seq(s, _maker(n, o)), e)
        for n, s, o, e in _TRIES
    ]
    return [
        *found,
        Case("Normalization", "adapted, 3 channels", _adapted),
        Case("SpectralNormalization", "Dense", seq((6,), lambda kl: kl.SpectralNormalization(kl.Dense(4)))),
        Case("SpectralNormalization", "Conv2D", seq((6, 6, 3), lambda kl: kl.SpectralNormalization(kl.Conv2D(4, 3)))),
    ]


def _adapted(k: Any) -> Any:
    layer = k.layers.Normalization()
    layer.adapt(np.random.default_rng(0).normal(3.0, 2.0, (50, 4, 4, 3)).astype(np.float32))
    return k.Sequential([k.Input((4, 4, 3)), layer])


def _maker(name: str, options: dict[str, Any]) -> Any:
    return lambda kl: getattr(kl, name)(**options)


def _text(options: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in options.items()) or "default"
