"""What several commands of the command line share: options, and how they print progress."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.system.interrupts import raise_if_interrupted

Command = Callable[..., Any]


class _Utf8Path(click.Path):
    """A path that JSON can hold: manifests, records and results do."""

    name = "path"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, parameter, context)))
        try:
            str(path.absolute()).encode()
        except UnicodeEncodeError:
            self.fail(f"Must be UTF-8. Received: {str(path.absolute())!r}. Use another name.", parameter, context)
        return path


PATH = _Utf8Path()


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """An option that the environment variable PIPELINE_<NAME> can set too."""
    variable = "PIPELINE_" + names[-1].lstrip("-").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
out_option = option("--out", type=PATH, default="exported_models", help="Folder for the verified versions.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Print no progress.")
site_option = option("--site", type=PATH, default="site", help="Folder of the site.")
base_url_option = option(
    "--base-url",
    help="Address where the site will be hosted, for the code to copy on the page. It stays until another is given.",
)
key_option = option("--key", type=PATH, help="File with the private key that signs the version.")


def reporter(quiet: bool) -> Callable[[str], None]:
    """What prints progress, and ends a command whose interruption was lost."""

    def report(line: str) -> None:
        raise_if_interrupted()
        if not quiet:
            click.echo(line, err=True)

    return report
