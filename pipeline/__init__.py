"""From a Keras model to a verified web page that runs it."""

from pipeline.version import __version__

__all__ = [
    "BuildResult",
    "CheckFailed",
    "ConfigError",
    "ConversionError",
    "DataError",
    "DiskError",
    "ExportReport",
    "GateFailed",
    "PipelineError",
    "PublishError",
    "Recipe",
    "WorkerLost",
    "__version__",
    "build",
    "check",
    "deploy",
    "export_model",
    "publish",
    "rollback",
    "show",
]

# as in typing, whose import takes longer than that of the command's first lines
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pipeline.build_result import BuildResult
    from pipeline.errors import (
        CheckFailed,
        ConfigError,
        ConversionError,
        DataError,
        DiskError,
        GateFailed,
        PipelineError,
        PublishError,
        WorkerLost,
    )
    from pipeline.exporting.export import export_model
    from pipeline.exporting.report import ExportReport
    from pipeline.notebook.show import show
    from pipeline.python_api import build, check, deploy, publish, rollback
    from pipeline.recipes.reading import Recipe

_HOME = {
    "BuildResult": "pipeline.build_result",
    "ExportReport": "pipeline.exporting.report",
    "Recipe": "pipeline.recipes.reading",
    "export_model": "pipeline.exporting.export",
    "show": "pipeline.notebook.show",
    **dict.fromkeys(
        ("build", "check", "deploy", "publish", "rollback"), "pipeline.python_api"
    ),
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that importing the package itself does
    nothing.
    """
    if name not in __all__:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME.get(name, "pipeline.errors")), name)


def __dir__() -> list[str]:
    return __all__
