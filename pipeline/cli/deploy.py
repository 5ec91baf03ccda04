"""The command that brings a site to its host."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import Reported, site_option
from pipeline.cli.report import Done, Reporter

if TYPE_CHECKING:
    from pipeline.deploying.outcome import Deployment


@click.command("deploy", cls=Reported, works=True)
@click.argument("target", envvar="PIPELINE_TARGET")
@site_option
@click.option("--branch", help="Branch of a git repository.  [default: gh-pages]")
@click.option("--dry-run", is_flag=True, help="Change nothing, only tell what would be uploaded and removed.")
@click.option("--break-lock", is_flag=True, help="Take the lock of another machine's deployment, which has ended.")
def deploy(reporter: Reporter, target: str, site: Path, branch: str | None, dry_run: bool, break_lock: bool) -> Done:
    """Bring the site to a git branch, a folder or a bucket.

    TARGET is a git repository (git@host:owner/site.git#branch), a folder, or an address that begins with sftp://,
    webdavs://, s3://, gs:// or az://. The environment variable PIPELINE_TARGET can name it too.

    What is new is uploaded, content first and what points at it last; then what the site no longer has is removed. A
    target must be empty or hold an earlier deployment of this site. Files that something else put there stay.
    """
    from pipeline.deploying.deploy import deploy_site
    from pipeline.system.user_cache import default_cache_dir

    done = deploy_site(
        site,
        target,
        cache=default_cache_dir(),
        branch=branch,
        dry_run=dry_run,
        break_lock=break_lock,
        progress=reporter.progress,
    )
    uploaded = sum(change.bytes for change in done.uploaded)
    return Done(document={**dataclasses.asdict(done), "bytes": uploaded}, text="\n".join(_lines(done)))


def _lines(done: "Deployment") -> list[str]:
    from pipeline.deploying.outcome import total

    lines = []
    if done.dry_run:
        for sign, changes in (("+", done.uploaded), ("-", done.removed)):
            lines += [f"{sign} {change.bytes / 1000:>9,.1f} kB  {change.path}" for change in changes]
    would = "would be " if done.dry_run else ""
    if not done.uploaded and not done.removed:
        return [f"Nothing is new: {done.target} has all {done.unchanged:,} files"]
    if done.uploaded:
        lines.append(f"{total(done.uploaded)} {would}uploaded to {done.target}")
    if done.removed:
        lines.append(f"{total(done.removed)} {would}removed there")
    return lines
