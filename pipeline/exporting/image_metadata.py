"""Preprocessing and labels, with which an export can classify images:

checked before anything is converted.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError, DataError
from pipeline.preprocessing.apply import prepare_drawing, prepare_images
from pipeline.preprocessing.steps import require_quick
from pipeline.system.outside import read_bounded, read_json
from pipeline.tfjs.keras_model import functional_of
from pipeline.tfjs.parity.pixels import Range, value_range
from pipeline.versions.manifest import ImageSize

LABELS_BYTES = 2**20  # a hundred thousand labels
# in a list: each may take some tenths of a second, for an image of the largest size
MOST_STEPS = 32
# How pixels of photos are scaled, by the mode of Keras' `preprocess_input` or by the
# range that a model wants.
MODES: dict[str, list[dict[str, Any]]] = {
    "tf": [{"step": "normalize", "mean": 0.5, "deviation": 0.5}],
    "torch": [
        {
            "step": "normalize",
            "mean": [0.485, 0.456, 0.406],
            "deviation": [0.229, 0.224, 0.225],
        }
    ],
    "caffe": [
        {"step": "scale", "factor": 255},
        {"step": "bgr"},
        {"step": "normalize", "mean": [103.939, 116.779, 123.68], "deviation": 1},
    ],
    "0-255": [{"step": "scale", "factor": 255}],
    "0-1": [],
}
_SHAPE = (
    '{"drawing": [{"step": "ink"}, …], "image": [{"step": "channel"}, …]}, for photos'
    ' [{"step": "rgb", …}, …]'
)


def preprocess_steps(given: Any) -> dict[str, Any]:
    """The steps {"drawing": […], "image": […]}, given as such or as the path of a JSON
    file or manifest with them.

    A mode is returned as {"mode": …}; `steps_for` has its steps. Raises ConfigError for
    a value, DataError for a file, that does not hold them.
    """
    if str(given) in MODES:
        return {"mode": str(given)}
    if isinstance(given, str | Path):
        return _checked(_read(Path(given)), str(given), DataError)
    return _checked(given, "preprocess", ConfigError)


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except OSError as error:
        raise DataError(
            "The preprocessing must be a file that can be read, or one of"
            f" {', '.join(MODES)}. Received: {path} ({error.strerror}). Next step:"
            " check the name or the path."
        ) from error
    except ValueError as error:
        raise DataError(
            f"{path} must be JSON. Received: {error}. Next step: write {_SHAPE}."
        ) from error


def _checked(
    content: Any, where: str, error: type[ConfigError] | type[DataError]
) -> dict[str, Any]:
    steps = content.get("preprocess", content) if isinstance(content, Mapping) else None
    if not isinstance(steps, Mapping) or not all(
        isinstance(steps.get(key), list) for key in ("drawing", "image")
    ):
        raise error(
            f"{where} must hold preprocessing steps. Received: {type(content).__name__}"
            f" without lists 'drawing' and 'image'. Next step: write {_SHAPE}, or name"
            " a file or a manifest.json that has them."
        )
    if (longest := max(len(steps[key]) for key in ("drawing", "image"))) > MOST_STEPS:
        raise error(
            f"{where} must have at most {MOST_STEPS} steps in a list. Received:"
            f" {longest:,}. Next step: leave some out."
        )
    return {key: steps[key] for key in ("drawing", "image")}


def steps_for(model: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The steps of `preprocess_steps` for a model: those of a mode resize as Keras'
    data sets do by default.

    Raises ConfigError for a mode, if the model does not take one photo of a fixed size.
    """
    if "mode" not in given:
        return given
    shapes = [tuple(one.shape[1:]) for one in model.inputs]
    if (
        len(shapes) != 1
        or len(shapes[0]) != 3
        or None in shapes[0]
        or shapes[0][2] != 3
    ):
        raise ConfigError(
            f"With the preprocessing {given['mode']} a model must take one photo of a"
            f" fixed size, (height, width, 3). Received: {', '.join(map(str, shapes))}."
            f" Next step: leave it out, or pass a file with {_SHAPE}."
        )
    height, width, _ = shapes[0]
    start = [
        {"step": "rgb", "background": 1},
        {"step": "stretch", "height": height, "width": width},
    ]
    return {"drawing": start, "image": MODES[given["mode"]]}


def read_labels(given: Sequence[str] | str | Path) -> list[str]:
    """The labels, given as such, with commas between them, or as the path of a file
    with one in each line.

    Raises DataError for a file that cannot be read, ConfigError for labels that are no
    texts.
    """
    if not isinstance(given, str | Path):
        labels = list(given) if isinstance(given, Iterable) else [given]
        if strange := [label for label in labels if not isinstance(label, str)]:
            raise ConfigError(
                f"Labels must be a list of texts. Received: {strange[0]!r} in it. Next"
                " step: [str(one) for one in …]."
            )
        return labels
    is_path = (
        isinstance(given, Path)
        or given.endswith(".txt")
        or ("/" in given and Path(given).parent.is_dir())
    )
    if "," in str(given) or not (is_path or os.path.exists(given)):  # noqa: PTH110 (whatever the text is)
        return [label.strip() for label in str(given).split(",")]
    try:
        lines = read_bounded(given, LABELS_BYTES).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise DataError(
            "The file of labels must exist, as text in UTF-8 with one in each line."
            f" Received: {given} ({getattr(error, 'strerror', None) or error}). Next"
            " step: correct it, or list the labels, with commas between them."
        ) from error
    return [line.strip() for line in lines if line.strip()]


