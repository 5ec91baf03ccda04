"""The command that installs a package into the environment that runs now."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path


def pip_install(*arguments: str) -> str:
    """Return a command line for the user's terminal.

    A `pip` on their path is often that of another Python. An environment that uv made
    has no pip of its own.
    """
    python = sys.executable or "python"
    here = Path.cwd()
    if Path(python).is_relative_to(here):
        python = str(Path(python).relative_to(here))
    command = (
        [python, "-m", "pip", "install"]
        if find_spec("pip")
        else ["uv", "pip", "install", "--python", python]
    )
    return shlex.join([*command, *arguments])
