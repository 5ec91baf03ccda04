"""The files of a site that are to be deployed, as they are at one moment: checked, and none that is not the site's."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.checking.check import check_target
from pipeline.checking.findings import FOREIGN, counted
from pipeline.errors import CheckFailed, PublishError, translating_errors
from pipeline.site.compress import ENCODINGS, is_copy, original_of, unpacked
from pipeline.site.headers import content_type_for, headers_for
from pipeline.site.index import published_names
from pipeline.site.page import CONTENT, order, rank, read_record, sha256
from pipeline.site.page import RECORD_NAME as PAGE_RECORD
from pipeline.site.pointers import live_manifest
from pipeline.system.files import is_temporary
from pipeline.system.locks import LOCK_NAME
from pipeline.system.outside import in_one_line
from pipeline.system.progress import Progress
from pipeline.versions.ownership import claimed, require_ours

RECORD_NAME = "deployed.json"  # on a target
_NEVER = {LOCK_NAME, ".git"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that we put on the target."""

    bytes: int  # as they lie there, perhaps compressed
    sha256: str  # of these bytes; "" while the file is being replaced
    headers: dict[str, str] = field(default_factory=dict)  # that the target sends with it; none if it cannot hold them


@dataclass(frozen=True, kw_only=True)
class Item:
    """A file to deploy."""

    path: str  # from the root of the site, and of the target
    entry: Entry
    content: bytes | Path  # of a file that never changes, but may be pruned, its place

    def read(self) -> bytes:
        """Return the content."""
        return self.content.read_bytes() if isinstance(self.content, Path) else self.content


@dataclass(frozen=True, kw_only=True)
class SiteFiles:
    """All that is to be deployed."""

    items: tuple[Item, ...]  # in the order to deploy them
    left_out: tuple[str, ...]  # files in the folder that are not the site's
    title: str  # models and versions


def read_site(site: Path, *, objects: bool, unchecked: bool, dry_run: bool, progress: Progress) -> SiteFiles:
    """Check a site and read it, under its lock unless it is a dry run.

    With `objects`, texts are taken from their compressed copies, and these do not become files of their own: a bucket
    sends an object with the encoding that it was given, and chooses none by itself.

    Raises:
        PublishError: there is no site of ours, or it holds a link or a name that not every target can hold.
        CheckFailed: a file is not what was published, unless `unchecked`.
        DiskError: the site cannot be read.
    """
    require_ours(site, "site")
    names = published_names(site / "models")
    if not names or read_record(site) is None:
        raise PublishError(
            f"There must be a site with a list of its files ({PAGE_RECORD}). Received: {site}, which shows "
            f"{', '.join(names) or 'no model'}. Run `pipeline build`, or pass --site."
        )
    lock = contextlib.nullcontext() if dry_run else claimed(site, "site", progress=progress)
    with translating_errors(site, doing="read"), lock:
        report = check_target(str(site))
        if not report.passed and not unchecked:
            raise CheckFailed(
                f"A site must pass its check before it is deployed. Received: {counted(len(report.problems))}.\n\n"
                f"{report.table()}\n\nNothing was changed. Publish again, or pass --unchecked to deploy it as it is."
            )
        foreign = {path for path, why in report.unvouched if why == FOREIGN}
        root = Path(os.path.abspath(site))  # noqa: PTH100 (as the check names files)
        paths = sorted(_paths(site), key=order)
        known = {path for path in paths if in_one_line(str(root / path)) not in foreign}
        known = {path for path in known if original_of(path) in known}  # and no copies of what is foreign
        live = (live_manifest(site / "models", name) for name in names)
        return SiteFiles(
            items=tuple(
                _item(site / path, path, objects)
                for path in paths
                if path in known and not (objects and original_of(path) != path)
            ),
            left_out=tuple(path for path in paths if path not in known),
            title=", ".join(f"{manifest.name} {manifest.version}" for manifest in live),
        )


def headers_of(path: str) -> dict[str, str]:
    """Those headers of a file, by its path in the site, that a bucket keeps for each object."""
    caching = {name: value for name, value in headers_for(f"/{path}").items() if name == "Cache-Control"}
    return {"Content-Type": content_type_for(path), **caching}


def _item(file: Path, path: str, objects: bool) -> Item:
    content, headers = file.read_bytes(), headers_of(path) if objects else {}
    copy = file.with_name(file.name + ENCODINGS["gzip"])
    if objects and not is_copy(file) and copy.is_file():
        with contextlib.suppress(ValueError):  # damaged, and the site unchecked
            if unpacked(packed := copy.read_bytes(), "gzip", len(content)) == content:
                file, content, headers["Content-Encoding"] = copy, packed, "gzip"
    entry = Entry(bytes=len(content), sha256=sha256(content), headers=headers)
    return Item(path=path, entry=entry, content=file if rank(path) == CONTENT else content)


def _paths(site: Path) -> Iterator[str]:
    for path in site.rglob("*"):
        relative = path.relative_to(site)
        ignored = any(name in _NEVER or is_temporary(name) for name in relative.parts)
        if ignored or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not path.is_file():
            raise PublishError(f"A site to deploy holds files alone, no links. Received: {path}. Replace it.")
        if not str(relative).isprintable() or {*'\\"'} & {*relative.as_posix()} or str(relative) == RECORD_NAME:
            raise PublishError(f"A site to deploy cannot have a file of this name: {str(path)!r}. Rename it.")
        yield relative.as_posix()
