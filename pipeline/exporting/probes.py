"""Eight inputs that a browser draws for itself, with Keras' answers:

a proof that visitors' devices repeat.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.errors import DataError
from pipeline.tfjs.keras_model import input_names
from pipeline.tfjs.parity.reference import Inputs, predict, rows_are_independent
from pipeline.tfjs.weights import Array
from pipeline.versions.manifest import ProbeInput, ProbeOutput, Probes

COUNT = 8
# numbers of all inputs of a probe: a browser draws as many in a tenth of a second.
# PROBE_NUMBERS in web/src/runtime/limits.ts
LARGEST = 2**22
# of a model with more; together they have as many numbers of each answer, so that all
# take 2 kB at most
OUTPUTS = 12
# of the largest answer: as between the backends in web/src/runtime/tfjs/engine.ts
AGREEMENT = 1e-4


def make_probes(model: Any, inputs: Inputs, limits: Sequence[float]) -> Probes | None:
    """Draw inputs of the sizes and ranges of `inputs`, and ask Keras; `limits` has by
    how much each output may be off.

    None where a browser cannot repeat it: inputs of too many numbers, answers that are
    not finite, or that depend on the other examples.
    """
    if any(
        values.dtype.kind not in "fiub" or not values.size for values in inputs.values()
    ):
        return None
    if sum(math.prod(values.shape[1:]) for values in inputs.values()) > LARGEST:
        return None
    probes = [
        ProbeInput(
            shape=tuple(values.shape[1:]),
            low=float(values.min()),
            high=float(values.max()),
            whole=values.dtype.kind != "f",
        )
        for values in (inputs[name] for name in input_names(model))
    ]
    drawn = {
        name: draw_all(probe, at).astype(inputs[name].dtype)
        for at, (name, probe) in enumerate(zip(input_names(model), probes, strict=True))
    }
    try:
        if not rows_are_independent(model, drawn):
            return None
        answers = [
            np.asarray(one, np.float64).reshape(COUNT, -1)
            for one in predict(model, drawn)[:OUTPUTS]
        ]
    except DataError:
        return None
    if not all(one.size and np.isfinite(one).all() for one in answers):
        return None
    each = max(1, OUTPUTS // len(answers))
    outputs = []
    for found, limit in zip(answers, limits, strict=False):
        places = sorted(
            {round(place) for place in np.linspace(0, found.shape[1] - 1, each)}
        )
        limit = float(f"{max(limit, AGREEMENT * np.abs(found).max()):.2g}")
        # off by a hundredth of it at most
        rounded = found[:, places].round(-math.floor(math.log10((limit or 1) / 50)))
        outputs.append(
            ProbeOutput(
                places=tuple(places),
                answers=tuple(map(tuple, rounded.tolist())),
                limit=limit,
            )
        )
    return Probes(inputs=tuple(probes), outputs=tuple(outputs))


def draw_all(probe: ProbeInput, at: int = 0) -> Array:
    """Input `at` of all probes, (8, …)."""
    return np.stack([draw(probe, number, at) for number in range(COUNT)])


def draw(probe: ProbeInput, number: int, at: int) -> Array:
    """The numbers of an input:

    a hash of each position, in the probe's range. web/src/runtime/proof.ts has the
    same.
    """
    positions = np.arange(1, math.prod(probe.shape) + 1, dtype=np.uint32)
    x = positions * np.uint32(0x9E3779B1) ^ np.uint32(
        (COUNT * at + number + 1) * 0x85EBCA6B % 2**32
    )
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    shares = (x ^ (x >> np.uint32(16))).astype(np.float64) / 2**32
    if probe.whole:
        return np.floor(probe.low + shares * (probe.high - probe.low + 1)).reshape(
            probe.shape
        )
    return (probe.low + shares * (probe.high - probe.low)).reshape(probe.shape)
