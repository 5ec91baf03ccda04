"""The `pipeline` command: options and messages. Other modules do the work.

Results go to stdout, progress and hints to stderr. Modules are imported inside the
commands, so that `--help` is fast.
"""

import contextlib
import dataclasses
import gc
from pathlib import Path
from typing import Any

import click

from pipeline.cli import build, trust, versions
from pipeline.cli.options import PATH, Group, Reported, run_group, site_option
from pipeline.cli.report import Done, Reporter
from pipeline.errors import PipelineError
from pipeline.system.interrupts import forget
from pipeline.version import __version__

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "max_content_width": 100,
    "show_default": True,
}
_EPILOG = """\b
Examples: `pipeline build --data pictures/` and `pipeline serve`
Documentation: docs/README.md in the repository"""
_OTHER_NAMES = {"convert": "export", "train": "build", "publish": "build"}
_OTHER_NAMES |= {name: f"versions {name}" for name in versions.COMMANDS[1].commands}


class _Commands(Group):
    """The commands, in the order in which a user needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """List the commands as they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, and suggest one to users who expect another name."""
        if name := _OTHER_NAMES.get(args[0]):
            ctx.fail(f"No such command {args[0]!r}. Did you mean '{name}'?")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings=_SETTINGS, epilog=_EPILOG)
@click.version_option(__version__, prog_name="pipeline")
def cli() -> None:
    """Train a Keras model, check it in TensorFlow.js, and publish it as a page."""


@click.command(
    "export", cls=Reported, works=True, example="export model.keras --out web/"
)
@click.argument("model", type=PATH)
@click.option("--out", type=PATH, required=True, help="Folder to write.")
@click.option(
    "--format",
    type=click.Choice(["auto", "layers", "graph", "onnx", "litert"]),
    default="auto",
    help="Format to write; auto takes layers if that is exact, otherwise graph.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "float16", "uint16", "uint8"]),
    default="float32",
    help="Type of the stored weights.",
)
@click.option(
    "--precision",
    type=click.Choice(["float32"]),
    help="Export a model of lower precision in float32, and report the difference.",
)
@click.option(
    "--samples", type=PATH, help="Further inputs to compare on: an .npz or .npy file."
)
@click.option(
    "--labels",
    help="Names of the classes, comma-separated, or a file with one per line.",
)
@click.option(
    "--preprocess",
    type=PATH,
    help=(
        "How a photo becomes the input: tf, torch, caffe (modes of Keras), 0-255, 0-1"
        " (ranges); or a JSON file of steps."
    ),
)
@click.option(
    "--scaled-twice",
    is_flag=True,
    help="Accept a --preprocess that scales what the model's first layers scale too.",
)
@click.option(
    "--bare",
    is_flag=True,
    help="Leave out load.js, which runs the model, and the page that tries it.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Write nothing if the report would have notes, for CI.",
)
def _export(
    reporter: Reporter,
    *,
    labels: str | None,
    scaled_twice: bool,
    strict: bool,
    **options: Any,
) -> Done:
    """Convert a Keras 3 MODEL to TensorFlow.js, exactly or not at all.

    The exported files are run in stock TensorFlow.js and compared with Keras before the
    folder appears. A model that TensorFlow.js cannot compute as Keras does is refused;
    the message names the layer and the reason.

    Beside the model lie load.js, which runs it, and index.html, which tries it in a
    browser: serve the folder with any static file server, such as `pipeline serve
    --site DIR`. report.txt says what became of each layer.

    With --format onnx or litert, Keras' own exporter writes DIR/model.onnx or
    DIR/model.tflite, which is run in onnxruntime or LiteRT, and compared in the same
    way. That needs the extra [formats]. load.js then runs the file with a runtime that
    your page imports.

    With --preprocess and --labels, the page takes photos as the model was trained on
    them and names its answers, and <sketch-classifier src="DIR/manifest.json"> shows it
    too.
    """
    from pipeline.exporting.export import check_request, export_model
    from pipeline.exporting.image_metadata import read_labels
    from pipeline.system.tensorflow import start_tensorflow

    names = None if labels is None else read_labels(labels)
    check_request(**options)  # before the seconds that TensorFlow takes
    start_tensorflow("cpu")
    report = export_model(
        **options,
        labels=names,
        scaled_twice=scaled_twice,
        strict=strict,
        progress=reporter.progress,
    )
    return Done(document=report.as_json(), text=str(report))


@click.command("recipe", cls=Reported, example="recipe softmax > mine.toml")
@click.argument("name", required=False)
def _recipe(name: str | None) -> Done:
    """Print a recipe with all its keys explained.

    NAME is a built-in recipe, or a .toml file; without it, the built-in recipes are
    listed. To make your own, change what `pipeline recipe softmax > mine.toml` writes,
    and build with --recipe mine.toml.
    """
    from pipeline.recipes.reading import as_toml, load_recipe, recipe_names
    from pipeline.system.json_records import to_json

    if name is not None:
        recipe = load_recipe(name)
        return Done(document={"recipe": to_json(recipe)}, text=as_toml(recipe))
    rows = [(known, load_recipe(known).description) for known in recipe_names()]
    return Done(
        document={
            "recipes": [
                {"name": known, "description": description}
                for known, description in rows
            ]
        },
        text="\n".join(f"{known:<10} {description}" for known, description in rows),
    )


@click.command("serve", cls=Reported, example="serve --site site --port 8000")
@site_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    metavar="PORT",
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    help="Address to listen on; 0.0.0.0 serves the local network.",
)
@click.option(
    "--cors",
    is_flag=True,
    help="Let pages of other origins embed the models, as a published site does.",
)
def _serve(reporter: Reporter, site: Path, port: int, host: str, cors: bool) -> None:
    """Preview the site with the headers that a real host sends.

    It answers only to this machine's own names and addresses and to --host. Ctrl-C ends
    it.
    """
    from pipeline.site.serve import make_server

    with (
        make_server(site, port, host=host, cors=cors) as server,
        contextlib.suppress(KeyboardInterrupt),
    ):
        reporter.print(
            Done(
                document={"url": server.url, "site_dir": str(site.resolve())},
                text=server.url,
            )
        )
        server.serve_forever()
    forget()  # Ctrl-C is how a preview ends


@click.command(
    "deploy",
    cls=Reported,
    works=True,
    example="deploy 'git@host:owner/site.git#gh-pages' --dry-run",
)
@click.argument("target", envvar="PIPELINE_TARGET")
@site_option
@click.option(
    "--dry-run",
    is_flag=True,
    help="Change nothing, only show what would be uploaded and removed.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Also read what is there, and replace what differs from the site.",
)
@click.option(
    "--unchecked", is_flag=True, help="Deploy a site that does not pass its check."
)
def _deploy(
    reporter: Reporter,
    target: str,
    site: Path,
    dry_run: bool,
    verify: bool,
    unchecked: bool,
) -> Done:
    """Bring the site to a git branch, a folder, a bucket or a server.

    TARGET is a git repository (git@host:owner/site.git#branch), a folder, or any
    address that fsspec opens, such as s3://bucket/prefix. The environment variable
    PIPELINE_TARGET can name it too.

    The site is checked, and what is new is uploaded, content first and what points at
    it last; then what the site no longer has is removed. A target must be empty or hold
    an earlier deployment of this site. Files that something else put there stay there;
    files in the site's folder that are not the site's, such as keys, stay here.
    """
    from pipeline.deploying.deploy import deploy_site

    options = {"dry_run": dry_run, "verify": verify, "unchecked": unchecked}
    done = deploy_site(site, target, progress=reporter.progress, **options)
    lines = [
        f"left out, because it is not a file of the site: {path}"
        for path in done.left_out
    ]
    for sign, changes in (("+", done.uploaded), ("-", done.removed)) if dry_run else ():
        sizes: dict[str, list[int]] = {}
        for path, size in changes.items():
            sizes.setdefault(path.removesuffix(".br").removesuffix(".gz"), []).append(
                size
            )
        for path, all_ in sizes.items():
            lines.append(
                f"{sign} {sum(all_) / 1000:>9,.1f} kB "
                f" {path}{' and compressed copies' * (len(all_) > 1)}"
            )
    would = "would be " if dry_run else ""
    for changes, what in (
        (done.uploaded, f"uploaded to {done.target}"),
        (done.removed, "removed there"),
    ):
        if changes:
            total = sum(changes.values()) / 1000
            lines.append(
                f"{len(changes):,} file{'s' * (len(changes) > 1)}, {total:,.1f} kB"
                f" {would}{what}"
            )
    if not done.uploaded and not done.removed:
        there = f"Nothing is new: {done.target} has all {done.unchanged:,} files"
        if done.content_compared:
            lines.append(f"{there}, with the same content")
        else:
            lines.append(
                f"{there}, by name and size; --verify also compares their content"
            )
    if done.repaired:
        lines.append(f"{done.repaired:,} with other content {would}repaired")
    return Done(
        document={**dataclasses.asdict(done), "bytes": sum(done.uploaded.values())},
        text="\n".join(lines),
    )


@click.command("doctor", cls=Reported, example="doctor")
def _doctor() -> Done:
    """Check what this machine has and what is missing.

    It looks at Python, what hides this package, TensorFlow, a GPU, the official
    converter, Node.js, the built web assets and the MNIST cache.
    """
    from pipeline.doctor import examine

    findings = examine()
    rows = [dataclasses.asdict(finding) for finding in findings]
    text = "\n".join(
        f"{'ok  ' if one.ok else 'miss'}  {one.subject:<22} {one.detail}"
        for one in findings
    )
    missing = [one.subject for one in findings if one.required and not one.ok]
    if not missing:
        return Done(document=rows, text=text)
    failure = PipelineError(
        f"What is marked with miss must be put right. Received: {', '.join(missing)}."
        " The list says how."
    )
    return Done(document={"findings": rows}, text=text, failure=failure)


for _command in (
    *build.COMMANDS,
    _recipe,
    _export,
    _serve,
    *versions.COMMANDS,
    _deploy,
    *trust.COMMANDS,
    _doctor,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line and turn each error into its message and exit code."""
    try:
        run_group(cli)
    finally:
        # At exit Python collects garbage several times: among TensorFlow's objects that
        # takes most of a second.
        gc.freeze()


if __name__ == "__main__":
    main()
