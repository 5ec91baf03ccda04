"""Run one of our modules in a process of its own: its job goes in as JSON, its error
comes out as one of ours.

It ends with this process, even if this one is killed, by a pipe that closes with it.
The child's stdin is the reading end, and a thread of the child waits for its end:
`end_with_parent` in Python, `web/verify/parent.mjs` in JavaScript. This works on every
system and needs nobody to clean up.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from pipeline.errors import DiskError, PipelineError, disk_error

# Tells glibc to keep memory that NumPy frees. By default it returns a batch of images
# to the system each time, and gets it back page by page: preparing 10,000 digits takes
# 0.4 s of a core instead of 0.1 s. Elsewhere this has no effect.
KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**26)}


class WorkerProcess:
    """A running `python -m MODULE JOB`, which ends at the latest when this process
    does.
    """

    def __init__(self, module: str, job: dict[str, Any]) -> None:
        """Start it.

        `module` must end with `sys.exit(worker_main(function))`; `job` is its JSON
        argument.
        """
        self._module = module
        package = str(Path(__file__).parents[2])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            # -P: never a `pipeline` in the current folder
            [sys.executable, "-P", "-m", module, json.dumps(job)],
            # One thread of OpenBLAS: several wait actively, on the cores that the
            # parent computes on.
            env={"OPENBLAS_NUM_THREADS": "1"}
            | KEPT
            | os.environ
            | {"PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C in a terminal reaches this process alone, which then ends the other
            process_group=0,
        )

    def wait(self) -> None:
        """Wait until it ends; raise what the function raised, and PipelineError for
        other failures.
        """
        try:
            stderr = cast(IO[str], self.process.stderr).read()
            self.process.wait()
        finally:
            self.stop()
        if code := self.process.returncode:
            # The first of several with one code: no worker checks what is published.
            kinds = {
                kind.exit_code: kind
                for kind in reversed(PipelineError.__subclasses__())
            } | {1: PipelineError}
            message = (
                stderr.strip()
                or f"The process of {self._module} ended with {code}. Try again."
            )
            raise kinds.get(code, PipelineError)(message)

    def stop(self) -> None:
        """Kill it if it still runs."""
        with self.process:  # which closes its pipes
            self.process.kill()


def worker_main(function: Callable[[dict[str, Any]], None]) -> int:
    """Call `function` with the job, print its error to stderr, and return the exit
    code.
    """
    end_with_parent()
    try:
        function(json.loads(sys.argv[1]))
    except PipelineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(disk_error(error, doing="read or write"), file=sys.stderr)
        return DiskError.exit_code
    return 0


def end_with_parent() -> None:
    """In a child whose stdin is a pipe of its parent:

    end this process, whatever it is doing, when its parent ends.
    """

    def wait() -> None:
        os.read(0, 1)  # nothing is ever written
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
