"""Named steps, checked before anything is computed; the twin of
web/src/runtime/preprocess/steps.ts.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.system.json_records import did_you_mean

Step: TypeAlias = Mapping[str, Any]  # {"step": name, parameter: value, …}
Function: TypeAlias = Callable[..., npt.NDArray[np.float64]]
PerChannel: TypeAlias = float | list[float]

# pixels: in colour and double precision such a square takes 100 MB, which a browser tab
# can hold
LARGEST_SIDE = 2048

# of all steps together: the slowest take two seconds for as many, in a browser
MOST_PIXELS = 2**23
# as many are counted for each step besides, so that there are at most 32
_PER_STEP = 2**18

# A condition on a number beyond its type: in words, and as a test.
_Rule: TypeAlias = tuple[str, Callable[[float], bool]]
_SHARE: _Rule = ("above 0 and at most 0.5", lambda value: 0 < value <= 0.5)
_UNIT: _Rule = ("in 0..1", lambda value: 0 <= value <= 1)
RULES: dict[tuple[str, str], _Rule] = {
    ("stroke", "width"): _SHARE,
    ("stroke", "thinning"): _UNIT,
    ("align", "height"): _SHARE,
    ("align", "width"): _SHARE,
    ("align", "limit"): ("at least 1", lambda value: value >= 1),
    ("rgb", "background"): _UNIT,
    ("grey", "background"): _UNIT,
    ("contain", "background"): _UNIT,
    ("normalize", "deviation"): ("above 0", lambda value: value > 0),
}


def resolve(
    steps: Sequence[Step], table: Mapping[str, Function], kind: str
) -> list[tuple[Function, dict[str, int | float | list[float]]]]:
    """The functions and parameters of the named steps.

    `table` has the functions by name, whose keyword-only arguments are the step's
    parameters; `kind` names the list.
    """
    calls = []
    for step in steps:
        if not isinstance(step, Mapping):
            raise ConfigError(
                f'A step must look like {{"step": "ink"}}. Received: {step!r}.'
                " Correct it."
            )
        parameters = dict(step)
        name = parameters.pop("step", None)
        if not isinstance(name, str) or name not in table:
            raise ConfigError(
                f"Unknown step in {kind}. Received:"
                f" {name!r:.80}.{_nearest(str(name), table)}"
            )
        wanted = [
            p
            for p in inspect.signature(table[name]).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        ]
        known = {p.name: p.annotation for p in wanted}
        for key in [*parameters, *known]:
            if key not in known:
                raise ConfigError(
                    f"The step {name} has no parameter {key!r}.{_nearest(key, known)}"
                )
            if key not in parameters:
                raise ConfigError(
                    f"The step {name} needs the parameter {key!r}. Received:"
                    f" {dict(step)!r}. Add it."
                )
            _check_parameter(
                f"{key} of the step {name}",
                parameters[key],
                known[key],
                RULES.get((name, key)),
            )
        calls.append((table[name], parameters))
    return calls


def require_quick(
    drawing: Sequence[Step], image: Sequence[Step], height: int, width: int
) -> None:
    """Require steps that a page takes no longer than seconds for; ConfigError
    otherwise.

    `height` and `width` are those of the picture that the steps `drawing` make, in
    pixels. Before a step that says how large its result is, a drawing has half of
    LARGEST_SIDE at most. `stroke` makes room around the picture.
    """
    longer = LARGEST_SIDE / 2
    pixels = float((height * width + _PER_STEP) * len(image))
    for step in drawing:
        sizes = [step.get(side, step.get("box", 0)) for side in ("height", "width")]
        longer = max(sizes) if sizes[0] else longer / (1 - sizes[1])
        pixels += longer * longer + _PER_STEP
    if pixels > MOST_PIXELS:
        raise ConfigError(
            "A page would take too long for a drawing: its steps must make at most"
            f" {MOST_PIXELS:,} pixels together, with {_PER_STEP:,} counted for each"
            f" step besides. Received: {pixels:,.0f}, for pictures of {height}×{width}."
            " Use smaller pictures, fewer steps, or no stroke (in a recipe:"
            " stroke_width = 0)."
        )


def require_images(
    images: npt.NDArray[Any], name: str, *, colour: bool = False
) -> None:
    """Require images, N×H×W or with `colour` also N×H×W×3:

    an earlier step may have changed the shape.
    """
    if images.ndim == 3 or (colour and images.ndim == 4 and images.shape[3] == 3):
        return
    raise ConfigError(
        f"The step {name} needs images N×H×W{' or N×H×W×3' if colour else ''}."
        f" Received: shape {images.shape} from the steps before it. Use only one of"
        " flatten and channel, at the end; deskew, align and channel need grey images."
    )


def _check_parameter(what: str, value: Any, kind: Any, rule: _Rule | None) -> None:
    if kind == PerChannel and isinstance(value, list) and value:
        for one in value:
            _check_parameter(what, one, float, rule)
        return
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise ConfigError(
            f"{what} must be a finite number. Received: {value!r}. Correct it."
        )
    if kind is int and not (isinstance(value, int) and 1 <= value <= LARGEST_SIDE):
        raise ConfigError(
            f"{what} must be a whole number of pixels, from 1 to {LARGEST_SIDE}."
            f" Received: {value!r}. Correct it."
        )
    if rule and not rule[1](value):
        raise ConfigError(f"{what} must be {rule[0]}. Received: {value!r}. Correct it.")


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    return did_you_mean(name, known) or f" Known: {', '.join(known) or 'none'}."
