"""Resolve the lock files:

universal (all platforms and Python versions), with hashes, without a package index URL.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = str(HERE.parent / "pyproject.toml")
# for `bench train`, in a separate environment
LOCKS = {
    "build.txt": ["--group", f"{PROJECT}:build"],
    "runtime.txt": [PROJECT],
    "converter.txt": ["--no-deps", "--group", f"{PROJECT}:converter"],
    "dev.txt": [
        *(
            "--group",
            "dev",
            "--extra",
            "formats",
            "--extra",
            "notebook",
        ),
        *("-c", str(HERE / "runtime.txt"), PROJECT),
    ],
    "models.txt": ["--no-deps", "--group", f"{PROJECT}:models"],
    "gpu.txt": ["--extra", "gpu", "-c", str(HERE / "runtime.txt"), PROJECT],
    "peers.txt": [
        "--group",
        f"{PROJECT}:peers",
    ],
}

for name, options in LOCKS.items():
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    command += [
        "--no-emit-index-url",
        "--no-annotate",
        "--no-header",
        "--quiet",
        *options,
        "-o",
        str(HERE / name),
    ]
    subprocess.run(command, check=True)
    print(f"Wrote {HERE / name}.")
