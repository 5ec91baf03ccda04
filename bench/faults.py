"""Faults put in on purpose: how often each was tried, and how the tries ended.

A try that ends in any other way than those listed stops the benchmark with an error: a
broken site, another model's numbers, changed code that runs, a traceback, a hang.
Killing and failing calls are put at every single file-system call of an operation. The
full disks are real small file systems, which only root may make; without root that part
is left out, and the table says so.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.disks import filled, small_disk
from bench.harness import RESULTS, ROOT, find_site, print_table, save_results
from pipeline.data.arrays import load_images
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.site import compress
from pipeline.system.node import find_npm, node_environment
from tests.support import interruptions
from tests.support.faults import Scenario, run, sweep
from tests.support.fuzz.engine import fuzz
from tests.support.fuzz.kinds import MANY
from tests.support.power import cut
from tests.support.publications import (
    commit,
    first_publication,
    pin,
    publication,
    return_to_older,
    signed_publication,
)
from tests.support.versions import scratch_in
from tests.support.workshop import PIPELINE, Workshop

FAULTS = {
    "kill": "killed at each call",
    "ENOSPC": "disk full from each call on",
    "EIO": "each call fails once",
}
OPERATIONS: dict[str, Callable[[Path], Scenario]] = {
    "publication": publication,
    "first publication": first_publication,
    "signed publication": signed_publication,
    "rollback": return_to_older,
    "commit to the store": commit,
}
MOMENTS = 120  # signals to a build, and kills of one
DISK_MB = 64
SEED = 3  # of the damage to inputs; the tests try others


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    fault: str
    outcomes: dict[str, int]


def at_every_call() -> Iterator[Row]:
    """Operations on a site and a store, with each fault at each of their file-system
    calls.
    """
    for name, scenario in OPERATIONS.items():
        with tempfile.TemporaryDirectory() as root:
            counts = sweep(scenario(Path(root)))
        for kind, fault in FAULTS.items():
            yield Row(
                name,
                fault,
                {ending: n for (k, ending), n in counts.items() if k == kind},
            )


def power_cuts() -> Iterator[Row]:
    """The same operations, and a pin, on a disk that loses or tears at each moment what
    was not flushed.
    """
    for name, scenario in (OPERATIONS | {"pin": pin}).items():
        with tempfile.TemporaryDirectory() as root:
            yield Row(
                name,
                "power cut, each disk it can leave",
                dict(cut(scenario(Path(root)), Path(root))),
            )


def on_full_disks() -> Iterator[Row]:
    """The same operations on a real disk, with room for ever less of what they write."""
    for name, scenario in OPERATIONS.items():
        if os.geteuid() != 0:
            yield Row(name, "full disk", {"left out: needs root": 0})
            continue
        with small_disk(DISK_MB) as disk:
            operation = scenario(disk)
            counts: Counter[str] = Counter()
            for free in range(0, DISK_MB << 20, os.statvfs(disk).f_frsize):
                operation.restore()
                with filled(disk, free):
                    outcome = run(operation.work)
                counts[operation.check(outcome)] += 1
                if outcome.code == 0:
                    break
        yield Row(name, "full disk, a page more room each time", dict(counts))


def builds() -> Iterator[Row]:
    """Whole builds:

    signals and SIGKILL at moments spread over their time, and full disks for what they
    work with.
    """
    with tempfile.TemporaryDirectory() as folder:
        workshop = _workshop(Path(folder))
        done = workshop.build()
        assert done.returncode == 0, done.stderr
        outcomes = interruptions.sweep(workshop, MOMENTS)
        bad = [outcome for outcome in outcomes if outcome.kind.startswith("PROBLEM")]
        if bad:
            raise SystemExit("\n".join(map(str, bad)))
        yield Row(
            "build",
            "Ctrl-C, SIGTERM, SIGHUP",
            dict(Counter(outcome.kind for outcome in outcomes)),
        )
        yield Row("build", "killed, then built again", _killed(workshop))
        if os.geteuid() == 0:
            yield Row("build", "full disk for runs/", _full_runs(workshop))


def _killed(workshop: Workshop) -> dict[str, int]:
    """Builds killed at moments spread over the time of one, each followed by one that
    must succeed.
    """
    command = [sys.executable, *PIPELINE, *workshop.build_arguments("--force")]
    counts: Counter[str] = Counter()
    for moment in range(MOMENTS // 4):
        process = subprocess.Popen(
            command,
            cwd=workshop.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1 + moment * 0.15)
        process.kill()  # it alone, as when memory runs out
        ended = process.wait() == 0
        workshop.check_site()
        # With thirty seeds, some models are worse than the best before by more than
        # chance explains: no fault here.
        gates = ("--set", "gates.baseline_significance=0")
        again = workshop.build("--set", f"training.seed={moment}", *gates, "--json")
        assert again.returncode == 0, again.stderr
        workshop.check_site()
        assert scratch_in(workshop.folder) == []
        counts["had finished" if ended else "site whole, next build right"] += 1
    return dict(counts)


def _full_runs(workshop: Workshop) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with small_disk(DISK_MB) as disk:
        for free in range(0, 8 << 20, 512 << 10):
            with filled(disk, free):
                ended = workshop.build("--force", "--runs", str(disk / "runs"))
            assert "Traceback" not in ended.stderr, ended.stderr
            assert ended.returncode in (0, 6), ended.stderr
            workshop.check_site()
            counts["exit code 6, site whole" if ended.returncode else "built"] += 1
            assert (
                workshop.build("--force", "--runs", str(disk / "runs")).returncode == 0
            )
    return dict(counts)


def inputs() -> Iterator[Row]:
    """Damaged inputs of every kind, each read or refused in one sentence."""
    for kind, cases in MANY.items():
        outcome = fuzz(kind, cases, seed=SEED)
        if outcome.failures:
            raise SystemExit("\n".join(map(str, outcome.failures)))
        yield Row(f"input: {kind}", "damaged", outcome.counts)


def tampered_hosts() -> Iterator[Row]:
    """A host that changes one published file at a time, visited through each pinned
    snippet in each browser.
    """
    with tempfile.TemporaryDirectory() as folder:
        tries = Path(folder) / "tries.json"
        environment = node_environment() | {
            "SITE_DIR": str(find_site()),
            "TAMPERED_HOST": str(tries),
            "TIER": "all",
        }
        command = [
            *find_npm(),
            "--prefix",
            str(ROOT / "web"),
            "run",
            "test:browser",
            "--",
            "tampered-host",
        ]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        rows: dict[str, Counter[str]] = {}
        for each in json.loads(tries.read_text()):
            if each["outcome"] == "ran changed code":
                raise SystemExit(
                    f"Changed code ran in {each['browser']}, from the pinned"
                    f" {each['snippet']}."
                )
            rows.setdefault(each["snippet"], Counter())[each["outcome"]] += 1
    for snippet, outcomes in rows.items():
        yield Row(f"pinned {snippet}", "tampered host, three browsers", dict(outcomes))


def _workshop(folder: Path) -> Workshop:
    """A folder to build in, with the first 2,000 + 500 images of MNIST."""
    images = load_images(
        prepare_data("mnist", cache_dir=default_cache_dir(), work_dir=folder)
    )
    x_train, y_train, x_test, y_test = (
        *(images.train[:2000], images.train_labels[:2000]),
        *(images.test[:500], images.test_labels[:500]),
    )
    np.savez(
        folder / "digits.npz",
        x_train=x_train,
        y_train=y_train,
        x_test=x_test,
        y_test=y_test,
    )
    return Workshop(folder, folder / "digits.npz")


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "calls": at_every_call,
    "power": power_cuts,
    "disks": on_full_disks,
    "builds": builds,
    "inputs": inputs,
    "hosts": tampered_hosts,
}


def main() -> None:
    """Run the parts named as arguments, or all; the rows of the others are those of the
    last results.
    """
    compress.LARGE = 0  # the quick quality: these are thousands of publications
    saved = RESULTS / "faults.json"
    rows: dict[str, list[Row]] = {}
    if saved.exists():
        former = json.loads(saved.read_text())["details"]
        rows = {
            part: [Row(**row) for row in former[part]]
            for part in PARTS
            if part in former
        }
    for part in sys.argv[1:] or PARTS:
        rows[part] = []
        for row in PARTS[part]():
            print(row, flush=True)
            rows[part].append(row)
    lines = [
        (
            row.what,
            row.fault,
            f"{sum(row.outcomes.values()):,}",
            ", ".join(f"{n:,} {end}" for end, n in _sorted(row)),
        )
        for part in PARTS
        for row in rows.get(part, ())
    ]
    print_table(("what", "fault", "tries", "how they ended"), lines)
    save_results(
        "faults",
        {part: [asdict(row) for row in rows[part]] for part in PARTS if part in rows},
    )


def _sorted(row: Row) -> list[tuple[str, int]]:
    return sorted(row.outcomes.items(), key=lambda item: -item[1])


if __name__ == "__main__":
    main()