def image_size(model: Any, preprocess: Mapping[str, Any]) -> ImageSize:
    """The size of the image that a drawing or photo becomes, found by applying the
    steps to two drawings.

    Raises ConfigError for an unknown step, images that differ in size, or a result that
    is not the model's only input.
    """
    steps = preprocess["drawing"]
    horizontal = np.swapaxes(_vertical_stroke(80, 48), 0, 1)
    first, second = (
        prepare_drawing(pixels, steps)
        for pixels in (_vertical_stroke(64, 64), horizontal)
    )
    if first is None or second is None:
        raise ConfigError(
            f"The drawing steps must keep some of a drawing. Received: {steps!r}. Next"
            " step: correct them."
        )
    if first.shape != second.shape:
        raise ConfigError(
            "The drawing steps must produce images of one size. Received:"
            f" {first.shape} and {second.shape} from {steps!r}. Next step: end them"
            " with center, or for photos with cover, contain or stretch."
        )
    prepared = prepare_images(first[np.newaxis], preprocess["image"])
    wanted = tuple(model.inputs[0].shape[1:])
    if (
        len(model.inputs) != 1
        or len(wanted) != prepared.ndim - 1
        or any(
            size not in (None, given)
            for size, given in zip(wanted, prepared.shape[1:], strict=False)
        )
    ):
        received = [tuple(one.shape[1:]) for one in model.inputs]
        raise ConfigError(
            f"The preprocessing ends in shape {prepared.shape[1:]}, and the model must"
            f" have one input of that shape. Received: {', '.join(map(str, received))}."
            " Next step: correct the steps: the height and width of the last one that"
            " has them, rgb for three channels, flatten or channel."
        )
    height, width, channels = (*first.shape, 1)[:3]
    require_quick(steps, preprocess["image"], height, width)
    return ImageSize(height=height, width=width, channels=channels)


def range_of(size: ImageSize, preprocess: Mapping[str, Any]) -> Range:
    """The least and the largest value of what black and white images become."""
    black_and_white = np.zeros(
        (2, size.height, size.width, size.channels)[: 4 if size.channels > 1 else 3],
        np.float32,
    )
    black_and_white[1] = 1
    prepared = prepare_images(black_and_white, preprocess["image"])
    return float(prepared.min()), float(prepared.max())


def check_range(model: Any, size: ImageSize, preprocess: Mapping[str, Any]) -> None:
    """Refuse preprocessing that scales images which the model's first layers scale too.

    Raises ConfigError.
    """
    wanted = value_range(functional_of(model), model.inputs[0], scaled=True)
    span = float(np.ptp(range_of(size, preprocess)))
    # means and deviations of channels differ
    if wanted is None or 0.5 <= span / (wanted[1] - wanted[0]) <= 2:
        return
    least, most = (f"{value:g}" for value in wanted)
    raise ConfigError(
        f"The preprocessing must give what the model's first layers scale, values from"
        f" {least} to {most}. Received: values that span {span:.3g}. Next step: choose"
        " 0-255 (--preprocess) if preprocess_input or Rescaling is a part of the model;"
        " if it was trained on such values all the same, scaled_twice=True"
        " (--scaled-twice)."
    )


def check_labels(model: Any, labels: Sequence[str], *, for_page: bool) -> None:
    """Check that labels are distinct, not empty, and as many as an output has values,
    or two for a single sigmoid.

    For a page that shows them, they must name the classes of the model's only output.
    Raises ConfigError.
    """
    outputs = [tuple(one.shape[1:]) for one in model.outputs]
    count, sizes = len(labels), {shape[-1] for shape in outputs if shape}
    fits = count > 1 and (
        outputs == [(count,)]
        if for_page
        else count in sizes or (count == 2 and 1 in sizes)
    )
    if fits and all(labels) and len(set(labels)) == count:
        return
    what, advice = (
        (
            "With preprocessing there must be one label for each class",
            "; one sigmoid output needs two, and a softmax.",
        )
        if for_page
        else (
            (
                "There must be one label for each value of an output, two for a single"
                " sigmoid"
            ),
            ".",
        )
    )
    if count == 1 in sizes and all(labels) and not for_page:
        advice = (
            ': two, the second for values from 0.5 on: --labels "not'
            f' {labels[0]},{labels[0]}".'
        )
    raise ConfigError(
        f"{what}, all different. Received: {count} labels ({', '.join(labels)}) for"
        f" outputs of shape {', '.join(map(str, outputs))}. Next step: correct the"
        f" labels{advice}"
    )


def _vertical_stroke(height: int, width: int) -> npt.NDArray[np.uint8]:
    """A drawing of one vertical stroke, RGBA."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[height // 4 : -height // 4, width // 2 - 2 : width // 2 + 2] = 255
    return pixels
