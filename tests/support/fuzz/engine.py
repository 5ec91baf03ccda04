"""Fuzzers of everything that the pipeline reads: damaged inputs must be read or
refused, in bounded time and memory.

`fuzz(kind, cases)` tries one kind of input in a process of its own and counts what came
of it. A case is made from its kind, seed and number alone. Failed cases are kept, with
the command that tries them again.
"""

import contextlib
import dataclasses
import json
import os
import random
import re
import resource
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from pipeline.errors import PipelineError
from tests.support.fuzz.kinds import KINDS, Kind

SECONDS, MEMORY_MB = 60, 2000  # what an input may take
MAKING_SECONDS = 30  # to make a case
START_SECONDS = 240  # until the first case: importing TensorFlow on a busy machine


@dataclasses.dataclass(frozen=True)
class Failure:
    """A case that was neither read nor refused."""

    kind: str
    seed: int
    case: int
    what: str  # the last line of a traceback, "no end in 60 s", …
    kept: Path  # the folder with its files

    def __str__(self) -> str:
        again = (
            f"python -m tests.support.fuzz {self.kind} {self.seed} {self.case}"
            f" {self.case + 1} FOLDER"
        )
        return (
            f"{self.kind} {self.case}: {self.what}\n  files: {self.kept}\n  again:"
            f" {again}"
        )


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Outcomes of the cases of one kind."""

    kind: str
    cases: int
    counts: dict[str, int]  # "read", and the class of each refusal
    failures: tuple[Failure, ...]
    slowest: float  # seconds
    memory_mb: float  # the most that the process, or one that it started, ever took

    def __str__(self) -> str:
        counts = ", ".join(
            f"{count} {what}" for what, count in sorted(self.counts.items())
        )
        return (
            f"{self.kind:<11} {self.cases:>5} cases  {counts}; {len(self.failures)}"
            f" failed; slowest {self.slowest:.1f} s, {self.memory_mb:.0f} MB"
        )


def fuzz(kind: str, cases: int, *, seed: int = 1, keep: Path | None = None) -> Outcome:
    """Try `cases` inputs of a kind, one of KINDS.

    The files of failures are kept, in the folder `keep` if given.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{kind}-", dir=keep))
    counts: Counter[str] = Counter()
    failures: list[Failure] = []
    slowest = memory = 0.0
    case = 0
    while case < cases:  # again after a case that ended its process
        command = [
            sys.executable,
            "-m",
            "tests.support.fuzz",
            kind,
            str(seed),
            str(case),
            str(cases),
            str(folder),
        ]
        log = folder / "stderr.txt"
        with (
            open(log, "wb") as errors,
            subprocess.Popen(
                command, 0, stdout=subprocess.PIPE, stderr=errors
            ) as process,
        ):
            assert process.stdout
            limit = START_SECONDS
            while line := _line(process.stdout, limit):
                limit = SECONDS + MAKING_SECONDS
                done = json.loads(line)
                slowest, memory = max(slowest, done["seconds"]), max(memory, done["mb"])
                if done["failed"]:
                    failures.append(
                        Failure(kind, seed, case, done["what"], folder / str(case))
                    )
                else:
                    counts[done["what"]] += 1
                case += 1
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)  # once its output has ended
            ended = process.poll()
            process.kill()
        if case < cases:
            said = log.read_text(errors="replace").strip().rpartition("\n")[2]
            what = (
                f"no end in {limit} s"
                if ended is None
                else f"the process ended with {ended}: {said}"
            )
            failures.append(Failure(kind, seed, case, what, folder / str(case)))
            case += 1
    if not failures:
        shutil.rmtree(folder)
    return Outcome(kind, cases, dict(counts), tuple(failures), slowest, memory)


def _line(stream: object, seconds: float) -> bytes:
    """The next line of a pipe; empty at its end, or after so many seconds."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)  # type: ignore[arg-type]
        return stream.readline() if selector.select(seconds) else b""  # type: ignore[attr-defined]


def _try(kind: Kind, rng: random.Random, folder: Path) -> tuple[str, bool]:
    """Run a case: its outcome, and whether it failed."""
    folder.mkdir()
    kind.make(rng, folder)
    try:
        kind.use(folder)
    except PipelineError as error:
        text = str(error)
        if not text.strip() or "Traceback" in text:
            return f"a refusal without a sentence: {text[-200:]!r}", True
        text.encode("utf-8", "backslashreplace")
        return type(error).__name__, False
    except Exception as error:
        (folder / "traceback.txt").write_text(
            traceback.format_exc(), errors="backslashreplace"
        )
        return f"{type(error).__name__}: {str(error)[:200]!r}", True
    return "read", False


def _own_peak() -> int:
    """The most memory that this program took, in kB; on Linux `ru_maxrss` counts its
    starter's, too.
    """
    status = (
        Path("/proc/self/status").read_text()
        if Path("/proc/self/status").exists()
        else ""
    )
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return (
        int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    )


def try_cases(name: str, seed: str, first: str, end: str, folder: str) -> None:
    """Try some cases, and print a line of JSON after each."""
    kind, out = KINDS[name], os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    kind.start()
    for case in range(int(first), int(end)):
        place = Path(folder) / str(case)
        started = time.perf_counter()
        what, failed = _try(kind, random.Random(f"{name} {seed} {case}"), place)
        seconds = time.perf_counter() - started
        mb = (
            max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            / 1000
        )
        if not failed and (seconds > SECONDS or mb > MEMORY_MB):
            what, failed = f"{what}, after {seconds:.0f} s and {mb:.0f} MB", True
        if not failed:
            shutil.rmtree(place)
        print(
            json.dumps({"what": what, "failed": failed, "seconds": seconds, "mb": mb}),
            file=out,
            flush=True,
        )
