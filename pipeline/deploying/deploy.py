"""Deploy a site: content first, what points at it last, then delete what is gone. See `site/page.py`."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.deploying.branch import deploy_to_branch
from pipeline.deploying.plan import Deployment, Plan, Target, make_plan, parse_target, rendered
from pipeline.deploying.site_files import RECORD_NAME, Item, headers_of, read_site
from pipeline.deploying.store import SIGNS, Store
from pipeline.errors import ConfigError, PipelineError, PublishError
from pipeline.site.compress import ENCODINGS
from pipeline.site.page import CONTENT, rank
from pipeline.system.files import scratch_folder
from pipeline.system.interrupts import raise_if_interrupted
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress, bar, to_stderr


def deploy_site(
    site: Path,
    target: str,
    *,
    cache: Path,
    dry_run: bool = False,
    verify: bool = False,
    unchecked: bool = False,
    progress: Progress = to_stderr,
) -> Deployment:
    """Bring a site to a git branch or to what fsspec opens; delete there what an earlier deployment put and is gone.

    Args:
        site: the folder of the site.
        target: as the user writes it, see `targets.py`.
        cache: a folder of this user and machine, in which commits are made.
        dry_run: change nothing, and return what would be done.
        verify: also compare the content of what is there already, as git always does, and of what was uploaded.
        unchecked: deploy a site that does not pass its check.
        progress: called with a line for each step.

    Raises ConfigError if the target cannot be one, CheckFailed if the site is not what was published, and PublishError
    if there is no site, or the target is somebody else's or cannot be written. Visitors get what was there before, or,
    once the pointers have been reached, that or the new site.
    """
    where = parse_target(target)
    here, there = site.resolve(), where.path and where.path.resolve()
    if there and (here.is_relative_to(there) or there.is_relative_to(here)):
        raise ConfigError(
            f"A site must be deployed outside of itself. Received: --site {site} and {where}. Change one of them."
        )
    read = partial(read_site, site, unchecked=unchecked, dry_run=dry_run, progress=progress)
    if where.branch:
        folder, reading = cache / "deploying", partial(read, objects=False)
        with exclusive(folder, progress=progress), scratch_folder(folder) as scratch:
            return deploy_to_branch(reading, where, scratch, dry_run=dry_run, progress=progress)
    stage = ["reach", "Nothing was changed."]  # how far it is, for the message of its failure
    with _translated_errors(where, stage):
        store = Store(where)

        def look(*, verify: bool) -> Plan:
            files = read(objects=store.holds_headers)
            there = store.listing()

            def same(item: Item) -> bool:
                return there[item.path] == item.entry.bytes and not (verify and _differs(store, item))

            return make_plan(files, store.read(RECORD_NAME), there, same, str(where))

        plan = look(verify=verify and dry_run)  # refuses before a lock is put there
        if not dry_run:
            with store.locked(progress):
                plan = look(verify=verify)
                if plan.needed:
                    progress(f"Uploading to {where}. New: {len(plan.upload):,} files. Gone: {len(plan.remove):,}.")
                    _carry_out(plan, store, stage, verify=verify, progress=progress)
    return plan.outcome(str(where), dry_run=dry_run)


@contextmanager
def _translated_errors(target: Target, stage: list[str]) -> Iterator[None]:
    """Turn the errors of all drivers into ours, without passwords."""
    try:
        yield
    except (PipelineError, AssertionError, AttributeError, NameError, TypeError):  # the last ones are our bugs
        raise
    except Exception as error:
        reason = target.hide(" ".join(str(error).split())).rstrip(".") or type(error).__name__
        raise PublishError(
            f"Cannot {stage[0]} {target}: {reason:.300}. {stage[1]} Check the address, the credentials and the "
            "permissions, then run it again: what is there already is not uploaded twice."
        ) from error


def _carry_out(plan: Plan, store: Store, stage: list[str], *, verify: bool, progress: Progress) -> None:
    """Announce, upload, remove, and write down what is there."""
    left = {*plan.known}  # files of earlier deployments

    def put(item: Item) -> None:
        for copy in left & {item.path + suffix for suffix in ENCODINGS.values()}:
            store.delete(copy)
            left.discard(copy)
        store.put(item.path, item.read(), item.entry.headers)
        advance(item.entry.bytes)

    def put_record(content: bytes) -> None:
        store.put(RECORD_NAME, content, headers_of(RECORD_NAME))

    stage[:] = "upload to", "Visitors get what was there before."
    announced = plan.known | {item.path: item.entry for item in plan.site.items}
    put_record(
        rendered(announced | {one.path: replace(one.entry, sha256="") for one in plan.upload if one.path in left})
    )
    content = [item for item in plan.upload if rank(item.path) == CONTENT]
    with bar(progress, "upload", sum(item.entry.bytes for item in plan.upload), " bytes") as advance:
        pool = ThreadPoolExecutor(store.connections)
        try:
            for _ in pool.map(put, content):
                raise_if_interrupted()
                store.keep_lock(every=SIGNS)
        finally:
            pool.shutdown(cancel_futures=True)
        stage[1] = "Visitors get the former site or the new one, whole."
        for item in plan.upload[len(content) :]:
            raise_if_interrupted()
            store.keep_lock()
            put(item)
    if wrong := [item.path for item in plan.upload if verify and _differs(store, item)]:
        raise PublishError(
            f"A target must keep files as they are. Received: another {wrong[0]}, just after its upload. Run it again. "
            "If that does not help, the host changes files."
        )
    for path in plan.remove:
        store.keep_lock(every=SIGNS)
        if path in left:
            store.delete(path)
    store.keep_lock()
    put_record(plan.finished)


def _differs(store: Store, item: Item) -> bool:
    there, content = store.read(item.path), item.read()
    unpacks = "Content-Encoding" in item.entry.headers  # some stores unpack what they send
    return there != content and not (unpacks and there == gzip.decompress(content))
