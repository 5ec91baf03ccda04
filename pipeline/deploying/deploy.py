"""Deploy a site: content first, what points at it last, then delete what is gone. See `site/order.py`."""

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.deploying.branch import deploy_to_branch
from pipeline.deploying.lock import Lock, locked, workplace
from pipeline.deploying.opening import open_store
from pipeline.deploying.outcome import Change, Deployment, total
from pipeline.deploying.plan import Plan, plan
from pipeline.deploying.record import RECORD_NAME, Record, parse_record, require_ours
from pipeline.deploying.site_files import Item, copied, headers_of, held, read_items
from pipeline.deploying.stores import Store
from pipeline.deploying.targets import Target, parse_target
from pipeline.errors import ConfigError, PipelineError, PublishError
from pipeline.site.order import CONTENT, rank
from pipeline.system.interrupts import raise_if_interrupted
from pipeline.system.progress import Advance, Progress, bar, to_stderr

_OUR_BUGS = (AssertionError, AttributeError, NameError, TypeError)


def deploy_site(
    site: Path,
    target: str,
    *,
    cache: Path,
    branch: str | None = None,
    dry_run: bool = False,
    break_lock: bool = False,
    progress: Progress = to_stderr,
) -> Deployment:
    """Bring a site to a git branch, a folder or a bucket, and delete there what an earlier deployment put and is gone.

    Args:
        site: the folder of the site. Others may write into it again once its new files have been copied aside.
        target: as the user writes it, see `targets.py`.
        cache: a folder of this user and machine, for what keeps two deployments apart.
        branch: of a git repository; None for the one that the target names, or gh-pages.
        dry_run: change nothing, and return what would be done.
        break_lock: take the lock of another machine's deployment, which has ended.
        progress: called with a line for each step.

    Raises:
        ConfigError: the target cannot be one.
        PublishError: there is no site; the target is somebody else's, or in use; or it cannot be reached or written.
            Visitors get what was there before, or, once the pointers have been reached, that or the new site.
        DiskError: this machine's disk refused something. Nothing was changed on the target.
    """
    where = parse_target(target, branch)
    _require_apart(site, where)
    course = _Course()
    with workplace(where, cache, dry_run=dry_run, progress=progress) as here:
        if where.kind == "git":
            return deploy_to_branch(site, where, here.scratch, dry_run=dry_run, progress=progress)
        with _translated(where, course), contextlib.ExitStack() as closing:
            store = open_store(where, closing)
            if _read_record(store, where) is None:  # before a lock is put there
                require_ours(None, store.listing(), (), str(where))
            if dry_run:
                return _deploy(site, store, where, None, here.scratch, course, progress)
            with locked(store, where, here.name, break_lock=break_lock, progress=progress) as lock:
                return _deploy(site, store, where, lock, here.scratch, course, progress)


@dataclass
class _Course:
    """How far a deployment is, for the message of its failure."""

    doing: str = "reach"
    state: str = "Nothing was changed."


@contextmanager
def _translated(target: Target, course: _Course) -> Iterator[None]:
    """Turn the errors of all the packages that reach targets into ours, without passwords."""
    try:
        yield
    except (PipelineError, *_OUR_BUGS):
        raise
    except Exception as error:
        reason = target.hide(" ".join(str(error).split())).rstrip(".") or type(error).__name__
        raise PublishError(
            f"Cannot {course.doing} {target}: {reason:.300}. {course.state} Check the address, the credentials and the "
            "permissions, then run it again: what is there already is not uploaded twice."
        ) from error


def _require_apart(site: Path, target: Target) -> None:
    if target.path is None:
        return
    here, there = site.resolve(), target.path.resolve()
    if here.is_relative_to(there) or there.is_relative_to(here):
        raise ConfigError(
            f"A site must be deployed outside of itself. Received: --site {site} and {target}. Change one of them."
        )


def _read_record(store: Store, target: Target) -> Record | None:
    content = store.read(RECORD_NAME)
    return None if content is None else parse_record(content, str(target))


def _deploy(
    site: Path, store: Store, target: Target, lock: Lock | None, scratch: Path, course: _Course, progress: Progress
) -> Deployment:
    """Deploy under the lock of the target, or say what would be done without one."""
    record = _read_record(store, target)
    known = record or Record(files={})
    listing = store.listing()
    foreign = listing.keys() - known.files.keys() - ({RECORD_NAME} if record else set())
    with held(site, dry_run=lock is None, progress=progress) as paths:
        items = read_items(site, paths, with_headers=store.holds_headers)
        require_ours(record, foreign, [item.path for item in items], str(target))
        steps = plan(items, known, listing)
        upload = copied(steps.upload, scratch) if lock else steps.upload
    done = Deployment(
        target=str(target),
        dry_run=lock is None,
        uploaded=tuple(Change(path=item.path, bytes=item.entry.bytes) for item in steps.upload),
        removed=tuple(Change(path=path, bytes=listing[path]) for path in steps.remove),
        unchanged=len(items) - len(steps.upload),
    )
    if lock and (steps.upload or steps.remove or record != steps.finished):
        progress(f"Uploading to {target}. New: {total(done.uploaded)}. Gone: {len(done.removed):,}.")
        _carry_out(steps, upload, store, lock, scratch, course, progress)
    return done


def _carry_out(
    steps: Plan, upload: Sequence[Item], store: Store, lock: Lock, scratch: Path, course: _Course, progress: Progress
) -> None:
    course.doing, course.state = "upload to", "Visitors get what was there before."
    _write_record(steps.announced, store, scratch)
    with bar(progress, "upload", sum(item.entry.bytes for item in upload), " bytes") as advance:
        for place, part in groupby(upload, key=lambda item: rank(item.path)):
            if place != CONTENT:
                lock.require()
                course.state = "Visitors get the former site or the new one, whole."
            _upload(list(part), steps, store, advance)
    lock.require()
    if steps.remove:
        course.doing, course.state = "tidy up", "Visitors get the new site."
        store.delete(steps.remove, steps.finished.files)
    _write_record(steps.finished, store, scratch)


def _upload(items: Sequence[Item], steps: Plan, store: Store, advance: Advance) -> None:
    """Upload files that do not depend on one another, several at once where the store takes them."""

    def put(item: Item) -> None:
        store.delete(steps.copies.get(item.path, ()), steps.finished.files)
        store.put(item.path, item.source, item.entry.headers)
        advance(item.entry.bytes)

    pool = ThreadPoolExecutor(store.connections) if store.connections > 1 else None
    try:
        for _ in pool.map(put, items) if pool else map(put, items):
            raise_if_interrupted()
    finally:
        if pool:
            pool.shutdown(cancel_futures=True)


def _write_record(record: Record, store: Store, scratch: Path) -> None:
    file = scratch / RECORD_NAME
    file.write_bytes(record.rendered())
    store.put(RECORD_NAME, file, headers_of(RECORD_NAME) if store.holds_headers else {})
