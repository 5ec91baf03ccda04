"""Deploying to a folder: in order, only what is new, again after a kill at any moment, and into nobody else's."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.checking.check import check_target
from pipeline.deploying.deploy import deploy_site
from pipeline.errors import ConfigError, DiskError, PublishError
from pipeline.site.order import CONTENT, rank
from pipeline.system.locks import exclusive
from tests.support.deployments import Deployed, content
from tests.support.faults import Outcome, Scenario, sample, sweep
from tests.support.versions import check_site, needs_fork, snapshot


def test_a_dry_run_says_what_a_deployment_does_and_changes_nothing(place: Deployed, tmp_path: Path) -> None:
    target, before = tmp_path / "to", snapshot(place.site)
    planned = place.deploy(target, dry_run=True)
    assert not target.exists()
    assert not place.cache.exists()
    assert snapshot(place.site) == before
    done = place.deploy(target)
    assert done.uploaded == planned.uploaded
    assert {change.path: change.bytes for change in done.uploaded} == {
        path: len(text) for path, text in content(place.site).items()
    }
    assert content(target) == content(place.site)
    assert check_target(str(target)).passed
    place.change(2)
    place.prune()
    planned = place.deploy(target, dry_run=True)
    assert content(target) != content(place.site)
    done = place.deploy(target)
    assert (done.uploaded, done.removed) == (planned.uploaded, planned.removed)
    assert done.removed
    assert content(target) == content(place.site)
    for left in target.rglob("*"):
        assert left.is_file() or any(left.iterdir()), left
    assert place.deploy(target, dry_run=True).uploaded == place.deploy(target).uploaded == ()


def test_content_comes_first_and_what_points_at_it_last(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each single step a visitor finds a whole site, from the first pointer on."""
    target, steps = tmp_path / "to", list[str]()
    real = {name: getattr(os, name) for name in ("replace", "remove")}

    def watched(name: str) -> None:
        def call(*paths: str) -> None:
            real[name](*paths)
            path = Path(paths[-1])
            if path.is_relative_to(target) and not str(path.relative_to(target)).startswith((".deploying", "deployed")):
                check_site(target)
                steps.append(path.relative_to(target).as_posix())

        monkeypatch.setattr(os, name, call)

    for name in real:
        watched(name)
        place.deploy(target)
    assert [rank(path) for path in steps] == sorted(rank(path) for path in steps)
    assert steps[-1] == "sw.js"
    steps.clear()
    place.change(2)
    place.prune()
    done = place.deploy(target)
    removed = [change.path for change in done.removed]
    assert steps[-len(removed) :] == removed
    ranks = [rank(path) for path in steps[: -len(removed)]]
    assert ranks == sorted(ranks)
    assert {rank(path) for path in removed} == {CONTENT}
    # a copy is gone while its original is replaced, and comes after it
    pages = [path for path in steps if path.startswith("index.html")]
    assert pages == ["index.html.br", "index.html.gz", "index.html", "index.html.br", "index.html.gz"]


@needs_fork
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("every", [None, pytest.param(3, marks=pytest.mark.all_only)])
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
def test_a_kill_at_any_moment_loses_nothing_and_the_next_run_continues(
    tmp_path: Path, first: bool, every: int | None
) -> None:
    place = Deployed(tmp_path / "small")
    target, saved = tmp_path / "to", tmp_path / "saved"
    if first:
        saved.mkdir()
    else:
        place.change(2)
        place.deploy(saved)
        place.change(3)
        place.prune()  # the first version
    before, finished = content(saved), content(place.site)
    uploaded_again: list[int] = []

    def restore() -> None:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(saved, target, copy_function=os.link)  # nothing is written in place

    def check(outcome: Outcome) -> str:
        assert outcome.code in (0, -9), outcome
        check_site(target)
        after = content(target)
        for path, text in after.items():
            assert text in (before.get(path), finished.get(path)), path
        uploaded_again.append(len(place.deploy(target).uploaded))
        assert not any("--break-lock" in line for line in place.said)
        assert content(target) == finished
        assert list(target.glob(".deploying*")) == []
        assert [path for path in place.cache.rglob(".*") if path.name != ".lock"] == []
        assert place.deploy(target).uploaded == ()
        return "new" if after == finished else "old" if after == before else "between"

    work = Scenario(lambda: place.deploy(target), restore, check)
    counts = sweep(work, kinds=["kill"], every=every) if every else sample(work, kinds=["kill"])
    print(dict(counts), uploaded_again)
    assert counts["kill", "between"] > 3, counts
    assert min(uploaded_again) == 0
    assert len({*uploaded_again}) > 3  # the later the kill, the less is left to do


