"""Publishing at a crash, on a full disk, and into a folder that cannot be one:

the old site stays.
"""

import os
import resource
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from tests.support.faults import Endings, Scenario, run, sample, sweep
from tests.support.power import cut
from tests.support.publications import (
    DECISIONS,
    DELETIONS,
    PUBLICATIONS,
    commit,
    pin,
    publication,
    return_to_older,
)
from tests.support.versions import (
    Place,
    make_version,
    make_web,
    needs_fork,
    publish_folder,
    scratch_in,
    snapshot,
)

EVERY_CALL = pytest.param(
    sweep, marks=[pytest.mark.all_only, pytest.mark.timeout(7200)], id="every call"
)


@needs_fork
@pytest.mark.parametrize("disturb", [pytest.param(sample, id="a sample"), EVERY_CALL])
@pytest.mark.parametrize("scenario", [*PUBLICATIONS, *DECISIONS, *DELETIONS])
def test_a_fault_at_any_call_leaves_all_old_or_all_new_and_the_next_run_finishes(
    scenario: Callable[[Path], Scenario],
    disturb: Callable[[Scenario], Endings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the quick quality, for these thousands of publications
    monkeypatch.setattr("pipeline.site.compress.LARGE", 0)
    counts = disturb(scenario(tmp_path))
    print(scenario.__name__, dict(counts))
    assert {"killed: old", "killed: new", "refused: old", "done: new"} <= {
        ending for _, ending in counts
    }


@needs_fork
@pytest.mark.parametrize(("scenario", "most"), [
    *((scenario, 10) for scenario in (publication, return_to_older, commit, pin)),
    *(
        pytest.param(scenario, None, marks=pytest.mark.all_only)
        for scenario in (*PUBLICATIONS, *DECISIONS, *DELETIONS)
    ),
])  # fmt: skip
def test_a_power_cut_at_any_moment_leaves_all_old_or_all_new_and_the_next_run_finishes(
    scenario: Callable[[Path], Scenario],
    most: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.site.compress.LARGE", 0)
    counts = cut(scenario(tmp_path), tmp_path, most=most)
    print(scenario.__name__, dict(counts))
    assert {"power cut: old", "power cut: new"} <= counts.keys()


@needs_fork
@pytest.mark.parametrize(("scenario", "forgotten"), [
    (pin, "pipeline.system.files._flush"), (return_to_older, "pipeline.system.files.sync_folder"),
    (return_to_older, "pipeline.site.compress.sync_folder"),
    pytest.param(commit, "pipeline.system.files.sync_tree", marks=pytest.mark.all_only),
    pytest.param(commit, "pipeline.system.files.sync_folder", marks=pytest.mark.all_only),
])  # fmt: skip
def test_a_flush_that_is_forgotten_is_found_by_the_power_cuts(
    scenario: Callable[[Path], Scenario],
    forgotten: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    disturbed = scenario(tmp_path)
    monkeypatch.setattr(
        forgotten,
        lambda written: None if isinstance(written, Path) else written.flush(),
    )
    with pytest.raises((AssertionError, ValueError, OSError)) as found:
        cut(disturbed, tmp_path)
    assert found.value.__notes__[0].startswith("power cut")


@needs_fork
def test_no_file_is_ever_opened_for_writing_under_its_final_name(place: Place) -> None:
    place.publish(b"w1")
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    opened = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if (
            event == "open"
            and isinstance(arguments[0], str)
            and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            opened.append(arguments[0])

    def publish() -> None:
        sys.addaudithook(watch)  # in the child only: such a hook cannot be taken off
        publish_folder(version, place.site, place.web, place.out)
        place.rollback()
        assert len(opened) > 10
        assert [
            path for path in opened if "/." not in path.removeprefix(str(place.site))
        ] == []

    outcome = run(publish)
    assert outcome.code == 0, outcome.said


@needs_fork
@pytest.mark.parametrize(
    ("padding", "weights"),
    [(100_000, b"w2"), (0, b"w" * 100_000)],
    ids=["page", "version"],
)
def test_a_file_that_the_system_refuses_leaves_the_old_site(
    place: Place, padding: int, weights: bytes
) -> None:
    # Real, and needs no root: the kernel stops the write at 64 KiB, as a full disk
    # would.
    place.publish(b"w1")
    before = snapshot(place.site)
    make_web(place.web, build="2", padding=padding)
    version = make_version(place.out, weights)

    def publish_with_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        publish_folder(version, place.site, place.web, place.out)

    outcome = run(publish_with_limit)
    assert outcome.code == 6
    said = outcome.said
    refused = "assets/page-2.js" if padding else "layers-float32/group1-shard1of1.bin"
    assert said.startswith(f"DiskError: Cannot write {place.site}/")
    assert (
        f"{refused}: File too large. Visitors get the former version or the new one,"
        " whole. " in said
    )
    assert "raise the limit" in said
    after = snapshot(place.site)
    assert {path: after[path] for path in before} == before
    assert scratch_in(place.site) == []
    if weights != b"w2":
        assert after == before


def test_a_file_where_a_folder_must_be_is_refused_by_name(place: Place) -> None:
    place.publish()
    shutil.rmtree(place.site / "assets")
    (place.site / "assets").write_text("")
    with pytest.raises(
        PublishError, match=r"Cannot write .*site/assets.*move the file away"
    ):
        place.publish(b"w2")
