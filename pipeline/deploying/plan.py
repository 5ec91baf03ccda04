"""What a deployment has to do, by the site and by `deployed.json` on the target: which of its files we put there.

That record is written before the first upload, with what is about to be there, and after the last removal. Each file
appears on the target in one step and whole. So after a kill, a file that was not there before, is there now and has its
size is the one that the record announces; one that is to be replaced is announced without a digest.

A target is where a site can be deployed to, as the user writes it; passwords in it are never shown.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from pipeline.deploying.site_files import RECORD_NAME, Entry, Item, SiteFiles
from pipeline.errors import ConfigError, PublishError
from pipeline.site.compress import original_of
from pipeline.site.page import order
from pipeline.system.json_records import dump_json, from_json, to_json
from pipeline.system.outside import parse_json
from pipeline.version import __version__
from pipeline.versions.manifest import LATEST_NAME

LINK = -1  # the size of what is no file
_OTHER_PLACE = "Nothing was changed. Choose another place, or empty this one."
_GIT = ("ssh", "git", "http", "https")
# A whole address. An @ may stand before the host only: elsewhere it could be the end of a password with a slash.
_ADDRESS = re.compile(
    r"(?!file:)[a-z][a-z0-9+.-]*://([^@:/?#\s]*(:[^@/?#\s]*)?@)?([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?(/[^@?#]*)?|file:///.+",
    re.I,
)
_SCP_LIKE = re.compile(r"[\w.-]+@[\w.-]+:(?!//).+|[\w.-]{2,}:[^/\\].*\.git")  # git@host:owner/site.git


@dataclass(frozen=True, kw_only=True)
class Record:
    """The content of deployed.json."""

    files: dict[str, Entry]
    tool: Literal["keras-web-pipeline"] = "keras-web-pipeline"  # `from_json` refuses others'
    version: str = __version__  # of the tool, for people


@dataclass(frozen=True, kw_only=True)
class Change:
    """A file that was uploaded or removed, or would be."""

    path: str  # from the root of the site
    bytes: int  # as they lie on the target, perhaps compressed


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The result of `deploy_site`."""

    target: str  # without passwords
    dry_run: bool
    uploaded: tuple[Change, ...]  # in this order
    removed: tuple[Change, ...]  # after that, in this order
    unchanged: int  # files that were there already
    repaired: int  # of the uploaded ones: that a deployment had put there, and then something else had changed
    left_out: tuple[str, ...]  # files in the site's folder that are not the site's, and stay there alone
    commit: str | None = None  # that the branch has now; None for other targets, and a dry run


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What there is to do."""

    site: SiteFiles
    known: dict[str, Entry]  # files of earlier deployments that are there
    upload: tuple[Item, ...]
    remove: tuple[str, ...]
    repaired: int
    finished: bytes  # content of the record at the end
    needed: bool

    def outcome(self, target: str, *, dry_run: bool, commit: str | None = None) -> Deployment:
        """Return the result."""
        return Deployment(
            target=target,
            dry_run=dry_run,
            uploaded=tuple(Change(path=item.path, bytes=item.entry.bytes) for item in self.upload),
            removed=tuple(Change(path=path, bytes=self.known[path].bytes) for path in self.remove),
            unchanged=len(self.site.items) - len(self.upload),
            repaired=self.repaired,
            left_out=self.site.left_out,
            commit=commit,
        )


def make_plan(
    site: SiteFiles, record: bytes | None, there: Mapping[str, int], same: Callable[[Item], bool], target: str
) -> Plan:
    """Compare a site with a target; PublishError if that is somebody else's, or would lose somebody's file.

    `there` has path → bytes of all files on the target, LINK for what is none. `same` tells whether the content of a
    file is right that is there and that the record of the target names.
    """
    files = _ours(site, record, there, target)
    known = {path: entry for path, entry in files.items() if there.get(path, LINK) != LINK}
    recorded = [item for item in site.items if known.get(item.path) == item.entry]
    right = {item.path for item in recorded if same(item)}
    stale = {item.path for item in site.items} - right
    # A copy must never lie beside another original: it is deleted before that is replaced, and uploaded after it.
    upload = tuple(item for item in site.items if {item.path, original_of(item.path)} & stale)
    wanted = {item.path: item.entry for item in site.items}
    remove = tuple(sorted(known.keys() - wanted.keys(), key=order, reverse=True))
    return Plan(
        site=site,
        known=known,
        upload=upload,
        remove=remove,
        repaired=len(recorded) - len(right),
        finished=rendered(wanted),
        needed=bool(upload or remove or record != rendered(wanted)),
    )


def rendered(files: Mapping[str, Entry]) -> bytes:
    """Return the content of deployed.json, the same for the same files."""
    return dump_json(to_json(Record(files=dict(sorted(files.items())))), compact=True).encode()


def total(changes: Collection[Change]) -> str:
    """How many and how large, for people."""
    files = "1 file" if len(changes) == 1 else f"{len(changes):,} files"
    return f"{files}, {sum(change.bytes for change in changes) / 1000:,.1f} kB"


def _ours(site: SiteFiles, record: bytes | None, there: Mapping[str, int], target: str) -> dict[str, Entry]:
    if record is None and there:
        raise PublishError(
            f"A site can be deployed to an empty place, or to one that `pipeline deploy` made. Received: {target} with "
            f"{min(there)!r:.80} and no {RECORD_NAME}. {_OTHER_PLACE}"
        )
    try:
        files = from_json(Record, parse_json(record), ignore_unknown=True).files if record is not None else {}
    except ValueError as error:
        raise PublishError(f"{RECORD_NAME} on {target} is not ours: {error}. {_OTHER_PLACE}") from error
    wanted = {RECORD_NAME, *(item.path for item in site.items)}
    theirs, ours = _models_of(files), _models_of(wanted)
    if theirs and not theirs & ours:
        raise PublishError(
            f"A deployment must not replace another site. Received: {target}, which shows {', '.join(sorted(theirs))}; "
            f"this site shows {', '.join(sorted(ours))}. {_OTHER_PLACE}"
        )
    ways = {str(folder) for path in wanted for folder in PurePosixPath(path).parents} | wanted
    for path, size in sorted(there.items()):
        is_ours = size != LINK and (path in files or path == RECORD_NAME)
        if not is_ours and (path in ways or {*map(str, PurePosixPath(path).parents)} & wanted):
            raise PublishError(
                f"A deployment must not replace somebody's own file, or write through a link. Received: {path} on "
                f"{target}, which `pipeline deploy` did not put there. Nothing was changed. Move it away."
            )
    return files


def _models_of(paths: Iterable[str]) -> set[str]:
    return {path.split("/")[1] for path in paths if PurePosixPath(path).match(f"models/*/{LATEST_NAME}")}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A place to deploy to. As text it has no password."""

    url: str  # with the password, if the user wrote one
    branch: str | None = None  # of a git repository; None for what fsspec opens

    @property
    def scheme(self) -> str:
        """The part before `://`, "file" for a path."""
        scheme, is_address, _ = self.url.partition("://")
        return scheme.lower() if is_address else "file"

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
            "Write @, /, ?, #, [ and ] in user and password as %40, %2F, %3F, %23, %5B and %5D; leave out a query (?…)."
        )
    target = Target(url=url, branch=branch or "gh-pages") if is_git else Target(url=text)
    if not text.strip() or ".." in re.split(r"[/\\]", unquote(target.url)):
        raise ConfigError(
            "A target must be a git repository, a folder or an address such as s3://bucket/prefix, without `..`. "
            f"Received: {str(target)!r:.200}. Write the whole path."
        )
    return target


def _malformed(url: str) -> bool:
    if "://" not in url:
        return re.match(r"(//)?[^/]*:.*@", url) is not None and not Path(url).exists()  # user:password@host:path
    try:
        urlsplit(url)
    except ValueError:  # what stands in brackets is no address, and its message repeats it
        return True
    return _ADDRESS.fullmatch(url) is None


def _is_git(url: str) -> bool:
    target = Target(url=url)
    if target.path is None:
        return target.scheme in ("file", *_GIT)
    return url.endswith(".git") or all((target.path / name).exists() for name in ("HEAD", "objects", "refs"))
