"""The command that brings a site to its host."""

import dataclasses
from pathlib import Path

import click

from pipeline.cli.options import Reported, site_option
from pipeline.cli.report import Done, Reporter


@click.command("deploy", cls=Reported, works=True)
@click.argument("target", envvar="PIPELINE_TARGET")
@site_option
@click.option("--dry-run", is_flag=True, help="Change nothing, only tell what would be uploaded and removed.")
@click.option("--verify", is_flag=True, help="Also read what is there, and replace what differs from the site.")
@click.option("--unchecked", is_flag=True, help="Deploy a site that does not pass its check.")
def deploy(reporter: Reporter, target: str, site: Path, dry_run: bool, verify: bool, unchecked: bool) -> Done:
    """Bring the site to a git branch, a folder, a bucket or a server.

    TARGET is a git repository (git@host:owner/site.git#branch), a folder, or any address that fsspec opens, such as
    s3://bucket/prefix. The environment variable PIPELINE_TARGET can name it too.

    The site is checked, and what is new is uploaded, content first and what points at it last; then what the site no
    longer has is removed. A target must be empty or hold an earlier deployment of this site. Files that something else
    put there stay there; files in the site's folder that are not the site's, such as keys, stay here.
    """
    from pipeline.deploying.deploy import deploy_site
    from pipeline.deploying.plan import total
    from pipeline.system.user_cache import default_cache_dir

    options = {"dry_run": dry_run, "verify": verify, "unchecked": unchecked}
    done = deploy_site(site, target, cache=default_cache_dir(), progress=reporter.progress, **options)
    lines = [f"left out, because it is not a file of the site: {path}" for path in done.left_out]
    for sign, changes in (("+", done.uploaded), ("-", done.removed)) if dry_run else ():
        lines += [f"{sign} {change.bytes / 1000:>9,.1f} kB  {change.path}" for change in changes]
    would = "would be " if dry_run else ""
    if done.uploaded:
        lines.append(f"{total(done.uploaded)} {would}uploaded to {done.target}")
    if done.removed:
        lines.append(f"{total(done.removed)} {would}removed there")
    if not done.uploaded and not done.removed:
        lines.append(f"Nothing is new: {done.target} has all {done.unchanged:,} files")
    if done.repaired:
        lines.append(f"{done.repaired:,} with other content {would}repaired")
    uploaded = sum(change.bytes for change in done.uploaded)
    return Done(document={**dataclasses.asdict(done), "bytes": uploaded}, text="\n".join(lines))
