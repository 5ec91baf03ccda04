"""Publishing at a crash, on a full disk, and into a folder that cannot be one: the old site stays."""

import errno
import os
import resource
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from pipeline.versions import store
from tests.support.versions import (
    Place,
    check_site,
    make_version,
    make_web,
    moments_to_die,
    needs_fork,
    problems_of,
    publish_folder,
    run_in_child,
    snapshot,
)


@needs_fork
def test_a_kill_at_any_moment_leaves_a_working_site_and_the_next_run_finishes(place: Place, tmp_path: Path) -> None:
    old = place.publish(b"w1").version
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    saved = tmp_path / "saved"
    place.site.rename(saved)

    def publish() -> None:
        publish_folder(version, place.site, place.web, place.out, progress=place.said.append)

    def restore() -> None:
        shutil.rmtree(place.site, ignore_errors=True)
        shutil.copytree(saved, place.site)

    restore()
    code, calls = run_in_child(publish)
    assert code == 0, calls
    finished = set(snapshot(place.site))
    moments = moments_to_die(calls, every=16)
    seen = set()
    for number, die_at in enumerate(moments):
        restore()
        assert run_in_child(publish, die_at)[0] == -signal.SIGKILL
        seen.add(check_site(place.site)["digits"])
        if number % 4 == 0:
            publish()
            assert check_site(place.site) == {"digits": version.name}
            assert set(snapshot(place.site)) == finished, "leftovers"
    assert seen == {old, version.name}


@needs_fork
def test_no_file_is_ever_opened_for_writing_under_its_final_name(place: Place) -> None:
    place.publish(b"w1")
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    opened = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            opened.append(arguments[0])

    def publish() -> None:
        sys.addaudithook(watch)  # in the child only: such a hook cannot be taken off
        publish_folder(version, place.site, place.web, place.out)
        place.rollback()
        assert len(opened) > 10
        assert [path for path in opened if "/." not in path.removeprefix(str(place.site))] == []

    code, said = run_in_child(publish)
    assert code == 0, said


@needs_fork
def test_a_kill_during_the_very_first_publication_never_shows_half_a_site(place: Place) -> None:
    version = make_version(place.out)

    def publish() -> None:
        publish_folder(version, place.site, place.web, place.out)

    for die_at in moments_to_die(run_in_child(publish)[1], every=32):
        shutil.rmtree(place.site, ignore_errors=True)
        run_in_child(publish, die_at)
        check_site(place.site)
    publish()
    assert check_site(place.site) == {"digits": version.name}


def version_names(folder: Path) -> Any:
    return [entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]


@needs_fork
def test_a_kill_during_commit_leaves_the_store_whole(tmp_path: Path) -> None:
    old = make_version(tmp_path / "out", b"w1").name
    saved = tmp_path / "saved"
    (tmp_path / "out").rename(saved)
    code, calls = run_in_child(lambda: make_version(tmp_path / "out", b"w2"))
    assert code == 0
    for die_at in moments_to_die(calls, every=8):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        shutil.copytree(saved, tmp_path / "out")
        run_in_child(lambda: make_version(tmp_path / "out", b"w2"), die_at)
        for version in version_names(tmp_path / "out" / "digits"):
            assert problems_of(tmp_path / "out" / "digits" / version) == []
        assert store.latest(tmp_path / "out", "digits") in version_names(tmp_path / "out" / "digits")
        store.clean_stale_staging(tmp_path / "out", "digits")
        assert not list((tmp_path / "out" / "digits").glob(".*"))
    assert old in version_names(tmp_path / "out" / "digits")


@needs_fork
@pytest.mark.parametrize(("padding", "weights"), [(100_000, b"w2"), (0, b"w" * 100_000)], ids=["page", "version"])
def test_a_file_that_the_system_refuses_to_write_leaves_the_old_site(
    place: Place, padding: int, weights: bytes
) -> None:
    # Real, and needs no root: the kernel stops the write at 64 KiB, as a full disk would.
    place.publish(b"w1")
    before = snapshot(place.site)
    make_web(place.web, build="2", padding=padding)
    version = make_version(place.out, weights)

    def publish_with_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        publish_folder(version, place.site, place.web, place.out)

    code, said = run_in_child(publish_with_limit)
    assert code == 6, said
    refused = "assets/page-2.js" if padding else "layers-float32/group1-shard1of1.bin"
    assert said.startswith(f"DiskError: Cannot write {place.site}/")
    assert f"{refused}: File too large. Existing files are unchanged. " in said
    assert "raise the limit" in said
    after = snapshot(place.site)
    assert {path: after[path] for path in before} == before
    assert not [path for path in after if ".staging" in path or path.endswith(".tmp")]
    if weights != b"w2":
        assert after == before


def test_a_disk_that_fills_up_at_any_moment_leaves_the_old_site(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    old = place.publish(b"w1").version
    before = snapshot(place.site)
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    real = os.fsync
    room = 0

    def fsync(descriptor: int) -> None:
        nonlocal room
        room -= 1
        if room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # where delayed allocation reports it
        real(descriptor)

    monkeypatch.setattr("pipeline.system.files.os.fsync", fsync)
    messages = []
    for available in range(0, 200, 3):
        room = available
        try:
            publish_folder(version, place.site, place.web, place.out, progress=place.said.append)
            break
        except PublishError as error:
            messages.append(str(error))
        after = snapshot(place.site)
        assert not [path for path in after if ".staging" in path or path.endswith(".tmp")]
        assert check_site(place.site)["digits"] in (old, version.name)
        if after["embed.js"] == before["embed.js"]:  # nothing was replaced yet: so nothing at all
            assert {path: after[path] for path in before} == before
    assert len(messages) > 5
    for message in messages:
        assert message.startswith(f"Cannot write {place.site}")
        assert "No space left on device" in message
        assert "Free some space" in message
    assert check_site(place.site) == {"digits": version.name}


def test_a_site_below_a_file_is_refused_by_name(place: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    version = make_version(place.out)
    with pytest.raises(PublishError, match=r"Cannot write .*file/site.*choose another folder"):
        publish_folder(version, tmp_path / "file" / "site", place.web, place.out)


def test_a_file_where_a_folder_must_be_is_refused_by_name(place: Place) -> None:
    place.publish()
    shutil.rmtree(place.site / "assets")
    (place.site / "assets").write_text("")
    with pytest.raises(PublishError, match=r"Cannot write .*site/assets.*move the file away"):
        place.publish(b"w2")
