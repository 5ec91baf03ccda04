"""The options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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


out_option = option("--out", type=PATH, default="exported_models", help="Folder for the verified versions.")
site_option = option("--site", type=PATH, default="site", help="Folder of the site.")
base_url_option = option(
    "--base-url",
    help="Address where the site will be hosted, for the code to copy on the page. It stays until another is given.",
)
key_option = option("--key", type=PATH, help="File with the private key that signs the version.")
