"""Options that several commands of the command line share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

PATH = click.Path(path_type=Path)


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """An option that the environment variable PIPELINE_<NAME> can set too."""
    variable = "PIPELINE_" + names[-1].lstrip("-").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
out_option = option("--out", type=PATH, default="exported_models", help="Folder for the verified versions.")
site_option = option("--site", type=PATH, default="site", help="Folder of the site.")
