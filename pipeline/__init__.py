"""From a Keras model to a verified web page that runs it."""

from pipeline.version import __version__

__all__ = ["ConversionError", "ExportReport", "PipelineError", "__version__", "export_model"]

TYPE_CHECKING = False  # as in typing, whose import takes longer than that of the command's first lines
if TYPE_CHECKING:
    from pipeline.errors import ConversionError, PipelineError
    from pipeline.tfjs import ExportReport, export_model

_HOME = {
    "ConversionError": "pipeline.errors",
    "PipelineError": "pipeline.errors",
    "ExportReport": "pipeline.tfjs",
    "export_model": "pipeline.tfjs",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that importing the package itself does nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
