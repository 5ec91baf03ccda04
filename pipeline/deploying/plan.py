"""A deployment's work: the files of a site as they are at one moment, and which of them
are on the target.

The target says that in `deployed.json`, which is written before the first upload, with
what is about to be there, and after the last removal. Each file appears on the target
in one step and whole. So after a kill, a file that was not there before, is there now
and has its size is the one that the record announces; one that is to be replaced is
announced without a digest.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pipeline.checking.check import check_target
from pipeline.checking.findings import FOREIGN, counted
from pipeline.errors import CheckFailed, PublishError, translating_errors
from pipeline.site.compress import original_of
from pipeline.site.page import CONTENT, DEPLOYED, order, rank, read_record, sha256
from pipeline.system.files import is_temporary
from pipeline.system.json_records import dump_json
from pipeline.system.locks import LOCK_NAME
from pipeline.system.outside import in_one_line
from pipeline.system.progress import Progress
from pipeline.versions.ownership import claimed, require_ours

LINK = -1  # the size of what is no file there


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that we put on the target."""

    bytes: int
    sha256: str  # "" while the file is being replaced


@dataclass(frozen=True, kw_only=True)
class Record:
    """The content of deployed.json."""

    files: dict[str, Entry]
    # announced, so not all of it is there yet
    unfinished: bool = field(default=False, metadata={"sparse": True})
    # `from_json` refuses others'
    tool: Literal["keras-web-pipeline"] = "keras-web-pipeline"

    def rendered(self) -> bytes:
        """Return the content, the same for the same files."""
        return dump_json(
            replace(self, files=dict(sorted(self.files.items()))), compact=True
        ).encode()


@dataclass(frozen=True, kw_only=True)
class SiteFiles:
    """All that is to be deployed.

    Paths are from the root of the site, and of the target.
    """

    folder: Path
    entries: dict[str, Entry]  # in the order to deploy them
    # content of the files that change; the others can only be pruned
    pointers: dict[str, bytes]
    left_out: tuple[str, ...]  # files in the folder that are not the site's

    def read(self, path: str) -> bytes:
        """Return the content of a file; OSError if it was pruned meanwhile."""
        return (
            self.pointers[path]
            if path in self.pointers
            else (self.folder / path).read_bytes()
        )


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The result of `deploy_site`."""

    target: str  # without passwords
    dry_run: bool
    uploaded: dict[str, int]  # path from the root of the site → bytes, in this order
    removed: dict[str, int]  # after that, likewise
    unchanged: int  # files that were there already
    content_compared: bool  # whether their content was compared, or only their sizes
    # of the uploaded ones: that a deployment had put there, and then something else had
    # changed
    repaired: int
    # files in the site's folder that are not the site's, and stay there alone
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The changes of a target that a deployment makes."""

    site: SiteFiles
    known: dict[str, Entry]  # files of earlier deployments that are there
    result: Deployment
    record: bytes  # content of deployed.json at the end
    needed: bool


def read_site(site: Path, *, unchecked: bool, progress: Progress) -> SiteFiles:
    """Check a site and read it under its lock.

    CheckFailed if it is not what was published, unless `unchecked`.
    """
    require_ours(site, "site")
    if read_record(site) is None:
        raise PublishError(
            f"There must be a site with a list of its files. Received: {site}. Run"
            " `pipeline build`, or pass --site."
        )
    with (
        translating_errors(site, doing="read"),
        claimed(site, "site", progress=progress),
    ):
        report = check_target(str(site))
        if not report.passed and not unchecked:
            raise CheckFailed(
                "A site must pass its check before it is deployed. Received:"
                f" {counted(len(report.problems))}.\n\n{report.table()}\n\nNothing was"
                " changed. Publish it again (`pipeline build`). Restore an old version"
                " from the store (`pipeline versions prune`), or delete its folder. Or"
                " pass --unchecked."
            )
        others = (LOCK_NAME, ".git", DEPLOYED)
        found = [
            path.relative_to(site)
            for path in site.rglob("*")
            if path.is_symlink() or not path.is_dir()
        ]
        kept = (
            path
            for path in found
            if not any(name in others or is_temporary(name) for name in path.parts)
        )
        paths = sorted((path.as_posix() for path in kept), key=order)
        foreign = {
            path
            for path in paths
            if (in_one_line(report.describe(path)), FOREIGN) in report.unvouched
        }
        foreign |= {
            path
            for path in paths
            if (site / path).is_symlink()
            or not (site / path).is_file()
            or not path.isprintable()
            or {*'\\"'} & {*path}
        }
        known = {*paths} - foreign
        entries, pointers = {}, {}
        for path in paths:
            # no copies of what is foreign
            if path in known and original_of(path) in known:
                content = (site / path).read_bytes()
                entries[path] = Entry(bytes=len(content), sha256=sha256(content))
                if rank(path) != CONTENT:
                    pointers[path] = content
        left_out = tuple(path for path in paths if path not in entries)
        return SiteFiles(
            folder=site.absolute(),
            entries=entries,
            pointers=pointers,
            left_out=left_out,
        )
