"""Deploying to a branch of a real git repository:

one commit, no force, and nobody's own branch.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.deploying.branch import Branch
from pipeline.errors import ConfigError, PublishError
from tests.support.checked import sealed_facts
from tests.support.deployments import (
    GIT,
    BranchTarget,
    Deployed,
    add,
    checked_out,
    content,
    git,
)
from tests.support.faults import run
from tests.support.versions import needs_fork

COMMANDS = 17  # more than a deployment starts


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return BranchTarget(tmp_path).remote


def commits(remote: Path, name: str = "gh-pages") -> int:
    return int(git("rev-list", "--count", name, at=remote))


@pytest.mark.parametrize("where", ["{}", "file://{}#gh-pages"])
def test_a_branch_gets_the_site_in_one_commit(
    place: Deployed, remote: Path, tmp_path: Path, where: str
) -> None:
    target = where.format(remote)
    (place.place.web / "lines.txt").write_bytes(b"one\r\ntwo\n")
    place.place.publish(b"w", **sealed_facts(b"w"))
    place.deploy(target, dry_run=True)
    assert git("for-each-ref", at=remote) == ""
    place.deploy(target)
    assert content(checked_out(remote, tmp_path / "shown")) == content(place.site)
    assert (
        git("log", "--format=%an %s", "gh-pages", at=remote)
        == "pipeline deploy Deploy the site"
    )
    assert place.deploy(target).uploaded == {}
    add(
        remote,
        tmp_path / "ours",
        {".gitattributes": b"* text=auto\n*.bin filter=lfs\n", 'a "b".txt': b"mine"},
    )
    place.change(2)
    place.replace(3)
    assert place.deploy(target).removed
    shown = content(checked_out(remote, tmp_path / "shown"))
    assert shown.pop(".gitattributes")
    assert shown.pop('a "b".txt') == b"mine"
    assert shown == content(place.site)
    assert commits(remote) == 3


def test_the_branch_can_be_named(place: Deployed, remote: Path) -> None:
    place.deploy(f"{remote}#pages")
    place.deploy(f"{remote}#site/web")
    assert git("for-each-ref", "--format=%(refname)", at=remote).split() == [
        "refs/heads/pages",
        "refs/heads/site/web",
    ]
    for name in ("a b", "a..b", "pages\nreset refs/heads/owned"):
        with pytest.raises(ConfigError, match="git check-ref-format"):
            place.deploy(f"{remote}#{name}")


def test_a_name_of_others_is_no_command_of_git(
    place: Deployed, remote: Path, tmp_path: Path
) -> None:
    """Names in the record of a hostile branch, and names in no encoding that we know."""
    place.deploy(remote)
    names = [
        'q"\nM 100644 inline owned.js\ndata 7\nalert()\nD "zz',
        "back\\slash",
        'quo"te',
        "tab\t\x01",
        "é",
    ]
    record = json.loads(git("show", "gh-pages:deployed.json", at=remote))
    record["files"] |= {name: {"bytes": 0, "sha256": ""} for name in names}
    files = dict.fromkeys(names, b"theirs") | {
        "deployed.json": json.dumps(record).encode()
    }
    add(
        remote,
        tmp_path / "theirs",
        files | {"caf\udce9": b"mine", "mine\udcff/a.txt": b"mine"},
    )
    place.change(2)
    assert {*place.deploy(remote).removed} == {*names}
    shown = content(checked_out(remote, tmp_path / "shown"))
    assert (shown.pop("caf\udce9"), shown.pop("mine\udcff/a.txt")) == (b"mine", b"mine")
    assert shown == content(place.site)
    add(
        remote,
        tmp_path / "theirs",
        {"sw\udce9.js": b"", "deployed.json": b'{"tool": "\xff"}'},
    )
    with pytest.raises(PublishError, match=r"no deployed\.json of ours"):
        place.deploy(remote)


@pytest.mark.parametrize(
    "other",
    [
        "heads/refs/heads/gh-pages",
        "heads/a/refs/heads/gh-pages",
        "tags/refs/heads/gh-pages",
    ],
)
def test_a_branch_or_tag_whose_name_ends_alike_is_another_one(
    place: Deployed, remote: Path, tmp_path: Path, other: str
) -> None:
    add(remote, tmp_path / "theirs", {"README.md": b"mine"}, "main")
    git("update-ref", f"refs/{other}", "main", at=remote)
    for number in (2, 3):  # to a branch that is not there, and to one that is
        place.change(number)
        place.deploy(remote)
        assert content(
            checked_out(remote, tmp_path / "shown", "refs/heads/gh-pages")
        ) == content(place.site)
    assert git("rev-parse", f"refs/{other}", at=remote) == git(
        "rev-parse", "refs/heads/main", at=remote
    )


def test_other_branches_stay(place: Deployed, remote: Path, tmp_path: Path) -> None:
    add(remote, tmp_path / "theirs", {"README.md": b"mine"}, "main")
    before = git("rev-parse", "main", at=remote)
    with pytest.raises(
        PublishError,
        match=r"'README.md' and no deployed.json of ours. Nothing was changed",
    ):
        place.deploy(f"{remote}#main")
    place.deploy(remote)
    assert git("rev-parse", "main", at=remote) == before


def test_a_link_or_a_submodule_is_not_replaced(
    place: Deployed, remote: Path, tmp_path: Path
) -> None:
    place.deploy(remote)
    work = tmp_path / "work"
    git("clone", "--quiet", "--branch=gh-pages", str(remote), str(work))
    (work / "index.html").unlink()
    (work / "index.html").symlink_to("sw.js")
    git("add", "index.html", at=work)
    git(
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b",
        "-c",
        "commit.gpgsign=false",
        "commit",
        "-qm",
        "link",
        at=work,
    )
    git("push", "--quiet", at=work)
    with pytest.raises(
        PublishError, match=r"write through a link. Received: index.html on"
    ):
        place.deploy(remote)


def test_pushes_by_others_are_not_lost(
    place: Deployed, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.deploy(remote)
    place.change(2)
    turns = iter(["once", "twice"])
    real = Branch.carry_out

    def carry_out(branch: Branch, *arguments: Any) -> bool:
        for turn in turns:
            add(remote, tmp_path / turn, {turn: b""})
            break
        return real(branch, *arguments)

    monkeypatch.setattr(Branch, "carry_out", carry_out)
    before = commits(remote)
    place.deploy(remote)
    assert len([line for line in place.said if "trying again" in line]) == 2
    assert commits(remote) == before + 3
    shown = content(checked_out(remote, tmp_path / "shown"))
    assert (shown.pop("once"), shown.pop("twice")) == (b"", b"")
    assert shown == content(place.site)


@needs_fork
@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.all_only)])
def test_a_kill_before_and_after_each_of_gits_commands_loses_nothing(
    place: Deployed,
    remote: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    every: int,
) -> None:
    place.deploy(remote)
    old = content(place.site)
    place.change(2)
    new, start = content(place.site), git("rev-parse", "gh-pages", at=remote)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f"""#!/bin/sh
