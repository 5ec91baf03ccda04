"""A module of ours as a process of its own: its job as JSON in, its error as ours out."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, DataError, PipelineError


class WorkerProcess:
    """`python -m MODULE JOB`, started; `wait` for its end, or `stop` it."""

    def __init__(self, module: str, job: dict[str, Any]) -> None:
        """Start it. The module ends with `sys.exit(worker_main(function))`."""
        self._module = module
        package = str(Path(__file__).parents[2])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            # -P: never a `pipeline` that lies in the current folder
            [sys.executable, "-P", "-m", module, json.dumps(job)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        """Wait for its end.

        Raises:
            DataError, ConfigError: what the function raised. PipelineError: it ended otherwise.
        """
        _, said = self.process.communicate()
        if code := self.process.returncode:
            kinds = {kind.exit_code: kind for kind in (ConfigError, DataError)}
            message = said.strip() or f"The process of {self._module} ended with {code}. Try again."
            raise kinds.get(code, PipelineError)(message)

    def stop(self) -> None:
        """End it where it still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def worker_main(function: Callable[[dict[str, Any]], None]) -> int:
    """Call the function with the job, and give the exit code; its error goes to stderr."""
    try:
        function(json.loads(sys.argv[1]))
    except PipelineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(
            f"{error.filename or 'The disk'}: {error.strerror or error}. Free the space, and try again.",
            file=sys.stderr,
        )
        return PipelineError.exit_code
    return 0
