"""Thirty nights that nobody watches: a growing data set, a build every night, and what
goes wrong in between.

Each night more of MNIST has arrived, and `pipeline build` and `pipeline versions prune`
run as cron would run them. On some nights labels are damaged, the disk is full or the
build is killed; on two mornings the owner rolls back, and the next build has nothing
new. A reader asks for the live version all the time. The benchmark stops with an error
at a version that should not be live, a site that is not whole, a document that does not
say how its run ended, or a disk that fills up.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from bench.disks import filled, small_disk
from bench.harness import print_table, save_results
from pipeline.data.arrays import Images, load_images
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.versions.manifest import read_pointer
from tests.support.versions import check_site, scratch_in

NIGHTS = 30
NAME = "digits"
# training and test images: of the first night, and what each night adds
FIRST, MORE = (
    (4000, 800),
    (200, 40),
)
# the night, and the share of its training labels that are shuffled
DAMAGED, SHARE = (
    6,
    0.2,
)
FULL, FREE_BYTES = 10, 1 << 20  # the night of the full disk, and what is free in it
KILLED = 14
# in the mornings after these nights; on the following nights nothing new has arrived
ROLLED_BACK = (
    17,
    23,
)
DISK_MB = 512
# versions, as `versions prune` keeps them; all nights are on one day, so none is kept
# for its date
KEEP = 5
SETTLED = 2 * KEEP  # from this night on the disk must stay as full as it is
# Evaluations grow with the test images: by 5 % a night at first, 0.5 % at the end, of a
# tenth of a version.
GROWTH = 1.1
RECIPE = """title = "Digits, built every night"
[preprocess]
deskew = true
[training]
epochs = 4
[gates]
threshold = 0.85
class_recall = 0.6
"""


@dataclass(frozen=True)
class Night:
    """One line of the table."""

    night: int
    event: str
    exit_code: int  # of the build
    ending: str
    live: str  # the version in the morning
    disk_kb: int  # of site, store and runs, after pruning


class Reader(threading.Thread):
    """Somebody who asks a site for its live version again and again, and remembers the
    answers.
    """

    def __init__(self, site: Path) -> None:
        super().__init__(daemon=True)
        self._pointer, self._ended = (
            site / "models" / NAME / "latest.json",
            threading.Event(),
        )
        self.seen: set[str] = set()

    def run(self) -> None:
        """Until `end`."""
        while not self._ended.wait(0.005):
            with contextlib.suppress(FileNotFoundError):  # before the first publication
                self.seen.add(read_pointer(self._pointer))

    def end(self) -> set[str]:
        """The versions that were live."""
        self._ended.set()
        self.join()
        return self.seen


class Owner:
    """The folder of an unattended pipeline, and its commands."""

    def __init__(self, folder: Path, images: Images) -> None:
        self.folder, self.images = folder, images
        self.site, self.live = folder / "site", ""
        self.seconds = 0.0  # of the last build that was done
        (folder / "nightly.toml").write_text(RECIPE)

    def write_data(self, night: int, *, damaged: bool = False) -> None:
        """All images that have arrived by this night."""
        train, test = (
            first + night * more for first, more in zip(FIRST, MORE, strict=True)
        )
        labels = self.images.train_labels[:train].copy()
        if damaged:
            random = np.random.default_rng(night)
            wrong = random.choice(train, int(SHARE * train), replace=False)
            labels[wrong] = random.permutation(labels[wrong])
        np.savez(
            self.folder / f"{NAME}.npz",
            x_train=self.images.train[:train],
            y_train=labels,
            x_test=self.images.test[:test],
            y_test=self.images.test_labels[:test],
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command in this folder, as from a terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments, "--json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command that must succeed; its document."""
        return _document(self.start(*arguments), 0)

    def build(self) -> subprocess.Popen[str]:
        """Start the nightly build."""
        data = (
            "--data",
            f"{NAME}.npz",
            "--name",
            NAME,
            "--recipe",
            "nightly.toml",
            "--device",
            "cpu",
        )
        return self.start("build", *data, "-q")

    def built(self, code: int) -> dict[str, Any]:
        """Wait for a nightly build that must end with this code; its document."""
        document = _document(self.build(), code)
        self.seconds = document["seconds"].get("total", self.seconds)
        return document

    def disk_kb(self) -> int:
        """Kilobytes of site, store and runs."""
        roots = (self.site, self.folder / "exported_models", self.folder / "runs")
        return (
            sum(
                path.stat().st_size
                for root in roots
                for path in root.rglob("*")
                if path.is_file()
            )
            // 1000
        )


def simulate(folder: Path, images: Images) -> Iterator[Night]:
    """Live through the nights; an AssertionError says what was wrong in which."""
    owner = Owner(folder, images)
    yesterday = 0  # the last night whose images have arrived
    for night in range(1, NIGHTS + 1):
        nothing_new = night - 1 in ROLLED_BACK
        yesterday = yesterday if nothing_new else night
        owner.write_data(yesterday, damaged=night == DAMAGED)
        before, reader = owner.live, Reader(owner.site)
        reader.start()
        event, code, ending, new = _build(owner, night, nothing_new=nothing_new)
        owner.live = new or before
        # After a killed build another one follows, as systemd's Restart= would start
        # it: `new` is what that published.
        wrong = reader.end() - {before, owner.live}
        assert not wrong, f"night {night}: {wrong} were live"
        if night in ROLLED_BACK:
            event, owner.live = (
                f"{event}; rolled back in the morning",
                _roll_back(owner, before),
            )
        owner.run("versions", "prune", "--keep", str(KEEP), "--days", "0")
        _check(owner, night)
        yield Night(night, event, code, ending, owner.live, owner.disk_kb())


