"""The classes of all commands, and the options that several of them take.

Commands made by a Group, or with `cls=Reported`, take --json. Those with `works=True`,
which run for longer, also take
--quiet.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.cli.report import Done, Reporter
from pipeline.errors import ConfigError
from pipeline.recipes.reading import keys_called

Command = Callable[..., Any]


PATH = click.Path(path_type=Path)


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """An option of `build` that takes a value, which the environment variable
    PIPELINE_<NAME> can set too.
    """
    return click.option(
        *names,
        envvar="PIPELINE_" + names[0].lstrip("-").replace("-", "_").upper(),
        **settings,
    )


store_option = option(
    "--store",
    "out",
    type=PATH,
    default="exported_models",
    help="Folder of the store: the verified versions.",
)
runs_option = option(
    "--runs",
    type=PATH,
    default="runs",
    help="Folder for checkpoints and intermediate results.",
)
site_option = option("--site", type=PATH, default="site", help="Folder of the site.")
key_option = option(
    "--key", type=PATH, help="File with the private key that signs the version."
)


_JSON = click.Option(
    ["--json", "as_json"],
    is_flag=True,
    help="Print the result or the failure as one JSON document.",
)
_QUIET = click.Option(
    ["-q", "--quiet"],
    is_flag=True,
    help="Print nothing if it succeeds; --json still prints.",
)


# Options that have a heading of their own in the help.
_GROUPS = {
    "Running": ("device", "distribute", "until", "force", "dry_run"),
    "Publication": ("base_url", "expires", "embed_only"),
    "Folders": ("out", "site", "runs"),
    "Output": ("as_json", "quiet"),
}


class Reported(click.Command):
    """A command whose function returns Done, or None if it has printed it; its
    parameter `reporter` is a Reporter.
    """

    def __init__(
        self, *arguments: Any, example: str, works: bool = False, **settings: Any
    ) -> None:
        """Add the options; `works` says that the command runs for longer."""
        super().__init__(*arguments, **settings)
        self.epilog = f"\b\nExample: pipeline {example}"
        self.params += [_JSON, _QUIET] if works else [_JSON]

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options in groups."""
        records = {
            one.name: one.get_help_record(ctx)
            for one in self.get_params(ctx)
            if isinstance(one, click.Option)
        }
        own = records.keys() - {name for names in _GROUPS.values() for name in names}
        for title, names in {"Options": own, **_GROUPS}.items():
            if rows := [
                record for name, record in records.items() if record and name in names
            ]:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the options; report those that cannot be used."""
        try:
            return super().make_context(info_name, list(args), parent, **extra)
        except click.UsageError as error:
            if isinstance(error, click.NoSuchOption) and (
                meant := self._meant(error.option_name)
            ):
                error = click.UsageError(
                    f"No such option {error.option_name!r}. Did you mean {meant!r}?",
                    error.ctx,
                )
            elif "extra argument" in error.message and {"data", "model"} <= {
                one.name for one in self.params
            }:
                error = click.UsageError(
                    f"{error.message}. Name data with --data, a model with --model.",
                    error.ctx,
                )
            context = error.ctx or click.Context(self, parent, info_name)
            raise SystemExit(
                Reporter(context, as_json="--json" in args).fail(error)
            ) from error

    def _meant(self, option: str) -> str:
        """Return what takes the place of an option of another command, or of a key of
        the recipe; "" if nothing.
        """
        names, word = (
            {one.name for one in self.params},
            option.lstrip("-").replace("-", "_"),
        )
        if word == "out" and "out" in names:
            return "--store"
        if word == "site" and "target" in names:
            return f"pipeline {self.name} FOLDER"
        return (
            next((f"--set {key}=VALUE" for key in keys_called(word)), "")
            if "set" in names
            else ""
        )

    def invoke(self, ctx: click.Context) -> None:
        """Call the function, and report how it ends."""
        reporter = Reporter(ctx)
        if self.callback and "reporter" in inspect.signature(self.callback).parameters:
            ctx.params["reporter"] = reporter

        def call() -> Done | None:
            for value in ctx.params.values():
                _require_usable(value)
            done: Done | None = super(Reported, self).invoke(ctx)
            return done

        if code := reporter.run(call):
            raise SystemExit(code)


def _require_usable(value: object) -> None:
    """Raise UnicodeEncodeError or ConfigError for a parameter that no command can use.

    Records and results hold whole paths as JSON, so paths and texts must be UTF-8.
    """
    if not isinstance(value, Path):
        str(value).encode()
        return
    str(value.absolute()).encode()
    try:
        value.resolve()
    except (RuntimeError, OSError) as error:
        # RuntimeError until Python 3.12, OSError since 3.13
        raise ConfigError(
            f"A path must lead to a file or a folder. Received: {value}, a link that"
            " leads back to itself. Pass another path."
        ) from error


class Group(click.Group):
    """A group whose commands are Reported."""

    command_class = Reported


def run_group(group: click.Group) -> None:
    """Run the command line. Raises SystemExit if it fails."""
    try:
        group.main(standalone_mode=False)
    except Exception as error:
        # outside of a command: there is no such command, or its help could not be
        # printed
        context = getattr(error, "ctx", None) or click.Context(
            group, info_name=group.name
        )
        raise SystemExit(
            Reporter(context, as_json="--json" in sys.argv).fail(error)
        ) from error
