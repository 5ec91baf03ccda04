"""Deploying to a folder:

again after a kill at any moment, in turns, and through no link.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.deploying import store
from pipeline.deploying.deploy import deploy_site
from pipeline.errors import CheckFailed, ConfigError, PublishError
from pipeline.site.page import CONTENT, rank
from pipeline.system.locks import exclusive
from tests.support.deployments import Deployed, content
from tests.support.faults import CUT, Outcome, Scenario, sweep
from tests.support.power import cut
from tests.support.versions import check_site, needs_fork, snapshot


def disturbed(
    root: Path, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> tuple[Scenario, list[int]]:
    """A deployment to a folder, and how many files the next one uploads after each
    fault.
    """
    place = Deployed(root / "small")
    # the lock that a kill leaves is taken over at once
    monkeypatch.setattr(store, "PATIENCE", 0)
    target, saved = root / "to", root / "to-saved"
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
        # nothing is written in place
        shutil.copytree(saved, target, copy_function=os.link)

    def check(outcome: Outcome) -> str:
        assert outcome.code in (0, -9, CUT), outcome
        check_site(target)
        if (target / "deployed.json").exists():  # else there is nothing to check yet
            said = {Path(path).name for path, _ in check_target(str(target)).problems}
            unfinished = b'"unfinished":true' in (target / "deployed.json").read_bytes()
            # a check fails until the next run
            assert unfinished == ("deployed.json" in said) == bool(said), said
        after = content(target)
        for path, text in after.items():
            assert text in (before.get(path), finished.get(path)), path
        uploaded_again.append(len(place.deploy(target).uploaded))
        assert content(target) == finished
        assert check_target(str(target)).passed
        assert list(target.glob(".deploying*")) == []
        assert place.deploy(target).uploaded == {}
        return "new" if after == finished else "old" if after == before else "between"

    return Scenario(lambda: place.deploy(target), restore, check), uploaded_again


@needs_fork
@pytest.mark.timeout(7200)  # 15 minutes each for the last two, alone
@pytest.mark.parametrize(("first", "every", "last"), [
    (False, 155, 621),  # from the first upload to the last call
    pytest.param(True, 3, 0, marks=pytest.mark.all_only),
    pytest.param(False, 3, 0, marks=pytest.mark.all_only),
])  # fmt: skip
def test_a_kill_at_any_moment_loses_nothing_and_the_next_run_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool, every: int, last: int
) -> None:
    work, uploaded_again = disturbed(tmp_path, monkeypatch, first=first)
    counts = sweep(work, kinds=["kill"], every=every, last=last)
    print(dict(counts), uploaded_again)
    assert counts["kill", "between"] > 3, counts
    assert min(uploaded_again) == 0
    assert len({*uploaded_again}) > 3  # the later the kill, the less is left to do


@needs_fork
@pytest.mark.parametrize("most", [8, pytest.param(None, marks=pytest.mark.all_only)])
def test_a_power_cut_at_any_moment_leaves_a_whole_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    work, _ = disturbed(tmp_path, monkeypatch, first=False)
    counts = cut(work, tmp_path, most=most)
    assert counts["between"] > 3, counts


def test_an_unwritable_target_is_one_sentence(place: Deployed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        PublishError,
        match=r"^Cannot deploy to .*/file/to: .*Not a directory.* Part of this path",
    ):
        place.deploy(tmp_path / "file" / "to")


def test_a_damaged_old_version_is_restored_by_pruning_or_can_be_deleted(
    place: Deployed, tmp_path: Path
) -> None:
    models = place.site / "models"
    path = f"digits/{place.place.json('models/digits/history.json')[0]['version']}/model.keras"
    for damaged in ([models], [models, place.place.out]):
        for root in damaged:
            (root / path).write_bytes(b"rotten")
        with pytest.raises(CheckFailed, match="or delete its folder"):
            place.deploy(tmp_path / "to")
        place.place.run("versions", "prune")
        if damaged[1:]:
            shutil.rmtree((models / path).parent)
        place.deploy(tmp_path / "to")


def test_a_site_that_cannot_be_deployed_is_refused(
    place: Deployed, tmp_path: Path
) -> None:
    for target in (place.site, place.site / "copy", tmp_path):
        with pytest.raises(ConfigError, match="outside of itself"):
            place.deploy(target)
    (place.site / "link").symlink_to("/etc")
    with pytest.raises(CheckFailed, match="is a link"):
        place.deploy(tmp_path / "to")
    assert place.deploy(tmp_path / "to", unchecked=True).left_out == ("link",)
    (place.site / "link").unlink()
    (place.site / ".git").mkdir()
    (place.site / ".git/config").write_text("private")
    place.deploy(tmp_path / "to")
    assert not (tmp_path / "to/.git").exists()
    for folder in (tmp_path / "missing", tmp_path / "empty"):
        with pytest.raises(PublishError, match="There must be a site"):
            deploy_site(folder, str(tmp_path / "to2"))
        assert not folder.exists()


def test_a_lock_is_taken_over_without_signs_of_life(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 5.0)
    clock = [0.0]
    monkeypatch.setattr("pipeline.deploying.store.time.monotonic", lambda: clock[0])
    target, signs = tmp_path / "to", 0
    target.mkdir()
    (target / ".deploying").write_text("process 7 on elsewhere (0)")
    (target / ".deploying-0123456789abcdef").write_text("half a fi")

    def sleep(seconds: float) -> None:
        nonlocal signs
        clock[0] += 2
        if signs < 10:  # it lives for 20 s
            signs += 1
            (target / ".deploying").write_text(f"process 7 on elsewhere ({signs})")

    monkeypatch.setattr("pipeline.deploying.store.time.sleep", sleep)
    place.deploy(target)
    assert 25 <= clock[0] <= 28
    assert any("Waiting for process 7 on elsewhere" in line for line in place.said)
    assert content(target) == content(place.site)
    assert list(target.glob(".deploying*")) == []


def test_a_deployment_gives_signs_of_life(
    place: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SIGNS", 0)
    seen, real = set[str](), store.Store.put

    def put(self: store.Store, *arguments: Any) -> None:
        real(self, *arguments)
        seen.add((tmp_path / "to/.deploying").read_text())

    monkeypatch.setattr(store.Store, "put", put)
    pointers = [
        path for path in place.deploy(tmp_path / "to").uploaded if rank(path) != CONTENT
    ]
    assert len(seen) >= len(pointers) > 10  # one before each


def test_whose_lock_was_taken_over_points_at_nothing(
    place: Deployed, tmp_path: Path
) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    pointer = (target / "models/digits/latest.json").read_bytes()
    place.change(2)

    def tell(line: str) -> None:
        if line.startswith("Uploading"):
            (target / ".deploying").write_text("process 7 on elsewhere (0)")

    with pytest.raises(PublishError, match=r"One deployment at a time\. .* took over"):
        deploy_site(place.site, str(target), progress=tell)
    assert (target / "models/digits/latest.json").read_bytes() == pointer
    assert (target / ".deploying").exists()  # the other one's
    check_site(target)


@pytest.mark.parametrize("pruned", [False, True])
def test_the_site_may_change_during_an_upload(
    place: Deployed, tmp_path: Path, pruned: bool
) -> None:
    """A build does not wait for the upload, which is of one moment, or nothing that
    visitors see.
    """
    target, before = tmp_path / "to", content(place.site)

    def tell(line: str) -> None:
        if line.startswith("Uploading"):
            # the lock is free by then
            with exclusive(place.site, progress=pytest.fail):
                pass
            place.change(2)
            if pruned:
                place.prune()

    if pruned:
        with pytest.raises(
            PublishError,
            match=r"^Cannot deploy to .*No such file.* Visitors get the former site",
        ):
            deploy_site(place.site, str(target), progress=tell)
        assert check_site(target) == {}
    else:
        deploy_site(place.site, str(target), progress=tell)
        assert content(target) == before
    place.deploy(target)
    assert check_target(str(target)).passed


def test_an_interrupted_deployment_lets_go_of_its_lock(
    place: Deployed, tmp_path: Path
) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("Uploading"):
            assert (tmp_path / "to/.deploying").exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy_site(place.site, str(tmp_path / "to"), progress=interrupt)
    assert list((tmp_path / "to").iterdir()) == []


@pytest.mark.parametrize(
    "link", ["assets", "models/digits", "index.html", "deployed.json"]
)
def test_nothing_is_written_through_a_link(
    place: Deployed, tmp_path: Path, link: str
) -> None:
    """In the first run as in every other one."""
    target, elsewhere = tmp_path / "to", tmp_path / "elsewhere"
    (target / link).parent.mkdir(parents=True)
    (target / link).symlink_to(elsewhere)
    with pytest.raises(PublishError, match=r"and no deployed\.json of ours"):
        place.deploy(target)
    shutil.rmtree(target)
    place.deploy(target)
    (target / link).rename(elsewhere)
    (target / link).symlink_to(elsewhere)
    before = (
        snapshot(tmp_path / "elsewhere")
        if elsewhere.is_dir()
        else elsewhere.read_bytes()
    )
    place.replace(2)
    for dry_run, verify in ((True, False), (False, False), (False, True)):
        with pytest.raises(
            PublishError, match=f"write through a link. Received: {link} on"
        ):
            place.deploy(target, dry_run=dry_run, verify=verify)
    assert before == (
        snapshot(elsewhere) if elsewhere.is_dir() else elsewhere.read_bytes()
    )


def test_nothing_is_written_through_a_link_that_comes_meanwhile(
    place: Deployed, tmp_path: Path
) -> None:
    target, elsewhere = tmp_path / "to", tmp_path / "elsewhere"
    elsewhere.mkdir()

    def tell(line: str) -> None:
        if line.startswith("Uploading"):
            (target / "models").symlink_to(elsewhere)

    with pytest.raises(
        PublishError, match=r"through a link\. Received: one on the way to models/"
    ):
        deploy_site(place.site, str(target), progress=tell)
    assert [*elsewhere.iterdir()] == []


@pytest.mark.parametrize("name", ["deployed.json", ".deploying"])
def test_a_pipe_in_place_of_a_record_or_lock_is_not_waited_for(
    place: Deployed, tmp_path: Path, name: str
) -> None:
    (tmp_path / "to").mkdir()
    os.mkfifo(tmp_path / "to" / name)
    with pytest.raises(PublishError, match="it is a pipe, a device or a socket"):
        place.deploy(tmp_path / "to")
    os.mkfifo(place.site / "own.fifo")
    (place.site / "sw.js").unlink()
    os.mkfifo(place.site / "sw.js")
    assert {"own.fifo", "sw.js"} <= {
        *place.deploy(tmp_path / "elsewhere", unchecked=True).left_out
    }


def test_a_link_elsewhere_in_the_target_stays(place: Deployed, tmp_path: Path) -> None:
    target = tmp_path / "to"
    place.deploy(target)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_text("cat")
    (target / "photos").symlink_to(tmp_path / "photos")
    place.replace(2)
    files = target.glob("models/digits/*/model.keras")
    old = next(
        path for path in files if not (place.site / path.relative_to(target)).exists()
    )
    old.unlink()
    old.symlink_to(tmp_path / "photos/cat.jpg")
    place.deploy(target)
    assert (target / "photos").is_symlink()
    assert (target / "photos/cat.jpg").read_text() == "cat"
    assert old.is_symlink()


@pytest.mark.parametrize(
    "form",
    ["{}/missing/../to", "file://{}/missing/../to", "file://{}/missing/%2E%2E/to"],
)
def test_dots_in_a_target_leave_nothing_behind(
    place: Deployed, tmp_path: Path, form: str
) -> None:
    before = {*tmp_path.iterdir()}
    with pytest.raises(ConfigError, match=r"without `\.\.`.* Write the whole path"):
        place.deploy(form.format(tmp_path))
    assert {*tmp_path.iterdir()} == before
