"""The commands about versions:

`rollback`, and the group `versions`, which lists them and decides about each.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import (
    PATH,
    Group,
    Reported,
    key_option,
    site_option,
    store_option,
)
from pipeline.cli.report import Done, Reporter
from pipeline.errors import PublishError

if TYPE_CHECKING:
    from pipeline.site.releases import VersionRow


def _line(row: "VersionRow") -> str:
    accuracy = "-" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
    return (
        f"{row.name:<20} {row.version}  accuracy {accuracy:<6} "
        f" {row.created or '-':<20}  {row.bytes / 1000:>9,.1f} kB  {_state(row)}"
    ).rstrip()


def _state(row: "VersionRow") -> str:
    """Describe the state of a version in words."""
    was = ["live"] if row.live and not row.periods else []
    for period in row.periods[-1:]:
        back = (
            f" after a rollback from {period.rolled_back_from}"
            if period.rolled_back_from
            else ""
        )
        span = (
            f"{_time(period.since)} to {_time(period.until)}"
            if period.until
            else f"since {_time(period.since)}"
        )
        earlier = f" (+{len(row.periods) - 1} earlier)" if row.periods[1:] else ""
        was.append(f"live {span}{back}{earlier}")
    default, pinned = "default" if row.default else "", "pinned" if row.pinned else ""
    held = f"held since {_time(row.held)}" if row.held else ""
    return ", ".join(filter(None, (*was, default, held, pinned, row.problem or "")))


def _time(utc: str) -> str:
    return utc[:16].replace("T", " ")


@click.command("rollback", cls=Reported, works=True, example="rollback mnist-softmax")
@click.argument("name")
@click.argument("version", required=False)
@key_option
@store_option
@site_option
def _rollback(
    reporter: Reporter,
    name: str,
    version: str | None,
    key: Path | None,
    out: Path,
    site: Path,
) -> Done:
    """Point the site back to an older version.

    NAME is the model, VERSION one that `pipeline versions list` shows. By default it is
    the version that was live before. From then on NAME is held, unless VERSION was
    live: builds do not publish it until `pipeline versions release NAME`.
    """
    from pipeline.signing.signer import Signer
    from pipeline.site.releases import rollback
    from pipeline.site.settings import folders_of, read_settings

    signer = Signer.read(key, site, out) if key else None
    published = rollback(
        site, out, name, version, signer=signer, progress=reporter.progress
    )
    held = read_settings(site / "models", name).held
    release = f"pipeline versions release {name}{folders_of(site, out)}"
    note = (
        f"is held: builds do not publish it. To let them: {release}"
        if held
        else "is not held: it was live already"
    )
    text = (
        f"{published.name} {published.version} is live in {published.site_dir}\n{name}"
        f" {note}"
    )
    return Done(document={**dataclasses.asdict(published), "held": held}, text=text)


@click.group("versions", cls=Group)
def _versions() -> None:
    """List, pin, release and delete versions."""


@_versions.command("list", example="versions list")
@store_option
@site_option
def _list(out: Path, site: Path) -> Done:
    """List all versions, and when each was live.

    It says which are held by a rollback or pinned, and with which one the page opens.
    Times are in UTC; of a version that was live several times it shows the last period;
    --json has all.
    """
    from pipeline.site.releases import list_versions

    rows = list_versions(out, site)
    note = (
        ""
        if site.is_dir()
        else (
            f"There is no site in {site}: nothing is live there. Publish, or pass"
            " --site."
        )
    )
    note = (
        note
        if rows
        else f"There are no versions in {out} yet. Make one: pipeline build"
    )
    return Done(
        document=[dataclasses.asdict(row) for row in rows],
        text="\n".join(map(_line, rows)),
        note=note,
    )


@_versions.command("release", example="versions release mnist-softmax")
@click.argument("name")
@store_option
@site_option
def _release(reporter: Reporter, name: str, out: Path, site: Path) -> Done:
    """Let builds publish NAME again after a rollback."""
    from pipeline.site.releases import release_model

    settings = release_model(site, out, name, progress=reporter.progress)
    return Done(
        document={"name": name, **dataclasses.asdict(settings)},
        text=f"{name} is not held: the next build publishes it",
    )


@_versions.command("pin", example="versions pin mnist-softmax 3d95a368a803")
@click.argument("name")
@click.argument("version")
@click.option("--off", is_flag=True, help="Take the pin off.")
@store_option
@site_option
def _pin(
    reporter: Reporter, name: str, version: str, off: bool, out: Path, site: Path
) -> Done:
    """Keep a version of NAME whenever others are pruned."""
    from pipeline.site.releases import pin_version

    settings = pin_version(
        site, out, name, version, on=not off, progress=reporter.progress
    )
    return Done(
        document={"name": name, "version": version, **dataclasses.asdict(settings)},
        text=f"{name} {version} is {'not pinned' if off else 'pinned'}",
    )


@_versions.command("default", example="versions default mnist-softmax")
@click.argument("name")
@store_option
@site_option
def _default(reporter: Reporter, name: str, out: Path, site: Path) -> Done:
    """Let the page open with the model NAME, whichever is published later.

    Until one is chosen, it opens with the newest model: the one whose first version
    came last.
    """
    from pipeline.site.releases import choose_default

    version = choose_default(site, out, name, progress=reporter.progress)
    return Done(
        document={"name": name, "version": version},
        text=f"The page in {site} opens with {name} {version}",
    )


@_versions.command("single-file", example="versions single-file mnist-softmax pad.html")
@click.argument("name")
@click.argument("file", type=PATH)
@site_option
def _single_file(name: str, file: Path, site: Path) -> Done:
    """Write the live version of NAME as one HTML FILE.

    It holds the pad, its code and the model, and opens by a double click.
    """
    from pipeline.site.memory import require_published
    from pipeline.site.page import web_dir
    from pipeline.site.single_file import write_single_file

    models, live = site / "models", require_published(site, name)
    write_single_file(models / name / live, file, web_dir())
    path = str(file.absolute())
    return Done(
        document={"name": name, "version": live, "single_file": path}, text=path
    )


@_versions.command("embed", example="versions embed mnist-softmax --key key.pem.pub")
@click.argument("name")
@click.option(
    "--key",
    help=(
        "Public key of the model's owner: a file, or the line itself. Pages then follow"
        " new versions that it has signed."
    ),
)
@click.option(
    "--latest",
    is_flag=True,
    help="Pin nothing: pages follow whatever the host sends.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Address of the site.  [default: that of the last build]",
)
@site_option
def _embed(
    name: str, key: str | None, latest: bool, base_url: str | None, site: Path
) -> Done:
    """Print the HTML that puts the model NAME into another page.

    The page runs exactly the code and the version that are live now, each named by its
    hash, whatever happens to the host. With --key it runs the same code, and every
    version that the key's owner has signed. With --latest it trusts the host.
    """
    from pipeline.signing.keys import read_public_key
    from pipeline.site.snippet import snippet_of

    if latest and key is not None:
        raise click.UsageError("Pass --key or --latest, not both.")
    public_key = None if key is None else read_public_key(key)
    code = snippet_of(site, name, base_url=base_url, key=public_key, latest=latest)
    return Done(document={"name": name, "html": code}, text=code)


@_versions.command("remove", works=True, example="versions remove mnist-softmax")
@click.argument("name")
@store_option
@site_option
def _remove(reporter: Reporter, name: str, out: Path, site: Path) -> Done:
    """Remove the model NAME from the site and the store.

    It does not ask for confirmation, and cannot be undone. If the page opens with NAME,
    it then opens with the oldest remaining model.
    """
    from pipeline.site.pruning import remove_model
    from pipeline.versions.store import model_names

    removed, default = remove_model(site, out, name, progress=reporter.progress)
    if not removed:
        known = ", ".join(model_names(site / "models", out)) or "none"
        raise PublishError(
            f"There must be something to remove. Received: {name!r}. There are:"
            f" {known}. Pass one of them."
        )
    note = f"The page in {site} opens with {default} now." if default else ""
    return _removed(removed, {"name": name, "default": default}, "removed", note=note)


@_versions.command("prune", works=True, example="versions prune --keep 3 --dry-run")
@click.argument("name", required=False)
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=5,
    help="Versions of each model to keep, the newest.",
)
@click.option(
    "--days",
    type=click.IntRange(0, 36500),
    default=30,
    help="Keep also what was in use in these days.",
)
@click.option(
    "--dry-run", is_flag=True, help="Delete nothing, only show what would be deleted."
)
@store_option
@site_option
def _prune(
    reporter: Reporter,
    name: str | None,
    keep: int,
    days: int,
    dry_run: bool,
    out: Path,
    site: Path,
) -> Done:
    """Delete old versions, of NAME or of all models.

    What is live or pinned stays, and what the next rollback returns to. Damaged
    versions of the site are restored.
    """
    from pipeline.site.pruning import prune
    from pipeline.system.progress import noted

    warnings, warn = noted(progress := reporter.progress)
    removed = prune(
        site,
        out,
        name,
        keep=keep,
        days=days,
        dry_run=dry_run,
        progress=progress,
        warn=warn,
    )
    facts = {"name": name, "dry_run": dry_run, "warnings": warnings}
    return _removed(removed, facts, "would be removed" if dry_run else "removed")


def _removed(
    removed: dict[str, int], facts: dict[str, Any], verb: str, *, note: str = ""
) -> Done:
    total = sum(removed.values())
    lines = [f"{size / 1000:>9,.1f} kB  {path}" for path, size in removed.items()]
    lines.append(
        f"{total / 1000:>9,.1f} kB  {verb}"
        if removed
        else "There was nothing to remove"
    )
    document = {**facts, "removed": removed, "bytes": total}
    return Done(document=document, text="\n".join(lines), note=note)


COMMANDS = (_rollback, _versions)