echo >> {tmp_path}/calls
now=$(wc -l < {tmp_path}/calls)
[ "$now $WHEN" = "$KILL before" ] && kill -9 $PPID && exit 1
{GIT} "$@"
code=$?
[ "$now $WHEN" = "$KILL after" ] && kill -9 $PPID
exit $code
""")
    (programs / "git").chmod(0o755)
    path, ended, states = os.environ["PATH"], set(), []
    for call in range(COMMANDS - 1, 0, -every):
        for when in ("before", "after"):
            git("update-ref", "refs/heads/gh-pages", start, at=remote)
            (tmp_path / "calls").write_text("")
            with monkeypatch.context() as patch:
                patch.setenv("PATH", f"{programs}:{path}")
                patch.setenv("KILL", str(call))
                patch.setenv("WHEN", when)
                outcome = run(lambda: place.deploy(remote))
            assert outcome.code in (0, -9), outcome
            shown = content(checked_out(remote, tmp_path / "shown"))
            assert shown in (old, new)
            states.append(shown == new)
            ended.add(outcome.code)
    assert ended == {0, -9}  # all commands were reached
    assert {*states} == {True, False}
    git("update-ref", "refs/heads/gh-pages", start, at=remote)
    place.deploy(remote)
    assert content(checked_out(remote, tmp_path / "shown")) == new


def test_git_that_is_missing_or_refuses_is_one_sentence(
    place: Deployed, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        PublishError,
        match=(
            r"^Cannot deploy to .*gone.git#gh-pages: fatal: .* Visitors get the former"
            r" site"
        ),
    ):
        place.deploy(tmp_path / "gone.git")
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho this branch is protected >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(
        PublishError,
        match=r"^Cannot deploy to .*this branch is protected.*Check .* the credentials",
    ):
        place.deploy(remote)
    with pytest.raises(
        PublishError,
        match=r"^Cannot deploy to http://\*\*\*@127.0.0.1:1/x.git#gh-pages: ",
    ) as refused:
        place.deploy("http://token1234@127.0.0.1:1/x.git")
    assert "token1234" not in str(refused.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PublishError, match="git must be installed"):
        place.deploy(remote)
