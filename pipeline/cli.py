"""The `pipeline` command: options and messages. `build` and the modules of each stage do the work.

Results go to stdout, progress and hints to stderr. Modules are imported inside the commands, so that `--help` is fast.
"""

import contextlib
import dataclasses
import gc
import json
import math
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import cli_trust
from pipeline.cli_options import PATH as _PATH
from pipeline.cli_options import as_json_option as _json
from pipeline.cli_options import option as _option
from pipeline.cli_options import out_option as _out
from pipeline.cli_options import site_option as _site
from pipeline.config import DEVICES, DISTRIBUTIONS, OVERRIDABLE, Config, load_recipe, override, recipe_names
from pipeline.errors import ConfigError, DiskError, PipelineError, disk_error
from pipeline.system.interrupts import forget, raise_if_interrupted, run_interruptibly
from pipeline.version import __version__

if TYPE_CHECKING:
    from pipeline.build_result import BuildResult
    from pipeline.records import PublishedSite

Command = Callable[..., Any]

EXIT_CODES = """\b
Exit codes:
  0    done
  1    unexpected error
  2    an option or a recipe cannot be used
  3    a gate failed
  4    conversion, parity or a check failed
  5    bad data
  6    the disk refused or publishing failed
  130  interrupted (Ctrl-C, SIGTERM or SIGHUP)"""


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True}


@click.group(context_settings=_SETTINGS, epilog=EXIT_CODES)
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Train a Keras model, check that TensorFlow.js computes the same, and publish a web page that runs it."""


def main() -> None:
    """Run the command line and turn each error into its message and exit code."""
    run_interruptibly(_run_command)


def _run_command() -> None:
    try:
        with _exit_codes():
            cli.main(standalone_mode=False)
    finally:
        # At exit Python collects garbage several times: among TensorFlow's objects that takes most of a second.
        gc.freeze()


@contextlib.contextmanager
def _exit_codes() -> Iterator[None]:
    try:
        yield
    except PipelineError as error:
        _fail(str(error), error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # whatever read our output, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that flushing at exit does not fail again
        sys.exit(1)
    except UnicodeEncodeError as error:  # a path, a name or a label from the command line
        _fail(
            f"Paths, names and labels must be UTF-8. Received: {error.object[error.start : error.end]!r} in one. "
            "Use another.",
            ConfigError.exit_code,
        )
    except OSError as error:
        _fail(str(disk_error(error, doing="read or write")), DiskError.exit_code)


def _fail(message: str, code: int) -> None:
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(message, err=True)
    sys.exit(code)


def _finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse NaN and infinity, which click's ranges let pass."""
    if not math.isfinite(value):
        raise click.BadParameter(f"Must be a finite number of seconds. Received: {value}.")
    return value


_quiet = click.option("-q", "--quiet", is_flag=True, help="Print no progress.")


def _build_options(command: Command) -> Command:
    options = [
        _option("--recipe", default="softmax", help=f"{', '.join(recipe_names())}, or a .toml file."),
        _option("--data", default="mnist", help="mnist, an .npz file, or a folder."),
        _option("--name", help="Name of the model.  [default: <data>-<recipe>]"),
        _option("--threshold", type=float, help="Lowest test accuracy to accept, 0..1.  [default: the recipe's]"),
        _option("--epochs", type=int, help="Passes over the training images.  [default: the recipe's]"),
        _option("--seed", type=int, help="Seed of all random numbers.  [default: the recipe's]"),
        _option(
            "--device",
            type=click.Choice(DEVICES),
            default="auto",
            help="Where to train; auto takes a GPU if there is one.",
        ),
        _option(
            "--distribute",
            type=click.Choice(DISTRIBUTIONS),
            default="none",
            help="Train on all GPUs (mirrored) or on the machines in TF_CONFIG (multiworker).",
        ),
        _option(
            "--worker-timeout",
            type=click.FloatRange(min=0, min_open=True),
            callback=_finite,
            default=300.0,
            help="Seconds to wait for the other workers.",
        ),
        _out,
        _site,
        _option("--runs", type=_PATH, default="runs", help="Folder for checkpoints and intermediate results."),
        click.option("--force", is_flag=True, help="Run every stage, even if unchanged."),
        _json,
        _quiet,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _run(until: str, *, as_json: bool, quiet: bool, **options: Any) -> "BuildResult":
    from pipeline.build import build

    result = build(_config(**options), until=until, progress=_reporter(quiet))
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2))
    return result


