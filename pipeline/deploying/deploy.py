"""Deploy a site:

content first, what points at it last, then delete what is gone. See `site/page.py`.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path, PurePosixPath

from pipeline.deploying.branch import Branch
from pipeline.deploying.plan import (
    LINK,
    Deployment,
    Entry,
    Plan,
    Record,
    SiteFiles,
    read_site,
)
from pipeline.deploying.store import Store
from pipeline.deploying.target import Target, as_sftp, parse_target
from pipeline.errors import NEXT_STEP, ConfigError, PipelineError, PublishError
from pipeline.site.compress import original_of
from pipeline.site.page import DEPLOYED, order
from pipeline.system.files import is_inside
from pipeline.system.json_records import from_json
from pipeline.system.outside import parse_json
from pipeline.system.pip import pip_install
from pipeline.system.progress import Progress, to_stderr
from pipeline.versions.manifest import LATEST_NAME

_POINTERS = f"models/*/{LATEST_NAME}"  # of a site
# by the name of the import, where that is another
_PACKAGES = {"smbclient": "smbprotocol"}


def deploy_site(
    site: Path,
    target: str,
    *,
    dry_run: bool = False,
    verify: bool = False,
    unchecked: bool = False,
    progress: Progress = to_stderr,
) -> Deployment:
    """Bring a site to a git branch or to what fsspec opens; delete there what an
    earlier deployment put and is gone.

    `target` is as the user writes it, see `parse_target`. With `dry_run` nothing is
    changed; with `verify` the content of what is there is compared too, as git always
    does; with `unchecked` a site may fail its check.
    Raises ConfigError if the target cannot be one, CheckFailed if the site is not what
    was published, and PublishError if there is no site, or the target is somebody
    else's or cannot be written.
    """
    where = parse_target(target)
    if where.path and (is_inside(site, where.path) or is_inside(where.path, site)):
        raise ConfigError(
            f"A site must be deployed outside of itself. Received: --site {site} and"
            f" {where}. Change one of them."
        )
    with (
        _translated_errors(where),
        tempfile.TemporaryDirectory(prefix="pipeline-deploy-") as work,
    ):
        place = Branch(where, Path(work)) if where.branch else Store(where)

        def look() -> Plan:
            files = read_site(site, unchecked=unchecked, progress=progress)
            return _make_plan(files, place, where, dry_run=dry_run, verify=verify)

        plan = look()  # refuses before a lock is put there
        if dry_run or not plan.needed:
            return plan.result
        while True:
            # git refuses a second push
            with place.locked(progress) if isinstance(place, Store) else nullcontext():
                plan = look()
                if count := len(plan.result.uploaded):
                    progress(
                        f"Uploading to {where}: {count:,} file{'s' * (count != 1)}."
                    )
                if place.carry_out(plan, progress):
                    return plan.result
            progress("Somebody else has pushed meanwhile: trying again on top of that.")


def _make_plan(
    site: SiteFiles,
    place: Branch | Store,
    target: Target,
    *,
    dry_run: bool,
    verify: bool,
) -> Plan:
    """Compare a site with a target; PublishError if that is somebody else's, or would
    lose somebody's file.
    """
    there, record, entries = place.listing(), place.read(DEPLOYED), site.entries
    files = _ours(site, record, there, target)
    known = {
        path: entry for path, entry in files.items() if there.get(path, LINK) != LINK
    }
    recorded = [path for path, entry in entries.items() if known.get(path) == entry]
    stale = entries.keys() - {
        path for path in recorded if place.holds(site, path, verify=verify)
    }
    # A copy must never lie beside another original: it is deleted before that is
    # replaced, and uploaded after it.
    upload = [path for path in entries if {path, original_of(path)} & stale]
    remove = sorted(known.keys() - entries.keys(), key=order, reverse=True)
    result = Deployment(
        target=str(target),
        dry_run=dry_run,
        uploaded={path: entries[path].bytes for path in upload},
        removed={path: known[path].bytes for path in remove},
        unchanged=len(entries) - len(upload),
        repaired=len(stale.intersection(recorded)),
        left_out=site.left_out,
        content_compared=verify or isinstance(place, Branch),  # git compares it always
    )
    finished = Record(files=entries).rendered()
    return Plan(
        site=site,
        known=known,
        result=result,
        record=finished,
        needed=record != finished or bool(upload) or place.marked,
    )


def _ours(
    site: SiteFiles, record: bytes | None, there: Mapping[str, int], target: Target
) -> dict[str, Entry]:
    """Return the files that the record of a target names; PublishError unless it is
    empty or an earlier deployment.
    """
    try:
        files = (
            from_json(Record, parse_json(record or b""), ignore_unknown=True).files
            if there
            else {}
        )
    except ValueError as error:
        raise PublishError(
            "A site can be deployed to an empty place, or to one that `pipeline"
            f" deploy` made. Received: {target} with {min(there)!r:.80} and no"
            f" {DEPLOYED} of ours. Nothing was changed. Empty it, or choose another"
            " place."
        ) from error
    wanted = {DEPLOYED, *site.entries}
    theirs, ours = (
        {path for path in paths if PurePosixPath(path).match(_POINTERS)}
        for paths in (files, wanted)
    )
    if theirs and not theirs & ours:
        raise PublishError(
            f"A deployment must not replace another site. Received: {target}, which"
            f" shows {', '.join(sorted(theirs))}. Nothing was changed. Choose another"
            " place, or empty this one."
        )
    ways = {
        str(folder) for path in wanted for folder in PurePosixPath(path).parents
    } | wanted
    for path, size in sorted(there.items()):
        is_ours = size != LINK and (path in files or path == DEPLOYED)
        if not is_ours and (
            path in ways or {*map(str, PurePosixPath(path).parents)} & wanted
        ):
            raise PublishError(
                "A deployment must not replace somebody's own file, or write through a"
                f" link. Received: {path} on {target}, which `pipeline deploy` did not"
                " put there. Nothing was changed. Move it away."
            )
    return files


@contextmanager
def _translated_errors(target: Target) -> Iterator[None]:
    """Turn the errors of git and of all drivers into ours, without passwords."""
    try:
        yield
    except (
        PipelineError,
        AssertionError,
        AttributeError,
        NameError,
    ):  # the last ones are our bugs
        raise
    except Exception as error:
        said = " ".join(re.sub(r"^\[Errno \d+\] ", "", str(error)).split())
        reason = target.hide(said).rstrip(".") or type(error).__name__
        # fsspec has its own words for a driver that is missing
        causes = (
            error,
            error.__cause__,
        )
        missing = [
            one.name
            for one in causes
            if isinstance(one, ModuleNotFoundError) and one.name
        ]
        usual = (
            "Check the address, the credentials and the permissions, then run it again."
        )
        # of a folder's disk
        step = NEXT_STEP.get(getattr(error, "errno", None) or 0, usual)
        sftp = (
            f" For a folder on a server, write {there}."
            if (there := as_sftp(target.url)) != target.url
            else ""
        )
        advice = f"Visitors get the former site or the new one, whole. {step}{sftp}"
        if missing:
            package = missing[0].partition(".")[0]
            advice = (
                f"Run `{pip_install(_PACKAGES.get(package, package))}`, then run it"
                " again."
            )
        raise PublishError(
            f"Cannot deploy to {target}: {reason:.300}. {advice}"
        ) from error
