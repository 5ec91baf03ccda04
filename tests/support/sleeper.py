"""A worker that holds Python's lock for ever, or whose disk refuses what it writes; and
a parent to lose.

The parent has such a worker, or Node.js.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from pipeline.errors import translating_errors
from pipeline.system import javascript
from pipeline.system.worker_process import WorkerProcess, worker_main

SCRIPT = """
import { writeFileSync, renameSync } from "node:fs";
import { followParent } from "./parent.mjs";
followParent();
writeFileSync(new URL("job.json.pid", import.meta.url), String(process.pid));
for (;;);
"""


def work(job: dict[str, Any]) -> None:
    if "pid" in job:
        Path(job["pid"]).write_text(str(os.getpid()))
        while True:
            pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with translating_errors(Path(job["path"])):
        Path(job["path"]).write_bytes(bytes(2000))


def main(kind: str, folder: Path) -> None:
    """Start a child that never ends, and wait for it."""
    if kind == "python":
        WorkerProcess(
            "tests.support.sleeper", {"pid": str(folder / "job.json.pid")}
        ).wait()
    script = folder / "script.mjs"
    script.write_text(SCRIPT)
    (folder / "parent.mjs").write_bytes(
        (javascript.VERIFY_SCRIPT.parent / "parent.mjs").read_bytes()
    )
    javascript.VERIFY_SCRIPT = script
    with javascript.started_node() as (process,):
        process.wait()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        main(sys.argv[1], Path(sys.argv[2]))
    sys.exit(worker_main(work))
