"""Targets on the command line, and that no password is ever shown."""

import subprocess

import pytest

from pipeline.deploying.target import as_sftp, parse_target
from pipeline.errors import ConfigError


@pytest.mark.parametrize(("text", "url", "branch"), [
    ("git@github.com:ada/digits.git", "git@github.com:ada/digits.git", "gh-pages"),
    ("git@codeberg.org:ada/digits.git#pages", "git@codeberg.org:ada/digits.git", "pages"),
    ("https://gitlab.com/ada/digits", "https://gitlab.com/ada/digits", "gh-pages"),
    ("ssh://git@example.org:2222/digits.git#a/b", "ssh://git@example.org:2222/digits.git", "a/b"),
    ("here:digits.git", "here:digits.git", "gh-pages"), ("/srv/digits.git", "/srv/digits.git", "gh-pages"),
    ("file:///srv/digits.git", "file:///srv/digits.git", "gh-pages"),
    ("/srv/www/#1", "/srv/www/#1", None), ("file:///srv/www", "file:///srv/www", None), ("public", "public", None),
    ("sftp://ada@example.org/srv/www", "sftp://ada@example.org/srv/www", None),
    ("s3://bucket", "s3://bucket", None), ("memory://digits", "memory://digits", None),
])  # fmt: skip
def test_targets(text: str, url: str, branch: str | None) -> None:
    target = parse_target(text)
    assert (target.url, target.branch) == (url, branch)


@pytest.mark.parametrize("text", [
    *("", " ", "s3://", "sftp:///x", "sftp://host:port/x", "s3://[::::]/x", "file://x/y", "file:///", "../www"),
    "s3://b/../c",
])  # fmt: skip
def test_a_bad_target_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="Received: "):
        parse_target(text)


@pytest.mark.parametrize("text", ["web1:/srv/www", "web1.example.org:/srv/www"])
def test_a_folder_on_a_server_as_rsync_writes_it_is_refused(text: str) -> None:
    address = text.replace(":/", "/")
    with pytest.raises(
        ConfigError,
        match=rf"Received: '{text}'\. Write sftp://{address}; .*, \./{text}\.",
    ):
        parse_target(text)
    assert as_sftp(f"ada@{text}") == f"sftp://ada@{address}"  # beside git's own words
    for other in (f"ada@{text}.git", f"ssh://ada@{address}"):
        assert as_sftp(other) == other


@pytest.mark.parametrize(("text", "shown"), [
    ("https://ada:s3cr%20et@example.org/x.git", "https://***:***@example.org/x.git#gh-pages"),
    ("https://t0ken@example.org/x.git", "https://***@example.org/x.git#gh-pages"),
    ("sftp://ada:s3cr%20et@example.org/x", "sftp://ada:***@example.org/x"),
    ("ssh://git@example.org/x.git", "ssh://git@example.org/x.git#gh-pages"),
])  # fmt: skip
def test_passwords_are_not_shown(text: str, shown: str) -> None:
    target = parse_target(text)
    assert str(target) == shown
    hidden = target.hide(
        f"fatal: could not read {text} (s3cr et)"
        if "s3cr" in text
        else f"fatal: {text}"
    )
    assert "s3cr" not in hidden
    assert "t0ken" not in hidden


@pytest.mark.parametrize("text", [
    *("https://ada:s3#cret@example.org/x.git", "https://ada:12#s3cret@example.org/x.git"),
    *("sftp://ada:s3/cret@example.org/x", "sftp://ada:22/s3cret@example.org/x",
        "sftp://ada:s3@/s3cret@example.org/x"),
    *("webdavs://ada:s3?cret@example.org/x", "webdavs://example.org/x?token=s3cret", "s3://key:s3/cret@bucket"),
    *("https://ada:s3 cret@example.org/x.git", "ada:s3cret@example.org:x.git", "ada:s3/cret@example.org:x.git"),
    *("https://ada:[s3cret]@example.org/x.git", "sftp://ada:s3[cret@example.org/x", "//ada:s3cret@example.org/x"),
    *("ada:s3#cret@example.org:x", "ftp://ada:s3cret@@example.org", "sftp://ada:s3cret@example.org:99999999/x"),
])  # fmt: skip
def test_an_address_that_is_not_well_formed_is_refused_and_never_repeated(
    text: str,
) -> None:
    with pytest.raises(ConfigError, match=r"must have the form .*%40") as refused:
        parse_target(text)
    assert not [
        part for part in ("cret", "ada", "example") if part in str(refused.value)
    ]


BRANCHES = [
    "gh-pages", "site/today", "a.b", "ünï", "-x", "a b", "a\nfeature", "a\tb", "a\x7f",
    "a..b", "a.lock", "a.lock/b", ".a", "a/.b", "a.", "a./b", "/a", "a/", "a//b", "a~1",
    "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{1}", "a@b", "HEAD/x", "{", "'", '"',
    "a\rb", "a\x01b", "lock", "a.locker", "refs/heads/x", "\u2028",
]  # fmt: skip


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_is_accepted_if_and_only_if_git_accepts_its_name(branch: str) -> None:
    command = ["git", "check-ref-format", "--branch", branch]
    git_accepts = subprocess.run(command, capture_output=True).returncode == 0
    if git_accepts:
        assert parse_target(f"git@host:owner/site.git#{branch}").branch == branch
        return
    with pytest.raises(ConfigError, match="git check-ref-format"):
        parse_target(f"git@host:owner/site.git#{branch}")