def test_an_unwritable_target_is_one_sentence(place: Deployed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        PublishError, match=r"^Cannot reach .*/file/to: .*Not a directory.* Nothing was changed\. Check"
    ):
        place.deploy(tmp_path / "file" / "to")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_target_without_permission_is_refused(place: Deployed, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir(mode=0o500)
    with pytest.raises(PublishError, match="Permission denied"):
        place.deploy(tmp_path / "to")


def test_what_is_not_ours_is_refused_and_stays(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"
    target.mkdir()
    (target / "thesis.txt").write_text("mine")
    for dry_run in (False, True):
        with pytest.raises(PublishError, match=r"'thesis.txt' and no deployed.json. Nothing was changed"):
            place.deploy(target, dry_run=dry_run)
    assert snapshot(target) == {"thesis.txt": b"mine"}
    (target / "deployed.json").write_text('{"tool": "another", "files": {}}')
    with pytest.raises(PublishError, match="must be one of keras-web-pipeline"):
        place.deploy(target)
    assert len(snapshot(target)) == 2


def test_what_others_put_there_stays(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    (target / "CNAME").write_text("digits.example")
    (target / "models/digits/notes.txt").write_text("mine")
    place.change(2)
    place.prune()
    place.deploy(target)
    assert (target / "CNAME").read_text() == "digits.example"
    assert (target / "models/digits/notes.txt").read_text() == "mine"
    (place.site / "CNAME").write_text("other.example")
    with pytest.raises(PublishError, match=r"somebody's own file. Received: CNAME .* Move it away"):
        place.deploy(target)
    assert (target / "CNAME").read_text() == "digits.example"
    (target / "CNAME").unlink()
    place.deploy(target)
    assert (target / "CNAME").read_text() == "other.example"


def test_another_site_is_not_replaced(place: Deployed, tmp_path: Path, copy: Callable[[Path], Deployed]) -> None:
    other = copy(tmp_path / "beside")
    for name in ("digits", "other"):
        (other.site / "models" / name).rename(other.site / "models" / f"{name}-b")
    other.deploy(tmp_path / "to")
    with pytest.raises(PublishError, match=r"another site. .* shows digits-b, other-b; this site shows digits, other"):
        place.deploy(tmp_path / "to")


def test_damage_on_the_target_is_repaired(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    (target / "index.html").unlink()
    (target / "sw.js").write_text("cut")
    assert {change.path for change in place.deploy(target).uploaded} >= {"index.html", "sw.js"}
    assert content(target) == content(place.site)


@pytest.mark.parametrize("machines", [1, 2])
def test_two_deployers_at_once_do_not_mix(tmp_path: Path, machines: int) -> None:
    """On one machine the second one waits; on two it is refused, or comes after."""
    target, sites = tmp_path / "to", [Deployed(tmp_path / "a"), Deployed(tmp_path / "b")]
    sites[1].change(7)
    ended: list[str] = []

    def deploy(number: int) -> None:
        here = sites[number]
        try:
            here.deploy(target, cache=tmp_path / f"machine-{number % machines}")
            ended.append("done")
        except PublishError as error:
            ended.append("refused" if "One deployment at a time" in str(error) else str(error))

    for _ in range(5):
        threads = [threading.Thread(target=deploy, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check_site(target)
        assert content(target) in [content(each.site) for each in sites]
        assert list(target.glob(".deploying*")) == []
    assert ended.count("done") >= 5
    assert {*ended} <= ({"done"} if machines == 1 else {"done", "refused"})


def test_a_lock_of_another_machine_is_told_and_can_be_broken(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    place.change(2)
    (target / ".deploying").mkdir()
    (target / ".deploying/owner.json").write_text('{"machine": "x", "pid": 7, "host": "elsewhere", "since": "noon"}')
    before = content(target)
    with pytest.raises(PublishError, match=r"process 7 on elsewhere \(since noon\) is deploying.*pass --break-lock"):
        place.deploy(target)
    assert content(target) == before
    place.deploy(target, break_lock=True)
    assert content(target) == content(place.site)


def test_whose_lock_was_broken_points_at_nothing(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    pointer = (target / "models/digits/latest.json").read_bytes()
    place.change(2)

    def tell(line: str) -> None:
        (target / ".deploying/owner.json").write_text("{}")

    with pytest.raises(PublishError, match="took over the lock"):
        deploy_site(place.site, str(target), cache=place.cache, progress=tell)
    assert (target / "models/digits/latest.json").read_bytes() == pointer
    check_site(target)


def test_the_site_may_change_during_an_upload(place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uploaded is the site of one moment, and a build does not wait for the upload."""
    target, changed = tmp_path / "to", list[str]()
    before = content(place.site)

    def tell(line: str) -> None:
        if not changed:
            with exclusive(place.site, wait=False):  # the lock is free by then
                pass
            changed.append(place.change(2))
            place.prune()

    deploy_site(place.site, str(target), cache=place.cache, progress=tell)
    assert changed
    assert content(target) == before
    assert check_target(str(target)).passed


def test_a_site_that_cannot_be_deployed_is_refused(place: Deployed, tmp_path: Path) -> None:
    for target in (place.site, place.site / "copy", tmp_path):
        with pytest.raises(ConfigError, match="outside of itself"):
            place.deploy(target)
    (place.site / "link").symlink_to("/etc")
    with pytest.raises(PublishError, match=r"no links. Received: .*site/link. Replace it"):
        place.deploy(tmp_path / "to")
    (place.site / "link").unlink()
    (place.site / ".git").mkdir()
    (place.site / ".git/config").write_text("private")
    place.deploy(tmp_path / "to")
    assert not (tmp_path / "to/.git").exists()
    for folder in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(PublishError, match="There is no site"):
            deploy_site(folder, str(tmp_path / "to2"), cache=place.cache)
        assert not folder.exists()


def test_a_full_disk_here_changes_nothing_there(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.deploying.site_files.shutil.copyfile", full)
    with pytest.raises(DiskError, match="No space left"):
        place.deploy(tmp_path / "to")
    assert content(tmp_path / "to") == {}
    assert list((tmp_path / "to").glob("*")) == []


def test_an_interrupted_deployment_lets_go_of_its_lock(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"

    def interrupt(line: str) -> None:
        assert (target / ".deploying/owner.json").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy_site(place.site, str(target), cache=place.cache, progress=interrupt)
    assert list(target.iterdir()) == []
