"""The commands about versions: list them, roll back, and the group `versions`, which decides what becomes of each."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli_options import Group, Reported, key_option, out_option, site_option
from pipeline.cli_report import Done, Reporter

if TYPE_CHECKING:
    from pipeline.site.history import Course
    from pipeline.site.listing import VersionRow


@click.command("list", cls=Reported)
@out_option
@site_option
def _list(out: Path, site: Path) -> Done:
    """List all versions and what became of them.

    It says which are live, held by a rollback, or pinned, when each was live, and with which one the page opens. Times
    are in UTC.
    """
    from pipeline.site.listing import list_versions

    rows = list_versions(out, site)
    note = "" if rows else f"There are no versions in {out} yet. Make one: pipeline build"
    return Done(document=[dataclasses.asdict(row) for row in rows], text="\n".join(map(_line, rows)), note=note)


def _line(row: "VersionRow") -> str:
    accuracy = "-" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
    return (
        f"{row.name:<20} {row.version or '-':<12}  accuracy {accuracy:<6}  {row.created or '-':<20}  "
        f"{row.bytes / 1000:>9,.1f} kB  {_state(row)}"
    ).rstrip()


def _state(row: "VersionRow") -> str:
    """What a version is and was, in words."""
    last = row.periods[-1] if row.periods else None
    was = f"live {_span(last.since, last.until)}" if last else "live" if row.live else ""
    default, pinned = "default" if row.default else "", "pinned" if row.pinned else ""
    held = f"held since {_time(row.held)}" if row.held else ""
    return ", ".join(filter(None, (was, default, held, pinned, row.problem or "")))


def _span(since: str, until: str | None) -> str:
    """A time in words: to the day if it began and ended on different ones."""
    if until is None:
        return f"since {_time(since)}"
    if since[:10] != until[:10]:
        return f"{since[:10]} to {until[:10]}"
    return f"{_time(since)} to {_time(until)[11:]}"


def _time(utc: str) -> str:
    return utc[:16].replace("T", " ")


@click.command("rollback", cls=Reported, works=True)
@click.argument("name")
@click.argument("version", required=False)
@key_option
@out_option
@site_option
def _rollback(reporter: Reporter, name: str, version: str | None, key: Path | None, out: Path, site: Path) -> Done:
    """Point the site back to an older version.

    NAME is the model, VERSION one that `pipeline list` shows. By default it is the version that was live before. What
    was rolled back is held: builds do not publish it again until it is released.
    """
    from pipeline.signing.signer import Signer
    from pipeline.site.releases import rollback
    from pipeline.site.settings import read_course

    signer = Signer.read(key, site, out) if key else None
    published = rollback(site, out, name, version, signer=signer, progress=reporter.progress)
    course = read_course(site / "models", name)
    held = _held(course, site, name)
    lines = [f"{published.name} {published.version} is live in {published.site_dir}"]
    lines += [
        f"{one['version']} is held: builds do not publish it again. To let them: {one['release']}"
        for one in held
        if course.held[one["version"]].place == len(course.entries)  # by this rollback
    ]
    return Done(document={**dataclasses.asdict(published), "held": held}, text="\n".join(lines))


def _held(course: "Course", site: Path, name: str) -> list[dict[str, str]]:
    from pipeline.site.holds import release_command

    return [
        {"version": hold.version, "since": hold.since, "release": release_command(site, name, hold.version)}
        for hold in course.held.values()
    ]


@click.group("versions", cls=Group)
def _versions() -> None:
    """Decide what becomes of published versions."""


@_versions.command("history")
@click.argument("name")
@site_option
def _history(name: str, site: Path) -> Done:
    """Tell which version of NAME was live when.

    It also says what rollbacks hold and what is pinned. Times are in UTC.
    """
    from pipeline.site.settings import read_course, read_settings
    from pipeline.site.writing import require_published

    live, models = require_published(site, name), site / "models"
    course, pinned = read_course(models, name, live), read_settings(models, name).pinned
    held, lines = _held(course, site, name), []
    for period in course.periods:
        back = f"  rolled back from {period.rolled_back_from}" if period.rolled_back_from else ""
        until = _time(period.until) if period.until else "now"
        lines.append(f"{_time(period.since)} to {until:<16}  {period.version}{back}")
    lines += [f"held since {_time(one['since'])}: {one['version']}. To release it: {one['release']}" for one in held]
    lines += [f"pinned: {', '.join(pinned)}"] if pinned else []
    periods = [dataclasses.asdict(period) for period in course.periods]
    document = {"name": name, "live": live, "history": periods, "held": held, "pinned": list(pinned)}
    return Done(document=document, text="\n".join(lines))


@_versions.command("release")
@click.argument("name")
@click.argument("version")
@out_option
@site_option
def _release(reporter: Reporter, name: str, version: str, out: Path, site: Path) -> Done:
    """Let builds publish a version of NAME that a rollback holds."""
    from pipeline.site.decisions import release_version

    settings = release_version(site, out, name, version, progress=reporter.progress)
    return Done(
        document={"name": name, "version": version, **dataclasses.asdict(settings)},
        text=f"{name} {version} is released: the next build that makes it publishes it",
    )


@_versions.command("pin")
@click.argument("name")
@click.argument("version")
@click.option("--off", is_flag=True, help="Take the pin off.")
@out_option
@site_option
def _pin(reporter: Reporter, name: str, version: str, off: bool, out: Path, site: Path) -> Done:
    """Keep a version of NAME whenever others are pruned."""
    from pipeline.site.decisions import pin_version

    settings = pin_version(site, out, name, version, on=not off, progress=reporter.progress)
    return Done(
        document={"name": name, "version": version, **dataclasses.asdict(settings)},
        text=f"{name} {version} is {'not pinned' if off else 'pinned'}",
    )


@_versions.command("default")
@click.argument("name")
@out_option
@site_option
def _default(reporter: Reporter, name: str, out: Path, site: Path) -> Done:
    """Let the page open with the model NAME."""
    from pipeline.site.decisions import choose_default

    version = choose_default(site, out, name, progress=reporter.progress)
    return Done(document={"name": name, "version": version}, text=f"The page in {site} opens with {name} {version}")


COMMANDS = (_list, _rollback, _versions)
