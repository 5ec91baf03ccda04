"""The files of a site that are to be deployed, as they are at one moment."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.deploying.record import RECORD_NAME, Entry
from pipeline.errors import PublishError, translating_errors
from pipeline.site.compress import ENCODINGS, is_copy, unpacked
from pipeline.site.headers import content_type_for, headers_for
from pipeline.site.index import published_names
from pipeline.site.order import order, original_of
from pipeline.site.writing import written
from pipeline.system.files import is_temporary, sha256_of
from pipeline.system.locks import LOCK_NAME, OWNER_NAME
from pipeline.system.progress import Progress
from pipeline.versions.ownership import require_ours

LOCK_FOLDER = ".deploying"  # on a target
_NEVER = {LOCK_NAME, OWNER_NAME, LOCK_FOLDER, ".git"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A file to deploy."""

    path: str  # from the root of the site, and of the target
    source: Path
    entry: Entry


@contextmanager
def held(site: Path, *, dry_run: bool, progress: Progress) -> Iterator[list[str]]:
    """Keep others from writing into a site; yields the paths of its files, in the order to deploy them.

    A dry run, which writes nothing, takes no lock either.

    Raises:
        PublishError: there is no site of ours, or it holds a link or a name that not every target can hold.
        DiskError: the block raised OSError.
    """
    require_ours(site, "site")
    if not published_names(site / "models"):
        raise PublishError(f"There is no site in {site}: it shows no model. Run `pipeline build`, or pass --site.")
    reading = translating_errors(site, doing="read or copy")
    with reading, contextlib.nullcontext() if dry_run else written(site, progress=progress):
        yield sorted(_paths(site), key=order)


def read_items(site: Path, paths: Sequence[str], *, with_headers: bool) -> list[Item]:
    """The files with their digests, in the given order.

    With headers, texts are taken from their compressed copies, and these do not become files of their own: a bucket
    sends an object with the encoding that it was given, and chooses none by itself.
    """
    known = set(paths)
    items = []
    for path in paths:
        source, headers = site / path, dict[str, str]()
        if with_headers:
            if original_of(path) != path and original_of(path) in known:
                continue
            headers = headers_of(path)
            if packed := _packed(source):
                source, headers["Content-Encoding"] = packed, "gzip"
        entry = Entry(bytes=source.stat().st_size, sha256=sha256_of(source), headers=headers)
        items.append(Item(path=path, source=source, entry=entry))
    return items


def headers_of(path: str) -> dict[str, str]:
    """Those headers of a file, by its path in the site, that a bucket keeps for each object."""
    caching = {name: value for name, value in headers_for(f"/{path}").items() if name == "Cache-Control"}
    return {"Content-Type": content_type_for(path), **caching}


def copied(items: Sequence[Item], folder: Path) -> list[Item]:
    """The items with their sources copied into an empty folder, where no publication changes them."""
    kept = []
    for number, item in enumerate(items):
        source = folder / str(number)
        shutil.copyfile(item.source, source)
        kept.append(Item(path=item.path, source=source, entry=item.entry))
    return kept


def _paths(site: Path) -> Iterator[str]:
    for current, folders, names in os.walk(site):
        folders[:] = [name for name in folders if name not in _NEVER and not is_temporary(name)]
        for name in [*names, *(folder for folder in folders if (Path(current) / folder).is_symlink())]:
            if name in _NEVER or is_temporary(name):
                continue
            path = Path(current) / name
            relative = path.relative_to(site).as_posix()
            if path.is_symlink() or not path.is_file():
                raise PublishError(f"A site to deploy holds files alone, no links. Received: {path}. Replace it.")
            if not relative.isprintable() or "\\" in relative or relative == RECORD_NAME:
                raise PublishError(f"A site to deploy cannot have a file of this name: {str(path)!r}. Rename it.")
            yield relative


def _packed(file: Path) -> Path | None:
    """The gzip copy of a file, if it is there and right; its time does not tell, once a site has been copied."""
    copy = file.with_name(file.name + ENCODINGS["gzip"])
    if is_copy(file) or not copy.is_file():
        return None
    content = file.read_bytes()
    with contextlib.suppress(ValueError):
        if unpacked(copy.read_bytes(), "gzip", len(content)) == content:
            return copy
    return None
