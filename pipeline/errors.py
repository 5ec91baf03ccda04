"""Everything that can go wrong by name, each with the exit code that the command line returns for it.

A message states the rule, what was received, and the next step to take.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    """The site or the store of versions cannot be used."""

    exit_code = 6


class DiskError(PublishError):
    """The disk refused: no space, no permission, a read-only or failing disk."""


class WorkerLost(PipelineError):
    """Training on several machines cannot start or go on: a worker is missing, gone, or was started otherwise."""

    exit_code = 1


_NEXT_STEP = {
    errno.ENOSPC: "Free some space on that disk and run it again.",
    errno.EDQUOT: "The disk quota is used up: free some space and run it again.",
    errno.EFBIG: "The system limits the size of files (ulimit -f): raise the limit and run it again.",
    errno.EACCES: "Choose another folder, or change the permissions of this one.",
    errno.EPERM: "Choose another folder, or change the permissions of this one.",
    errno.EROFS: "The disk is read-only: choose another folder.",
    errno.ENOTDIR: "A part of this path is a file: choose another folder.",
    errno.EEXIST: "A file is in the place of a folder: choose another folder, or move the file away.",
    errno.ENOLCK: "The disk has no file locks: choose a folder on another disk.",
}


@contextmanager
def translating_errors(path: Path) -> Iterator[None]:
    """Turn any OSError inside into a DiskError that names the path, the reason and the next step."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path | None = None) -> DiskError:
    """The error for people; `path` is named where the system's own error names none."""
    next_step = _NEXT_STEP.get(error.errno or 0, "Check the disk and run it again.")
    return DiskError(
        f"Cannot write {error.filename or path or 'to the disk'}: {error.strerror or error}. What was there before is "
        f"unchanged. {next_step}"
    )
