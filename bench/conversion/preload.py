"""Imported once, by the process that the others are forked from:

all that they need. Nothing here computes anything.
"""

import contextlib
import importlib

import bench.conversion.ways  # noqa: F401
from pipeline.tfjs.graph_model.converter import import_converter
from tests.tfjs_cases.packages import MODULES

import_converter()
for module in ("keras", "tf2onnx", "keras_unet_collection.models", *MODULES.values()):
    with contextlib.suppress(ImportError):
        importlib.import_module(module)
