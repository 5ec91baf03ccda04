"""The commands that run a build, up to one of its stages."""

import json
import math
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from pipeline.cli.options import (
    PATH,
    Command,
    Reported,
    base_url_option,
    key_option,
    option,
    out_option,
    runs_option,
    site_option,
)
from pipeline.cli.report import Done, Reporter
from pipeline.config import DEVICES, DISTRIBUTIONS, PUBLISH_IMAGES
from pipeline.errors import ConfigError
from pipeline.recipes.fields import choices_of
from pipeline.recipes.reading import OVERRIDABLE, Recipe, flag_of, recipe_names

if TYPE_CHECKING:
    from pipeline.build_result import BuildResult
    from pipeline.records import PublishedSite


def _finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse NaN and infinity, which click's ranges let pass."""
    if not math.isfinite(value):
        raise click.BadParameter(f"Must be a finite number of seconds. Received: {value}.")
    return value


def _recipe_option(section: str, key: str) -> Callable[[Command], Command]:
    """The flag that overrides a key of a recipe."""
    record = get_type_hints(Recipe)[section]
    field, kind = record.__dataclass_fields__[key], get_type_hints(record)[key]
    meaning, rule = field.metadata["meaning"], field.metadata["rule"]
    text = f"{meaning[0].upper()}{meaning[1:]}{f', {rule.words}' if rule else ''}.  [default: the recipe's]"
    if not field.default and isinstance(field.default, tuple):
        return option(flag_of(key), callback=lambda *args: _listed(args[2]), metavar="NAME,NAME,…", help=text)
    choices = {value if isinstance(value, str) else json.dumps(value): value for value in choices_of(kind)}
    if not choices:
        return option(flag_of(key), type=type(field.default), help=text)
    return option(
        flag_of(key), type=click.Choice(list(choices)), callback=lambda *args: choices.get(args[2]), help=text
    )


def _listed(value: str | None) -> list[str] | None:
    return None if value is None else [part.strip() for part in value.split(",")]


def build_options(command: Command) -> Command:
    """Add the options that say what is built, from which data and where."""
    options: list[Callable[[Command], Command]] = [
        option("--recipe", help=f"{', '.join(recipe_names())}, or a .toml file.  [default: softmax]"),
        option("--data", default="mnist", help="mnist, an .npz file, or a folder."),
        option("--model", type=PATH, help="Keras file of a model that was trained elsewhere; nothing is trained then."),
        click.option("--from-logits", is_flag=True, help="Add a softmax to a --model that returns logits."),
        option("--name", help="Name of the model.  [default: <data>-<recipe>, or <data>-<file of --model>]"),
        *(_recipe_option(section, key) for section, keys in OVERRIDABLE.items() for key in keys),
        option(
            "--device",
            type=click.Choice(DEVICES),
            default="auto",
            help="Where to train; auto takes a GPU if there is one.",
        ),
        option(
            "--distribute",
            type=click.Choice(DISTRIBUTIONS),
            default="none",
            help="Train on all GPUs (mirrored) or on the machines in TF_CONFIG (multiworker).",
        ),
        option(
            "--worker-timeout",
            type=click.FloatRange(min=0, min_open=True),
            callback=_finite,
            default=300.0,
            help="Seconds to wait for the other workers.",
        ),
        option(
            "--publish-images",
            type=click.Choice(PUBLISH_IMAGES),
            help="Images to publish: none, some for tests, or some for training too.  [default: the recipe's]",
        ),
        option("--tensorboard", type=PATH, help="Folder for what TensorBoard shows of the training."),
        out_option,
        site_option,
        runs_option,
        click.option("--force", is_flag=True, help="Run every stage, even if unchanged."),
    ]
    for decorate in reversed(options):
        command = decorate(command)
    return command


def _run(until: str, reporter: Reporter, **options: Any) -> "BuildResult":
    from pipeline.python_api import configured
    from pipeline.stages.run import run_stages

    return run_stages(configured(**options), until=until, progress=reporter.progress, watch=reporter.watch)