def _build(
    owner: Owner, night: int, *, nothing_new: bool
) -> tuple[str, int, str, str | None]:
    """The night's event, the build's exit code, how it ended in words, and the version
    that it made live.
    """
    if night == DAMAGED:
        document = owner.built(3)
        failed = [gate["name"] for gate in document["gates"] if gate["passed"] is False]
        assert set(failed) & {
            "validation",
            "undisputed labels",
        }, f"stopped for another reason: {failed}"
        return (
            f"{SHARE:.0%} of the training labels shuffled",
            3,
            f"refused: {', '.join(failed)}",
            None,
        )
    if night == FULL:
        with filled(owner.folder, FREE_BYTES):
            document = owner.built(6)
        assert document["published"] is False
        return f"{FREE_BYTES >> 20} MiB free on the disk", 6, "refused", None
    if night == KILLED:
        process = owner.build()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.7 * owner.seconds)
        assert process.poll() is None, "the build ended before it could be killed"
        process.kill()
        process.communicate()
        assert read_pointer(owner.site / "models" / NAME / "latest.json") == owner.live
        document = owner.built(0)
        return (
            "the build killed, then started again",
            -9,
            "published by the second run",
            document["version"],
        )
    document = owner.built(0)
    if nothing_new:
        assert document["published"] is False
        assert document["held"]["live"] == owner.live
        owner.run("versions", "release", NAME)
        return "nothing new", 0, f"{document['version']} is held", None
    assert document["published"] is True
    assert document["held"] is None
    return "more images", 0, "published", document["version"]


def lines_of(nights: Sequence[Night]) -> list[tuple[str, ...]]:
    """The lines of the table:

    nights of the same event share one, which says what was live after the last of them.
    """
    lines: list[tuple[str, ...]] = []
    for (event, code, ending), found in groupby(
        nights, lambda one: (one.event, one.exit_code, one.ending)
    ):
        group = list(found)
        first, last = group[0], group[-1]
        numbers = str(last.night) if first is last else f"{first.night} to {last.night}"
        lines.append(
            (numbers, event, str(code), ending, f"`{last.live}`", f"{last.disk_kb:,}")
        )
    return lines


def _roll_back(owner: Owner, expected: str) -> str:
    live = str(owner.run("rollback", NAME)["version"])
    assert live == expected, f"rolled back to {live} instead of {expected}"
    return live


def _document(process: subprocess.Popen[str], code: int) -> dict[str, Any]:
    """Return the JSON document that a command printed."""
    printed, prose = process.communicate()
    assert process.returncode == code, (
        f"exit code {process.returncode} instead of {code}:\n{prose}"
    )
    document = json.loads(printed)
    assert isinstance(document, dict)
    assert document["exit_code"] == code
    assert bool(document["error"]) == (code != 0)
    return document


def _check(owner: Owner, night: int) -> None:
    """The site is whole, shows what it must, and nothing was left behind."""
    assert check_site(owner.site) == {NAME: owner.live}, f"night {night}"
    assert scratch_in(owner.folder) == [], f"night {night}"
    rows = json.loads(_printed(owner.start("versions", "list")))
    assert [row["version"] for row in rows if row["live"]] == [owner.live], (
        f"night {night}"
    )


def _printed(process: subprocess.Popen[str]) -> str:
    printed, prose = process.communicate()
    assert process.returncode == 0, prose
    return printed


def require_flat(nights: list[Night]) -> None:
    """Raise SystemExit if the disk goes on filling up once as many versions are there
    as are kept.
    """
    settled = max(night.disk_kb for night in nights[SETTLED - KEEP : SETTLED + KEEP])
    worst = max(nights[SETTLED:], key=lambda night: night.disk_kb)
    if worst.disk_kb > GROWTH * settled:
        raise SystemExit(
            f"The disk grew from {settled} kB to {worst.disk_kb} kB in night"
            f" {worst.night}."
        )


def main() -> None:
    """Run all nights, on a small disk that can be filled; only root may make one."""
    if os.geteuid() != 0:
        raise SystemExit(
            "This needs root, for a small disk that it can fill. Run it as root, in a"
            " container perhaps."
        )
    with small_disk(DISK_MB) as disk:
        with tempfile.TemporaryDirectory() as work:
            images = load_images(
                prepare_data(
                    "mnist", cache_dir=default_cache_dir(), work_dir=Path(work)
                )
            )
        nights = []
        for night in simulate(disk, images):
            print(night, flush=True)
            nights.append(night)
    require_flat(nights)
    print_table(
        (
            "nights",
            "what happened",
            "exit",
            "how the build ended",
            "then live",
            "disk, kB",
        ),
        lines_of(nights),
    )
    save_results("nights")


if __name__ == "__main__":
    main()
