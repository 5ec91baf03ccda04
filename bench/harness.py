"""Shared by the benchmarks:

timing a process, finding the browser and the tools of `web/bench`, writing results.
"""

import contextlib
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.checking.browser import find_chromium
from pipeline.system.node import find_node, find_npm, node_environment
from pipeline.system.tensorflow import environment

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
TOOLS = ROOT / "web" / "bench"


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One run of a process."""

    seconds: float  # wall
    # resident memory: of the process or one of its children, whichever used most
    peak_mb: float
    stdout: str


def run_process(command: Sequence[str], cwd: Path | None = None) -> Timed:
    """Run a command to its end. Peak memory is the kernel's own count."""
    # Sources are compiled once, as pip does when it installs them, whatever this shell
    # asks of Python.
    env = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=stdout, stderr=stderr
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        if process.returncode != 0:
            raise SystemExit(
                f"{' '.join(command)} exited with"
                f" {process.returncode}:\n{stderr.read()}"
            )
        return Timed(
            seconds=seconds, peak_mb=usage.ru_maxrss / 1000, stdout=stdout.read()
        )


def python(code: str) -> list[str]:
    """The command that runs this code."""
    return [sys.executable, "-c", code]


@contextlib.contextmanager
def cores_awake() -> Iterator[None]:
    """Inside, a process of the lowest priority spins on each core, and steps aside for
    anything else.

    A virtual machine's idle core may take 30 microseconds and more to wake up, for
    which a browser's processes wait thousands of times in a second: then the host is
    measured, and not the page. Only Linux has such a priority.
    """
    spinners = []
    if hasattr(os, "SCHED_IDLE"):
        code = (
            "import os; os.sched_setscheduler(0, os.SCHED_IDLE,"
            " os.sched_param(0))\nwhile True: pass"
        )
        spinners = [subprocess.Popen(python(code)) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def find_site() -> Path:
    """The published site to measure: `site/`, or the folder in SITE."""
    site = Path(os.environ.get("SITE", ROOT / "site")).resolve()
    if not (site / "index.html").exists():
        raise SystemExit(
            f"This needs a published site. Received: none in {site}. Run `pipeline"
            " build`, or set SITE."
        )
    return site


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nothing listens on."""
    with contextlib.ExitStack() as servers:
        return [
            servers.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[
                1
            ]
            for _ in range(count)
        ]


def install_tools() -> None:
    """Install what `web/bench/package-lock.json` lists, unless it is installed already."""
    lock, installed = TOOLS / "package-lock.json", TOOLS / "node_modules" / ".installed"
    if not installed.exists() or installed.read_bytes() != lock.read_bytes():
        subprocess.run(
            [*find_npm(), "ci", "--no-audit", "--no-fund"],
            cwd=TOOLS,
            env=node_environment(),
            check=True,
        )
        shutil.copyfile(lock, installed)


def drive(script: str, job: dict[str, Any]) -> Any:
    """Run a script of `web/bench`, which drives Chromium through a job; what it prints
    is JSON.

    Raises:
        SystemExit: It failed; what it says is on the screen.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps({"chromium": find_chromium(), **job}))
        command = [find_node(), str(TOOLS / script), str(path)]
        done = subprocess.run(
            command,
            env=node_environment(),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise SystemExit(
            f"web/bench/{script} failed with exit code {done.returncode}; see above."
        )
    return json.loads(done.stdout)


def median(values: Sequence[float]) -> float:
    """The median of several runs."""
    return statistics.median(values)


_tables: list[str] = []  # printed by this process


def _processor() -> str:
    """The processor's model name on Linux, elsewhere its architecture."""
    info = Path("/proc/cpuinfo")
    names = (
        [
            line.partition(": ")[2]
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        if info.exists()
        else []
    )
    return names[0] if names else platform.machine()


def print_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, readme: bool = True
) -> None:
    """Print an aligned Markdown table.

    `readme=False` leaves it out of the results: it is too long for the docs.
    """
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    table = "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        + " |"
        for line in lines
    )
    print(table)
    if readme:
        _tables.append(table)


def save_results(name: str, details: dict[str, Any] | None = None) -> None:
    """Write bench/results/<name>.json, which `bench.readme` renders.

    It holds the printed tables. `details` is what a reader needs beside them, such as
    the names of the models that failed. Single measurements are not kept.
    """
    RESULTS.mkdir(exist_ok=True)
    document: dict[str, Any] = {
        "benchmark": name,
        "command": f"python -m bench {name}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.system(),
        },
        "versions": environment(),
        "tables": _tables,
    }
    if details is not None:
        document["details"] = details
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