def _held_text(result: "BuildResult") -> str:
    """What to say of a build that a rollback keeps from being published; "" if none does."""
    from pipeline.build_result import held_note

    if not (result.held and result.exported):
        return ""
    note = held_note(result.held, result.exported.name, result.exported.version)
    return f"{note}\nTo publish it, add --publish-held, or release it for later builds: {result.held.release}"


def _where_on_the_page(published: "PublishedSite") -> str:
    """What to add to the address for a model other than the one that the page opens with."""
    from pipeline.site.index import read_index

    default = read_index(Path(published.site_dir) / "models").default
    return "" if default == published.name else f", and add ?model={published.name} to the address"


publish_held_option = click.option("--publish-held", is_flag=True, help="Publish it even if a rollback holds it.")


@click.command("build", cls=Reported, works=True)
@key_option
@publish_held_option
@base_url_option
@build_options
def _build(reporter: Reporter, **options: Any) -> Done:
    """Run all stages, from the data to the published page.

    Unchanged stages are skipped. If a stage fails or the process is killed, the published page keeps working.
    """
    result = _run("publish", reporter, **options)
    text = _held_text(result)
    if published := result.published:
        where = "" if options["site"] == Path("site") else f" --site {options['site']}"
        text = (
            f"{published.name} {published.version} is published in {published.site_dir}\n"
            f"Look at it: {_command_name()} serve{where}{_where_on_the_page(published)}"
        )
    return Done(document=result.as_json(), text=text)


def _command_name() -> str:
    """How this user starts the command: by its name if that is on the PATH, otherwise as they just did."""
    if shutil.which("pipeline"):
        return "pipeline"
    started = Path(sys.argv[0])
    return "python -m pipeline" if started.name == "__main__.py" else os.path.relpath(started)


@click.command("train", cls=Reported, works=True)
@build_options
def _train(reporter: Reporter, **options: Any) -> Done:
    """Train the model of a recipe and keep it in runs/."""
    if options["model"]:
        raise ConfigError(
            f"`pipeline train` trains the network of a recipe. Received: --model {options['model']}, which is trained. "
            "Use `pipeline build`, or `pipeline evaluate` to measure it."
        )
    result = _run("train", reporter, **options)
    path = str(result.run_dir / result.trained.model_path) if result.trained else ""
    return Done(document=result.as_json(), text=path)


@click.command("evaluate", cls=Reported, works=True)
@build_options
def _evaluate(reporter: Reporter, **options: Any) -> Done:
    """Measure the trained model and apply the gates."""
    result = _run("evaluate", reporter, **options)
    text = f"test accuracy {result.evaluation.test_accuracy:.4f}" if result.evaluation else ""
    return Done(document=result.as_json(), text=text)


@click.command("verify", cls=Reported, works=True)
@build_options
def _verify(reporter: Reporter, **options: Any) -> Done:
    """Export the model and check every format in TensorFlow.js."""
    result = _run("verify", reporter, **options)
    return Done(document=result.as_json(), text=result.exported.directory if result.exported else "")


@click.command("publish", cls=Reported, works=True)
@click.option("--embed-only", is_flag=True, help="Leave out the page; publish what other pages embed.")
@click.option(
    "--single-file",
    type=PATH,
    help="HTML file to write as well: the pad, its code and the model, to be opened by a double-click.",
)
@click.option(
    "--whole-page", is_flag=True, help="With --single-file: the page with its explanations, not the pad alone."
)
@key_option
@publish_held_option
@base_url_option
@build_options
def _publish(reporter: Reporter, single_file: Path | None, whole_page: bool, **options: Any) -> Done:
    """Publish the verified version, after all earlier stages."""
    from pipeline.python_api import require_file

    require_file(single_file, whole_page)
    result = _run("publish", reporter, **options)
    document = result.as_json()
    if not result.published:
        return Done(document=document, text=_held_text(result))
    if not single_file:
        return Done(document=document, text=result.published.site_dir)
    from pipeline.site.built_page import web_dir
    from pipeline.site.single_file import write_beside

    write_beside(result.published, single_file, web_dir(), whole_page=whole_page)
    path = str(single_file.absolute())
    return Done(document={**document, "single_file": path}, text=f"{result.published.site_dir}\n{path}")


COMMANDS = (_build, _train, _evaluate, _verify, _publish)
