"""A worker whose disk refuses what it writes."""

import resource
import sys
from pathlib import Path
from typing import Any

from pipeline.errors import translating_errors
from pipeline.system.worker_process import worker_main


def work(job: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    path = Path(job["path"])
    with translating_errors(path):
        path.write_bytes(bytes(2000))


if __name__ == "__main__":
    sys.exit(worker_main(work))
