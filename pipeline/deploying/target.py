"""A target, which is where a site can be deployed to, as the user writes it; passwords
in it are never shown.
"""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.errors import ConfigError

# A whole address. An @ may stand before the host only: elsewhere it could be the end of
# a password with a slash.
_ADDRESS = re.compile(
    r"(?!file:)[a-z][a-z0-9+.-]*://([^@:/?#\s]*(:[^@/?#\s]*)?@)?([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?(/[^@?#]*)?|file:///.+",
    re.I,
)
# git@host:owner/site.git
_SCP_LIKE = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+|[\w.-]{2,}:[^/\\].*\.git")
# A folder on a server as rsync and scp take it, such as web1:/srv/www, but no C:/.
as_sftp = partial(
    re.compile(r"^((?:[\w.-]+@)?[\w.-]{2,}):/([^/@][^@]*)(?<!\.git)$").sub,
    r"sftp://\1/\2",
)


# What a branch's name may not hold, by `git check-ref-format --branch`: control
# characters, a space, ~^:?*[ and backslashes, two dots, @{, an empty part, a part that
# starts with a dot or ends with .lock, a dot at the end, a dash at the start. A newline
# would start another command of `git fast-import`.
_NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[-/]|/$|(^|/)\.|\.lock(/|$)|\.$|^@$|^$"
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place to deploy to. As text it has no password."""

    url: str  # with the password, if the user wrote one
    scheme: str  # "file" for a path, "ssh" for git@host:owner/site.git
    branch: str | None  # of a git repository; None for what fsspec opens

    @property
    def path(self) -> Path | None:
        """The folder or repository, if it is on this machine."""
        return (
            Path(self.url.partition("://")[2] or self.url).absolute()
            if self.scheme == "file"
            else None
        )

    def __str__(self) -> str:
        """The address for people."""
        return self.hide(self.url) + (f"#{self.branch}" if self.branch else "")

    def hide(self, text: str) -> str:
        """A text, such as a library's message, without the password; tokens are written
        in place of user names, too.
        """
        parts = urlsplit(self.url if "://" in self.url else "")
        for secret in (
            parts.password,
            None if self.scheme in ("ssh", "sftp") else parts.username,
        ):
            for written in {secret, unquote(secret)} if secret else ():
                text = text.replace(written, "***")
        return text


def parse_target(text: str) -> Target:
    """Return a target from the command line; ConfigError if it cannot be one.

    An address that is not well-formed is not repeated: nobody can tell where in it a
    password is.
    """
    url, _, branch = text.partition("#")
    given = re.match("([a-z0-9+.-]+)://", url, re.I)
    scheme = (
        given[1].lower() if given else "ssh" if _SCP_LIKE.fullmatch(url) else "file"
    )
    is_git = scheme in ("ssh", "git", "http", "https") or (
        scheme == "file" and url.endswith(".git")
    )
    if _malformed(url if is_git else text) or ("://" in url and "@" in branch):
        raise ConfigError(
            "An address must have the form scheme://user:password@host/path or"
            " user@host:path. Received: one"
            f" {f'with {given[0]}' if given else 'without a scheme'}, not shown here"
            " because it may hold a password. Write @, /, ?, #, [ and ] in user and"
            " password as %40, %2F, %3F, %23, %5B and %5D; leave out a query (?…)."
        )
    if (
        scheme == "file"
        and (address := as_sftp(text)) != text
        and not Path(text).exists()
    ):
        rule = (
            "A folder on a server must be written as an address. Received:"
            f" {text!r:.200}"
        )
        raise ConfigError(
            f"{rule}. Write {address:.200}; for a folder on this machine,"
            f" ./{text:.200}."
        )
    if not is_git:
        target = Target(url=text, scheme=scheme, branch=None)
    else:
        target = Target(url=url, scheme=scheme, branch=branch or "gh-pages")
        _require_branch(target)
    if not text.strip() or ".." in re.split(r"[/\\]", unquote(target.url)):
        raise ConfigError(
            "A target must be a git repository, a folder or an address such as"
            f" s3://bucket/prefix, without `..`. Received: {str(target)!r:.200}. Write"
            " the whole path."
        )
    return target


def _require_branch(target: Target) -> None:
    """Raise ConfigError unless git accepts the name of the target's branch."""
    branch = target.branch or ""
    if _NO_BRANCH.search(branch):
        raise ConfigError(
            "A branch must have a name that `git check-ref-format --branch` accepts."
            f" Received: {branch!r:.200}. Write one like gh-pages after the #."
        )


def _malformed(url: str) -> bool:
    if "://" not in url:
        # user:password@host:path
        return re.match(r"(//)?[^/]*:.*@", url) is not None and not Path(url).exists()
    try:
        urlsplit(url)
    except ValueError:  # no address in the brackets, and the message repeats it
        return True
    return _ADDRESS.fullmatch(url) is None
