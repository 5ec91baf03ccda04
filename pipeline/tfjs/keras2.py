"""Read model files of Keras 2, which wrote options that Keras 3 no longer has.

Where such an option has the only value that Keras 3 computes, it is left out. Where
Keras 3 computes something else under the same name, the file is refused.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import ConversionError

_ANY = object()  # whatever its value, the layer does not use it
_RECURRENT = {"time_major": False}
_NOT_GROUPED = {"groups": 1}
# It has a depthwise and a pointwise kernel in place of this one.
_SEPARABLE = _NOT_GROUPED | {
    "kernel_initializer": _ANY,
    "kernel_regularizer": _ANY,
    "kernel_constraint": _ANY,
}
_RANDOM = {"rng_type": _ANY}  # how values are drawn in training
_SPATIAL_DROPOUT = {"trainable": _ANY, "noise_shape": None}
# By class: options that Keras 3 does not know, with the value that says nothing. Other
# layers have such options too, but Keras 3 does not compute the same (RandomCrop,
# Discretization) or does not read their calls (MultiHeadAttention).
_LEFT_OUT: dict[str, dict[str, Any]] = {
    # Keras 3 would read the score as the function of that name
    "Attention": {"score_mode": "dot"},
    "Conv1DTranspose": _NOT_GROUPED,
    "Conv2DTranspose": _NOT_GROUPED,
    "Conv3DTranspose": _NOT_GROUPED,
    "ConvLSTM1D": _RECURRENT,
    "ConvLSTM2D": _RECURRENT,
    "ConvLSTM3D": _RECURRENT,
    "DepthwiseConv1D": _NOT_GROUPED,
    "DepthwiseConv2D": _NOT_GROUPED,
    "GRU": _RECURRENT,
    "LSTM": _RECURRENT,
    "RNN": _RECURRENT,
    "RandomBrightness": _RANDOM,
    "RandomContrast": _RANDOM,
    "RandomFlip": _RANDOM,
    "RandomHeight": _RANDOM,
    "RandomRotation": _RANDOM,
    "RandomTranslation": _RANDOM,
    "RandomWidth": _RANDOM,
    "RandomZoom": _RANDOM,
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "SimpleRNN": _RECURRENT,
    "SpatialDropout1D": _SPATIAL_DROPOUT,
    "SpatialDropout2D": _SPATIAL_DROPOUT,
    "SpatialDropout3D": _SPATIAL_DROPOUT,
}
# Keras 2's is max(0, min(1, 0.2 x + 0.5)), Keras 3's max(0, min(1, x / 6 + 0.5)).
_OTHER_FUNCTION = "hard_sigmoid"


def is_keras2(version: str | None) -> bool:
    """Tell by the version that a file names whether Keras 2 or 1 wrote it."""
    return version is not None and version.partition(".")[0] in ("1", "2")


@contextmanager
def readable_by_keras3(file: Path, config: Any) -> Iterator[Path]:
    """Yield a file with the same model that Keras 3 reads: the file itself, or a copy.

    `config` is the model's, of a `.keras` or `.h5` file of Keras 2. Raises
    ConversionError for hard_sigmoid, which Keras 3 computes differently.
    """
    if not _leave_out(file, config):
        yield file
        return
    write = _write_zip if file.suffix == ".keras" else _write_h5
    with tempfile.TemporaryDirectory(prefix="pipeline-keras2-") as folder:
        copy = Path(folder) / file.name
        write(file, copy, json.dumps(config))
        yield copy


def _leave_out(file: Path, config: Any) -> bool:
    """Leave options out of the config, in place. Returns whether there were any."""
    changed = False
    for part in list(_objects(config)):
        layer, options = part.get("class_name"), part.get("config")
        if not (isinstance(layer, str) and isinstance(options, dict)):
            continue
        _refuse_other_functions(file, layer, options)
        for option, value in _LEFT_OUT.get(layer, {}).items():
            if option in options and (value is _ANY or options[option] == value):
                del options[option]
                changed = True
        if layer == "BatchNormalization" and isinstance(options.get("axis"), list):
            [options["axis"]] = options["axis"]
            changed = True
        if "output_layers" in options:
            changed |= _unwrap_ends(options) | _renumber_calls(options)
    return changed


def _unwrap_ends(model: dict[str, Any]) -> bool:
    """Let a model with one input or output take or give that, not a list of it, as
    Keras 2 did. Returns whether there was such a list.
    """
    changed = False
    for ends in ("input_layers", "output_layers"):
        if isinstance(model.get(ends), list) and len(model[ends]) == 1:
            [model[ends]] = model[ends]
            changed = True
    return changed


def _renumber_calls(model: dict[str, Any]) -> bool:
    """Count the calls of Sequential models that are layers of this model from 0.

    Keras 2 counted from 1: the first call built the Sequential. Returns whether there
    were any.
    """
    layers = model.get("layers")
    if not isinstance(layers, list):
        return False
    parts = [layer for layer in layers if isinstance(layer, dict)]
    wired = [layer.get("inbound_nodes") for layer in parts]
    calls = [
        call
        for call in _lists([wired, model.get("input_layers"), model["output_layers"]])
        if len(call) in (3, 4) and isinstance(call[1], int)
    ]
    changed = False
    for layer in parts:
        if layer.get("class_name") != "Sequential":
            continue
        own = [call for call in calls if call[0] == layer.get("name")]
        if own and min(call[1] for call in own) > 0:
            for call in own:
                call[1] -= 1
            changed = True
    return changed


def _lists(part: Any) -> Iterator[list[Any]]:
    """Yield every JSON array in a part of a config, at any depth."""
    if isinstance(part, list):
        yield part
    elif isinstance(part, dict):
        part = list(part.values())
    else:
        return
    for one in part:
        yield from _lists(one)


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every JSON object in a config, at any depth."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _objects(one)


def _refuse_other_functions(file: Path, layer: str, options: dict[str, Any]) -> None:
    for option, value in options.items():
        if option.endswith("activation") and value == _OTHER_FUNCTION:
            raise ConversionError(
                f"{file} must use only activations that Keras 3 computes as Keras 2"
                f" did. Received: {option}='{_OTHER_FUNCTION}' of the layer"
                f" {options.get('name', layer)}. Next step: train the model with"
                f" {option}='sigmoid', or in Keras 3."
            )


def _write_zip(file: Path, copy: Path, config: str) -> None:
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            new.writestr(
                member, config if member.filename == "config.json" else content
            )


def _write_h5(file: Path, copy: Path, config: str) -> None:
    import h5py

    shutil.copyfile(file, copy)
    with h5py.File(copy, "r+") as archive:
        archive.attrs["model_config"] = config
