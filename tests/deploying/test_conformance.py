"""All that is promised of every kind of target:

a folder, fsspec's memory, a bucket of an S3 server, a git branch.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.checking.check import check_target
from pipeline.deploying.branch import Branch
from pipeline.deploying.deploy import deploy_site
from pipeline.deploying.store import Store
from pipeline.errors import CheckFailed, PublishError
from pipeline.site.page import CONTENT, order, rank
from tests.support.deployments import (
    BranchTarget,
    Deployed,
    FsspecTarget,
    Target,
    content,
    without_own,
)
from tests.support.versions import check_site

KINDS = ["folder", "memory", "s3", "git"]
PEM = b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"


@pytest.fixture(params=KINDS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    if request.param == "folder":
        return FsspecTarget(str(tmp_path / "to"))
    if request.param == "git":
        return BranchTarget(tmp_path)
    if request.param == "memory":
        return FsspecTarget(f"memory://{tmp_path.name}")
    request.getfixturevalue("s3")
    made = FsspecTarget(f"s3://conformance/{tmp_path.name}/digits")
    made.fs.makedirs("conformance", exist_ok=True)
    return made


def shows(target: Target, place: Deployed) -> bool:
    return without_own(target.files()) == content(place.site)


def visited(target: Target, folder: Path) -> Path:
    """A folder with what visitors find there."""
    for path, text in without_own(target.files()).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    return folder


def test_a_deployment_is_complete_and_the_next_one_sends_only_what_changed(
    place: Deployed, target: Target
) -> None:
    planned = place.deploy(target.url, dry_run=True)
    assert target.files() == {}
    done = place.deploy(target.url)
    assert done.uploaded == planned.uploaded
    assert done.uploaded.keys() == content(place.site).keys()
    assert shows(target, place)
    again = place.deploy(target.url)
    assert (again.uploaded, again.removed, again.unchanged) == (
        {},
        {},
        len(done.uploaded),
    )
    old = content(place.site)
    place.replace(2)
    new = content(place.site)
    planned = place.deploy(target.url, dry_run=True)
    assert without_own(target.files()) == old
    done = place.deploy(target.url)
    assert (done.uploaded, done.removed) == (planned.uploaded, planned.removed)
    changed = {path for path, text in new.items() if old.get(path) != text}
    assert done.uploaded.keys() - {
        path for path in new if path.endswith((".br", ".gz"))
    } == {path for path in changed if not path.endswith((".br", ".gz"))}
    assert done.removed.keys() == old.keys() - new.keys() != set()
    assert shows(target, place)


def test_content_comes_before_pointers(
    place: Deployed, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visitor after each step finds a whole site."""
    place.deploy(target.url)
    place.replace(2)
    steps: list[str] = []

    def watched(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def call(self: object, *arguments: object) -> object:
            answer = real(self, *arguments)
            steps.append(
                f"{'-' if name == 'delete' else ''}{arguments[0] if name != 'carry_out' else 'committed'}"
            )
            if "s3:" not in target.url:
                check_site(visited(target, tmp_path / f"seen-{len(steps)}"))
            return answer

        monkeypatch.setattr(owner, name, call)

    for owner, name in ((Store, "put"), (Store, "delete"), (Branch, "carry_out")):
        watched(owner, name)
    done = place.deploy(target.url)
    if isinstance(target, BranchTarget):
        assert steps == ["committed"]
        return
    assert (steps.pop(0), steps.pop()) == ("deployed.json", "deployed.json")
    removed = [*done.removed]
    # what visitors ask for first, and copies
    assert removed == sorted(removed, key=order, reverse=True)
    assert steps[-len(removed) :] == [f"-{path}" for path in removed]
    del steps[-len(removed) :]
    put = [path for path in steps if not path.startswith("-")]
    assert sorted(put) == sorted(done.uploaded)
    ranks = [rank(path) for path in put]
    assert ranks == sorted(ranks)
    assert CONTENT in ranks
    assert ranks[-1] == rank("sw.js") > rank("models/digits/latest.json")
    # it is gone while its original is replaced
    for copy in (path for path in steps if path.startswith("-")):
        assert steps.index(copy) < steps.index(copy[1:].rpartition(".")[0])


@pytest.mark.parametrize("share", [0, 0.4, 0.7, 0.95])
def test_a_failure_in_the_middle_leaves_a_whole_page_and_the_next_run_continues(
    place: Deployed,
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
) -> None:
    place.deploy(target.url)
    old = check_site(visited(target, tmp_path / "old"))
    place.replace(2)
    steps = (
        1
        if isinstance(target, BranchTarget)
        else len(place.deploy(target.url, dry_run=True).uploaded)
    )
    left, pointed = int(share * steps), False

    def fails(real: Callable[..., object]) -> Callable[..., object]:
        def call(self: object, *arguments: object) -> object:
            nonlocal left, pointed
            if left == 0:
                raise OSError(5, "Input/output error")
            left -= 1
            pointed = pointed or "models/digits/latest.json" in arguments
            return real(self, *arguments)

        return call

    with monkeypatch.context() as patch:
        for owner, name in ((Store, "put"), (Store, "delete"), (Branch, "carry_out")):
            patch.setattr(owner, name, fails(getattr(owner, name)))
        with pytest.raises((PublishError, OSError), match="Input/output error"):
            place.deploy(target.url)
    seen = check_site(visited(target, tmp_path / "seen"))
    assert pointed or seen == old
    assert not any("/.deploying" in f"/{path}" for path in target.files())
    place.deploy(target.url)
    assert shows(target, place)


def test_foreign_files_stay(place: Deployed, target: Target) -> None:
    place.deploy(target.url)
    foreign = {
        "CNAME": b"digits.example",
        "models/digits/notes.txt": b"mine",
        "mine/index.html": b"<p>",
    }
    for path, text in foreign.items():
        target.add(path, text)
    place.replace(2)
    place.deploy(target.url)
    place.deploy(target.url, verify=True)
    assert without_own(target.files()) == content(place.site) | foreign


@pytest.mark.parametrize(
    "path", ["embed.js/theirs", "models/digits/latest.json", "assets", "sw.js"]
)
def test_somebodys_own_file_is_never_replaced(
    place: Deployed, target: Target, path: str
) -> None:
    """Also where one of theirs is a folder of ours, or the other way round."""
    (place.site / "sw.js").rename(place.site.parent / "sw.js")
    target.add(
        "deployed.json", b'{"tool": "keras-web-pipeline", "version": "1", "files": {}}'
    )
    target.add(path, b"mine")
    before = target.files()
    (place.site.parent / "sw.js").rename(place.site / "sw.js")
    for dry_run in (True, False):
        with pytest.raises(
            PublishError,
            match=rf"somebody's own file.* Received: {path} on .* Move it away",
        ):
            place.deploy(target.url, dry_run=dry_run)
    assert target.files() == before


def test_a_place_with_something_else_is_refused(
    place: Deployed, target: Target
) -> None:
    target.add("thesis.txt", b"mine")
    before = target.files()
    for dry_run in (False, True):
        with pytest.raises(
            PublishError,
            match=r"'thesis.txt' and no deployed.json of ours. Nothing was changed",
        ):
            place.deploy(target.url, dry_run=dry_run)
    target.add("deployed.json", b'{"tool": "another", "files": {}}')
    with pytest.raises(PublishError, match=r"no deployed\.json of ours"):
        place.deploy(target.url)
    record = (
        b'{"tool": "keras-web-pipeline", "files": {"models/cats/latest.json": {"bytes":'
        b' 1, "sha256": ""}}}'
    )
    target.add("deployed.json", record)
    with pytest.raises(
        PublishError, match=r"another site. .* shows models/cats/latest.json. Nothing"
    ):
        place.deploy(target.url)
    assert target.files() == before | {"deployed.json": record}


def test_two_deployments_at_once_do_not_mix(
    place: Deployed, target: Target, tmp_path: Path, copy: Callable[[Path], Deployed]
) -> None:
    """The second one starts while the first one uploads:

    it waits, or with git the first one comes on top of it.
    """
    other = copy(tmp_path / "other")
    other.change(7)
    place.deploy(target.url)
    place.change(2)
    started, waits, failed = (
        list[threading.Thread](),
        threading.Event(),
        list[BaseException](),
    )

    def second() -> None:
        try:
            deploy_site(other.site, target.url, progress=tell_waiting)
        except BaseException as error:
            failed.append(error)

    def tell_waiting(line: str) -> None:
        if line.startswith("Waiting for process"):
            waits.set()

    def tell(line: str) -> None:
        if line.startswith("Uploading") and not started:
            started.append(threading.Thread(target=second))
            started[0].start()
            if isinstance(target, BranchTarget):
                started[0].join()
            else:
                waits.wait()

    deploy_site(place.site, target.url, progress=tell)
    [thread] = started
    thread.join()
    assert failed == []
    assert shows(target, place if isinstance(target, BranchTarget) else other)
    assert not [path for path in target.files() if path.startswith(".deploying")]


def test_a_damaged_site_is_not_uploaded(place: Deployed, target: Target) -> None:
    place.deploy(target.url)
    before = target.files()
    place.change(2)
    damaged = place.site / "models/digits/latest.json"
    damaged.write_bytes(damaged.read_bytes().replace(b'"digits"', b'"digitz"', 1))
    for dry_run in (True, False):
        with pytest.raises(
            CheckFailed,
            match=r"(?s)must pass its check .* 3 problems.*latest.json .*--unchecked",
        ):
            place.deploy(target.url, dry_run=dry_run)
    assert target.files() == before
    place.deploy(target.url, unchecked=True)
    assert shows(target, place)


def test_verify_finds_and_repairs_other_bytes_of_the_same_size(
    place: Deployed, target: Target
) -> None:
    place.deploy(target.url)
    whole = target.files()
    assert place.deploy(target.url, verify=True).repaired == 0
    paths = ["embed.js", next(path for path in whole if path.endswith("/model.keras"))]
    for path in paths:
        target.add(path, whole[path][:-1] + bytes([whole[path][-1] ^ 1]))
    damaged = place.deploy(target.url, dry_run=True, verify=True).uploaded.keys()
    assert {path for path in damaged if not path.endswith((".br", ".gz"))} == {*paths}
    if not isinstance(target, BranchTarget):  # git always compares
        assert place.deploy(target.url).uploaded == {}
    assert place.deploy(target.url, verify=True).repaired == 2
    assert shows(target, place)
    target.add("sw.js", b"cut")  # another size is found in any case
    assert [*place.deploy(target.url).uploaded] == ["sw.js"]
    assert shows(target, place)


def test_keys_and_foreign_files_stay_at_home_and_are_named(
    place: Deployed, target: Target
) -> None:
    version = place.change(2)
    mine = {
        "signing-key.pem",
        ".env",
        "assets/draft.js",
        f"models/digits/{version}/key.pem",
        "models/notes.txt",
    }
    wanted = content(place.site)
    for path in mine:
        (place.site / path).write_bytes(PEM * 40)
    # the copy of a foreign file, and no copy of it
    (place.site / "models/notes.txt.gz").write_bytes(b"")
    for dry_run in (True, False):
        done = place.deploy(target.url, dry_run=dry_run, unchecked=True)
        assert {*done.left_out} == mine | {"models/notes.txt.gz"}
    assert without_own(target.files()) == wanted
    assert check_target(str(place.site)).passed is False
