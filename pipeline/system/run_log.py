"""A log of JSON lines, to which many runs append."""

import json
import os
from pathlib import Path
from typing import Any

from pipeline.system.json_records import utc_now
from pipeline.system.visible import visible


class RunLog:
    """The log file of one run; every line is one object with its time."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; OSError if it cannot be written."""
        self._file = open(path, "ab+", buffering=0)  # noqa: SIM115 - closed when the process ends
        if self._file.seekable() and self._file.tell():
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":  # a run was killed as it wrote
                self._file.write(b"\n")

    def write(self, facts: dict[str, Any]) -> None:
        """Append a line in one call, so that runs at the same time do not mix; OSError if the disk refuses."""
        line = visible(json.dumps({"time": utc_now()} | facts)).encode() + b"\n"
        if self._file.write(line) != len(line):
            raise OSError("the disk took only a part of a line")
