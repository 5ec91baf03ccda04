"""Digits by people's pens that a model misreads, as strokes, for a page to show."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.pens.pack import GRID
from pipeline.pens.strokes import digits
from pipeline.records import MisreadDrawing

MOST = 12  # drawings: 4 kB


def misread_drawings(probabilities: npt.NDArray[Any]) -> tuple[MisreadDrawing, ...]:
    """The mistakes of which the model is surest, from its answers (N, classes) to the digits of the part "test"."""
    test = digits("test")
    predicted, surest = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != test.labels)
    return tuple(
        MisreadDrawing(
            label=int(test.labels[row]),
            predicted=int(predicted[row]),
            probability=float(surest[row]),
            strokes=tuple(tuple(np.rint(GRID * stroke).astype(int).ravel().tolist()) for stroke in test.strokes[row]),
        )
        for row in wrong[np.argsort(-surest[wrong], kind="stable")][:MOST]
    )
