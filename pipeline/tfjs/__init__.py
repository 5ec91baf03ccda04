"""Any Keras 3 model to TensorFlow.js: exact, or refused with the reason."""

from typing import TYPE_CHECKING, Any

__all__ = ["ExportReport", "export_model"]

if TYPE_CHECKING:
    from pipeline.tfjs.export import export_model
    from pipeline.tfjs.report import ExportReport


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    from importlib import import_module

    home = {"export_model": "pipeline.tfjs.export", "ExportReport": "pipeline.tfjs.report"}
    if name not in home:
        raise AttributeError(f"module 'pipeline.tfjs' has no attribute {name!r}")
    return getattr(import_module(home[name]), name)
