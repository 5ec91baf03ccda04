"""Where a site can be deployed to, as the user writes it; passwords in it are never shown."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.errors import ConfigError

_GIT = ("ssh", "git", "http", "https")
# A whole address. An @ may stand before the host only: elsewhere it could be the end of a password with a slash.
_ADDRESS = re.compile(
    r"(?!file:)[a-z][a-z0-9+.-]*://([^@:/?#\s]*(:[^@/?#\s]*)?@)?([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?(/[^@?#]*)?|file:///.+",
    re.I,
)
_SCP_LIKE = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+|[\w.-]{2,}:[^/\\].*\.git")  # git@host:owner/site.git


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place to deploy to. As text it has no password."""

    url: str  # with the password, if the user wrote one
    branch: str | None = None  # of a git repository; None for what fsspec opens

    @property
    def scheme(self) -> str:
        """The part before `://`, "file" for a path."""
        return urlsplit(self.url).scheme if "://" in self.url else "file"

    @property
    def path(self) -> Path | None:
        """The folder or repository, if it is on this machine."""
        is_here = self.scheme == "file" and not _SCP_LIKE.fullmatch(self.url)
        return Path(self.url.partition("://")[2] or self.url).absolute() if is_here else None

    def __str__(self) -> str:
        """The address for people."""
        return self.hide(self.url) + (f"#{self.branch}" if self.branch else "")

    def hide(self, text: str) -> str:
        """A text, such as a library's message, without the password; tokens are written in place of user names, too."""
        parts = urlsplit(self.url if "://" in self.url else "")
        for secret in (parts.password, None if parts.scheme in ("ssh", "sftp") else parts.username):
            for written in {secret, unquote(secret)} if secret else ():
                text = text.replace(written, "***")
        return text


def parse_target(text: str) -> Target:
    """Return a target from the command line.

    Raises:
        ConfigError: it cannot be one. An address that is not well-formed is not repeated: nobody can tell where in it a
            password is.
    """
    url, _, branch = text.partition("#")
    is_git = _is_git(url)
    if _malformed(url if is_git else text) or ("://" in url and "@" in branch):
        scheme = re.match(r"[a-z0-9]+://", text, re.IGNORECASE)
        raise ConfigError(
            "An address must have the form scheme://user:password@host/path or user@host:path. Received: one "
            f"{f'with {scheme[0]}' if scheme else 'without a scheme'}, not shown here because it may hold a password. "
            "Write @, /, ? and # inside user and password as %40, %2F, %3F and %23, and leave out a query (?…)."
        )
    target = Target(url=url, branch=branch or "gh-pages") if is_git else Target(url=text)
    if not text.strip() or ".." in re.split(r"[/\\]", unquote(target.url)):
        raise ConfigError(
            "A target must be a git repository, a folder or an address such as s3://bucket/prefix, without `..`. "
            f"Received: {str(target)!r:.200}. Write the whole path."
        )
    return target


def _malformed(url: str) -> bool:
    if "://" in url:
        return _ADDRESS.fullmatch(url) is None
    return re.match(r"[^/]*:.*@", url) is not None and not Path(url).exists()  # user:password@host:path


def _is_git(url: str) -> bool:
    target = Target(url=url)
    if target.path is None:
        return target.scheme in ("file", *_GIT)
    return url.endswith(".git") or all((target.path / name).exists() for name in ("HEAD", "objects", "refs"))