def _config(*, recipe: str, data: str, name: str | None, **options: Any) -> Config:
    from pipeline.data import data_name
    from pipeline.versions.store import validate_name

    chosen = override(load_recipe(recipe), **{key: options.pop(key) for key in OVERRIDABLE})
    name = f"{data_name(data)}-{chosen.name}" if name is None else name
    return Config(name=validate_name(name), recipe=chosen, data=data, **options)


def _reporter(quiet: bool) -> Callable[[str], None]:
    def report(line: str) -> None:
        raise_if_interrupted()
        if not quiet:
            click.echo(line, err=True)

    return report


def _where_on_the_page(published: "PublishedSite") -> str:
    """What to add to the address for a model other than the one that the page opens with."""
    from pipeline.site.pointers import INDEX_NAME
    from pipeline.system.outside import read_json

    index = read_json(Path(published.site_dir) / "models" / INDEX_NAME)
    return "" if index["default"] == published.name else f", and add ?model={published.name} to the address"


_key = _option("--key", type=_PATH, help="File with the private key that signs the version.")


@cli.command("build")
@_key
@_build_options
def build_command(**options: Any) -> None:
    """Run all stages, from the data to the published page.

    Unchanged stages are skipped. If a stage fails or the process is killed, the published page keeps working.
    """
    result = _run("publish", **options)
    if not options["as_json"] and result.published:
        site = result.published.site_dir
        option = "" if options["site"] == Path("site") else f" --site {options['site']}"
        click.echo(f"{result.published.name} {result.published.version} is published in {site}")
        click.echo(f"Look at it: {_command_name()} serve{option}{_where_on_the_page(result.published)}")
        for warning in result.dataset.warnings if result.dataset else ():  # again: the epochs scrolled the first away
            click.echo(f"Warning: {warning}", err=True)


def _command_name() -> str:
    """How this user starts the command: by its name if that is on the PATH, otherwise as they just did."""
    if shutil.which("pipeline"):
        return "pipeline"
    started = Path(sys.argv[0])
    return "python -m pipeline" if started.name == "__main__.py" else os.path.relpath(started)


@cli.command("train")
@_build_options
def train_command(**options: Any) -> None:
    """Train the model of a recipe and keep it in runs/."""
    result = _run("train", **options)
    if not options["as_json"] and result.trained:
        click.echo(result.run_dir / result.trained.model_path)


@cli.command("evaluate")
@_build_options
def evaluate_command(**options: Any) -> None:
    """Measure the trained model and apply the gates."""
    result = _run("evaluate", **options)
    if not options["as_json"] and result.evaluation:
        click.echo(f"test accuracy {result.evaluation.test_accuracy:.4f}")


@cli.command("verify")
@_build_options
def verify_command(**options: Any) -> None:
    """Export the model and check every format in TensorFlow.js."""
    result = _run("verify", **options)
    if not options["as_json"] and result.exported:
        click.echo(result.exported.directory)


@cli.command("publish")
@click.option("--embed-only", is_flag=True, help="Leave out the page; publish what other pages embed.")
@_key
@_build_options
def publish_command(**options: Any) -> None:
    """Publish the verified version, after all earlier stages."""
    result = _run("publish", **options)
    if not options["as_json"] and result.published:
        click.echo(result.published.site_dir)


