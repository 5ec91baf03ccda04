"""Everything that can go wrong by name, each with the exit code that the command line returns for it.

A message says what is wrong, what was received, and the next step to take.
"""


class PipelineError(Exception):
    """Base of all errors that the pipeline raises on purpose."""

    exit_code = 1


class ConfigError(PipelineError):
    """A recipe, an option or an environment variable that cannot be used."""

    exit_code = 2


class GateFailed(PipelineError):
    """The model is not good enough to be published."""

    exit_code = 3


class ConversionError(PipelineError):
    """The model cannot be converted exactly, or JavaScript computes something else than Keras."""

    exit_code = 4


class DataError(PipelineError):
    """The data set, or a model file that was given, cannot be used."""

    exit_code = 5


class PublishError(PipelineError):
    """The site or the store of versions cannot be written or read."""

    exit_code = 6


class WorkerLost(PipelineError):
    """Training on several machines cannot start or go on: a worker is missing, gone, or was started otherwise."""

    exit_code = 1
