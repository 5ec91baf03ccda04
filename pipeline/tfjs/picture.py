"""The preprocessing of an exported model: read, and tried on a drawing, before anything is converted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigError, DataError
from pipeline.preprocess import prepare_drawing, prepare_images

_SHAPE = '{"drawing": [{"step": "ink"}, …], "image": [{"step": "channel"}, …]}'


def read_preprocess(path: Path) -> dict[str, Any]:
    """Read the steps from a JSON file: {"drawing": […], "image": […]}, or a manifest that has them.

    Raises:
        DataError: it cannot be read, or holds no steps.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"The preprocessing cannot be read: {path} ({error.strerror}). Check the path.") from error
    except ValueError as error:
        raise DataError(f"{path} is not JSON ({error}). Write {_SHAPE}.") from error
    steps = content.get("preprocess", content) if isinstance(content, dict) else None
    if not isinstance(steps, dict) or not all(isinstance(steps.get(key), list) for key in ("drawing", "image")):
        raise DataError(f"{path} holds no preprocessing steps. Write {_SHAPE}, or name a manifest.json that has them.")
    return {key: steps[key] for key in ("drawing", "image")}


def picture_of(model: Any, preprocess: Mapping[str, Any]) -> dict[str, int]:
    """The picture that a drawing becomes, as the manifest's `input.image`; found by taking a drawing through the steps.

    Args:
        model: with one input, whose shape the steps must reach.
        preprocess: lists of steps, "drawing" and "image".

    Raises:
        ConfigError: an unknown step, or the steps end in another shape than the model's input.
    """
    drawing = np.zeros((64, 64, 4), np.uint8)
    drawing[16:48, 30:34] = 255
    picture = prepare_drawing(drawing, preprocess["drawing"])
    if picture is None:
        raise ConfigError(
            f"The drawing steps leave nothing of a drawing. Received: {preprocess['drawing']!r}. Correct them."
        )
    prepared = prepare_images(picture[np.newaxis], preprocess["image"])
    wanted = tuple(model.inputs[0].shape[1:])
    if (
        len(model.inputs) != 1
        or len(wanted) != prepared.ndim - 1
        or any(size not in (None, given) for size, given in zip(wanted, prepared.shape[1:], strict=False))
    ):
        received = [tuple(one.shape[1:]) for one in model.inputs]
        raise ConfigError(
            f"The preprocessing ends in shape {prepared.shape[1:]}, which must be that of the model's one input. "
            f"Received: {', '.join(map(str, received))}. Correct the steps (height and width of center, flatten)."
        )
    height, width = picture.shape
    return {"height": height, "width": width, "channels": 1}
