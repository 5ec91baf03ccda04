"""Where a site can be deployed to, as the user writes it; passwords in it are never shown."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pipeline.errors import ConfigError

DEFAULT_BRANCH = "gh-pages"  # what GitHub's own tools use
# What a scheme is: a folder, in which files are written and renamed, or a bucket, which takes whole objects.
FOLDERS = {"file": "file", "sftp": "sftp", "webdav": "http", "webdavs": "https", "dav": "http", "davs": "https"}
BUCKETS = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}
_GIT = ("ssh", "git", "http", "https")
# A whole address. An @ may stand before the host only: elsewhere it could be the end of a password with a slash.
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://([^@:/?#\s]*(:[^@/?#\s]*)?@)?([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?(/[^@?#]*)?", re.I
)
_SCP_LIKE = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+|[\w.-]{2,}:[^/\\].*\.git")  # git@host:owner/site.git


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place to deploy to. As text it has no password."""

    kind: Literal["git", "folder", "bucket"]
    url: str  # with the password, if the user wrote one
    branch: str | None = None  # of a git repository

    @property
    def scheme(self) -> str:
        """The part before `://`, "file" for a path."""
        return _scheme(self.url) if "://" in self.url else "file"

    @property
    def path(self) -> Path | None:
        """The folder or repository, if it is on this machine."""
        return Path(self.url.removeprefix("file://")).absolute() if _is_here(self.url) else None

    def __str__(self) -> str:
        """The address for people."""
        return self.hide(self.url) + (f"#{self.branch}" if self.branch else "")

    def hide(self, text: str) -> str:
        """A text, such as a library's message, without the password; tokens are written in place of user names, too."""
        parts = urlsplit(self.url) if "://" in self.url else None
        secrets = [parts.password, None if parts.scheme in ("ssh", "sftp") else parts.username] if parts else []
        for secret in filter(None, secrets):
            for written in {secret, unquote(secret)}:
                text = text.replace(written, "***")
        return text


def parse_target(text: str, branch: str | None = None) -> Target:
    """A target from the command line; `branch` is that of --branch.

    Raises:
        ConfigError: it cannot be one. An address that is not well-formed is not repeated: nobody can tell where in it a
            password is.
    """
    url, _, named = text.partition("#")
    if _malformed(url if _is_git(url) else text) or ("://" in url and "@" in named):
        scheme = re.match(r"[a-z0-9]+://", text, re.IGNORECASE)
        raise ConfigError(
            "An address must have the form scheme://user:password@host/path or user@host:path. Received: one "
            f"{f'with {scheme[0]}' if scheme else 'without a scheme'}, not shown here because it may hold a password. "
            "Write @, /, ? and # inside user and password as %40, %2F, %3F and %23, and leave out a query (?…)."
        )
    if _is_git(url):
        if named and branch and named != branch:
            raise ConfigError(f"A target has one branch. Received: {named!r} and --branch {branch!r}. Leave one out.")
        return Target(kind="git", url=url, branch=named or branch or DEFAULT_BRANCH)
    target = Target(kind="bucket" if "://" in text and _scheme(text) in BUCKETS else "folder", url=text)
    if branch is not None:
        raise ConfigError(f"Only a git repository has branches. Received: --branch {branch!r} for {target}.")
    if (target.kind == "folder" and target.scheme not in FOLDERS) or not text.strip():
        known = ", ".join(f"{scheme}://" for scheme in (*FOLDERS, *BUCKETS))
        raise ConfigError(
            f"A target must be a git repository, a folder, or an address that begins with one of {known}. Received: "
            f"{target!s:.200}. Correct it."
        )
    return target


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def _malformed(url: str) -> bool:
    if url.startswith("file://"):
        return re.fullmatch(r"file:///.+", url) is None
    if "://" in url:
        return _ADDRESS.fullmatch(url) is None
    return re.match(r"[^/]*:.*@", url) is not None and not Path(url).exists()  # user:password@host:path


def _is_git(url: str) -> bool:
    if "://" in url and not url.startswith("file://"):
        return _scheme(url) in _GIT
    if not _is_here(url):
        return True
    path = Path(url.removeprefix("file://"))
    return url.endswith(".git") or all((path / name).exists() for name in ("HEAD", "objects", "refs"))


def _is_here(url: str) -> bool:
    return url.startswith("file://") or ("://" not in url and not _SCP_LIKE.fullmatch(url))
