"""Operations on a site and a store, to be disturbed by `faults.sweep`, and what each fault may leave."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from pipeline.site import compress
from pipeline.versions import store
from tests.support.faults import Outcome, Scenario, run
from tests.support.versions import (
    Place,
    check_site,
    make_version,
    make_web,
    problems_of,
    publish_folder,
    scratch_in,
    snapshot,
)

ENDS = {0: "done", 6: "refused", -9: "killed"}  # exit code → what `check` calls it


def publication(root: Path) -> Scenario:
    """A new version and a new page over those of an earlier publication."""
    place = _place(root)
    place.publish(b"w1" * compress.LEAST)
    make_web(place.web, build="2", padding=compress.LEAST)
    version = make_version(place.out, b"w2" * compress.LEAST)
    return _on_site(place, lambda: publish_folder(version, place.site, place.web, place.out, progress=_silent))


def first_publication(root: Path) -> Scenario:
    """A version and a page in a folder that does not exist yet."""
    place = _place(root)
    version = make_version(place.out, b"w1" * compress.LEAST)
    return _on_site(place, lambda: publish_folder(version, place.site, place.web, place.out, progress=_silent))


def return_to_older(root: Path) -> Scenario:
    """A rollback."""
    place = _place(root)
    first = place.publish(b"w1" * compress.LEAST).version
    place.publish(b"w2" * compress.LEAST)
    return _on_site(place, lambda: place.rollback(version=first))


def commit(root: Path) -> Scenario:
    """A new version in a store that has one."""
    out, saved = root / "out", root / "saved"
    old = make_version(out, b"w1").name
    out.rename(saved)

    def work() -> None:
        store.clean_stale_staging(out, "digits")
        make_version(out, b"w2")

    def check(outcome: Outcome) -> str:
        pointed = store.latest(out, "digits")
        folders = {entry.name for entry in store.version_folders(out, "digits")}
        assert {old, pointed} <= folders
        assert [problems_of(out / "digits" / folder) for folder in folders] == [[]] * len(folders)
        assert run(work).code == 0
        assert scratch_in(out) == []
        return f"{_ending(outcome)}: {'old' if pointed == old else 'new'}"

    return Scenario(work, lambda: _copy(saved, out), check)


def _place(root: Path) -> Place:
    place = Place(root)
    make_web(place.web, padding=compress.LEAST)
    return place


def _silent(_: str) -> None:
    pass


def _on_site(place: Place, work: Callable[[], object]) -> Scenario:
    """An operation that makes a version live on a site: after a fault it is live or not, and nothing in between."""
    saved = place.site.with_name("saved")
    if place.site.exists():
        place.site.rename(saved)

    def restore() -> None:
        _copy(saved, place.site)

    restore()
    before, old = _content(place.site), store.latest(place.site / "models", "digits")
    undisturbed = run(work)
    assert undisturbed.code == 0, undisturbed.said
    finished, new = _content(place.site), check_site(place.site)
    assert new["digits"] != old

    def check(outcome: Outcome) -> str:
        ended = _ending(outcome)
        after = _content(place.site)
        live = check_site(place.site).get("digits")
        assert live in (old, new["digits"])
        for path, content in after.items():
            assert content in (before.get(path), finished.get(path)), path
        assert before.keys() - after.keys() <= {path for path in before if compress.is_copy(Path(path))}
        assert ended != "done" or after == finished
        assert run(work).code == 0
        assert check_site(place.site) == new
        assert _content(place.site) == finished
        assert scratch_in(place.site, place.out) == []
        return f"{ended}: {'old' if live == old else 'new'}"

    return Scenario(work, restore, check)


def _ending(outcome: Outcome) -> str:
    assert outcome.code in ENDS, outcome
    assert outcome.code != 6 or outcome.said.startswith(("DiskError: ", "PublishError: ", "DamagedVersion: ")), outcome
    return ENDS[outcome.code]


def _copy(saved: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if saved.exists():
        shutil.copytree(saved, folder, copy_function=os.link)  # nothing is written in place


def _content(site: Path) -> dict[str, bytes]:
    """What is published, by path; the times in history.json, which differ from run to run, are left out."""
    return {
        path: re.sub(rb'"published_at": "[^"]+"', b"", content)
        for path, content in snapshot(site).items()
        if not Path(path).name.endswith(".tmp") and "/.staging-" not in path and "/.broken-" not in path
    }
