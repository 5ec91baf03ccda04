"""The errors that the pipeline raises, each with the exit code that the command line
returns for it.

A message states the rule, the value received, and the next step.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class PipelineError(Exception):
    """Base class of all errors that the pipeline raises on purpose."""

    exit_code = 1
    # what was known when it failed, as `--json` prints it
    document: dict[str, Any] | None = None


class ConfigError(PipelineError):
    """A recipe, an option or an environment variable is invalid."""

    exit_code = 2


class GateFailed(PipelineError):
    """The model or its data is not good enough to be published."""

    exit_code = 3


class ConversionError(PipelineError):
    """The model cannot be converted exactly, or JavaScript's results differ from
    Keras'.
    """

    exit_code = 4


class CheckFailed(PipelineError):
    """Published files contradict their manifests, names or signatures."""

    exit_code = 4


class DataError(PipelineError):
    """The data set or a given model file cannot be used."""

    exit_code = 5


class PublishError(PipelineError):
    """The site or the store of versions cannot be used."""

    exit_code = 6


class DiskError(PublishError):
    """A file or folder cannot be written:

    no space, no permission, a read-only or failing disk.
    """


class WorkerLost(PipelineError):
    """Training on several machines cannot start or continue:

    a worker is missing, lost, or was started differently.
    """


NEXT_STEP = {
    errno.ENOSPC: "Free some space on that disk and run it again.",
    errno.EDQUOT: "The disk quota is used up: free some space and run it again.",
    errno.EFBIG: (
        "The system limits the size of files (ulimit -f): raise the limit and run it"
        " again."
    ),
    errno.EACCES: "Choose another folder, or change the permissions of this one.",
    errno.EPERM: "Choose another folder, or change the permissions of this one.",
    errno.EROFS: (
        "The disk is read-only: choose another folder, or see why (dmesg) and"
        " remount it."
    ),
    errno.ENOENT: (
        "Part of this path does not exist: make the folder, or choose another path."
    ),
    errno.ENOTDIR: "Part of this path is a file: choose another folder.",
    errno.EEXIST: (
        "A file exists where a folder is needed: choose another folder, or move the"
        " file away."
    ),
    errno.EINVAL: ("Choose a path that is free or holds a regular file."),
    errno.EMFILE: (
        "Too many files are open (ulimit -n): raise the limit and run it again."
    ),
    errno.ENFILE: (
        "Too many files are open on this machine: end some programs and run it again."
    ),
    errno.ENOLCK: (
        "The disk does not support file locks: choose a folder on another disk."
    ),
}


UNCHANGED = "Existing files are unchanged."


@contextmanager
def translating_errors(
    path: Path, *, doing: str = "write", state: str = UNCHANGED
) -> Iterator[None]:
    """Turn any OSError raised inside into a DiskError that names the path, the reason,
    the state and the next step.
    """
    try:
        yield
    except BrokenPipeError:  # not the disk: the reader of our messages has gone
        raise
    except OSError as error:
        raise disk_error(error, path, doing=doing, state=state) from error


def disk_error(
    error: OSError,
    path: Path | None = None,
    *,
    doing: str = "write",
    state: str = UNCHANGED,
) -> DiskError:
    """The error with a message for people; `path` is named if the system's own error
    names none.
    """
    next_step = NEXT_STEP.get(error.errno or 0, "Check the disk and run it again.")
    return DiskError(
        f"Cannot {doing} {error.filename or path or 'the disk'}:"
        f" {error.strerror or error}. {state} {next_step}"
    )
