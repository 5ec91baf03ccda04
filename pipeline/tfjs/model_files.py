"""What both kinds of model.json share: the names of inputs and outputs, and the list of files with their digests."""

import itertools
from pathlib import Path
from typing import Any

from pipeline.records import FileDigest
from pipeline.system.files import sha256_of


def input_names(model: Any) -> list[str]:
    """Names of the model's inputs: those of its input layers."""
    return [str(tensor._keras_history.operation.name) for tensor in model.inputs]


def output_names(model: Any) -> list[str]:
    """Names of the model's outputs, all different: those of the layers that make them, numbered where one makes
    several.
    """
    known = getattr(model, "output_names", None) or [t._keras_history.operation.name for t in model.outputs]
    names: list[str] = []
    for name in map(str, known):
        numbered = (f"{name}_{number}" for number in itertools.count(1))
        names.append(next(one for one in itertools.chain([name], numbered) if one not in names))
    return names


def digests(directory: Path) -> list[FileDigest]:
    """All files of an exported format, model.json first, with paths relative to `directory`."""
    paths = sorted(directory.iterdir(), key=lambda path: (path.name != "model.json", path.name))
    return [FileDigest(path=path.name, bytes=path.stat().st_size, sha256=sha256_of(path)) for path in paths]