@cli.command("export")
@click.argument("model", type=_PATH)
@click.option("--out", type=_PATH, required=True, help="Folder to write.")
@click.option(
    "--format",
    type=click.Choice(["auto", "layers", "graph"]),
    default="auto",
    help="auto writes a layers-model, or a graph-model where no layers-model is exact.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16", "uint16", "uint8"]),
    default="float32",
    help="How the weights are stored.",
)
@click.option("--samples", type=_PATH, help="An .npz or .npy file with further inputs to compare on.")
@click.option("--labels", help="Names of the classes, separated by commas.")
@click.option(
    "--preprocess",
    type=_PATH,
    help="JSON file with the steps from a drawing or photo to the input, or a manifest.json that has them.",
)
@_json
@_quiet
def export_command(labels: str | None, preprocess: Path | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Convert a Keras 3 MODEL to TensorFlow.js, exactly or not at all.

    The exported files are run in stock TensorFlow.js and compared with Keras before the folder appears. A model that
    TensorFlow.js cannot compute as Keras does is refused; the message names the layer and the reason.

    With --preprocess and --labels, a page can show the model for drawings or photos: put the folder on any host and
    use <sketch-classifier src="DIR/manifest.json">.
    """
    from pipeline.system.tensorflow import start_tensorflow
    from pipeline.tfjs import export_model
    from pipeline.tfjs.image_metadata import read_preprocess

    start_tensorflow("cpu")
    report = export_model(
        **options,
        labels=None if labels is None else [label.strip() for label in labels.split(",")],
        preprocess=None if preprocess is None else read_preprocess(preprocess),
        progress=_reporter(quiet),
    )
    click.echo(json.dumps(report.as_json(), indent=2) if as_json else repr(report))


@cli.command("serve")
@_site
@_option("--port", type=click.IntRange(0, 65535), default=8000, help="Port to listen on; 0 picks a free one.")
@_option("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 or :: serves the local network.")
@click.option("--cors", is_flag=True, help="Let pages of other origins embed the models, as a published site does.")
def serve_command(site: Path, port: int, host: str, cors: bool) -> None:
    """Preview the site with the headers that a real host sends."""
    from pipeline.site.serve import serve

    serve(site, port, host, cors=cors)
    forget()  # Ctrl-C is how a preview ends


@cli.command("list")
@_out
@_site
@_json
def list_command(out: Path, site: Path, as_json: bool) -> None:
    """List all versions and mark the live ones."""
    from pipeline.site.releases import list_versions

    rows = list_versions(out, site)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
        return
    if not rows:
        click.echo(f"There are no versions in {out} yet. Make one: pipeline build", err=True)
    for row in rows:
        accuracy = "-" if row.test_accuracy is None else f"{row.test_accuracy:.4f}"
        click.echo(
            f"{row.name:<20} {row.version}  accuracy {accuracy}  {row.created or '-':<20}  {row.bytes / 1000:>9,.1f} kB"
            f"{'  live' if row.live else ''}{f'  {row.problem}' if row.problem else ''}"
        )


@cli.command("rollback")
@click.argument("name")
@click.argument("version", required=False)
@_key
@_out
@_site
def rollback_command(name: str, version: str | None, key: Path | None, out: Path, site: Path) -> None:
    """Point the site back to an older version.

    NAME is the model, VERSION one that `pipeline list` shows. By default it is the version that was live before.
    """
    from pipeline.signing.signer import Signer
    from pipeline.site.releases import rollback

    signer = Signer.read(key, site, out) if key else None
    published = rollback(site, out, name, version, signer=signer, progress=_reporter(quiet=False))
    click.echo(f"{published.name} {published.version} is live in {published.site_dir}")


@cli.command("doctor")
@_json
def doctor_command(as_json: bool) -> None:
    """Check what this machine has and what is missing.

    Looks for Python, TensorFlow, a GPU, the official converter, Node.js, the built web assets and the MNIST cache.
    """
    from pipeline.doctor import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'miss'}  {finding.subject:<22} {finding.detail}")
    if not all(finding.ok for finding in findings if finding.required):
        sys.exit(1)


for _command in (cli_trust.keygen, cli_trust.sign, cli_trust.check):
    cli.add_command(_command)


if __name__ == "__main__":
    main()
