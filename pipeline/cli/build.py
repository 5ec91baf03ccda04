"""The commands that run the stages:

`build`, and `report`, which writes a page about the data.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import (
    PATH,
    Command,
    Reported,
    key_option,
    option,
    runs_option,
    site_option,
    store_option,
)
from pipeline.cli.report import Done, Reporter
from pipeline.config import DEVICES, DISTRIBUTIONS, ENDS
from pipeline.recipes.reading import read_settings, recipe_names

if TYPE_CHECKING:
    from pipeline.build_result import BuildResult
    from pipeline.records import PublishedSite


def _build_options(command: Command) -> Command:
    """Add the options that say what is built, from which data and where."""
    options: list[Callable[[Command], Command]] = [
        option(
            "--recipe",
            help=(
                f"Recipe: {', '.join(recipe_names())}, or a .toml file.  [default:"
                " softmax]"
            ),
        ),
        option(
            "--set",
            multiple=True,
            metavar="KEY=VALUE",
            help="Change a key of the recipe, such as training.epochs=5. Repeatable.",
        ),
        option(
            "--data",
            default="mnist",
            help="Data set: mnist, an .npz file, or a folder.",
        ),
        option(
            "--model",
            type=PATH,
            help="Keras file of a trained model, to build instead of training one.",
        ),
        option(
            "--name",
            help=(
                "Name of the model.  [default: <data>-<recipe>, or <data>-<file of"
                " --model>]"
            ),
        ),
        option(
            "--device",
            type=click.Choice(DEVICES),
            default="auto",
            help="Device to train on.",
        ),
        option(
            "--distribute",
            type=click.Choice(DISTRIBUTIONS),
            default="none",
            help=(
                "Train on all GPUs (mirrored) or on the machines in TF_CONFIG"
                " (multiworker)."
            ),
        ),
        click.option(
            "--force", is_flag=True, help="Run every stage, even if unchanged."
        ),
        store_option,
        site_option,
        runs_option,
    ]
    for decorate in reversed(options):
        command = decorate(command)
    return command


def _where_on_the_page(published: "PublishedSite", folders: str) -> str:
    """Say with which model the page opens if there are several, and how that is
    changed.
    """
    from pipeline.site.index import read_index

    index = read_index(Path(published.site_dir) / "models")
    if len(index.names) < 2:
        return ""
    add = (
        ""
        if index.default == published.name
        else f", and add ?model={published.name} to the address"
    )
    return (
        f"{add}\nThe page opens with {index.default}. To change that: {_command_name()}"
        f" versions default NAME{folders}"
    )


@click.command(
    "build",
    cls=Reported,
    works=True,
    example="build --data pictures/ --set data.size=28",
)
@_build_options
@option(
    "--until", type=click.Choice(ENDS), default="publish", help="Last stage to run."
)
@key_option
@option(
    "--base-url",
    help="Address where the site will be hosted. It stays until another is given.",
)
@option(
    "--expires",
    type=int,
    metavar="DAYS",
    help=(
        "Days until readers are told that a model may be out of date, unless a"
        " publication renews it. It stays until another is given; 0 is never."
    ),
)
@click.option(
    "--embed-only",
    is_flag=True,
    help="Publish what other pages embed, without the page.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Only read the data, and say what would run and be written.",
)
def _build(reporter: Reporter, until: str, dry_run: bool, **options: Any) -> Done:
    """Run all stages, from the data to the published page.

    A stage runs again only if its recipe, data, device, code or packages have changed.
    Builds with the same --name are versions of one model, and a new one must not be
    worse than the published one. If a stage fails or the process is killed, the
    published page keeps working.
    """
    from pipeline.python_api import configured
    from pipeline.stages.run import run_stages

    config = configured(**options | {"set": read_settings(options["set"])})
    result = run_stages(
        config, until=until, dry_run=dry_run, progress=reporter.progress
    )
    return Done(
        document=result.as_json(),
        text=_plan(result) if dry_run else _text(result, until),
    )


def _plan(result: "BuildResult") -> str:
    """The result of a dry run."""
    config, stages = result.config, {"train", "evaluate"}
    folders = {
        config.runs / config.name: stages,
        config.out / config.name: {"export"},
        config.site: {"publish"},
    }
    written = [str(folder) for folder, by in folders.items() if by & {*result.planned}]
    return (
        f"Would be written: {', '.join(written)}"
        if written
        else "Nothing would be written"
    )


def _text(result: "BuildResult", until: str) -> str:
    """The outcome of the last stage; "" on a worker that leaves it to the chief."""
    from pipeline.build_result import held_note
    from pipeline.site.settings import folders_of

    if published := result.published:
        site = result.config.site
        where, folders = folders_of(site), folders_of(site, result.config.out)
        on_page = (site / "index.html").exists()
        seen = (
            _where_on_the_page(published, folders)
            if on_page
            else " --cors, in a page of your own"
        )
        return (
            f"{published.name} {published.version} is published in"
            f" {published.site_dir}\nLook at it: {_command_name()} serve{where}{seen}"
        )
    if exported := result.exported:
        held = result.held
        return (
            held_note(held, exported.name, exported.id)
            if held
            else str(exported.folder)
        )
    if result.evaluation:
        return f"test accuracy {result.evaluation.test_accuracy:.4f}"
    if result.trained:
        return str(result.run_dir / result.trained.model_path)
    return result.dataset.path if result.dataset and until == "data" else ""


def _command_name() -> str:
    """How this user starts the command:

    by its name if that is on the PATH, otherwise as they just did.
    """
    if shutil.which("pipeline"):
        return "pipeline"
    started = Path(sys.argv[0])
    return (
        "python -m pipeline"
        if started.name == "__main__.py"
        else os.path.relpath(started)
    )


@click.command(
    "report",
    cls=Reported,
    works=True,
    example="report --data pictures/ --folder data-report",
)
@_build_options
@click.option(
    "--folder", type=PATH, help="Folder to write.  [default: <runs>/<name>/data-report]"
)
def _report(reporter: Reporter, folder: Path | None, **options: Any) -> Done:
    """Write an HTML page about the data set.

    It shows how many images each label has, how far the data is from that of the
    published version, images that are in both the training and the test set, the
    training labels that the model contradicts and the test images that it misreads,
    with pictures and places. The model is
    trained for it, unless it is there already. No gate stops it, and nothing is
    published.
    """
    from pipeline.python_api import configured
    from pipeline.quality.report import require_own, write_report
    from pipeline.stages.run import run_stages

    config = configured(**options | {"set": read_settings(options["set"])})
    folder = folder or config.runs / config.name / "data-report"
    require_own(folder)
    result = run_stages(
        config, until="evaluate", judge=False, progress=reporter.progress
    )
    # on a worker without the result
    if result.dataset is None or result.trained is None or result.evaluation is None:
        return Done(document=result.as_json())
    page, result.gates = write_report(
        folder, result.config, result.dataset, result.trained, result.evaluation
    )
    return Done(
        document=result.as_json() | {"report": str(page.absolute())}, text=str(page)
    )


COMMANDS = (_build, _report)
